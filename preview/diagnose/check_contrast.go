package diagnose

import (
	"fmt"
	"math"

	"relook/preview"
)

// The required ratios, 4.5 and 3 for large text, are WCAG 2.x success criterion
// 1.4.3. Colours are compared unrounded; the slack swallows the rounding of
// blended colours to whole channels.
const (
	contrastRatio      = 4.5
	contrastRatioLarge = 3
	ratioSlack         = 0.01
)

// Below these ratios text is hard to make out at all, on a good screen with
// good eyes: an error. Between them and the requirement it tires.
const (
	contrastErrorRatio      = 3
	contrastErrorRatioLarge = 2
)

type lowContrast struct{}

func (lowContrast) rule() string { return LowContrast }

func (lowContrast) limits() []Limit {
	return []Limit{
		{Name: "ratio", Is: contrastRatio, Least: 1, Most: 21, script: "contrastRatio",
			About: "what normal text needs; 7 is level AAA of WCAG"},
		{Name: "large_ratio", Is: contrastRatioLarge, Least: 1, Most: 21, script: "contrastRatioLarge",
			About: "what large text needs; 4.5 is level AAA of WCAG"},
		{Name: "error_ratio", Is: contrastErrorRatio, Least: 1, Most: 21,
			About: "below this it is an error for normal text, above a warning"},
		{Name: "large_error_ratio", Is: contrastErrorRatioLarge, Least: 1, Most: 21,
			About: "below this it is an error for any text"},
	}
}

func (lowContrast) judge(f finding, s *site, _ int) (verdict, bool) {
	ratio, required := f.Measure["ratio"], f.Measure["required_ratio"]
	v := verdict{preview.SeverityWarning, f.Measure["extent_px"] * (required - ratio), 200}
	if ratio < s.limit(LowContrast, "error_ratio") && required > s.limit(LowContrast, "large_ratio") || ratio < s.limit(LowContrast, "large_error_ratio") {
		v.severity = preview.SeverityError
	}
	return v, true
}

func (lowContrast) sentence(d *draft) string {
	w := d.worst()
	what, has, needs := "The text "+quote(w.Words["text"]), "has", "needs"
	if n := w.Measure["count"] - 1; n >= 1 {
		what, has, needs = what+" and "+plural(n, "more text"), "have", "need"
	}
	// The ratio is rounded down, so that 4.498 does not read as what is required.
	return fmt.Sprintf("%s %s a contrast of %.1f to 1 %s, %s on %s, and %s %.1f", what, has,
		math.Floor(w.Measure["ratio"]*10)/10, d.at(), w.Words["color"], w.Words["background"], needs, w.Measure["required_ratio"])
}

func (lowContrast) suspects(d *draft) []suspect {
	// The element from which the colour is inherited is the "parent" subject.
	list := suspectsOf(d, []string{"element", "parent"}, []neutral{{"color", nil}, {"-webkit-text-fill-color", nil}, {"opacity", nil}})
	return append(list, suspectsOf(d, []string{"element", "other"}, []neutral{{"background-color", nil}, {"background", nil}})...)
}

// The cascade says which colour counts: there is nothing to try.
func (lowContrast) detail(*draft) (string, bool) { return "", false }
