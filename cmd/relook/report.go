package main

import (
	"io"
	"strings"

	"relook/agent"
	"relook/agent/edit"
	"relook/cmd/relook/internal/output"
	"relook/preview"
	"relook/preview/report"
)

// reportOf writes the report of a refinement.
func reportOf(w io.Writer, t *agent.Trace, page preview.Page, out output.Refine) error {
	d := report.Data{
		Path: out.Path, Before: t.Before, Diff: out.Diff,
		Millis: t.Millis, PolicyMillis: t.PolicyMillis, Critique: critiqueOf(t.Critique),
	}
	if t.Status == agent.Improved {
		d.After = t.After
	}
	for _, p := range t.Passes {
		pass := report.Pass{Policy: p.Policy, Dropped: p.Dropped}
		for _, a := range p.Attempts {
			pass.Attempts = append(pass.Attempts, report.Attempt{
				Why: a.Why, Diff: candidateDiff(page, a.Edits), Targets: a.Targets,
				Admitted: a.Verdict.Admitted, Reason: a.Verdict.Reason, Cost: a.Verdict.Cost,
			})
		}
		d.Passes = append(d.Passes, pass)
		var err error
		if page, err = output.After(p, page); err != nil {
			return err
		}
	}
	return report.Write(w, d)
}

// critiqueOf is what the critic said, for the report.
func critiqueOf(c *agent.Critique) *report.Critique {
	if c == nil {
		return nil
	}
	out := &report.Critique{Critic: c.Critic, Problems: c.Problems, Before: judgementOf(c.Before), After: judgementOf(c.After)}
	if c.Before != nil {
		out.View = c.Before.View
	}
	for _, p := range c.Comparisons {
		out.Comparisons = append(out.Comparisons, p.Reason)
	}
	return out
}

func judgementOf(j *agent.Judgement) *report.Judgement {
	if j == nil {
		return nil
	}
	out := &report.Judgement{Score: j.Score}
	for _, name := range agent.Dimensions() {
		if n, ok := j.Dimensions[name]; ok {
			out.Dimensions = append(out.Dimensions, report.Dimension{Name: name, Score: n})
		}
	}
	for _, r := range j.Remarks {
		out.Remarks = append(out.Remarks, report.Remark{Element: r.Element, Problem: r.Problem, Change: r.Change})
	}
	return out
}

// candidateDiff is what a candidate alone changes, "" for edits that can't be
// applied: the gate's reason then says why.
func candidateDiff(page preview.Page, edits []preview.Edit) string {
	texts, err := edit.ApplyAll(page.Read, edits)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, e := range edits {
		text, ok := texts[e.File]
		if !ok {
			continue
		}
		delete(texts, e.File)
		src, err := page.Read(e.File)
		if err != nil {
			continue
		}
		b.WriteString(edit.Diff(e.File, src.String(), text))
	}
	return b.String()
}
