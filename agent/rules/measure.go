package rules

import (
	"strings"

	"relook/preview"
)

// tooWide gives running text a measure.
func tooWide(j *job) []wish {
	return j.each([]turn{{"element", 0}, {"parent", 3}}, func(t *setter) {
		if rule, d := winner(t.s, "max-width"); d != nil {
			t.change(1, "give the lines a good length", rule, d, "70ch")
			return
		}
		t.put(0, "give the lines a good length", decl("max-width", "70ch"))
		t.put(2, "give the lines a good length", decl("max-width", "90ch"))
	})
}

// tooNarrow gives a squeezed column room.
func tooNarrow(j *job) []wish {
	wishes := j.shift()
	return append(wishes, j.each([]turn{{"element", 0}, {"parent", 1}, {"other", 4}}, func(t *setter) {
		t.whole()
		t.columns()
		if t.is("display", "flex", "inline-flex") && !strings.HasPrefix(t.computed("flex-direction"), "column") {
			t.put(2, "put the row's items below each other", decl("flex-direction", "column"))
			if t.is("flex-wrap", "nowrap", "") {
				t.put(1, "let the row wrap", decl("flex-wrap", "wrap"))
			}
		}
		t.room()
	})...)
}

// whole keeps words in one piece.
func (t *setter) whole() {
	for _, p := range []string{"word-break", "overflow-wrap", "hyphens", "line-break"} {
		if rule, d := winner(t.s, p); d != nil && (d.Value == "break-all" || d.Value == "anywhere") {
			t.change(0, "keep words in one piece", rule, d, map[bool]string{true: "normal", false: "break-word"}[p == "word-break"])
		}
	}
}

// columns sets columns below each other.
func (t *setter) columns() {
	if rule, d := winner(t.s, "grid-template-columns"); d != nil {
		t.change(3, "set the columns below each other", rule, d, "1fr")
		for i, value := range flexibleTracks(d.Value) {
			t.change(4+i, "let the columns wrap", rule, d, value)
		}
	}
	for _, p := range []string{"column-count", "columns"} {
		if rule, d := winner(t.s, p); d != nil && d.Value != "auto" {
			t.change(2, "set the text in one column", rule, d, map[string]string{"column-count": "1", "columns": "auto"}[p])
		}
	}
}

// room gives a column the width that it lacks.
func (t *setter) room() {
	for _, p := range []string{"width", "max-width", "max-inline-size", "inline-size"} {
		rule, d := winner(t.s, p)
		if d == nil || d.Value == "auto" || d.Value == "none" || d.Value == "100%" {
			continue
		}
		open := "auto"
		if strings.HasPrefix(p, "max-") {
			open = "none"
		}
		t.change(4, "let it be as wide as there is room", rule, d, open)
		t.change(6, "let it be as wide as there is room", rule, d, "100%")
	}
	if rule, d := winner(t.s, "float"); d != nil && d.Value != "none" {
		t.declare(9, "set it below what is beside it", rule, d, decl("float", "none"), decl("width", "auto"))
	}
	if rule, d := winner(t.s, "flex", "flex-basis"); d != nil {
		t.change(8, "let it grow into the room there is", rule, d, map[string]string{"flex": "1 1 auto", "flex-basis": "auto"}[d.Property])
	}
	if t.s.Role == "element" {
		t.put(12, "keep it wide enough to read", decl("min-width", "min(100%, 12em)"))
	}
	for _, p := range []string{"padding", "padding-left", "padding-right", "padding-inline", "margin-left", "margin-right"} {
		if rule, d := winner(t.s, p); d != nil {
			if px, ok := absolute(d.Value); ok && px >= 40 {
				t.change(14, "leave less space beside it", rule, d, "16px")
			}
		}
	}
}

// tooSmall makes letters large enough to be read.
func tooSmall(j *job) []wish {
	least := 12.0
	if j.defect.Severity == preview.SeverityWarning {
		least = 9
	}
	painted := j.defect.Measure["font_px"]
	return j.each([]turn{{"element", 0}, {"parent", 2}}, func(t *setter) {
		for _, p := range []string{"zoom", "scale", "transform"} {
			rule, d := winner(t.s, p)
			if d == nil || d.Value == "none" || d.Value == "1" || p == "transform" && !strings.Contains(d.Value, "scale") {
				continue
			}
			t.change(1, "draw it at its own size", rule, d, map[string]string{"zoom": "1", "scale": "none", "transform": "none"}[p])
		}
		size, _ := absolute(t.computed("font-size"))
		if size <= 0 || painted <= 0 {
			return
		}
		// Letters that something shrinks need so much more.
		for i, want := range []float64{12, least, 16} {
			value := fontSize(t, want*max(1, size/painted))
			if rule, d := winner(t.s, "font-size"); d != nil {
				t.change(3+2*i, "make the letters large enough to read", rule, d, value)
			} else if t.s.Role == "element" {
				t.put(4+2*i, "make the letters large enough to read", decl("font-size", value))
			}
		}
	})
}

// fontSize writes a size in the unit that the rule uses.
func fontSize(t *setter, px float64) string {
	_, d := winner(t.s, "font-size")
	if d != nil && strings.HasSuffix(d.Value, "rem") {
		return trimmed(px/16) + "rem"
	}
	return trimmed(px) + "px"
}
