package diagnose

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lucasb-eyer/go-colorful"

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
	if f.Words["hint"] != "" {
		v.severity = preview.SeverityWarning // a field that shows its hint badly can still be used
	}
	return v, true
}

func (lowContrast) sentence(d *draft) string {
	w := d.worst()
	what, more := "text", w.Measure["count"]-1
	if w.Words["hint"] != "" {
		what = "hint"
	}
	subject := "The " + what + " " + quote(w.Words["text"])
	if more >= 1 {
		subject += " and " + plural(more, "more "+what)
	}
	if under := w.Words["under"]; under != "" {
		stands, its := "stands", "its"
		if more >= 1 {
			stands, its = "stand", "their"
		}
		return fmt.Sprintf("%s %s out too little from %s %s: %s %% of %s letters have less contrast than %.1f to 1, the faintest %.1f",
			subject, stands, under, d.at(), number(w.Measure["below_percent"]), its, w.Measure["required_ratio"], roundDown(w.Measure["worst_ratio"]))
	}
	has, needs := "has", "needs"
	if more >= 1 {
		has, needs = "have", "need"
	}
	return fmt.Sprintf("%s %s a contrast of %.1f to 1 %s, %s on %s, and %s %.1f", subject, has,
		roundDown(w.Measure["ratio"]), d.at(), w.Words["color"], w.Words["background"], needs, w.Measure["required_ratio"])
}

// roundDown keeps one place of a ratio, so that 4.498 does not read as what is
// required.
func roundDown(ratio float64) float64 { return math.Floor(ratio*10) / 10 }

// proof: the study of contrast has looked at the pixels already.
func (lowContrast) proof(*sighting) proof { return proof{} }

func (lowContrast) suspects(d *draft) []suspect {
	if d.worst().Words["hint"] != "" {
		return hintSuspects(d)
	}
	// The element from which the colour is inherited is the "parent" subject.
	ink, ground := opposite(d.worst().Words["background"]), opposite(d.worst().Words["color"])
	list := suspectsOf(d, []string{"element", "parent"}, []neutral{
		{"color", set("color", ink)}, {"-webkit-text-fill-color", set("-webkit-text-fill-color", ink)}, {"opacity", set("opacity", "1")},
	})
	return append(list, suspectsOf(d, []string{"element", "other"}, []neutral{
		{"background-color", set("background-color", ground)}, {"background", set("background-color", ground)},
	})...)
}

// opposite is black or white, whichever stands out more from a colour.
func opposite(hex string) string {
	c, err := colorful.Hex(hex)
	if err != nil {
		return "black"
	}
	if r, g, b := c.LinearRgb(); 0.2126*r+0.7152*g+0.0722*b < 0.18 { // as far from white as from black
		return "white"
	}
	return "black"
}

// hintSuspects are the colours of a field's hint, which has rules of its own.
func hintSuspects(d *draft) []suspect {
	return slices.DeleteFunc(suspectsOf(d, []string{"element"}, []neutral{{"color", nil}, {"opacity", nil}}), func(s suspect) bool {
		return s.rule == unknown || !strings.Contains(d.subjects[s.subject].Rules[s.rule].Selector, "placeholder")
	})
}

// A hint has colours of its own, and what stands out from a picture only pixels
// tell: there the cascade says which colour counts.
func (lowContrast) detail(d *draft) (string, bool) {
	w := d.worst().Words
	return "", w["hint"] == "" && w["under"] == ""
}
