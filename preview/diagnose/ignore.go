package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"relook/preview"
)

// ignoredElements lists for the script the elements before which a comment
// stands. Those with the attribute it finds itself: a script may have made them.
func (s *site) ignoredElements() []map[string]any {
	list := []map[string]any{}
	for _, d := range s.ignores {
		if d.file != s.page.Entry || d.covers.Len() == 0 {
			continue
		}
		for _, xpath := range s.markup.Within(d.covers) {
			list = append(list, map[string]any{"path": xpath, "rules": append([]string{}, d.rules...)})
		}
	}
	return list[:min(len(list), maxIgnores)]
}

// excuse is why a finding is not reported, nil if it is: the element at which
// it is ignored, or a directive for the whole page.
func (s *site) excuse(f finding) *preview.Ignore {
	if f.Ignored == "" && len(f.Elements) > 0 {
		f.Ignored = s.ignoredAt(f.Rule, f.Elements[0].XPath) // of a study
	}
	for _, d := range s.ignores {
		if d.of(f.Rule) && f.Ignored != "" && (d.xpath == f.Ignored || s.before(d, f.Ignored)) {
			return d.ignore()
		}
	}
	if f.Ignored != "" {
		return &preview.Ignore{File: s.page.Entry} // a script made the element
	}
	return s.excuseFile(f.Rule, s.page.Entry)
}

// excuseFile is the directive that ignores a rule in a whole file.
func (s *site) excuseFile(rule, file string) *preview.Ignore {
	for _, d := range s.ignores {
		if d.whole && d.file == file && d.of(rule) {
			return d.ignore()
		}
	}
	return nil
}

// before reports whether a comment stands before the start tag of an element.
func (s *site) before(d *directive, xpath string) bool {
	return d.file == s.page.Entry && d.covers.Len() > 0 && slices.Contains(s.markup.Within(d.covers), xpath)
}

// ignoredAt is the element at which a rule is ignored for the one at xpath.
func (s *site) ignoredAt(rule, xpath string) string {
	for _, d := range s.ignores {
		switch {
		case !d.of(rule):
		case d.xpath != "" && (d.xpath == xpath || strings.HasPrefix(xpath, d.xpath+"/")):
			return d.xpath
		case s.before(d, xpath):
			return xpath
		}
	}
	return ""
}

// ignoresByCause reports whether causes must be known to tell what is ignored.
func (s *site) ignoresByCause() bool {
	return s.options.Ignored == nil && slices.ContainsFunc(s.ignores, func(d *directive) bool { return d.xpath == "" })
}

// ignore marks the drafts whose causes the person said to ignore.
func (s *site) ignore(drafts []*draft) {
	for _, d := range drafts {
		switch {
		case d.ignored != nil:
			d.cause = s.startTag(d)
		case s.options.Ignored != nil:
			d.ignored = s.known(d)
		default:
			d.ignored = s.excuseCause(d)
		}
	}
}

// excuseCause is the directive that covers the cause of a draft.
func (s *site) excuseCause(d *draft) *preview.Ignore {
	if whole := s.excuseFile(d.rule, s.page.Entry); whole != nil || d.cause == nil {
		return whole
	}
	places := slices.Clone(d.places)
	if text := s.file(d.cause.File); text != nil {
		places = append(places, preview.SourceSpan{File: d.cause.File, Span: text.Span(d.cause.Range)})
	}
	if d.cause.Built != "" {
		s.readSource(d.cause.File)
	}
	for _, i := range s.ignores {
		for _, p := range places {
			if i.file == p.File && i.of(d.rule) && (i.whole || i.covers.Start <= p.Start && p.Start < i.covers.End) {
				return i.ignore()
			}
		}
	}
	return nil
}

// readSource finds the directives in a file from which a style sheet was built.
func (s *site) readSource(name string) {
	text := s.file(name)
	if s.sources[name] || text == nil || !strings.Contains(text.String(), ignoreWord) {
		return
	}
	s.sources[name] = true
	sc := &ignoreScan{file: name, text: text}
	sc.sheet(preview.Span{End: text.Len()})
	s.ignores = append(s.ignores, sc.found...)
}

// known finds a draft among what was ignored when the page was opened.
func (s *site) known(d *draft) *preview.Ignore {
	for _, f := range s.options.Ignored {
		if f.Rule != d.rule {
			continue
		}
		if d.check == nil && f.Message == d.message {
			return f.Ignored
		}
		for _, e := range d.worst().Elements {
			if slices.ContainsFunc(f.Elements, func(o preview.Element) bool { return o.XPath == e.XPath }) {
				return f.Ignored
			}
		}
	}
	return nil
}

// startTag is the start tag of a draft's first element as its cause.
func (s *site) startTag(d *draft) *preview.Cause {
	if elements := d.worst().Elements; len(elements) > 0 {
		if tag := s.tagOf(elements[0].XPath); tag != nil {
			return tag
		}
	}
	return d.cause
}

// unused makes drafts of the directives in the page that nothing needs. Those in
// other files may be there for other pages, and those for rules that were not
// checked may be needed.
func (s *site) unused() []*draft {
	if !s.options.Profile.Covers(preview.ProfileStandard) || s.options.Ignored != nil {
		return nil
	}
	var drafts []*draft
	for _, i := range s.ignores {
		message := s.idle(i)
		if message == "" {
			continue
		}
		d := &draft{rule: UnusedIgnore, site: s, message: message,
			cause: &preview.Cause{File: i.file, Range: i.text.Range(i.span), Text: i.text.Slice(i.span)}}
		for view := range s.views {
			d.sightings = append(d.sightings, sighting{view,
				finding{Rule: d.rule, Measure: map[string]float64{"count": 1}}, verdict{preview.SeverityInfo, 0, 1}})
		}
		drafts = append(drafts, d)
	}
	return s.settle(drafts)
}

// idle says what is wrong with a directive, "" for nothing.
func (s *site) idle(d *directive) string {
	if d.file != s.page.Entry {
		return ""
	}
	for _, id := range d.rules {
		if _, ok := ruleOf(id); !ok {
			return fmt.Sprintf("There is no rule %s to ignore%s", code(id), cmp.Or(meant(id, ruleIDs()), "."))
		}
	}
	if d.used || !s.checked(d.rules) {
		return ""
	}
	if len(d.rules) == 0 {
		return fmt.Sprintf("%s ignores nothing.", code(d.word()))
	}
	return fmt.Sprintf("%s for %s ignores nothing.", code(d.word()), and(d.rules))
}

// checked reports whether all of the rules were looked at; none are all rules.
func (s *site) checked(ids []string) bool {
	if len(ids) == 0 {
		ids = ruleIDs()
	}
	return !slices.ContainsFunc(ids, func(id string) bool {
		rule, ok := ruleOf(id)
		return !ok || s.options.Rules[id].Off || !s.options.Profile.Covers(rule.Profile)
	})
}

// word is how the directive begins.
func (d *directive) word() string {
	switch {
	case d.xpath != "":
		return ignoreAttr
	case d.whole:
		return ignoreWord + "-file"
	}
	return ignoreWord
}
