package agent_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"relook/agent"
	"relook/preview"
	"relook/preview/previewtest"
)

// An eye is a critic whose answers a test chooses.
type eye struct {
	prefer func(first, second agent.Look) (agent.Choice, error)
	judge  error
	judged []agent.Look
	asked  int
}

func (e *eye) Name() string { return "eye" }
func (e *eye) Exact() bool  { return false }
func (e *eye) Judge(_ context.Context, l agent.Look) (agent.Judgement, error) {
	e.judged = append(e.judged, l)
	return agent.Judgement{
		Critic: "eye", View: l.View, Score: 100 - l.Rendering.Diagnosis.Cost(),
		Remarks: []agent.Remark{{Mark: 1, Element: ".wide", Problem: "It is too wide", Change: "let it shrink"}},
	}, e.judge
}

func (e *eye) Compare(_ context.Context, a, b agent.Look) (agent.Comparison, error) {
	e.asked++
	choice, err := e.prefer(a, b)
	return agent.Comparison{Choice: choice, Why: "so it seems"}, err
}

// better prefers the page with the lower cost, whatever the order.
func better(a, b agent.Look) (agent.Choice, error) {
	if a.Rendering.Diagnosis.Cost() < b.Rendering.Diagnosis.Cost() {
		return agent.First, nil
	}
	return agent.Second, nil
}

// shrinker repairs the page of critiquePage, and notes what advice it was given.
type shrinker struct{ advice []string }

func (*shrinker) Name() string { return "shrinker" }
func (s *shrinker) Propose(_ context.Context, t agent.Task, yield func(agent.Candidate) bool) error {
	s.advice = append(s.advice, t.Advice)
	at := strings.Index(critiquePage, "900px")
	var targets []string
	for _, d := range t.Diagnosis.Defects {
		targets = append(targets, d.Key())
	}
	yield(agent.Candidate{
		Edits:   []preview.Edit{{File: "index.html", Span: preview.Span{Start: at, End: at + 5}, NewText: "900px; max-width: 90%"}},
		Targets: targets, Why: "let it shrink",
	})
	return nil
}

const critiquePage = "<!doctype html><html lang=en><head><title>Wide</title><style>.wide { width: 900px; background: #eee }</style></head><body><div class=wide>a wide box</div></body></html>\n"

func critiqued(t *testing.T, c agent.Critic) (*agent.Trace, *shrinker, error) {
	t.Helper()
	s := &shrinker{}
	trace, err := agent.Refine(t.Context(), agent.Config{
		Renderer: previewtest.Fake{}, Policies: []agent.Policy{s}, Critic: c, Request: "a wide box",
	}, previewtest.Page(t, "-- index.html --\n"+critiquePage))
	return trace, s, err
}

// A repair that the critic prefers in both orders is taken; the critic sees the
// request and all moments, and advises the policy.
func TestCriticPrefers(t *testing.T) {
	e := &eye{prefer: better}
	trace, s, err := critiqued(t, e)
	if err != nil {
		t.Fatal(err)
	}
	c := trace.Critique
	if trace.Status != agent.Improved || c == nil || len(c.Comparisons) != 1 || !c.Comparisons[0].Preferred || e.asked != 2 {
		t.Fatalf("status %s, critique %+v, asked %d times", trace.Status, c, e.asked)
	}
	if c.Before == nil || c.After == nil || c.After.Score <= c.Before.Score || c.Comparisons[0].Pass != 1 {
		t.Errorf("%+v", c)
	}
	if len(s.advice) == 0 || s.advice[0] != "- .wide: It is too wide; let it shrink\n" {
		t.Errorf("advice %q", s.advice)
	}
	first := e.judged[0]
	shots := 0
	for _, shot := range first.Rendering.Shots {
		if shot.View.Name() == first.View {
			shots++
		}
	}
	if first.Request != "a wide box" || shots != 3 {
		t.Errorf("it saw %q at %s, %d shots", first.Request, first.View, shots)
	}
}

// What the critic does not prefer in both orders is rejected, though the gate
// admits it, and the page stays as it is.
func TestCriticRejects(t *testing.T) {
	always := func(c agent.Choice) func(a, b agent.Look) (agent.Choice, error) {
		return func(a, b agent.Look) (agent.Choice, error) { return c, nil }
	}
	for name, c := range map[string]struct {
		prefer func(a, b agent.Look) (agent.Choice, error)
		want   string
	}{
		"always the first":  {always(agent.First), "finds the page as it was better"},
		"always the second": {always(agent.Second), "whichever page it is shown second"},
		"no difference":     {always(agent.Neither), "does not find it better"},
		"useless answers": {func(a, b agent.Look) (agent.Choice, error) {
			return "", &agent.UnusableError{Reason: "the answer is prose"}
		}, "the answer is prose"},
	} {
		t.Run(name, func(t *testing.T) {
			trace, _, err := critiqued(t, &eye{prefer: c.prefer})
			if err != nil {
				t.Fatal(err)
			}
			if trace.Status != agent.Unchanged || len(trace.Files) != 0 || len(trace.Edits) != 0 || trace.Critique.After != nil {
				t.Errorf("status %s, files %v", trace.Status, trace.Files)
			}
			a := trace.Passes[0].Attempts[0]
			if a.Verdict.Admitted || a.Verdict.Rule != agent.RuleCritic || !strings.Contains(a.Verdict.Reason, c.want) || len(trace.Passes[0].Admitted) != 0 {
				t.Errorf("the verdict is %+v", a.Verdict)
			}
		})
	}
}

// A critic that goes away ends the refinement with an error, and takes nothing.
func TestCriticGoesAway(t *testing.T) {
	down := errors.New("nobody answers")
	trace, _, err := critiqued(t, &eye{prefer: func(a, b agent.Look) (agent.Choice, error) { return "", down }})
	if !errors.Is(err, down) || trace.Status != agent.Unchanged || len(trace.Files) != 0 {
		t.Errorf("%v, status %s", err, trace.Status)
	}
	if trace, _, err := critiqued(t, &eye{judge: down}); !errors.Is(err, down) || trace.Status != agent.Unchanged {
		t.Errorf("%v, %+v", err, trace)
	}
	// Words of no use only cost the advice.
	trace, s, err := critiqued(t, &eye{prefer: better, judge: &agent.UnusableError{Reason: "prose"}})
	if err != nil || trace.Status != agent.Improved || s.advice[0] != "" || len(trace.Critique.Problems) == 0 {
		t.Errorf("%v, status %s, advice %q, %+v", err, trace.Status, s.advice, trace.Critique)
	}
}

// Without a critic nothing is different.
func TestNoCritic(t *testing.T) {
	trace, s, err := critiqued(t, nil)
	if err != nil || trace.Status != agent.Improved || trace.Critique != nil || s.advice[0] != "" || len(trace.Before.Shots) != 3 {
		t.Errorf("%v, %+v, %d shots", err, trace.Critique, len(trace.Before.Shots))
	}
}
