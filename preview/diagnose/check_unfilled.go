package diagnose

import (
	"fmt"
	"strings"

	"relook/preview"
)

// What the script takes for an open place is decided by its form; there is no
// threshold. A value, a date or a placeholder that nobody filled in is an error:
// the visitor can't read what was to stand there. A lone "null" may be data, and
// filler text or an author's note can be read, so these are warnings.
type unfilled struct{}

func (unfilled) rule() string { return UnfilledText }

// judge drops templates of a library that relook itself did not fetch, and takes
// a server's template, which nobody opens as it is, for worth knowing only.
func (unfilled) judge(f finding, s *site, view int) (verdict, bool) {
	v := verdict{preview.SeverityError, f.Measure["count"], 5}
	kept := refusedScript(s.events[view])
	switch f.Words["kind"] {
	case "template":
		if kept {
			return v, false
		}
		if s.serverTemplate() {
			v.severity = preview.SeverityInfo
		}
	case "server":
		v.severity = preview.SeverityInfo
	case "null", "filler", "note":
		v.severity = preview.SeverityWarning
	default:
		if kept {
			v.severity = preview.SeverityWarning
		}
	}
	return v, true
}

// serverTemplate reports whether the page is one that a server fills before
// anybody sees it.
func (s *site) serverTemplate() bool {
	text := s.file(s.page.Entry)
	if text == nil {
		return false
	}
	for _, mark := range []string{"{%", "<%", "<?php", "<?="} {
		if strings.Contains(text.String(), mark) {
			return true
		}
	}
	return false
}

func (unfilled) sentence(d *draft) string {
	w := d.worst()
	text, token := quote(w.Words["text"]), code(w.Words["token"])
	if w.Elements[0].Selector != "" {
		text += " (" + w.Elements[0].Selector + ")"
	}
	show := "shows"
	if d.others() != "" {
		show = "show"
	}
	switch w.Words["kind"] {
	case "filler":
		return fmt.Sprintf("Filler text is still on the page: %s%s", text, d.others())
	case "note":
		return fmt.Sprintf("An author's note is still on the page: %s%s", text, d.others())
	case "template", "server":
		return fmt.Sprintf("The text %s%s %s %s, a placeholder that nothing filled in, %s", text, d.others(), show, token, d.at())
	}
	return fmt.Sprintf("The text %s%s %s %s in place of a value %s", text, d.others(), show, token, d.at())
}

// The start tag of the element is the cause: no declaration makes a text.
func (unfilled) suspects(*draft) []suspect { return nil }

func (unfilled) detail(*draft) (string, bool) { return "", false }
