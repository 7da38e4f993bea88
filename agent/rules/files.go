package rules

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"relook/agent/edit"
	"relook/preview"
)

// files reads what a proposal needs of the page's files, each once.
type files struct {
	page   preview.Page
	texts  map[string]*preview.Text // nil for those that can't be read
	sheets map[string][]preview.Span
	names  []string // of all files, see list
	listed bool
	parsed *tree // see tree
}

func newFiles(page preview.Page) *files {
	return &files{page: page, texts: map[string]*preview.Text{}, sheets: map[string][]preview.Span{}}
}

// text returns the text of a file that may be edited.
func (f *files) text(name string) (preview.Text, bool) {
	t, ok := f.texts[name]
	if !ok {
		if src, err := f.page.Read(name); err == nil && !foreign(name) {
			t = &src
		}
		f.texts[name] = t
	}
	if t == nil {
		return preview.Text{}, false
	}
	return *t, true
}

// foreign knows files that are not written by hand in this project.
func foreign(name string) bool {
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		if part == "node_modules" || part == "bower_components" || part == "vendor" || part == "dist" || part == ".git" {
			return true
		}
	}
	return name == "" || strings.Contains(path.Base(name), ".min.")
}

// sheet returns the style sheet that holds rule.
func (f *files) sheet(rule preview.StyleRule) (preview.Span, bool) {
	name := rule.Body.File
	src, ok := f.text(name)
	if !ok || rule.Selector == "" {
		return preview.Span{}, false
	}
	list, ok := f.sheets[name]
	if !ok {
		list = edit.Sheets(name, src)
		f.sheets[name] = list
	}
	return edit.SheetOf(list, rule)
}

func (f *files) editable(rule *preview.StyleRule) bool {
	_, ok := f.text(rule.Body.File)
	return ok
}

// ownRules are the rules into which a declaration for s may go, best first:
// those that a class, an id or a style attribute picks, then those for its tag.
// Rules for everything are left alone.
func (f *files) ownRules(s *preview.Subject) []*preview.StyleRule {
	var named, inline, tagged []*preview.StyleRule
	for i := range s.Rules {
		rule := &s.Rules[i]
		switch {
		case !f.editable(rule):
		case rule.Selector == "":
			inline = append(inline, rule)
		case byName(rule.Selector):
			named = append(named, rule)
		case !strings.ContainsAny(rule.Selector, "*,") && rule.Selector != "html" && rule.Selector != "body" && rule.Selector != ":root":
			tagged = append(tagged, rule)
		}
	}
	return slices.Concat(named, inline, tagged)
}

var (
	namePattern  = regexp.MustCompile(`[.#\[]`)
	identPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,60}$`)
)

// byName reports whether a selector goes by class, id or attribute.
func byName(selector string) bool { return namePattern.MatchString(selector) }

// newRule gives the selector for a new rule that picks s by its class or tag,
// and the last of the known rules, behind which it may stand.
func (j *job) newRule(s *preview.Subject) (string, *preview.StyleRule) {
	var anchor *preview.StyleRule
	for i := range j.defect.Evidence.Subjects {
		rules := j.defect.Evidence.Subjects[i].Rules
		for k := range rules {
			if _, ok := j.sheet(rules[k]); ok && len(rules[k].Media) == 0 && (anchor == nil || anchor.Body.Start < rules[k].Body.Start) {
				anchor = &rules[k]
			}
		}
	}
	if anchor == nil {
		if anchor = j.lastRule(); anchor == nil {
			return "", nil
		}
	}
	if s.StartTag != nil {
		for class := range strings.FieldsSeq(j.attribute(s, "class")) {
			if identPattern.MatchString(class) {
				return "." + class, anchor
			}
		}
	}
	switch s.Tag {
	case "", "html", "body", "div", "span", "section", "main":
		return "", nil
	}
	if !identPattern.MatchString(s.Tag) {
		return "", nil
	}
	return s.Tag, anchor
}

// lastRule is the last plain rule of the page's own style sheets, nil if there is
// none.
func (f *files) lastRule() *preview.StyleRule {
	src, ok := f.text(f.page.Entry)
	if !ok {
		return nil
	}
	var last *preview.StyleRule
	for _, sheet := range edit.Sheets(f.page.Entry, src) {
		css, depth := src.Slice(sheet), 0
		start, open := 0, 0
		for i := range len(css) {
			switch css[i] {
			case '{':
				if depth == 0 {
					open = i
				}
				depth++
			case '}':
				depth--
				selector := strings.TrimSpace(css[start:max(start, open)])
				if depth == 0 && selector != "" && !strings.HasPrefix(selector, "@") && !strings.ContainsAny(selector, "*/") {
					last = &preview.StyleRule{
						Selector: selector,
						Whole:    preview.SourceSpan{File: f.page.Entry, Span: preview.Span{Start: sheet.Start + start, End: sheet.Start + i + 1}},
						Body:     preview.SourceSpan{File: f.page.Entry, Span: preview.Span{Start: sheet.Start + open + 1, End: sheet.Start + i}},
					}
				}
				if depth == 0 {
					start = i + 1
				}
			}
		}
	}
	return last
}

// attribute returns an attribute of the subject's start tag, "" if it has none.
func (f *files) attribute(s *preview.Subject, name string) string {
	if s.StartTag == nil {
		return ""
	}
	src, ok := f.text(s.StartTag.File)
	if !ok {
		return ""
	}
	tokens := html.NewTokenizer(strings.NewReader(src.Slice(s.StartTag.Span)))
	tokens.Next()
	for _, a := range tokens.Token().Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
