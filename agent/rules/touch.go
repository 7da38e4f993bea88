package rules

import (
	"math"
	"strings"
)

// leastTarget is the side of a target in px that WCAG 2.5.8 asks for.
const leastTarget = 24

// tap makes a small target large enough for a finger, or sets it apart from its
// neighbours.
func tap(j *job) []wish {
	w, h := j.defect.Measure["width_px"], j.defect.Measure["height_px"]
	tall := math.Ceil(max(0, leastTarget-h) / 2)
	broad := math.Ceil(max(0, leastTarget-w) / 2)
	return j.each([]turn{{"element", 0}, {"parent", 5}}, func(t *setter) {
		if t.s.Role == "parent" {
			t.spread(tall, broad)
			return
		}
		t.fixedTarget("width", w)
		t.fixedTarget("height", h)
		t.padTarget(tall, broad)
		t.sizeTarget(tall > 0, broad > 0)
	})
}

// fixedTarget lets a fixed side that is too small be as long as it must be.
func (t *setter) fixedTarget(side string, is float64) {
	if is >= leastTarget {
		return
	}
	for _, p := range []string{side, "max-" + side} {
		if rule, d := winner(t.s, p); d != nil {
			if px, ok := absolute(d.Value); ok && px < leastTarget {
				t.change(0, "make it large enough for a finger", rule, d, "24px")
			}
		}
	}
}

// padTarget adds what is missing as padding.
func (t *setter) padTarget(tall, broad float64) {
	top, _ := absolute(t.computed("padding-top"))
	left, _ := absolute(t.computed("padding-left"))
	y, x := trimmed(math.Ceil(top+tall))+"px", trimmed(math.Ceil(left+broad))+"px"
	if rule, d := winner(t.s, "padding"); d != nil && len(strings.Fields(d.Value)) <= 2 {
		t.change(1, "give it padding to be hit", rule, d, y+" "+x)
	}
	if t.is("display", "inline") {
		// Padding of inline text takes no room of its own.
		t.put(2, "make it large enough for a finger", decl("display", "inline-block"), decl("padding", y+" "+x))
		t.put(4, "make it large enough for a finger", decl("display", "inline-block"), decl("min-height", "24px"), decl("line-height", "24px"))
		return
	}
	t.put(3, "give it padding to be hit", decl("padding", y+" "+x))
}

func (t *setter) sizeTarget(tall, broad bool) {
	if t.is("display", "inline") {
		return
	}
	set := []string{}
	if tall {
		set = append(set, "min-height")
	}
	if broad {
		set = append(set, "min-width")
	}
	for i, p := range set {
		t.put(2+i, "make it large enough for a finger", decl(p, "24px"))
	}
	if len(set) == 2 {
		t.put(1, "make it large enough for a finger", decl("min-width", "24px"), decl("min-height", "24px"))
	}
}

// spread sets the targets of a row or list apart.
func (t *setter) spread(tall, broad float64) {
	if t.is("display", "flex", "grid", "inline-flex") {
		gap := trimmed(max(8, 2*max(tall, broad)+2)) + "px"
		t.put(2, "set the targets apart", decl("gap", gap))
		return
	}
	if rule, d := winner(t.s, "line-height"); d != nil {
		t.change(3, "set the lines of links apart", rule, d, "2")
	}
	t.put(5, "set the lines of links apart", decl("line-height", "2"))
}
