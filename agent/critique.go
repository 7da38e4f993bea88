package agent

import (
	"context"
	"fmt"
	"time"

	"relook/preview"
)

// RuleCritic is the gate rule of what the critic did not prefer.
const RuleCritic = "critic"

// maxComparisons bounds how often the critic compares in one pass.
const maxComparisons = 10

// A Critique is what the critic of a refinement said.
type Critique struct {
	Critic string
	// Before and After are the judgements of the page as it was and as it is now;
	// After is nil when nothing changed. Either is nil when Problems says why.
	Before, After *Judgement
	Comparisons   []Preference
	Problems      []string // answers that could not be used
	Millis        float64  // wall time of all its answers
}

// shots is what a render before or after a pass must show.
func (l *loop) shots() preview.ShotMode {
	if l.Critic != nil {
		return preview.AllShots
	}
	return preview.LastShots
}

func (l *loop) lookAt(page preview.Page, r *preview.Rendering, view string) Look {
	request := l.Instruction
	if request == "" {
		request = l.Request
	}
	return Look{Request: request, Page: page, Rendering: r, View: view}
}

// critique has the critic judge the page at the start of a pass: its words go to
// the policies. Replies of no use are told in the Trace and stop nothing.
func (l *loop) critique(ctx context.Context, r *preview.Rendering, page preview.Page) (*Judgement, error) {
	if l.Critic == nil || !r.Diagnosis.Valid {
		return nil, nil
	}
	if l.trace.Critique == nil {
		l.criticView = WorstView(r)
		l.trace.Critique = &Critique{Critic: l.Critic.Name()}
	}
	l.progress(Progress{Step: "critic", Text: "the critic " + l.Critic.Name() + " looks at the page"})
	defer l.criticTook(time.Now())
	j, err := l.Critic.Judge(ctx, l.lookAt(page, r, l.criticView))
	if unusable(err) {
		l.trace.Critique.Problems = append(l.trace.Critique.Problems, err.Error())
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking the critic %s: %w", l.Critic.Name(), err)
	}
	return &j, nil
}

// heed notes what the critic said of the page at the start of the pass.
func (p *pass) heed(j *Judgement) {
	if j == nil {
		return
	}
	p.advice = j.Feedback()
	if p.number == 1 {
		p.trace.Critique.Before = j
	}
}

func (l *loop) criticTook(since time.Time) {
	l.trace.Critique.Millis += millis(time.Since(since))
}

// confirm has the critic compare what the gate admitted with what was there. A
// candidate that it does not prefer in both orders is rejected; so is one of
// which it can't say anything.
func (p *pass) confirm(ctx context.Context, v Verdict, base, after *preview.Rendering, was, is preview.Page) (Verdict, error) {
	if p.Critic == nil || !v.Admitted {
		return v, nil
	}
	reject := func(reason string) (Verdict, error) {
		v.Admitted, v.Rule, v.Reason = false, RuleCritic, reason
		return v, nil
	}
	if p.comparisons++; p.comparisons > maxComparisons {
		return reject(fmt.Sprintf("the critic was asked %d times in this pass already", maxComparisons))
	}
	p.note("critic", "the critic "+p.Critic.Name()+" compares before and after")
	defer p.criticTook(time.Now())
	said, err := Prefer(ctx, p.Critic, p.lookAt(was, base, p.criticView), p.lookAt(is, after, p.criticView))
	if unusable(err) {
		p.trace.Critique.Problems = append(p.trace.Critique.Problems, err.Error())
		return reject("the critic could not tell: " + err.Error())
	}
	if err != nil {
		return v, err
	}
	said.Pass = p.number
	p.trace.Critique.Comparisons = append(p.trace.Critique.Comparisons, said)
	if !said.Preferred {
		return reject(said.Reason)
	}
	v.Reason += "; " + said.Reason
	return v, nil
}

// lastWord has the critic judge the result.
func (l *loop) lastWord(ctx context.Context) error {
	if l.trace.Critique == nil || l.trace.Status != Improved {
		return nil
	}
	j, err := l.critique(ctx, l.trace.After, l.verified)
	l.trace.Critique.After = j
	return err
}
