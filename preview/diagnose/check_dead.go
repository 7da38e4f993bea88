package diagnose

import (
	"fmt"
	"strings"

	"relook/preview"
)

// The ways in which a control is dead; found in the study of controls.
const (
	deadThrows  = "throws"  // a script fails when it is used
	deadHangs   = "hangs"   // the page does not come back
	deadSilent  = "silent"  // nothing happens
	deadNowhere = "nowhere" // a link without a place to go to
	deadField   = "field"   // a field that takes no text
	deadUntried = "untried" // not a fault: there are more controls than are tried
)

// A failing script is an error whatever the control is for. A control that does
// nothing is one only by its looks: a button may be there before what it will
// do, so it is a warning, once for all that look alike.
type deadControl struct{}

func (deadControl) rule() string { return DeadControl }

func (deadControl) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, f.Measure["count"], 5}
	switch f.Words["way"] {
	case deadThrows, deadHangs, deadField:
		v.severity = preview.SeverityError
	case deadUntried:
		v.severity = preview.SeverityInfo
	}
	return v, true
}

func (deadControl) sentence(d *draft) string {
	w := d.worst()
	what := controlNamed(w.Words)
	many := w.Measure["count"] > 1
	switch w.Words["way"] {
	case deadThrows:
		is := "is"
		if many {
			is = "are"
		}
		return fmt.Sprintf("A script fails when %s%s %s used%s: %s", what, d.others(), is, within(w.Words["file"]), strings.TrimSuffix(w.Words["text"], "."))
	case deadHangs:
		return fmt.Sprintf("The page hangs when %s%s is used: a script does not end", what, d.others())
	case deadNowhere:
		leads := "leads"
		if many {
			leads = "lead"
		}
		return fmt.Sprintf("%s%s %s nowhere (`href=\"%s\"`)", upperFirst(what), d.others(), leads, w.Words["href"])
	case deadField:
		takes := "takes"
		if many {
			takes = "take"
		}
		return fmt.Sprintf("%s%s %s no text when someone types", upperFirst(what), d.others(), takes)
	case deadUntried:
		return fmt.Sprintf("Only the first %s of %s controls were tried", number(w.Measure["tried"]), number(w.Measure["controls"]))
	}
	if many {
		return fmt.Sprintf("%s%s like it do nothing when they are clicked", upperFirst(what), d.others())
	}
	return fmt.Sprintf("%s does nothing when it is clicked", upperFirst(what))
}

// controlNamed is a control as people would speak of it: "the button “Buy”".
func controlNamed(words map[string]string) string {
	what := "the " + noun(words["role"])
	if words["role"] == "" {
		what = "the clickable " + code(words["tag"])
	}
	if n := words["name"]; n != "" {
		what += " " + quote(n)
	}
	return what
}

func within(file string) string {
	if file == "" {
		return ""
	}
	return " in " + code(file)
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// No declaration makes a control dead.
func (deadControl) suspects(*draft) []suspect { return nil }

func (deadControl) detail(*draft) (string, bool) { return "", false }

// keyboardDead is WCAG 2.1.1: what a mouse can do, the keyboard can.
type keyboardDead struct{}

func (keyboardDead) rule() string { return KeyboardDead }

func (keyboardDead) judge(f finding, _ *site, _ int) (verdict, bool) {
	return verdict{preview.SeverityWarning, f.Measure["count"], 5}, true
}

func (keyboardDead) sentence(d *draft) string {
	w := d.worst()
	works, it := "works", "it"
	if w.Measure["count"] > 1 {
		works, it = "like it work", "them"
	}
	why := "Tab does not reach " + it
	if w.Words["way"] == "deaf" {
		why = "Enter and the space bar do nothing on " + it
	}
	return fmt.Sprintf("%s%s %s with a mouse only: %s", upperFirst(controlNamed(w.Words)), d.others(), works, why)
}

func (keyboardDead) suspects(*draft) []suspect { return nil }

func (keyboardDead) detail(*draft) (string, bool) { return "", false }
