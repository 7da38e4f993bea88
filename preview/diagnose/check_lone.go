package diagnose

import (
	"fmt"

	"relook/preview"
)

// Two and one is how three things stand on many narrow screens; three and one
// looks like an accident.
const loneFull = 3

type loneWrap struct{}

func (loneWrap) rule() string { return LoneWrap }

// judge: a link or button that fell out of its row makes a menu look broken;
// with cards it is a matter of taste.
func (loneWrap) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityInfo, f.Measure["width_px"], 600}
	if f.Measure["control"] > 0 {
		v.severity = preview.SeverityWarning
	}
	return v, true
}

func (loneWrap) sentence(d *draft) string {
	w := d.worst()
	return fmt.Sprintf("%s stands alone in a second line of %s, below the other %s, %s", d.name(), code(w.Words["row"]), number(w.Measure["items"]-1), d.at())
}

func (loneWrap) suspects(d *draft) []suspect {
	return suspectsOf(d, []string{"element", "child", "parent"}, []neutral{
		{"gap", set("gap", "0")},
		{"column-gap", set("column-gap", "0")},
		{"padding", set("padding-left", "0", "padding-right", "0")},
		{"padding-inline", set("padding-inline", "0")},
		{"margin", set("margin-left", "0", "margin-right", "0")},
		{"margin-left", set("margin-left", "0")},
		{"margin-right", set("margin-right", "0")},
		{"max-width", set("max-width", "none")},
		{"width", set("width", "1px", "min-width", "0")},
		{"min-width", set("min-width", "0")},
		{"flex-basis", set("flex-basis", "1px")},
		{"flex", set("flex", "1 1 1px")},
		{"font-size", set("font-size", "12px")},
		{"letter-spacing", set("letter-spacing", "normal")},
	})
}

func (loneWrap) detail(*draft) (string, bool) { return "", true }
