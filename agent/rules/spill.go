package rules

import "strings"

// spilled mends text that runs out of the box that holds it, and a select or a
// button that is too narrow for what it says.
func spilled(j *job) []wish {
	side := j.word("side")
	return j.each([]turn{{"element", 0}, {"child", 2}, {"parent", 4}}, func(t *setter) {
		switch side {
		case "value":
			t.fitValue()
		case "top", "bottom":
			t.clippedAlong()
		default:
			t.clippedAcross()
			t.share()
		}
	})
}

// fitValue lets a select or button be as wide as what it says.
func (t *setter) fitValue() {
	if t.s.Role != "element" {
		t.widths()
		return
	}
	if rule, d := winner(t.s, "width"); d != nil && d.Value != "auto" {
		t.declare(0, "let it be as wide as what it says", rule, d, decl("width", "auto"), decl("max-width", "100%"))
		t.replace(1, "let it be as wide as what it says", rule, d, "min-width", d.Value, "auto")
	}
	if rule, d := winner(t.s, "max-width"); d != nil && d.Value != "100%" {
		t.change(2, "let it be as wide as what it says", rule, d, "100%")
	}
	if rule, d := winner(t.s, "flex", "flex-basis"); d != nil {
		t.change(4, "let it be as wide as what it says", rule, d, map[string]string{"flex": "0 0 auto", "flex-basis": "auto"}[d.Property])
	}
	t.put(6, "keep it as wide as what it says", decl("flex-shrink", "0"))
	t.put(9, "keep it as wide as what it says", decl("min-width", "max-content"))
}

// share lets a squeezed part of a row have the room that it needs.
func (t *setter) share() {
	if rule, d := winner(t.s, "flex-shrink"); d != nil && d.Value != "0" {
		t.change(12, "keep it as wide as its content", rule, d, "0")
	}
	if rule, d := winner(t.s, "flex"); d != nil {
		t.change(13, "let it be as wide as its content", rule, d, "0 0 auto")
	}
	if rule, d := winner(t.s, "table-layout"); d != nil && d.Value == "fixed" {
		t.change(5, "let the columns find their widths", rule, d, "auto")
	}
	if rule, d := winner(t.s, "min-width"); d != nil && d.Value == "0" {
		t.change(14, "never be narrower than its content", rule, d, "auto")
	}
}

// collide mends things that lie on each other.
func collide(j *job) []wish {
	return j.each([]turn{{"element", 0}, {"other", 1}, {"parent", 4}, {"child", 6}}, func(t *setter) {
		t.apart()
		if pictures[t.s.Tag] {
			t.wide()
		}
		if t.is("display", "inline") && t.padded() {
			t.put(2, "let the page make room for its padding", decl("display", "inline-block"))
		}
		if t.s.Role != "element" && t.is("display", "block", "list-item") {
			t.put(20, "hold what floats in it", decl("display", "flow-root"))
		}
	})
}

// padded reports whether the subject has padding above or below.
func (t *setter) padded() bool {
	for _, p := range []string{"padding-top", "padding-bottom"} {
		if px, ok := absolute(t.computed(p)); ok && px > 0 {
			return true
		}
	}
	return false
}

// protrudes mends what sticks out of the painted box that holds it.
func protrudes(j *job) []wish {
	side := j.word("side")
	if side == "top" || side == "bottom" {
		return j.each([]turn{{"parent", 0}, {"other", 2}, {"element", 3}, {"child", 6}}, func(t *setter) {
			if t.s.Role == "parent" {
				t.holdFloats()
			}
			t.heights()
			if pictures[t.s.Tag] && t.s.Role == "element" {
				t.put(8, "never be higher than its box", decl("max-height", "100%"))
			}
			t.negatives(5, "margin-top", "margin-bottom", "margin-block", "margin")
			t.offsets(14)
		})
	}
	return j.each([]turn{{"element", 0}, {"child", 2}, {"other", 3}, {"parent", 5}}, func(t *setter) {
		across(t)
		if t.s.Role == "element" && !pictures[t.s.Tag] {
			t.put(9, "never be wider than its box", decl("max-width", "100%"))
		}
	})
}

// holdFloats lets a box be as high as what floats in it.
func (t *setter) holdFloats() {
	if t.is("display", "block", "list-item") {
		t.put(1, "hold what floats in it", decl("display", "flow-root"))
	}
	if t.is("display", "inline") && t.padded() {
		t.put(4, "let it hold what is in it", decl("display", "inline-block"))
	}
	if rule, d := winner(t.s, "min-height"); d != nil && strings.HasSuffix(d.Value, "%") {
		t.change(12, "let it be as high as what is in it", rule, d, "auto")
	}
}
