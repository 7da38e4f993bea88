package rules

import (
	"strings"

	"relook/preview/diagnose"
)

// The faults of a page that is seen in another way are those of other rules, and
// are mended as those are.

const (
	inDark = "(prefers-color-scheme: dark)"
	inCalm = "(prefers-reduced-motion: reduce)"
)

// varied mends as the rule of the finding does, under one condition if there is
// one.
func varied(j *job, only string) []wish {
	of := *j
	of.defect.Rule = j.word("of")
	of.defect.Widths = nil
	template := plain[of.defect.Rule]
	if template == nil {
		return nil
	}
	wishes := template(&of)
	for i := range wishes {
		if only != "" {
			wishes[i].only = only
		}
	}
	return wishes
}

func dark(j *job) []wish { return varied(j, inDark) }

func longer(j *job) []wish { return varied(j, "") }

// calm shows what only an animation brings in to those who ask for none.
func calm(j *job) []wish {
	wishes := j.each([]turn{{"element", 0}, {"child", 1}}, func(t *setter) {
		for _, p := range []struct{ property, value string }{
			{"opacity", "1"}, {"visibility", "visible"}, {"transform", "none"}, {"translate", "none"}, {"scale", "none"}, {"clip-path", "none"},
		} {
			if rule, d := winner(t.s, p.property); d != nil && d.Value != p.value {
				t.change(0, "let it be seen without the animation", rule, d, p.value)
			}
		}
	})
	for i := range wishes {
		wishes[i].only = inCalm
	}
	return wishes
}

// logical are the properties that name a side, and those that name it by the way
// that text runs.
var logical = []struct{ physical, logical string }{
	{"margin-left", "margin-inline-start"}, {"margin-right", "margin-inline-end"},
	{"padding-left", "padding-inline-start"}, {"padding-right", "padding-inline-end"},
	{"left", "inset-inline-start"}, {"right", "inset-inline-end"},
	{"border-left", "border-inline-start"}, {"border-right", "border-inline-end"},
}

// mirrored lets the page change sides with its text.
func mirrored(j *job) []wish {
	wishes := j.each([]turn{{"element", 0}, {"child", 1}, {"other", 2}, {"parent", 3}}, func(t *setter) {
		for _, p := range logical {
			if rule, d := winner(t.s, p.physical); d != nil {
				t.replace(0, "let it change sides with the text", rule, d, p.logical, d.Value, "auto")
			}
		}
		for _, p := range []string{"float", "text-align", "clear"} {
			rule, d := winner(t.s, p)
			if d == nil || d.Value != "left" && d.Value != "right" {
				continue
			}
			to := map[string]string{"left": "start", "right": "end"}[d.Value]
			if p != "text-align" {
				to = "inline-" + to
			}
			t.change(1, "let it change sides with the text", rule, d, to)
		}
	})
	for i := range wishes {
		wishes[i].everywhere = true
	}
	return append(wishes, varied(j, "")...)
}

// zoomed gives what is lost in a low window a way to be scrolled to.
func zoomed(j *job) []wish {
	wishes := varied(j, "")
	return append(wishes, j.each([]turn{{"element", 0}, {"parent", 2}}, func(t *setter) {
		if rule, d := winner(t.s, "height"); d != nil {
			if strings.HasSuffix(d.Value, "vh") || strings.HasSuffix(d.Value, "%") {
				t.replace(1, "let it grow with its content", rule, d, "min-height", d.Value, "auto")
			}
		}
		t.heights()
		if t.is("position", "fixed") {
			t.put(2, "let it be scrolled when it is higher than the window", decl("max-height", "100vh"), decl("overflow-y", "auto"))
		}
		for _, p := range []string{"overflow", "overflow-y"} {
			if rule, d := winner(t.s, p); d != nil && (d.Value == "hidden" || d.Value == "clip") {
				t.change(4, "let it be scrolled", rule, d, "auto")
			}
		}
	})...)
}

// reflowed lets lines be no wider than a narrow window.
func reflowed(j *job) []wish {
	if j.word("of") != "two-way-scroll" {
		return varied(j, "")
	}
	return j.each([]turn{{"element", 0}, {"child", 1}, {"parent", 3}}, across)
}

// plain are the rules whose faults are also looked for in pages that are seen in
// another way.
var plain = map[string]func(*job) []wish{
	diagnose.SidewaysScroll:  sideways,
	diagnose.OutsideViewport: outside,
	diagnose.ClippedText:     clipped,
	diagnose.TextOverlap:     overlap,
	diagnose.CoveredControl:  covered,
	diagnose.LowContrast:     contrast,
}
