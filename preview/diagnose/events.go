package diagnose

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"relook/preview"
)

// reported makes drafts of what the browser reported: script errors, failed and
// refused requests. The same fault in several views is one. Their messages name
// neither views nor lines, because the message is part of the defect's key.
func (s *site) reported() []*draft {
	var drafts []*draft
	byMessage := map[string]*draft{}
	for view, events := range s.events {
		for _, e := range events {
			rule, message, v := s.judgeEvent(e, events)
			if rule == "" {
				continue
			}
			d := byMessage[rule+message]
			if d == nil {
				d = &draft{rule: rule, site: s, message: message, cause: s.placeOf(e), asked: map[string]int{}}
				byMessage[rule+message] = d
				drafts = append(drafts, d)
			}
			d.sight(view, e, v)
		}
	}
	return drafts
}

// sight adds an event of a view; events of one view count together, but asking
// twice for one file counts once: browsers ask again as they please. Of a host
// that is refused it counts that it is asked, not how many of its pictures the
// browser came to ask for.
func (d *draft) sight(view int, e Event, v verdict) {
	if n := len(d.sightings); n > 0 && d.sightings[n-1].view == view {
		last := &d.sightings[n-1]
		if d.rule == FailedRequest {
			if e.Kind == EventRefused {
				d.asked[e.URL] = view + 1
				if v.severity.Rank() < last.severity.Rank() {
					last.severity = v.severity
				}
				return
			}
			if d.asked[e.URL] == view+1 {
				return
			}
			d.asked[e.URL] = view + 1
		}
		last.Measure["count"]++
		last.size = last.Measure["count"]
		return
	}
	d.asked[e.URL] = view + 1
	m := map[string]float64{"count": 1}
	if e.Status != 0 {
		m["status"] = float64(e.Status)
	}
	d.sightings = append(d.sightings, sighting{view, finding{Rule: d.rule, Measure: m, Words: map[string]string{"url": e.URL}}, v})
}

func (s *site) judgeEvent(e Event, all []Event) (rule, message string, v verdict) {
	v = verdict{preview.SeverityWarning, 1, 10}
	first, _, _ := strings.Cut(e.Text, "\n") // the rest is the stack
	text := cut(foldSpace(first), 160)
	switch e.Kind {
	case EventException:
		if leftUnset(e, all) {
			return "", "", v
		}
		// A script that stopped leaves what it was to do undone, unless it
		// stopped only because relook keeps its library from it.
		if !refusedScript(all) {
			v.severity = preview.SeverityError
		}
		return ConsoleError, fmt.Sprintf("A script failed%s: %s.", in(e), strings.TrimSuffix(text, ".")), v
	case EventConsole:
		return ConsoleError, fmt.Sprintf("A script reported an error%s: %s.", in(e), strings.TrimSuffix(text, ".")), v
	case EventFailed:
		if s.claimed[e.URL] || strings.HasSuffix(e.URL, "/favicon.ico") {
			return "", "", v
		}
		// Without its scripts and styles a page is not the page.
		if e.Resource == "Script" || e.Resource == "Stylesheet" {
			v.severity = preview.SeverityError
		}
		return FailedRequest, failed(e), v
	case EventRefused:
		// Without a font or a picture the page is still the page.
		v.severity = preview.SeverityInfo
		if e.Resource == "Script" || e.Resource == "Stylesheet" && !strings.Contains(e.URL, "//fonts.") {
			v.severity = preview.SeverityWarning
		}
		return FailedRequest, s.refused(e), v
	}
	return "", "", v
}

func refusedScript(events []Event) bool {
	for _, e := range events {
		if e.Kind == EventRefused && e.Resource == "Script" {
			return true
		}
	}
	return false
}

// leftUnset reports whether a script fails only because one before it did: what
// that was to declare is never set.
func leftUnset(e Event, all []Event) bool {
	return unset.MatchString(e.Text) && slices.ContainsFunc(all, func(other Event) bool {
		return other.Kind == EventException && !unset.MatchString(other.Text)
	})
}

var unset = regexp.MustCompile(`^[^\n]*ReferenceError: Cannot access '[^'\n]+' before initialization`)

func in(e Event) string {
	if e.File == "" {
		return ""
	}
	return " in " + code(e.File)
}

func failed(e Event) string {
	name := e.File
	if name == "" {
		name = e.URL
	}
	if e.Status == 404 {
		return fmt.Sprintf("The page asks for %s, and there is no such file.", code(name))
	}
	return fmt.Sprintf("The page asks for %s and does not get it: %s.", code(name), strings.TrimSuffix(cut(foldSpace(e.Text), 120), "."))
}

// refused merges all that is asked of one host.
func (s *site) refused(e Event) string {
	u, err := url.Parse(e.URL)
	if err != nil || u.Hostname() == "" {
		return "The page asks for a file outside of the workspace, and relook does not go online."
	}
	host := code(u.Hostname())
	mend := fmt.Sprintf("add %s to `allow_hosts`", host)
	for _, other := range slices.Concat(s.events...) {
		if o, err := url.Parse(other.URL); err == nil && other.Kind == EventRefused && other.Resource == "Script" && o.Hostname() == u.Hostname() {
			mend += ", or install the library into `node_modules`"
			break
		}
	}
	return fmt.Sprintf("The page asks %s for files, and relook does not go online: %s.", host, mend)
}

// placeOf is the line of the script that failed.
func (s *site) placeOf(e Event) *preview.Cause {
	if e.File == "" || e.Line < 0 || e.Kind == EventFailed || e.Kind == EventRefused {
		return nil
	}
	text := s.file(e.File)
	if text == nil || e.Line >= text.Lines() {
		return nil
	}
	start := preview.Position{Line: e.Line, Character: max(e.Column, 0)}
	from := text.Offset(start)
	rest := strings.TrimRight(text.Slice(preview.Span{Start: from, End: text.Offset(preview.Position{Line: e.Line, Character: 1 << 20})}), " \t")
	span := preview.Span{Start: from, End: from + len(rest)}
	return &preview.Cause{File: e.File, Range: text.Range(span), Text: rest}
}

// unread says so when a page has more elements than are checked.
func (s *site) unread() []*draft {
	d := &draft{rule: TooManyElements, site: s, message: fmt.Sprintf("Only the first %s elements of the page were checked.", number(maxElements))}
	for view, r := range s.readings {
		if r.Truncated {
			d.sightings = append(d.sightings, sighting{view, finding{Rule: d.rule, Measure: map[string]float64{"count": float64(r.Elements)}}, verdict{preview.SeverityInfo, 0, 1}})
		}
	}
	if len(d.sightings) == 0 {
		return nil
	}
	return []*draft{d}
}

// unsearched says so when not all widths were searched.
func (s *site) unsearched() []*draft {
	if s.widths == nil || s.widths.short == "" {
		return nil
	}
	all := s.widths.all
	return []*draft{{
		rule: UnsearchedWidths, site: s,
		message: fmt.Sprintf("Faults between the views may be missing, as not all widths from %s to %s px were looked at: %s.",
			number(float64(all.From)), number(float64(all.To)), s.widths.short),
		sightings: []sighting{{s.widths.base, finding{Rule: UnsearchedWidths, Measure: map[string]float64{"looks": float64(s.widths.looks)}}, verdict{preview.SeverityInfo, 0, 1}}},
	}}
}
