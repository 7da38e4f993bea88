package main

import (
	"context"

	"relook/agent"
	"relook/agent/rules"
	"relook/cmd/relook/internal/output"
)

// fix looks for repairs of a page with the embedded rules; nil if none holds.
// The loop has rendered what it gives, all of it together, so it is offered only
// as a whole.
func (r *checkRun) fix(ctx context.Context, o *opened) (*output.Fix, error) {
	t, err := agent.Refine(ctx, agent.Config{
		Renderer: r.browser, Policies: []agent.Policy{rules.New()}, Rules: r.cfg.Rules,
		Views: r.cfg.Views, Moments: r.cfg.Moments, Timeout: r.cfg.Timeout, AllowHosts: r.cfg.AllowHosts,
		Passes: r.cfg.Passes, Log: r.log,
	}, o.page)
	if err != nil || t.Status != agent.Improved {
		return nil, err
	}
	edits, err := output.Edits(o.page.Read, t.Edits, o.names.Path)
	if err != nil {
		return nil, err
	}
	fix := &output.Fix{Edits: edits}
	left := map[string]bool{}
	for _, d := range t.After.Diagnosis.Defects {
		left[d.Key()] = true
	}
	for _, d := range t.Before.Diagnosis.Defects {
		if !left[d.Key()] {
			fix.Repairs = append(fix.Repairs, d.Key())
		}
	}
	return fix, nil
}
