package agent_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"relook/agent"
	"relook/preview"
	"relook/preview/previewtest"
)

// An author writes the drafts that it is told to, in turn; "" stands for a reply
// without a page.
type author struct {
	drafts []string
	tasks  []agent.DraftTask
}

func (*author) Name() string { return "author" }

func (a *author) Draft(_ context.Context, t agent.DraftTask) (string, error) {
	a.tasks = append(a.tasks, t)
	t.Asked(agent.Exchange{Model: "author", Prompt: t.Instruction})
	text := a.drafts[len(a.tasks)-1]
	switch text {
	case "":
		return "", &agent.UnusableError{Reason: "it is empty"}
	case "down":
		return "", errDown
	}
	t.Write(text)
	return text, nil
}

const brokenDraft = "<p>x</p><script>for(;;);</script>"

func generate(t *testing.T, a *author, drafts int, policy agent.Policy) (*agent.Generated, error) {
	t.Helper()
	page := preview.Page{FS: fstest.MapFS{}, Entry: "new.html"}
	return agent.Generate(t.Context(), agent.GenerateConfig{
		Refine:  agent.Config{Renderer: previewtest.Fake{}, Policies: []agent.Policy{policy}},
		Drafter: a, Request: "three plans", Drafts: drafts, Write: func(int, string) {},
	}, page)
}

func repairing(t *testing.T) agent.Policy {
	return script(func(task agent.Task, yield func(agent.Candidate) bool) error {
		if task.Instruction != "" {
			t.Errorf("the refinement of a draft is given the instruction %q", task.Instruction)
		}
		yield(replace(t, task, "width: 900px", "width: 100%; max-width: 900px"))
		return nil
	})
}

func TestGenerateRefinesTheBestDraft(t *testing.T) {
	worse := strings.Replace(widePage, "#333333", "#dddddd", 1)
	a := &author{drafts: []string{worse, "", widePage, worse}}
	g, err := generate(t, a, 4, repairing(t))
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(widePage, "width: 900px", "width: 100%; max-width: 900px", 1); g.Text != want {
		t.Errorf("the page is\n%s", g.Text)
	}
	if d := g.Trace.Drafts; len(d) != 4 || !d[2].Chosen || d[0].Chosen || d[1].Problem != "it is empty" || d[0].Cost <= d[2].Cost || len(d[2].Exchanges) != 1 {
		t.Errorf("drafts %+v", d)
	}
	if g.Trace.Status != agent.Improved || !g.Trace.After.Diagnosis.Valid {
		t.Errorf("status %s", g.Trace.Status)
	}
}

func TestGenerateHasABrokenDraftWrittenAgain(t *testing.T) {
	a := &author{drafts: []string{brokenDraft, widePage}}
	g, err := generate(t, a, 1, repairing(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.tasks) != 2 || a.tasks[1].Previous != brokenDraft || a.tasks[1].Problem == "" || a.tasks[1].Number != 0 {
		t.Errorf("asked %+v", a.tasks)
	}
	if d := g.Trace.Drafts; len(d) != 2 || d[0].Valid || d[0].Problem == "" || !d[1].Chosen {
		t.Errorf("drafts %+v", d)
	}
}

// A draft that does not render is never returned, however often it comes.
func TestGenerateNeverReturnsABrokenDraft(t *testing.T) {
	a := &author{drafts: []string{brokenDraft, brokenDraft, "", "   ", brokenDraft}}
	g, err := generate(t, a, 3, repairing(t))
	var none *agent.NoDraftError
	if g != nil || !errors.As(err, &none) || len(none.Drafts) != len(a.tasks) {
		t.Fatalf("%+v, %v", g, err)
	}
	for _, d := range none.Drafts {
		if d.Problem == "" || d.Valid || d.Chosen {
			t.Errorf("draft %+v", d)
		}
	}
}

func TestGenerateWhenTheModelGoesAway(t *testing.T) {
	a := &author{drafts: []string{widePage, "down"}}
	if g, err := generate(t, a, 2, repairing(t)); g != nil || !errors.Is(err, errDown) {
		t.Errorf("%+v, %v", g, err)
	}
	// In the refinement: the draft is there beside the error.
	down := script(func(agent.Task, func(agent.Candidate) bool) error { return errDown })
	g, err := generate(t, &author{drafts: []string{widePage}}, 1, down)
	if !errors.Is(err, errDown) || g == nil || g.Text != widePage || g.Trace.Before == nil || len(g.Trace.Drafts) != 1 {
		t.Errorf("%+v, %v", g, err)
	}
}
