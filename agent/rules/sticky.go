package rules

import "math"

// sticky makes room for a bar that lies on text, or the bar lower.
func sticky(j *job) []wish {
	kind, height := j.word("kind"), math.Ceil(j.defect.Measure["height_px"])
	if kind == "size" {
		return j.each([]turn{{"element", 0}, {"child", 3}}, func(t *setter) { t.lower() })
	}
	wishes := j.each([]turn{{"element", 0}}, func(t *setter) {
		if rule, d := winner(t.s, "position"); d != nil && d.Value == "fixed" {
			t.change(4, "let the page make room for the bar", rule, d, "sticky")
		}
	})
	side := "bottom"
	if kind == "top" {
		side = "top"
	}
	return append(wishes, j.padBody(side, trimmed(height)+"px")...)
}

// lower makes a bar that stays take less of the screen.
func (t *setter) lower() {
	if rule, d := winner(t.s, "height", "min-height"); d != nil {
		t.change(0, "let the bar be as high as what is in it", rule, d, "auto")
	}
	for _, p := range []string{"padding", "padding-block", "padding-top", "padding-bottom"} {
		if rule, d := winner(t.s, p); d != nil {
			if px, ok := absolute(d.Value); ok && px >= 24 {
				t.change(3, "make the bar lower", rule, d, "12px")
			}
		}
	}
	if t.s.Role == "element" {
		if rule, d := winner(t.s, "position"); d != nil {
			t.change(8, "let the bar scroll with the page", rule, d, "static")
		}
	}
}

// padBody gives the page room at an end: in its own rule, else in a new one.
func (j *job) padBody(side, value string) []wish {
	var wishes []wish
	subjects := j.subjects("element")
	for _, s := range subjects {
		t := &setter{job: j, s: s}
		for i := range s.Rules {
			rule := &s.Rules[i]
			if _, ok := j.sheet(*rule); ok && len(rule.Media) == 0 {
				t.add(wish{rank: 0, why: "leave room for the bar", rule: rule, selector: "body", set: one("padding-"+side, value)})
				break
			}
		}
		wishes = append(wishes, t.wishes...)
	}
	return wishes
}
