package rules

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
)

// A part is a subject written short: its rules are named by their selectors,
// strongest first, and read from the source.
type part struct {
	role, tag, rules string
	computed         string // "a: b; c: d"
	startTag         string // as it stands in the page
}

var declPattern = regexp.MustCompile(`([\w-]+)\s*:\s*([^;{}]+?)\s*(!important)?\s*(?:;|$)`)

func readDecls(body string, at int) []preview.Declaration {
	var decls []preview.Declaration
	for _, m := range declPattern.FindAllStringSubmatchIndex(body, -1) {
		decls = append(decls, preview.Declaration{
			Property: body[m[2]:m[3]], Value: body[m[4]:m[5]], Important: m[6] >= 0,
			Span: preview.Span{Start: at + m[0], End: at + m[1]},
		})
	}
	return decls
}

// subject makes the evidence that the diagnosis would give of a part.
func subject(t *testing.T, file, src string, p part) preview.Subject {
	t.Helper()
	s := preview.Subject{Role: p.role, XPath: "/" + p.role, Tag: p.tag, Computed: map[string]string{}}
	for _, d := range readDecls(p.computed, 0) {
		s.Computed[d.Property] = d.Value
	}
	if p.startTag != "" {
		i := strings.Index(src, p.startTag)
		s.StartTag = &preview.SourceSpan{File: file, Span: preview.Span{Start: i, End: i + len(p.startTag)}}
	}
	decided := map[string]bool{}
	for selector := range strings.SplitSeq(p.rules, "|") {
		if selector == "" {
			continue
		}
		i := strings.Index(src, selector+" {")
		if i < 0 {
			t.Fatalf("%q is not in the source", selector)
		}
		start := i + len(selector) + 2
		end := start + strings.IndexByte(src[start:], '}')
		rule := preview.StyleRule{
			Selector: selector,
			Whole:    preview.SourceSpan{File: file, Span: preview.Span{Start: i, End: end + 1}},
			Body:     preview.SourceSpan{File: file, Span: preview.Span{Start: start, End: end}},
			Decls:    readDecls(src[start:end], start),
		}
		for k := range rule.Decls {
			d := &rule.Decls[k]
			d.Wins = !decided[d.Property]
			decided[d.Property] = true
		}
		s.Rules = append(s.Rules, rule)
	}
	return s
}

const cssFile = "a.css"

// task makes a task with one defect at the named views of the default ones.
func task(t *testing.T, rule, src string, views string, measure map[string]float64, parts ...part) agent.Task {
	t.Helper()
	d := preview.Defect{Rule: rule, Measure: measure, Evidence: &preview.Evidence{}, Elements: []preview.Element{{XPath: "/x"}}}
	for v := range strings.FieldsSeq(views) {
		d.Views = append(d.Views, v)
	}
	for _, p := range parts {
		d.Evidence.Subjects = append(d.Evidence.Subjects, subject(t, cssFile, src, p))
	}
	return agent.Task{
		Page:      preview.Page{FS: fstest.MapFS{cssFile: {Data: []byte(src)}}, Entry: "a.html"},
		Views:     preview.DefaultViews(),
		Diagnosis: preview.Diagnosis{Valid: true, Defects: []preview.Defect{d}},
	}
}

func propose(t *testing.T, task agent.Task) []agent.Candidate {
	t.Helper()
	var list []agent.Candidate
	err := New().Propose(t.Context(), task, func(c agent.Candidate) bool {
		list = append(list, c)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// outcomes applies each candidate by itself and returns the file's texts.
func outcomes(t *testing.T, task agent.Task, file string) []string {
	t.Helper()
	var texts []string
	for _, c := range propose(t, task) {
		if c.Why == "" || len(c.Targets) != 1 {
			t.Errorf("candidate %+v does not say what it is for", c)
		}
		files, err := edit.ApplyAll(task.Page.Read, c.Edits)
		if err != nil {
			t.Fatalf("%s: %v", c.Why, err)
		}
		texts = append(texts, files[file])
	}
	return texts
}

const (
	phone  = "390x844"
	tablet = "768x1024"
	laptop = "1280x800"
)
