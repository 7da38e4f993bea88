package diagnose

import (
	"fmt"

	"relook/preview"
)

type missingLabel struct{}

func (missingLabel) rule() string { return MissingLabel }

// A control without a name can't be told from others by who can't see it, and
// can't be called by voice. A placeholder is a name of sorts until somebody
// types.
func (missingLabel) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, f.Measure["count"], 10}
	if f.Words["kind"] == "hint" {
		v.severity = preview.SeverityInfo
	}
	return v, true
}

func (missingLabel) sentence(d *draft) string {
	w := d.worst()
	what, has := fmt.Sprintf("The %s %s%s", noun(w.Words["role"]), d.name(), d.others()), "has"
	if d.others() != "" {
		has = "have"
	}
	switch w.Words["kind"] {
	case "hint":
		return fmt.Sprintf("%s %s no label but the hint %s, which goes when somebody types", what, has, quote(w.Words["hint"]))
	case "action":
		return fmt.Sprintf("%s %s no text and no `aria-label`: who can't see it is not told what it does", what, has)
	}
	s := fmt.Sprintf("%s %s no label: who can't see it is not told what belongs there", what, has)
	if n := w.Words["near"]; n != "" && d.others() == "" {
		s += fmt.Sprintf("; the words %s beside it are not tied to it", quote(n))
	}
	return s
}

// The start tag is the cause: that is where the name is missing.
func (missingLabel) suspects(*draft) []suspect { return nil }

func (missingLabel) detail(*draft) (string, bool) { return "", false }
