// Package modeltest is a page with measured defects, for the tests of policies that
// ask a model.
package modeltest

import (
	"strings"
	"testing"
	"testing/fstest"

	"relook/agent"
	"relook/preview"
	"relook/preview/diagnose"
)

// Source is the page.
const Source = `<!doctype html>
<html lang="en">
<head>
<title>Plans</title>
<style>
.bar { display: flex; gap: 16px; padding: 12px 24px; background: #112233 }
.bar a { color: #334455; white-space: nowrap }
.plans { display: flex; gap: 24px; width: 1100px; margin: 32px auto }
.plan { flex: 1; padding: 16px; height: 90px; overflow: hidden }
@media (max-width: 800px) { .plan { padding: 8px } }
</style>
</head>
<body>
<nav class="bar"><a href="#a">Home</a> <a href="#b">Prices</a></nav>
<section class="plans"><div class="plan"><h3>Small</h3><p>For one person.</p></div></section>
</body>
</html>
`

// ruleAt finds a rule of the page by the text that it begins with.
func ruleAt(t *testing.T, begin string) preview.StyleRule {
	t.Helper()
	at := strings.Index(Source, begin)
	if at < 0 {
		t.Fatalf("no rule begins with %q", begin)
	}
	open := at + strings.IndexByte(Source[at:], '{')
	end := open + strings.IndexByte(Source[open:], '}')
	in := func(a, b int) preview.SourceSpan {
		return preview.SourceSpan{File: "page.html", Span: preview.Span{Start: a, End: b}}
	}
	r := preview.StyleRule{
		Selector: strings.TrimSpace(Source[at:open]),
		Whole:    in(at, end+1), Body: in(open+1, end),
	}
	for part := range strings.SplitSeq(Source[open+1:end], ";") {
		name, value, _ := strings.Cut(part, ":")
		r.Decls = append(r.Decls, preview.Declaration{Property: strings.TrimSpace(name), Value: strings.TrimSpace(value), Wins: true})
	}
	return r
}

// Task is the page with three defects: .plans too wide at the two narrow
// views, the bar too wide at the narrowest, and text cut off in .plan at all.
func Task(t *testing.T) agent.Task {
	t.Helper()
	defect := func(rule, selector, message string, views []string, computed map[string]string, rules ...preview.StyleRule) preview.Defect {
		return preview.Defect{
			Rule: rule, Severity: preview.SeverityError, Message: message, Views: views, Cost: 10,
			Elements: []preview.Element{{Selector: selector, XPath: "/html[1]/body[1]/" + selector, View: views[0]}},
			Measure:  map[string]float64{"overflow_px": 710, "viewport_px": 390},
			Evidence: &preview.Evidence{Subjects: []preview.Subject{{
				Role: "element", XPath: "/html[1]/body[1]/" + selector, Rules: rules, Computed: computed,
				Box: preview.Box{X: 8, Y: 96, Width: 1100, Height: 122},
			}, {
				Role: "parent", XPath: "/html[1]/body[1]", Tag: "body", Box: preview.Box{Width: 390, Height: 900},
			}}},
		}
	}
	flex := map[string]string{"display": "flex", "flex-wrap": "nowrap", "width": "1100px"}
	all := []string{"390x844", "768x1024", "1280x800"}
	return agent.Task{
		Page:  preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(Source)}}, Entry: "page.html"},
		Views: preview.DefaultViews(),
		Diagnosis: preview.Diagnosis{Path: "page.html", Valid: true, Defects: []preview.Defect{
			defect(diagnose.SidewaysScroll, ".plans", "The page scrolls sideways by 710 px.", all[:2], flex, ruleAt(t, ".plans {")),
			defect(diagnose.SidewaysScroll, ".bar", "The bar sticks out by 120 px.", all[:1], flex, ruleAt(t, ".bar {"), ruleAt(t, ".bar a {")),
			defect(diagnose.ClippedText, ".plan", "The text is cut off by 80 px.", all, map[string]string{"display": "block", "height": "90px"}, ruleAt(t, ".plan {")),
		}},
		Drop: func(reason string) { t.Logf("dropped: %s", reason) },
	}
}

// Gather runs Propose to its end.
func Gather(t *testing.T, p agent.Policy, task agent.Task) (found []agent.Candidate, dropped []string) {
	t.Helper()
	task.Drop = func(reason string) { dropped = append(dropped, reason) }
	err := p.Propose(t.Context(), task, func(c agent.Candidate) bool {
		found = append(found, c)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, dropped
}

// Propose has a policy propose repairs of the page of Task, and takes all.
func Propose(t *testing.T, p agent.Policy) error {
	t.Helper()
	return p.Propose(t.Context(), Task(t), func(agent.Candidate) bool { return true })
}

// WantError checks that an error names all parts, and is short enough to be read.
func WantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
	if len(err.Error()) > 600 {
		t.Errorf("the error is %d bytes long", len(err.Error()))
	}
}
