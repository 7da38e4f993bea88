package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"relook/agent"
	"relook/agent/edit"
	"relook/agent/ollama"
	"relook/agent/rules"
	"relook/preview"
)

// An arm is one way to repair a page.
type arm struct {
	name, about string
	rules, ask  bool // which policies propose; ask is for a model
	// What is taken away from the loop.
	ungated   bool // what is proposed first is written, unseen
	fresh     bool // each candidate is rendered afresh, none is tried in place
	forgetful bool // a policy is not told what was rejected
	format    ollama.Format
	samples   int
}

var arms = []arm{
	{name: "rules", about: "rules alone", rules: true},
	{name: "model", about: "a model alone", ask: true},
	{name: "rules+model", about: "rules, then a model for what is left", rules: true, ask: true},
	{name: "naive", about: "the model rewrites the whole file once; what it writes is taken", ask: true, ungated: true, format: ollama.FormatFile, samples: 1},
	{name: "rules-ungated", about: "rules without a gate: their first answer to each defect is written", rules: true, ungated: true},
	{name: "rules-fresh", about: "rules without scoring in place: each candidate is rendered afresh", rules: true, fresh: true},
	{name: "model-ungated", about: "a model without a gate: its first answer to each defect is written", ask: true, ungated: true},
	{name: "model-fresh", about: "a model without scoring in place", ask: true, fresh: true},
	{name: "model-one", about: "a model that is asked once a pass", ask: true, samples: 1},
	{name: "model-file", about: "a model that rewrites the whole file, through the gate", ask: true, format: ollama.FormatFile},
	{name: "model-forgetful", about: "a model that is not told what was rejected", ask: true, forgetful: true},
}

func armList() string {
	var names []string
	for _, a := range arms {
		names = append(names, a.name)
	}
	return strings.Join(names, ", ")
}

func armNamed(name string) (arm, bool) {
	i := slices.IndexFunc(arms, func(a arm) bool { return a.name == name })
	if i < 0 {
		return arm{}, false
	}
	return arms[i], true
}

func (c *config) readArms(names string) error {
	for _, name := range list(names) {
		a, ok := armNamed(name)
		switch {
		case !ok:
			return fmt.Errorf("there is no arm %q: choose among %s", name, armList())
		case a.ask && len(c.models) == 0:
			return fmt.Errorf("the arm %s needs a model: add -models", name)
		}
		c.arms = append(c.arms, a)
	}
	return nil
}

// An outcome is what an arm made of a page.
type outcome struct {
	files  map[string]string
	tokens int
	// stopped says that time was up; what was verified by then counts.
	stopped bool
	trace   *agent.Trace // nil without a gate
}

// repair runs the arm on a page.
func (w *workshop) repair(ctx context.Context, a arm, modelName string, page preview.Page) (outcome, error) {
	policies, m, err := w.policies(ctx, a, modelName)
	if err != nil {
		return outcome{}, err
	}
	written := 0
	if m != nil {
		written = m.tokens
	}
	within, cancel := context.WithTimeout(ctx, w.limit)
	defer cancel()
	var out outcome
	if a.ungated {
		out.files, err = writeUnseen(within, w.worker, policies, page)
	} else {
		var r preview.Renderer = w.worker
		if a.fresh {
			r = renderingAfresh{r}
		}
		out.trace, err = agent.Refine(within, agent.Config{Renderer: r, Policies: policies}, page)
		if out.trace != nil {
			out.files = out.trace.Files
		}
	}
	if m != nil {
		out.tokens = m.tokens - written
	}
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		out.stopped, err = true, nil
	}
	return out, err
}

func (w *workshop) policies(ctx context.Context, a arm, modelName string) ([]agent.Policy, *model, error) {
	var list []agent.Policy
	if a.rules {
		list = append(list, rules.New())
	}
	if !a.ask {
		return list, nil, nil
	}
	m, err := w.model(ctx, modelName, a)
	if err != nil {
		return nil, nil, err
	}
	var p agent.Policy = m
	if a.forgetful {
		p = forgetful{m}
	}
	return append(list, p), m, nil
}

// writeUnseen takes the first answer of the policies to each defect, as far as
// they can be written together, and looks at none of them.
func writeUnseen(ctx context.Context, r preview.Renderer, policies []agent.Policy, page preview.Page) (map[string]string, error) {
	live, err := r.Open(ctx, page, preview.RenderOptions{})
	if err != nil {
		return nil, err
	}
	d := live.Rendering().Diagnosis
	if err := live.Close(); err != nil || !d.Valid {
		return nil, err
	}
	answered := map[string]bool{}
	var edits []preview.Edit
	take := func(c agent.Candidate) bool {
		if len(c.Targets) > 0 && !slices.ContainsFunc(c.Targets, func(t string) bool { return !answered[t] }) {
			return true
		}
		if _, err := edit.ApplyAll(page.Read, slices.Concat(edits, c.Edits)); err == nil {
			edits = slices.Concat(edits, c.Edits)
			for _, t := range c.Targets {
				answered[t] = true
			}
		}
		return len(c.Targets) > 0 // a rewrite of everything is one answer to all
	}
	for _, p := range policies {
		task := agent.Task{
			Page: page, Diagnosis: d, Views: preview.DefaultViews(),
			Settled: func(key string) bool { return answered[key] },
		}
		if err := p.Propose(ctx, task, take); err != nil {
			return nil, err
		}
	}
	return edit.ApplyAll(page.Read, edits)
}

// forgetful keeps from a policy what was rejected.
type forgetful struct{ agent.Policy }

func (f forgetful) Propose(ctx context.Context, t agent.Task, yield func(agent.Candidate) bool) error {
	t.Rejected = nil
	return f.Policy.Propose(ctx, t, yield)
}

// renderingAfresh tries nothing in place.
type renderingAfresh struct{ preview.Renderer }

func (r renderingAfresh) Open(ctx context.Context, p preview.Page, o preview.RenderOptions) (preview.Live, error) {
	live, err := r.Renderer.Open(ctx, p, o)
	if err != nil {
		return nil, err
	}
	o.NoCauses, o.Shots = true, preview.NoShots
	return freshLive{live, r.Renderer, p, o}, nil
}

type freshLive struct {
	preview.Live
	renderer preview.Renderer
	page     preview.Page
	options  preview.RenderOptions
}

func (l freshLive) Try(ctx context.Context, edits []preview.Edit) (*preview.Rendering, error) {
	files, err := edit.ApplyAll(l.page.Read, edits)
	if err != nil {
		return nil, errors.Join(preview.ErrNotInPlace, err)
	}
	return l.renderer.Render(ctx, preview.Page{FS: preview.Overlay(l.page.FS, files), Entry: l.page.Entry}, l.options)
}
