package diagnose

import (
	"fmt"

	"relook/preview"
)

// Smaller pictures are dots, rules and counting pixels: they say nothing.
const altPx = 10

type missingAlt struct{}

func (missingAlt) rule() string { return MissingAlt }

// A picture without words is lost to some; where it is all that a link, a button
// or an area has, the way on is lost to them.
func (missingAlt) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, f.Measure["count"], 10}
	if k := f.Words["kind"]; k == "control" || k == "area" {
		v.severity = preview.SeverityError
	}
	return v, true
}

func (missingAlt) sentence(d *draft) string {
	w := d.worst()
	what, has := d.name()+d.others(), "has"
	if d.others() != "" {
		has = "have"
	}
	if u := w.Words["url"]; u != "" {
		what = code(fileName(u)) + " (" + w.Elements[0].Selector + ")" + d.others()
	}
	switch w.Words["kind"] {
	case "control":
		return fmt.Sprintf("The picture %s %s no `alt` text and is all that its link or button shows: who can't see it is not told where it leads", what, has)
	case "area":
		return fmt.Sprintf("The part of a picture %s that can be clicked %s no `alt` text: who can't see it is not told where it leads", what, has)
	case "drawing":
		return fmt.Sprintf("The drawing %s %s no name (`aria-label` or `<title>`): who can't see it is not told what it shows", what, has)
	}
	return fmt.Sprintf("The picture %s %s no `alt` text: who can't see it is not told what it shows; a decoration wants `alt=\"\"`", what, has)
}

// The start tag is the cause: that is where the words are missing.
func (missingAlt) suspects(*draft) []suspect { return nil }

func (missingAlt) detail(*draft) (string, bool) { return "", false }
