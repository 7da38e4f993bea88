package agent_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
	"relook/preview/previewtest"
)

// widePage scrolls sideways on a phone: its one wide box is wider than the view.
const widePage = `<!doctype html>
<html lang="en"><head><title>t</title>
<style>
.wide { width: 900px; background: #ffffff; color: #222222; }
.note { color: #333333; }
</style></head>
<body><div class="wide">Three plans for everyone</div><p class="note">Small print</p></body></html>
`

func pageOf(src string) preview.Page {
	return preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(src)}}, Entry: "page.html"}
}

// replace is a candidate that replaces old by new in the page, once.
func replace(t *testing.T, task agent.Task, old, new string) agent.Candidate {
	t.Helper()
	src, err := task.Page.Source()
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(src.String(), old)
	if at < 0 {
		t.Fatalf("%q is not in the page", old)
	}
	c := agent.Candidate{Why: old + " becomes " + new, Edits: []preview.Edit{{
		File: task.Page.Entry, Span: preview.Span{Start: at, End: at + len(old)}, NewText: new,
	}}}
	for _, d := range task.Diagnosis.Defects {
		c.Targets = append(c.Targets, d.Key())
	}
	return c
}

// A script is a policy that proposes what it is told to.
type script func(task agent.Task, yield func(agent.Candidate) bool) error

func (script) Name() string { return "script" }

func (s script) Propose(_ context.Context, task agent.Task, yield func(agent.Candidate) bool) error {
	return s(task, yield)
}

func refine(t *testing.T, c agent.Config, page preview.Page) (*agent.Trace, error) {
	t.Helper()
	if c.Renderer == nil {
		c.Renderer = previewtest.Fake{}
	}
	return agent.Refine(t.Context(), c, page)
}

func TestRefineKeepsWhatIsBetterAndOnlyThat(t *testing.T) {
	bad := []string{
		"display: none",                     // hides
		"width: 2000px",                     // worse
		"width: 899px",                      // not gone
		"width: 900px",                      // nothing
		"width: 100%; background: #222222",  // new defect: no contrast
		"width: 100%; color: #ffffff",       // the same in another way
		"width: 100%; overflow-x: hidden",   // hides as well
		"width: 100%; user-scalable = no; ", // no zoom
	}
	policy := script(func(task agent.Task, yield func(agent.Candidate) bool) error {
		for _, value := range append(bad, "width: 100%; max-width: 900px") {
			if !yield(replace(t, task, "width: 900px", value)) {
				return nil
			}
		}
		return nil
	})
	page := pageOf(widePage)
	trace, err := refine(t, agent.Config{Policies: []agent.Policy{policy}}, page)
	if err != nil {
		t.Fatal(err)
	}
	if trace.Status != agent.Improved || len(trace.Passes) != 1 {
		t.Fatalf("status %s after %d passes", trace.Status, len(trace.Passes))
	}
	attempts := trace.Passes[0].Attempts
	if len(attempts) != len(bad)+1 {
		t.Fatalf("%d attempts, want %d", len(attempts), len(bad)+1)
	}
	for i, a := range attempts {
		if a.Verdict.Admitted != (i == len(bad)) || a.Verdict.Reason == "" {
			t.Errorf("%s: %+v", a.Why, a.Verdict)
		}
	}
	want := strings.Replace(widePage, "width: 900px", "width: 100%; max-width: 900px", 1)
	if trace.Files["page.html"] != want {
		t.Errorf("the page became\n%s", trace.Files["page.html"])
	}
	if got, err := edit.Apply(widePage, trace.Edits); err != nil || got != want {
		t.Errorf("the edits lead to %v\n%s", err, got)
	}
	if after := trace.After.Diagnosis; after.Cost() >= trace.Before.Diagnosis.Cost() || len(trace.After.Shots) == 0 {
		t.Errorf("after: cost %v, %d shots", after.Cost(), len(trace.After.Shots))
	}
	if src, _ := fs.ReadFile(page.FS, "page.html"); string(src) != widePage {
		t.Error("the page's own files were changed")
	}
}

func TestRefineInEveryProfile(t *testing.T) {
	policy := script(func(task agent.Task, yield func(agent.Candidate) bool) error {
		yield(replace(t, task, "width: 900px", "max-width: 900px"))
		return nil
	})
	for _, profile := range preview.Profiles() {
		trace, err := refine(t, agent.Config{Policies: []agent.Policy{policy}, Profile: profile}, pageOf(widePage))
		if err != nil || trace.Status != agent.Improved {
			t.Errorf("%s: %v, %+v", profile, err, trace)
		}
	}
}

func TestRefineLeavesAPageAloneThatIsFine(t *testing.T) {
	never := script(func(agent.Task, func(agent.Candidate) bool) error {
		t.Error("the policy was asked about a page without defects")
		return nil
	})
	fine := strings.Replace(widePage, "900px", "90%", 1)
	trace, err := refine(t, agent.Config{Policies: []agent.Policy{never}}, pageOf(fine))
	if err != nil || trace.Status != agent.Unchanged || len(trace.Edits) != 0 || len(trace.Passes) != 0 {
		t.Errorf("%v: %+v", err, trace)
	}
}

func TestRefineSaysThatAPageIsInvalid(t *testing.T) {
	policy := script(func(agent.Task, func(agent.Candidate) bool) error { return nil })
	trace, err := refine(t, agent.Config{Policies: []agent.Policy{policy}}, pageOf("<p>x</p><script>for(;;);</script>"))
	if err != nil || trace.Status != agent.Failed || trace.Before.Diagnosis.InvalidReason == "" {
		t.Errorf("%v: %+v", err, trace)
	}
}

func TestRefineNeverTriesTheSameTwice(t *testing.T) {
	policy := script(func(task agent.Task, yield func(agent.Candidate) bool) error {
		for range 5 {
			yield(replace(t, task, "width: 900px", "width: 880px"))
		}
		return nil
	})
	trace, err := refine(t, agent.Config{Policies: []agent.Policy{policy}}, pageOf(widePage))
	if err != nil || len(trace.Passes) != 1 || len(trace.Passes[0].Attempts) != 1 {
		t.Errorf("%v: %+v", err, trace.Passes)
	}
}

func TestRefineEndsAfterItsPasses(t *testing.T) {
	asked := 0
	policy := script(func(task agent.Task, yield func(agent.Candidate) bool) error {
		asked++
		for i := range task.Diagnosis.Defects {
			c := replace(t, task, "width: 900px", "max-width: 900px")
			c.Targets = c.Targets[i : i+1]
			yield(c)
			return nil
		}
		return nil
	})
	two := strings.Replace(widePage, "</body>", `<div style="width: 900px; background: #ffffff">Another one</div></body>`, 1)
	for _, passes := range []int{1, 2, 9} {
		asked = 0
		trace, err := refine(t, agent.Config{Policies: []agent.Policy{policy}, Passes: passes}, pageOf(two))
		if err != nil {
			t.Fatal(err)
		}
		if want := min(passes, 2); asked != want || len(trace.Passes) != want {
			t.Errorf("%d passes: asked %d times, %d passes", passes, asked, len(trace.Passes))
		}
	}
}

var errDown = errors.New("the model is down")

func TestRefineKeepsWhatWasVerifiedWhenAPolicyFails(t *testing.T) {
	good := script(func(task agent.Task, yield func(agent.Candidate) bool) error {
		yield(replace(t, task, "width: 900px", "max-width: 900px"))
		return nil
	})
	down := script(func(agent.Task, func(agent.Candidate) bool) error { return errDown })
	two := strings.Replace(widePage, "#333333", "#dddddd", 1)
	trace, err := refine(t, agent.Config{Policies: []agent.Policy{single(good), down}}, pageOf(two))
	if !errors.Is(err, errDown) {
		t.Fatalf("error %v", err)
	}
	if trace == nil || trace.Status != agent.Improved || len(trace.Edits) == 0 {
		t.Errorf("what was verified is lost: %+v", trace)
	}
}

// single makes each candidate aim at the first defect only.
func single(p script) script {
	return func(task agent.Task, yield func(agent.Candidate) bool) error {
		return p(task, func(c agent.Candidate) bool {
			for _, key := range c.Targets {
				if strings.HasPrefix(key, "sideways-scroll") {
					c.Targets = []string{key}
					break
				}
			}
			return yield(c)
		})
	}
}

func TestRefineStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	policy := script(func(task agent.Task, yield func(agent.Candidate) bool) error {
		cancel()
		if yield(replace(t, task, "width: 900px", "max-width: 900px")) {
			t.Error("the loop goes on after it was cancelled")
		}
		return nil
	})
	_, err := agent.Refine(ctx, agent.Config{Renderer: previewtest.Fake{}, Policies: []agent.Policy{policy}}, pageOf(widePage))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// lying is a renderer whose live page praises everything: only the fresh render
// tells the truth.
type lying struct{ previewtest.Fake }

func (l lying) Open(ctx context.Context, p preview.Page, o preview.RenderOptions) (preview.Live, error) {
	live, err := l.Fake.Open(ctx, p, o)
	return lyingLive{live}, err
}

type lyingLive struct{ preview.Live }

func (l lyingLive) Try(context.Context, []preview.Edit) (*preview.Rendering, error) {
	praise := *l.Rendering()
	praise.Diagnosis.Defects = nil
	return &praise, nil
}

func TestRefineTrustsOnlyTheFreshRender(t *testing.T) {
	policy := script(func(task agent.Task, yield func(agent.Candidate) bool) error {
		yield(replace(t, task, "width: 900px", "width: 1900px"))
		return nil
	})
	trace, err := refine(t, agent.Config{Renderer: lying{}, Policies: []agent.Policy{policy}}, pageOf(widePage))
	if err != nil || trace.Status != agent.Unchanged || len(trace.Files) != 0 {
		t.Fatalf("%v: %+v", err, trace)
	}
	if v := trace.Passes[0].Attempts[0].Verdict; v.Admitted || v.Reason == "" {
		t.Errorf("the attempt is told to be %+v", v)
	}
}

func TestRefineCarriesOutAnInstruction(t *testing.T) {
	policy := script(func(task agent.Task, yield func(agent.Candidate) bool) error {
		if task.Instruction != "paint it" {
			t.Errorf("instruction %q", task.Instruction)
		}
		for _, colour := range []string{"#222222", "#eeeeff", "#ffeeee"} { // the first has no contrast
			c := replace(t, task, "background: #ffffff", "background: "+colour)
			c.Targets = nil
			if !yield(c) {
				return nil
			}
		}
		return nil
	})
	fine := strings.Replace(widePage, "900px", "90%", 1)
	trace, err := refine(t, agent.Config{Policies: []agent.Policy{policy}, Instruction: "paint it"}, pageOf(fine))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(trace.Files["page.html"], "#eeeeff") || len(trace.Passes) != 1 || len(trace.Passes[0].Attempts) != 2 {
		t.Errorf("status %s, passes %+v", trace.Status, trace.Passes)
	}
}

func TestRefineLooksBesideTheViews(t *testing.T) {
	const only = "width: 900px; } @media (max-width: 400px) { .wide { width: 100%; } } @media (min-width: 760px) and (max-width: 780px) { .wide { width: 100%; }"
	asked := 0
	policy := script(func(task agent.Task, yield func(agent.Candidate) bool) error {
		asked++
		if asked == 2 && (len(task.Rejected) != 1 || task.Rejected[0].Verdict.Rule != agent.RuleTarget) {
			t.Errorf("the policy is told of %+v", task.Rejected)
		}
		for _, value := range []string{only, "max-width: 900px"} {
			c := replace(t, task, "width: 900px;", value+";")
			if value == only {
				c = replace(t, task, "width: 900px; background: #ffffff; color: #222222; }", strings.Replace(only, "width: 900px;", "width: 900px; background: #ffffff; color: #222222;", 1)+" }")
			}
			if !yield(c) {
				return nil
			}
		}
		return nil
	})
	trace, err := refine(t, agent.Config{Policies: []agent.Policy{policy}}, pageOf(widePage))
	if err != nil {
		t.Fatal(err)
	}
	if trace.Status != agent.Improved || len(trace.Passes) != 1 || asked != 2 || !strings.Contains(trace.Files["page.html"], " max-width: 900px") {
		t.Errorf("status %s after %d passes, asked %d times: %+v", trace.Status, len(trace.Passes), asked, trace.Passes)
	}
}
