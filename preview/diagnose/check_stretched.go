package diagnose

import (
	"fmt"
	"math"

	"relook/preview"
)

// Faces and circles look wrong from about a tenth on; below it the stretch is
// mostly that of sizes rounded in the markup. Smaller sides than 24 px are those
// of icons and dots, where a tenth is a pixel or two.
const (
	stretchedPart = 0.12
	stretchedPx   = 24
)

// At two and a half times its width or height what a picture shows can't be made
// out any more.
const stretchedErrorPercent = 150

type stretched struct{}

func (stretched) rule() string { return StretchedImage }

func (stretched) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, f.Measure["stretch_percent"], 50}
	if v.size >= stretchedErrorPercent {
		v.severity = preview.SeverityError
	}
	return v, true
}

func (stretched) sentence(d *draft) string {
	w := d.worst()
	verb := "is"
	if d.others() != "" {
		verb = "are"
	}
	return fmt.Sprintf("The picture %s of %s%s %s drawn %.0f %% too %s %s: %s by %s px in place of the proportions of %s by %s px",
		code(fileName(w.Words["url"])), d.name(), d.others(), verb, math.Round(w.Measure["stretch_percent"]), w.Words["axis"], d.at(),
		number(w.Measure["width_px"]), number(w.Measure["height_px"]), number(w.Measure["natural_width_px"]), number(w.Measure["natural_height_px"]))
}

func (stretched) suspects(d *draft) []suspect {
	return append(suspectsOf(d, []string{"element"}, []neutral{
		{"height", set("height", "auto")},
		{"block-size", set("height", "auto")},
		{"aspect-ratio", set("aspect-ratio", "auto")},
		{"max-height", set("max-height", "none")},
		{"min-height", set("min-height", "0")},
		{"width", set("width", "auto")},
		{"inline-size", set("width", "auto")},
		{"min-width", set("min-width", "0")},
		{"max-width", set("max-width", "none")},
		{"inset", set("inset", "auto")},
		{"flex", set("flex", "none")},
		{"align-self", set("align-self", "flex-start")},
	}), suspectsOf(d, []string{"parent"}, []neutral{
		{"align-items", set("align-items", "flex-start")},
		{"display", set("display", "block")},
	})...)
}

func (stretched) detail(*draft) (string, bool) { return "", true }
