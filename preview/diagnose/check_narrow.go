package diagnose

import (
	"fmt"

	"relook/preview"
)

// narrowMost is how wide, in px, a range between two breakpoints may be to count
// as narrow: nobody makes a layout for so few widths. It is the figure of the
// research on layouts that fail in small ranges.
const narrowMost = 30

type narrow struct{}

func (narrow) rule() string { return NarrowRange }

// What is shown on both sides and not between is out of reach there: an error. A
// layout unlike those on both sides may still be usable.
func (narrow) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, f.Measure["count"], 5}
	if f.Words["how"] == narrowMissing {
		v.severity = preview.SeverityError
	}
	return v, true
}

// How a layout differs from those around it.
const (
	narrowMissing = "missing"
	narrowExtra   = "extra"
	narrowOther   = "other"
)

func (narrow) sentence(d *draft) string {
	w, in := d.worst(), d.within()
	names, is := code(w.Elements[0].Selector)+d.others(), "is"
	if d.others() != "" {
		is = "are"
	}
	if len(w.Elements) == 2 && w.Measure["count"] == 2 {
		names = code(w.Elements[0].Selector) + " and " + code(w.Elements[1].Selector)
	}
	swap := w.Words["swap"] != ""
	switch how := w.Words["how"]; {
	case how == narrowMissing && swap:
		return fmt.Sprintf("%s are both missing %s: narrower screens show the one and wider screens the other", names, in)
	case how == narrowMissing:
		return fmt.Sprintf("%s %s missing %s, and shown on narrower and on wider screens", names, is, in)
	case how == narrowExtra && swap:
		return fmt.Sprintf("%s are both shown %s: narrower screens show the one and wider screens the other", names, in)
	case how == narrowExtra:
		return fmt.Sprintf("%s %s shown only %s", names, is, in)
	}
	return fmt.Sprintf("%s %s laid out %s as on neither narrower nor wider screens", names, is, in)
}

// No declaration is at fault but that there is none.
func (narrow) suspects(*draft) []suspect { return nil }

func (narrow) detail(*draft) (string, bool) { return "", false }
