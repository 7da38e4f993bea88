package diagnose

import (
	"fmt"
	"strconv"

	"relook/preview"
)

// Below 9 px the letters of common fonts are under 5 px high: strokes run
// together on a plain screen. Captions and labels of 9 to 11 px are common and
// legible; for running text on a phone, which is held at arm's length, 12 px is
// the least that platforms advise.
const (
	smallPx        = 9
	smallRunningPx = 12
	phonePx        = 480
)

// What is drawn at less than half its size is the picture of a page, not a page.
const thumbScale = 0.5

type textTooSmall struct{}

func (textTooSmall) rule() string { return TextTooSmall }

func (textTooSmall) judge(f finding, _ *site, _ int) (verdict, bool) {
	size := f.Measure["font_px"]
	v := verdict{preview.SeverityInfo, (smallRunningPx - size) * f.Measure["letters"], 400}
	if size < smallPx {
		v.severity = preview.SeverityWarning
	}
	return v, true
}

func (textTooSmall) sentence(d *draft) string {
	w := d.worst()
	what, is := "The text "+quote(w.Words["text"]), "is"
	if n := w.Measure["count"] - 1; n >= 1 {
		what, is = what+" and "+plural(n, "more text"), "are"
	}
	return fmt.Sprintf("%s %s only %s px high %s, too small to read with ease", what, is, strconv.FormatFloat(w.Measure["font_px"], 'f', -1, 64), d.at())
}

func (textTooSmall) suspects(d *draft) []suspect {
	return suspectsOf(d, []string{"parent", "element"}, []neutral{
		{"transform", set("transform", "none")},
		{"scale", set("scale", "none")},
		{"zoom", set("zoom", "1")},
		{"font-size", set("font-size", "16px")},
		{"font", set("font-size", "16px")},
		{"width", set("width", "auto")},
		{"max-width", set("max-width", "none")},
	})
}

// detail is the size that would do.
func (textTooSmall) detail(d *draft) (string, bool) {
	if d.worst().severity == preview.SeverityWarning {
		return strconv.Itoa(smallPx), true
	}
	return strconv.Itoa(smallRunningPx), true
}
