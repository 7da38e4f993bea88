package agent

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"relook/preview"
	"relook/preview/diagnose"
)

// What can't be tried in the live page is rendered afresh, and so is all that was
// taken, in the end.

// tryWaiting renders afresh the candidates that can't be tried in place.
func (p *pass) tryWaiting(ctx context.Context) error {
	waiting := p.waiting
	p.waiting = nil
	fresh := 0
	for _, c := range waiting {
		all := p.takenEdits()
		if p.settled(c) || overlap(all, c.Edits) || p.gate.Instructed && p.done() {
			continue
		}
		if fresh++; fresh > maxFresh || p.hidden(c) && fresh > maxCloser {
			break
		}
		p.tried++
		p.note("try", c.Why)
		page, _, err := p.edited(append(all, c.Edits...))
		if err != nil {
			p.add(c, Verdict{Rule: RuleEdit, Reason: err.Error()})
			continue
		}
		if p.hidden(c) {
			err = p.lookCloser(ctx, c, page)
		} else {
			err = p.renderAndJudge(ctx, c, page)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// renderAndJudge judges a candidate by a render of its own.
func (p *pass) renderAndJudge(ctx context.Context, c Candidate, page preview.Page) error {
	after, err := p.renderPlain(ctx, page)
	if err != nil {
		return fmt.Errorf("rendering a candidate: %w", err)
	}
	p.judge(c, after, true)
	return nil
}

// renderPlain renders a page afresh as trials see it: at the views that are tried
// in place.
func (p *pass) renderPlain(ctx context.Context, page preview.Page) (*preview.Rendering, error) {
	o := p.options(preview.NoShots)
	o.Views = nil
	for _, i := range p.current.Inventories {
		v, err := preview.ParseView(i.View)
		if err != nil {
			return nil, err
		}
		o.Views = append(o.Views, v)
	}
	return p.Renderer.Render(ctx, page, o)
}

// lookCloser judges a candidate whose target only shows when the page is looked
// at closely, together with what was taken.
func (p *pass) lookCloser(ctx context.Context, c Candidate, page preview.Page) error {
	after, err := p.Renderer.Render(ctx, page, p.looked(preview.NoShots))
	if err != nil {
		return fmt.Errorf("looking closely at a candidate: %w", err)
	}
	v := p.gate.Judge(Case{Before: p.base, After: after, Targets: append(p.takenTargets(), c.Targets...), Fresh: true})
	p.add(c, v)
	if v.Admitted {
		p.taken = append(p.taken, len(p.record.Attempts)-1)
		for _, key := range c.Targets {
			p.mended[key] = true
		}
	}
	return nil
}

// hangsOnTime reports whether c is to mend what comes of how the page comes up.
func (p *pass) hangsOnTime(c Candidate) bool {
	return slices.ContainsFunc(p.base.Diagnosis.Defects, func(d preview.Defect) bool {
		return timed(d.Rule) && slices.Contains(c.Targets, d.Key())
	})
}

// timed reports whether the defects of a rule come of how the page comes up: a
// trial in a page that stands still can't tell.
func timed(rule string) bool {
	switch rule {
	case diagnose.LayoutShift, diagnose.FlashInvisible, diagnose.FontNotLoaded, diagnose.ConsoleError, diagnose.FailedRequest:
		return true
	}
	return false
}

// likeTimed is a rendering in place with the timed defects that before had: they
// are neither mended nor brought in by a trial.
func likeTimed(after, before *preview.Rendering) *preview.Rendering {
	out := *after
	out.Diagnosis.Defects = slices.DeleteFunc(slices.Clone(out.Diagnosis.Defects), func(d preview.Defect) bool { return timed(d.Rule) })
	for _, d := range before.Diagnosis.Defects {
		if timed(d.Rule) {
			out.Diagnosis.Defects = append(out.Diagnosis.Defects, d)
		}
	}
	return &out
}

// verify renders the edited source afresh and judges the combination. If that
// fails, the candidates are verified one upon the other, and only those that
// hold are kept: the fresh render counts, not the trial.
func (p *pass) verify(ctx context.Context) error {
	p.note("verify", "verifying "+plural(len(p.taken), "repair"))
	all := p.taken
	v, err := p.verifyUpon(ctx, p.base, p.page, nil, all)
	if err != nil || v.Admitted {
		return err
	}
	p.Log.Debug("the combination did not hold, verifying one by one", "reason", v.Reason)
	base, held, was := p.base, []int(nil), p.page
	for _, i := range all {
		if v, err = p.verifyUpon(ctx, base, was, held, []int{i}); err != nil {
			return err
		}
		if v.Admitted {
			held, base, was = append(held, i), p.trace.After, p.verified
		}
	}
	return nil
}

// verifyUpon renders the page with the attempts held and more, and judges what
// more does; was is the page with those held. If it is admitted it becomes the state of the refinement.
func (p *pass) verifyUpon(ctx context.Context, base *preview.Rendering, was preview.Page, held, more []int) (Verdict, error) {
	p.taken = append(slices.Clone(held), more...)
	page, texts, err := p.edited(p.takenEdits())
	if err != nil {
		return Verdict{}, fmt.Errorf("applying the repairs: %w", err)
	}
	after, err := p.Renderer.Render(ctx, page, p.looked(p.shots()))
	if err != nil {
		return Verdict{}, fmt.Errorf("verifying the repairs: %w", err)
	}
	var targets []string
	for _, i := range more {
		targets = append(targets, p.record.Attempts[i].Targets...)
	}
	v := p.gate.Judge(Case{Before: base, After: after, Targets: p.targetsIn(base.Diagnosis, targets), Fresh: true})
	if v, err = p.confirm(ctx, v, base, after, was, page); err != nil {
		return v, err
	}
	if len(more) == 1 || v.Admitted {
		for _, i := range more {
			p.record.Attempts[i].Verdict = v
		}
	}
	if v.Admitted {
		p.record.Admitted = slices.Clone(p.taken)
		maps.Copy(p.texts, texts)
		p.verified, p.trace.After, p.trace.Status, p.caused = page, after, Improved, false
	}
	return v, nil
}
