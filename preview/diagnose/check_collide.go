package diagnose

import (
	"fmt"
	"slices"

	"relook/preview"
)

// Borders that share a pixel or two, and shadows, are no overlap; from 5 px on
// two edges cross each other visibly.
const collidesPx = 5

// When two fifths of a text, a picture or a control are painted over, it can't
// be read or made out: an error.
const collidesErrorPercent = 40

type siblingsCollide struct{}

func (siblingsCollide) rule() string { return SiblingsCollide }

func (siblingsCollide) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, f.Measure["area_px2"], 4000}
	if f.Measure["hidden_percent"] >= collidesErrorPercent {
		v.severity = preview.SeverityError
	}
	return v, true
}

func (siblingsCollide) sentence(d *draft) string {
	w := d.worst()
	return fmt.Sprintf("%s and %s%s lie on each other %s", code(w.Words["a"]), code(w.Words["b"]), d.pairs(), d.by("overlap_px"))
}

func (siblingsCollide) suspects(d *draft) []suspect {
	// What holds a thing and is too low for it is at fault before the thing is.
	low := []neutral{{"height", set("height", "auto")}, {"max-height", set("max-height", "none")}}
	inline := []neutral{{"padding", set("padding-top", "0", "padding-bottom", "0")}}
	list := append(suspectsOf(d, []string{"other"}, low), suspectsOf(d, []string{"element"}, inline)...)
	return append(list, suspectsOf(d, []string{"element", "other", "parent"}, slices.Concat([]neutral{
		{"width", set("width", "auto")},
		{"min-width", set("min-width", "0")},
		{"margin-top", set("margin-top", "0")},
		{"margin-bottom", set("margin-bottom", "0")},
		{"margin", set("margin", "0")},
		{"flex-shrink", set("flex-shrink", "0")},
	}, acrossNeutral, alongNeutral))...)
}

func (siblingsCollide) detail(*draft) (string, bool) { return "", true }
