package diagnose

import (
	"fmt"
	"strconv"

	"relook/preview"
)

// With three gaps, two that are equal and one that is not tell what was meant. A
// space between inline boxes is 4 to 5 px; less is rounding.
const (
	gapItems = 4
	gapPx    = 4
)

type unevenGaps struct{}

func (unevenGaps) rule() string { return UnevenGaps }

func (unevenGaps) judge(f finding, _ *site, _ int) (verdict, bool) {
	return verdict{preview.SeverityWarning, f.Measure["differs_px"], 30}, true
}

func (unevenGaps) sentence(d *draft) string {
	w := d.worst()
	return fmt.Sprintf("The gap between %s and %s is %s %s, all others in %s are %s", code(w.Words["before"]), d.name(),
		gap(w.Measure["gap_px"]), d.at(), code(w.Words["row"]), gap(w.Measure["usual_px"]))
}

func gap(px float64) string { return number(px) + " px" }

func (unevenGaps) suspects(d *draft) []suspect {
	return suspectsOf(d, []string{"element", "other", "parent"}, []neutral{
		{"margin-left", set("margin-left", "0")},
		{"margin-right", set("margin-right", "0")},
		{"margin-top", set("margin-top", "0")},
		{"margin-bottom", set("margin-bottom", "0")},
		{"margin-inline-start", set("margin-inline-start", "0")},
		{"margin-inline-end", set("margin-inline-end", "0")},
		{"margin", set("margin", "0")},
		{"border-left", set("border-left", "0")},
		{"gap", set("gap", "0")},
	})
}

func (unevenGaps) detail(d *draft) (string, bool) {
	w := d.worst()
	return w.Words["axis"] + " " + strconv.FormatFloat(w.Measure["usual_px"], 'f', -1, 64), true
}
