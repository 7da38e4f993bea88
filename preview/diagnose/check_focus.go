package diagnose

import (
	"fmt"

	"relook/preview"
)

// focusNotVisible is WCAG 2.4.7: who uses the keyboard must see where they are.
// It hurts and stops nobody, so it is a warning.
type focusNotVisible struct{}

func (focusNotVisible) rule() string { return FocusNotVisible }

func (focusNotVisible) judge(f finding, _ *site, _ int) (verdict, bool) {
	return verdict{preview.SeverityWarning, f.Measure["count"], 5}, true
}

func (focusNotVisible) sentence(d *draft) string {
	w := d.worst()
	what := controlNamed(w.Words) + d.others()
	if w.Words["way"] == "hidden" {
		return fmt.Sprintf("The focus goes to %s, which can't be seen", what)
	}
	looks := "looks"
	if w.Measure["count"] > 1 {
		looks = "look"
	}
	return fmt.Sprintf("%s %s the same with the keyboard's focus as without", upperFirst(what), looks)
}

func (focusNotVisible) suspects(*draft) []suspect { return nil }

func (focusNotVisible) detail(*draft) (string, bool) { return "", false }

// focusTrap is WCAG 2.1.2. What lies behind the trap can't be used with a
// keyboard: an error. A text field may take Tab for itself and let go with
// another key.
type focusTrap struct{}

func (focusTrap) rule() string { return FocusTrap }

func (focusTrap) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityError, f.Measure["unreached"], 10}
	if f.Words["caret"] != "" {
		v.severity = preview.SeverityWarning
	}
	return v, true
}

func (focusTrap) sentence(d *draft) string {
	w := d.worst()
	rest := plural(w.Measure["unreached"], "control")
	if w.Words["way"] == "dead" {
		return fmt.Sprintf("The Tab key does nothing on this page: %s can't be reached with the keyboard", rest)
	}
	return fmt.Sprintf("The focus stays in %s when someone presses Tab: %s can't be reached with the keyboard", d.name(), rest)
}

func (focusTrap) suspects(*draft) []suspect { return nil }

func (focusTrap) detail(*draft) (string, bool) { return "", false }
