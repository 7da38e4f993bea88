package rules

import (
	"fmt"
	"math"
	"strings"

	"relook/preview"
)

// lone mends a row of which one thing has fallen into a second line: with a
// little less space all fit, or they share the width, or stand two by two.
func lone(j *job) []wish {
	missing := j.defect.Measure["missing_px"]
	items := int(j.defect.Measure["items"])
	wishes := j.shift()
	return append(wishes, j.each([]turn{{"parent", 0}, {"element", 2}, {"child", 3}}, func(t *setter) {
		t.lessSpace(missing, items)
		t.lessSpace(missing+narrower*t.width(), items)
		if t.s.Role == "parent" {
			t.twoByTwo(items)
			return
		}
		if rule, d := winner(t.s, "flex", "flex-basis"); d != nil {
			t.change(4, "share the row evenly", rule, d, map[string]string{"flex": "1 1 0", "flex-basis": "0"}[d.Property])
		}
		if t.s.Role == "element" {
			if rule, d := winner(t.s, "width", "min-width"); d != nil && items > 1 {
				t.change(5, "share the row evenly", rule, d, fmt.Sprintf("calc(%s%% - %dpx)", trimmed(100/float64(items)), 16))
			}
			t.put(8, "share the row evenly", decl("flex", "1 1 0"))
		}
	})...)
}

// narrower is the part of a view's width that a screen may have less.
const narrower = 0.18

// lessSpace makes the spaces in a row so much smaller that what is missing fits.
func (t *setter) lessSpace(missing float64, items int) {
	if missing <= 0 || items < 2 {
		return
	}
	gaps, sides := float64(items-1), float64(2*items)
	for _, p := range []struct {
		property string
		parts    float64
	}{{"gap", gaps}, {"column-gap", gaps}, {"padding", sides}, {"padding-inline", sides}, {"margin", sides}, {"margin-left", gaps}, {"margin-right", gaps}} {
		rule, d := winner(t.s, p.property)
		if d == nil || t.s.Role == "parent" && p.parts == sides {
			continue
		}
		fields := strings.Fields(d.Value)
		i := 0 // of the horizontal part
		if len(fields) > 1 {
			i = 1
		}
		if px, ok := absolute(fields[min(i, len(fields)-1)]); ok && px > 0 {
			less := math.Floor(px - (missing+2)/p.parts)
			if less < 4 {
				continue
			}
			if i == 0 && p.parts == sides {
				fields = []string{fields[0], fields[0]}
				i = 1
			}
			fields[min(i, len(fields)-1)] = trimmed(less) + "px"
			t.change(1, "leave a little less space", rule, d, strings.Join(fields, " "))
		}
	}
}

// twoByTwo sets an even number of things in two columns.
func (t *setter) twoByTwo(items int) {
	if items%2 != 0 || !t.is("display", "flex", "inline-flex") {
		return
	}
	t.put(6, "set them two by two", decl("display", "grid"), decl("grid-template-columns", "1fr 1fr"))
}

// trimmed writes a number without needless digits.
func trimmed(n float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", n), "0"), ".")
}

// gaps makes the one gap that differs as wide as the others.
func gaps(j *job) []wish {
	usual, is := j.defect.Measure["usual_px"], j.defect.Measure["gap_px"]
	start, end := "left", "right"
	if axis := j.word("axis"); axis == "y" || axis == "column" {
		start, end = "top", "bottom"
	}
	logical := map[string]string{"left": "margin-inline-start", "right": "margin-inline-end", "top": "margin-block-start", "bottom": "margin-block-end"}
	var wishes []wish
	if is == 0 && usual > 0 && usual <= widestSpace {
		wishes = j.space()
	}
	return append(wishes, j.each([]turn{{"element", 0}, {"other", 1}}, func(t *setter) {
		edge := start // the side of the subject at which the gap is
		if t.s.Role == "other" {
			edge = end
		}
		now, _ := absolute(t.computed("margin-" + edge))
		value := trimmed(now+usual-is) + "px"
		if now+usual-is == 0 {
			value = "0"
		}
		for _, p := range []string{"margin-" + edge, logical[edge]} {
			if rule, d := winner(t.s, p); d != nil {
				t.change(0, "make the gap as wide as the others", rule, d, value)
				t.remove(2, "make the gap as wide as the others", rule, d, value)
			}
		}
		if _, d := winner(t.s, "margin"); d != nil {
			t.put(4, "make the gap as wide as the others", decl("margin-"+edge, value))
		}
		t.offsets(8)
	})...)
}

// widestSpace is about the widest space between words, px.
const widestSpace = 8

// space puts a space in the source where one is missing between two things in a
// line.
func (j *job) space() []wish {
	list := j.faulty()
	if len(list) != 1 {
		return nil
	}
	tag, ok := j.tree().tag(list[0].node)
	src, readable := j.text(tag.File)
	if !ok || !readable || tag.Start == 0 || src.String()[tag.Start-1] != '>' {
		return nil
	}
	at := preview.Span{Start: tag.Start, End: tag.Start}
	return []wish{{why: "part them by a space, as the others are", edits: []preview.Edit{{File: tag.File, Span: at, NewText: " "}}}}
}
