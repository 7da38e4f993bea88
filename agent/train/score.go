package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"relook/agent"
	"relook/agent/model"
	"relook/preview"
)

// A Bench is a broken page that is open in the browser, at which answers are
// tried and scored. The score is exact: the part of the page's cost that is gone
// once the gate has admitted the edits.
type Bench struct {
	Repair *model.Repair // what the policy is told of the page as it is
	// Ungated takes every edit, whatever the gate says: only to show what the gate
	// is for.
	Ungated bool

	gate agent.Gate
	live preview.Live
	base *preview.Rendering // measured in place, like what is compared with it
}

// OpenBench opens a page. A page that does not render gives none and no error.
func OpenBench(ctx context.Context, r preview.Renderer, page preview.Page, gate agent.Gate) (*Bench, error) {
	live, err := r.Open(ctx, page, preview.RenderOptions{Views: preview.DefaultViews()})
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", page.Entry, err)
	}
	opened := live.Rendering()
	if !opened.Diagnosis.Valid || opened.Diagnosis.Cost() <= 0 {
		return nil, live.Close()
	}
	base, err := live.Try(ctx, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("measuring %s: %w", page.Entry, err), live.Close())
	}
	b := &Bench{gate: gate, live: live, base: base}
	b.Repair = model.NewRepair(agent.Task{Page: page, Diagnosis: opened.Diagnosis, Views: preview.DefaultViews()})
	return b, nil
}

// Close lets go of the page.
func (b *Bench) Close() error { return b.live.Close() }

// A Score is what an answer is worth.
type Score struct {
	// WellFormed says that the answer is in the policy's form.
	WellFormed bool `json:"wellFormed"`
	// Valid says that the page renders with it. Where it does not the reward is 0,
	// whatever else.
	Valid bool `json:"valid"`
	// Reward is the part of the cost that is gone, 0 to 1.
	Reward float64     `json:"reward"`
	Edits  []EditScore `json:"edits,omitempty"`
	// Before and After are the page's costs.
	Before float64 `json:"before"`
	After  float64 `json:"after"`

	taken []preview.Edit
}

// An EditScore is what one edit of an answer is worth.
type EditScore struct {
	Text string `json:"text"`
	// Alone is the part of the cost that is gone by this edit alone, Together what
	// more is gone by it after those before it.
	Alone    float64 `json:"alone"`
	Together float64 `json:"together"`
	// Rule and Reason are the gate's, of the edit after those before it; Rule is ""
	// for one that was admitted.
	Rule   string `json:"rule,omitempty"`
	Reason string `json:"reason"`
}

// Credit is the edit's own: the mean of what it does alone and in the
// combination.
func (e EditScore) Credit() float64 { return (e.Alone + e.Together) / 2 }

// Score tries an answer. Its edits are taken one upon the other as far as the
// gate admits them, which is what the editor does.
func (b *Bench) Score(ctx context.Context, reply string) (Score, error) {
	s := Score{Valid: true, Before: b.base.Diagnosis.Cost(), After: b.base.Diagnosis.Cost()}
	edits, ok := b.Repair.Parse(reply)
	if s.WellFormed = ok; !ok {
		return s, nil
	}
	current := b.base
	for _, e := range edits {
		es := EditScore{Text: strings.TrimSpace(e.String())}
		list, err := b.Repair.Candidates(e)
		if err != nil {
			es.Rule, es.Reason = agent.RuleEdit, err.Error()
			s.Edits = append(s.Edits, es)
			continue
		}
		c, v, after, err := b.first(ctx, current, s.taken, list)
		if err != nil {
			return s, err
		}
		es.Rule, es.Reason = v.Rule, v.Reason
		if v.Admitted || b.Ungated && v.Rule != agent.RuleOverlap && v.Rule != agent.RuleEdit {
			es.Together = b.part(current, after)
			current, s.taken = after, append(s.taken, c.Edits...)
		}
		if es.Alone = es.Together; len(s.Edits) > 0 {
			if es.Alone, err = b.alone(ctx, list); err != nil {
				return s, err
			}
		}
		s.Valid = s.Valid && v.Rule != agent.RuleInvalid
		s.Edits = append(s.Edits, es)
	}
	s.After = current.Diagnosis.Cost()
	if s.Reward = b.part(b.base, current); !s.Valid {
		s.Reward, s.taken, s.After = 0, nil, s.Before
	}
	return s, nil
}

// first is the first of the candidates that the gate admits after those taken;
// with none it is the first of all, and why that was rejected.
func (b *Bench) first(ctx context.Context, current *preview.Rendering, taken []preview.Edit, list []agent.Candidate) (agent.Candidate, agent.Verdict, *preview.Rendering, error) {
	var why agent.Verdict
	var as *preview.Rendering
	for i, c := range list {
		v, after, err := b.judge(ctx, current, append(slices.Clone(taken), c.Edits...), c.Targets)
		if err != nil || v.Admitted {
			return c, v, after, err
		}
		if i == 0 {
			why, as = v, after
		}
	}
	return list[0], why, as, nil
}

func (b *Bench) alone(ctx context.Context, list []agent.Candidate) (float64, error) {
	_, v, after, err := b.first(ctx, b.base, nil, list)
	if err != nil || !v.Admitted {
		return 0, err
	}
	return b.part(b.base, after), nil
}

// part is how much of the page's whole cost lies between two states of it.
func (b *Bench) part(before, after *preview.Rendering) float64 {
	whole := b.base.Diagnosis.Cost()
	fall := (before.Diagnosis.Cost() - after.Diagnosis.Cost()) / whole
	if b.Ungated {
		return fall
	}
	return min(max(fall, 0), 1)
}

// judge tries edits in the live page. Edits that can't be made together, or that
// can't be tried in place, are rejected: the policy's form has none that must be.
func (b *Bench) judge(ctx context.Context, before *preview.Rendering, edits []preview.Edit, targets []string) (agent.Verdict, *preview.Rendering, error) {
	if overlapping(edits) {
		return agent.Verdict{Rule: agent.RuleOverlap, Reason: "the place is already changed by an edit of the same answer"}, before, nil
	}
	after, err := b.live.Try(ctx, edits)
	if errors.Is(err, preview.ErrNotInPlace) {
		return agent.Verdict{Rule: agent.RuleEdit, Reason: err.Error()}, before, nil
	}
	if err != nil {
		return agent.Verdict{}, nil, fmt.Errorf("trying an answer: %w", err)
	}
	return b.gate.Judge(agent.Case{Before: before, After: after, Targets: targets}), after, nil
}

func overlapping(edits []preview.Edit) bool {
	for i, a := range edits {
		for _, o := range edits[:i] {
			if a.File == o.File && (a.Span.Start == o.Span.Start || a.Span.Overlaps(o.Span)) {
				return true
			}
		}
	}
	return false
}

// Teach looks for answers that the gate admits, by trying what is likely, and
// returns the best few. wishes are tried first.
func (b *Bench) Teach(ctx context.Context, wishes []wish, tries int) ([]Answer, error) {
	var queue []model.RepairEdit
	choices := b.Repair.Choices()
	for _, w := range wishes {
		for i, f := range b.Repair.Defects() {
			for n, r := range b.Repair.Rules() {
				e := model.RepairEdit{Defect: i + 1, Rule: n + 1, Property: w.property, Value: w.value}
				if r.Selector == w.selector && f.Rule != "" && b.Repair.Allows(e) {
					queue = append(queue, e)
				}
			}
		}
	}
	var good []Answer
	var edits []model.RepairEdit
	for i, e := range append(queue, choices...) {
		if i == tries || len(good) >= maxAnswers {
			break
		}
		s, err := b.Score(ctx, b.Repair.Answer([]model.RepairEdit{e}))
		if err != nil {
			return nil, err
		}
		if s.Reward > 0 {
			good, edits = append(good, Answer{b.Repair.Answer([]model.RepairEdit{e}), s.Reward}), append(edits, e)
		}
		if s.After == 0 {
			break
		}
	}
	return b.combine(ctx, good, edits)
}

// maxAnswers bounds the answers of one edit that are looked for.
const maxAnswers = 4

// combine adds the answer of several edits that does more than the best single
// one, if there is any, and sorts by what they are worth.
func (b *Bench) combine(ctx context.Context, good []Answer, edits []model.RepairEdit) ([]Answer, error) {
	best := func() float64 {
		most := 0.0
		for _, a := range good {
			most = max(most, a.Reward)
		}
		return most
	}
	var of []model.RepairEdit // one for each defect
	for _, e := range edits {
		if !slices.ContainsFunc(of, func(o model.RepairEdit) bool { return o.Defect == e.Defect }) {
			of = append(of, e)
		}
	}
	if len(of) > 1 {
		text := b.Repair.Answer(of)
		s, err := b.Score(ctx, text)
		if err != nil {
			return nil, err
		}
		needless := slices.ContainsFunc(s.Edits, func(e EditScore) bool { return e.Rule != "" })
		if s.Reward > best()+1e-6 && !needless {
			good = append(good, Answer{text, s.Reward})
		}
	}
	slices.SortStableFunc(good, func(a, b Answer) int {
		switch {
		case a.Reward > b.Reward+1e-6:
			return -1
		case b.Reward > a.Reward+1e-6:
			return 1
		}
		return 0
	})
	return good, nil
}
