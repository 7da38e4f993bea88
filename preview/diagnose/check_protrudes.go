package diagnose

import (
	"fmt"

	"relook/preview"
)

// Borders, rounded widths and the room that a browser keeps under a line move
// edges by up to 3 px; more than that is seen.
const protrudesPx = 4

type childProtrudes struct{}

func (childProtrudes) rule() string { return ChildProtrudes }

// judge: what sticks out is ugly, but can be seen. That it lies on something else
// is another check's matter.
func (childProtrudes) judge(f finding, _ *site, _ int) (verdict, bool) {
	return verdict{preview.SeverityWarning, f.Measure["protrudes_px"], 60}, true
}

func (childProtrudes) sentence(d *draft) string {
	w := d.worst()
	verb := "sticks"
	if d.others() != "" {
		verb = "stick"
	}
	return fmt.Sprintf("%s%s %s out of %s%s %s", d.name(), d.others(), verb, code(w.Words["frame"]), sideWord[w.Words["side"]], d.by("protrudes_px"))
}

func (childProtrudes) suspects(d *draft) []suspect {
	roles := []string{"element", "child", "other", "parent"}
	if s := d.worst().Words["side"]; s == "top" || s == "bottom" {
		// A box that grows with its contents holds them all: a set height is first.
		return suspectsOf(d, []string{"parent", "other", "element", "child"}, append([]neutral{{"float", set("float", "none")}}, alongNeutral...))
	}
	return suspectsOf(d, roles, acrossNeutral)
}

func (childProtrudes) detail(d *draft) (string, bool) { return d.worst().Words["side"], true }
