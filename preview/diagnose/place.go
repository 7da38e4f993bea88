package diagnose

import (
	"context"
	"slices"

	"relook/preview"
)

// declaredAt is a declaration as a cause: where it stands in what the person
// edits, if that is known. It is nil for one that is in no file.
func (s *site) declaredAt(rule preview.StyleRule, decl int) *preview.Cause {
	d := rule.Decls[decl]
	p := s.placeAt(rule.Body.File, rule.Selector, d)
	if p == nil {
		return nil
	}
	c := &preview.Cause{File: p.File, Range: p.Range, Text: p.Text, Property: p.Property, Selector: p.Selector}
	if p.File != rule.Body.File {
		c.Built = rule.Body.File
	} else {
		c.BuiltFrom = rule.BuiltFrom
	}
	for _, def := range d.Definitions {
		if at := s.placeAt(def.File, def.Selector, def.Declaration); at != nil {
			c.Definitions = append(c.Definitions, *at)
		}
	}
	if s.foreign(p.File) {
		c.Foreign = p
	}
	return c
}

// placeAt is where a declaration of a rule in file stands, in its source if it has
// one.
func (s *site) placeAt(file, selector string, d preview.Declaration) *preview.Place {
	at := preview.SourceSpan{File: file, Span: d.Span}
	if d.Source != nil {
		at = *d.Source
	}
	text := s.file(at.File)
	if at.File == "" || text == nil {
		return nil
	}
	return &preview.Place{File: at.File, Range: text.Range(at.Span), Text: text.Slice(at.Span), Property: d.Property, Selector: selector}
}

// foreign reports whether a file is not the person's: unless they look at a page
// of a package, nothing in packages is.
func (s *site) foreign(file string) bool {
	return preview.ForeignFile(file) && !preview.ForeignFile(s.page.Entry)
}

// tagOf is the start tag of an element as a cause; nil if it has none.
func (s *site) tagOf(xpath string) *preview.Cause {
	text := s.file(s.page.Entry)
	if s.parse(); s.markup == nil || text == nil {
		return nil
	}
	span, ok := s.markup.StartTag(xpath)
	if !ok {
		return nil
	}
	return &preview.Cause{File: s.page.Entry, Range: text.Range(span), Text: text.Slice(span)}
}

// ours is a cause that is the person's: of one that is not, the start tag of the
// element which it concerns.
func (s *site) ours(c *preview.Cause, xpath string) *preview.Cause {
	if c == nil || c.Foreign == nil {
		return c
	}
	if tag := s.tagOf(xpath); tag != nil {
		tag.Foreign, tag.Definitions = c.Foreign, c.Definitions
		return tag
	}
	return c
}

// root is the place of the declaration that makes a defect so, the person's or
// not.
func root(c *preview.Cause) preview.Place {
	if c.Foreign != nil {
		return *c.Foreign
	}
	return preview.Place{File: c.File, Range: c.Range, Property: c.Property, Selector: c.Selector}
}

// nearest finds, for the drafts whose cause is in a file that is not the person's,
// a declaration of theirs that bears on the defect: without it a part of the defect
// goes as well.
func (w *witness) nearest(ctx context.Context, found map[*draft]suspect, list []*draft) error {
	var drafts []*draft
	for _, d := range list {
		if f := found[d]; f.property != "" && d.site.foreign(d.subjects[f.subject].Rules[f.rule].Body.File) {
			drafts = append(drafts, d)
		}
	}
	if len(drafts) == 0 {
		return nil
	}
	if err := w.readAll(ctx, drafts); err != nil {
		return err
	}
	var inquiries []*inquiry
	for _, d := range drafts {
		t := newInquiry(d)
		t.suspects = slices.DeleteFunc(d.check.suspects(d), func(s suspect) bool {
			return d.site.foreign(d.subjects[s.subject].Rules[s.rule].Body.File)
		})
		t.suspects, t.found = t.suspects[:min(len(t.suspects), maxTries)], suspect{}
		if t.proof {
			inquiries = append(inquiries, t)
		}
	}
	if err := w.prove(ctx, inquiries); err != nil {
		return err
	}
	for _, t := range inquiries {
		t.draft.own = t.found
	}
	for _, d := range drafts {
		if d.own.property != "" || slices.ContainsFunc(d.subjects, func(s preview.Subject) bool { return s.Role == "element" && s.StartTag != nil }) {
			continue
		}
		var xpath string
		address := d.subjects[found[d].subject].Rules[found[d].rule].Address
		if err := call(ctx, w.tab, map[string]any{"entry": "loader", "address": address}, &xpath); err != nil {
			return err
		}
		d.loader = xpath
	}
	return nil
}

// readAll reads the rules of all subjects that only hints are known of.
func (w *witness) readAll(ctx context.Context, drafts []*draft) error {
	paths := []string{}
	for _, d := range drafts {
		for i, h := range d.hints {
			path := d.subjects[i].XPath
			if _, known := w.styles[path]; h != nil && !known && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	if err := w.readStyles(ctx, paths); err != nil {
		return err
	}
	for _, d := range drafts {
		for i, h := range d.hints {
			if h != nil {
				d.subjects[i].Rules, d.hints[i] = w.styles[d.subjects[i].XPath], nil
			}
		}
	}
	return nil
}

// editable are subjects without the rules that were built from another file: what
// is changed there is lost.
func editable(subjects []preview.Subject) []preview.Subject {
	out := slices.Clone(subjects)
	for i := range out {
		out[i].Rules = slices.DeleteFunc(slices.Clone(out[i].Rules), func(r preview.StyleRule) bool { return r.BuiltFrom != "" })
	}
	return out
}
