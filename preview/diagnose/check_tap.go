package diagnose

import (
	"fmt"

	"relook/preview"
)

// The least size of a target, and the distance that makes up for less, are those
// of WCAG 2.2 success criterion 2.5.8 (AA).
const tapPx = 24

// Wider screens are used with a mouse, as a rule.
const tapViewPx = 1024

type tapTarget struct{}

func (tapTarget) rule() string { return TapTarget }

func (tapTarget) judge(f finding, _ *site, _ int) (verdict, bool) {
	short := tapPx - min(f.Measure["width_px"], f.Measure["height_px"])
	return verdict{preview.SeverityWarning, short * f.Measure["count"], 60}, true
}

func (tapTarget) sentence(d *draft) string {
	w := d.worst()
	what, verb := "The "+noun(w.Words["role"]), "is"
	if n := w.Words["name"]; n != "" {
		what += " " + quote(n)
	}
	if d.others() != "" {
		verb = "are"
	}
	size := pixels(w.Measure["height_px"]) + " high"
	if w.Measure["width_px"] < w.Measure["height_px"] {
		size = pixels(w.Measure["width_px"]) + " wide"
	}
	return fmt.Sprintf("%s%s %s only %s %s and close to others, hard to hit with a finger (%d px is the least)", what, d.others(), verb, size, d.at(), tapPx)
}

func (tapTarget) suspects(d *draft) []suspect {
	return suspectsOf(d, []string{"element"}, []neutral{
		{"height", set("height", "24px")},
		{"max-height", set("max-height", "none")},
		{"width", set("width", "24px")},
		{"padding", set("padding", "8px")},
		{"padding-block", set("padding-block", "8px")},
		{"padding-top", set("padding-top", "8px", "padding-bottom", "8px")},
		{"line-height", set("line-height", "24px")},
		{"font-size", set("font-size", "20px")},
		{"font", set("font-size", "20px")},
	})
}

func (tapTarget) detail(*draft) (string, bool) { return "", true }
