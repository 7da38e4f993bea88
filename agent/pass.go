package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"relook/agent/edit"
	"relook/preview"
)

const (
	// maxTries bounds the candidates that one pass tries in the live page.
	maxTries = 400
	// maxRounds bounds how often the policies are asked in one pass, again
	// because what they proposed did not hold beside the views.
	maxRounds = 10
	// maxFresh bounds the candidates of one pass that need a render of their
	// own: attributes, markup, instructions.
	maxFresh = 20
	// maxCloser bounds those of them that have to be looked at closely, which
	// takes seconds each.
	maxCloser = 8
)

// A pass is one round of propose, try, verify and admit. Candidates are tried
// in the live page on top of those already taken, so that what is verified in
// the end is a combination whose interactions were measured.
type pass struct {
	*loop
	number  int
	live    preview.Live
	base    *preview.Rendering // the page at the start of the pass
	current *preview.Rendering // with all taken candidates, as measured in place
	record  Pass
	policy  string // the one that proposes now
	started bool
	taken   []int // indexes of record.Attempts
	waiting []Candidate
	// seen are the fingerprints of the candidates that this pass has judged. A
	// later pass starts on another page, where the same edit may hold.
	seen  map[string]bool
	tried int
	// futile are the groups of candidates of which one left its target as it is.
	futile map[string]bool
	// beyond are the keys of defects that trials in place don't show; mended are
	// those of them that a closer look found mended.
	beyond, mended map[string]bool
	// asideBase is the page beside its views as it was.
	asideViews []preview.View
	asideBase  *preview.Rendering
	asideTaken int // how many of the taken were judged there
	noAside    bool

	advice      string // of the critic
	comparisons int    // by the critic
}

// run reports whether another pass is worth while.
func (p *pass) run(ctx context.Context) (more bool, err error) {
	if !p.base.Diagnosis.Valid {
		if p.number == 1 {
			p.trace.Status = Failed
		}
		return false, nil
	}
	if !p.wanted() {
		return false, nil
	}
	p.started = true
	p.record = Pass{Policy: p.policyNames(), Admitted: []int{}, Cost: p.base.Diagnosis.Cost()}
	defer func(start time.Time) { p.record.Millis = millis(time.Since(start)) }(time.Now())
	for range maxRounds {
		err = p.propose(ctx)
		if ctx.Err() != nil {
			break
		}
		again, aside := p.dropAside(ctx)
		if err = errors.Join(err, aside); err != nil || !again || p.tried >= maxTries {
			break
		}
	}
	if len(p.taken) == 0 {
		p.remember()
		return false, err
	}
	// What was found before a policy failed is still worth having.
	if err != nil && ctx.Err() != nil {
		return false, err
	}
	verr := p.verify(ctx)
	p.remember()
	more = len(p.record.Admitted) > 0 && p.Instruction == "" && wanting(p.trace.After.Diagnosis)
	return more, errors.Join(err, verr)
}

// wanted reports whether there is anything to do.
func (p *pass) wanted() bool {
	return p.Instruction != "" || wanting(p.base.Diagnosis)
}

// wanting reports whether a page has defects that are worth a repair.
func wanting(d preview.Diagnosis) bool {
	return d.Count(preview.SeverityError)+d.Count(preview.SeverityWarning) > 0
}

func (p *pass) policyNames() string {
	var names []string
	for _, policy := range p.Policies {
		names = append(names, policy.Name())
	}
	return strings.Join(names, ",")
}

// propose asks each policy in turn about what is left.
func (p *pass) propose(ctx context.Context) error {
	for _, policy := range p.Policies {
		left := p.left()
		if p.done() {
			return nil
		}
		p.note("propose", fmt.Sprintf("pass %d: asking %s about %s", p.number, policy.Name(), plural(len(left.Defects), "defect")))
		p.policy = policy.Name()
		var tryErr error
		var inYield time.Duration
		asked := len(p.record.Exchanges)
		start := time.Now()
		err := policy.Propose(ctx, Task{
			Page: p.page, Diagnosis: left, Views: p.options(0).Views, Instruction: p.Instruction,
			Rejected: append(slices.Clone(p.rejected), p.turnedDown()...),
			Settled:  func(key string) bool { return p.settled(Candidate{Targets: []string{key}}) },
			Advice:   p.advice,
			Drop:     func(reason string) { p.record.Dropped = append(p.record.Dropped, reason) },
			Asked:    func(e Exchange) { p.record.Exchanges = append(p.record.Exchanges, e) },
		}, func(c Candidate) bool {
			if c.Reply > 0 {
				c.Reply += asked // the trace counts those of all policies
			}
			began := time.Now()
			defer func() { inYield += time.Since(began) }()
			tryErr = p.consider(ctx, c)
			return tryErr == nil && p.tried < maxTries && !p.done()
		})
		p.policyTime += time.Since(start) - inYield
		if err == nil {
			err = tryErr
		}
		if err == nil {
			err = p.tryWaiting(ctx)
		}
		if err != nil {
			return fmt.Errorf("pass %d with %s: %w", p.number, policy.Name(), err)
		}
	}
	return nil
}

// done reports whether nothing more is asked for: the instruction is carried
// out, or no defect is left that was there at the start of the pass.
func (p *pass) done() bool {
	if p.gate.Instructed {
		return len(p.taken) > 0
	}
	return len(p.left().Defects) == 0
}

// left is what the page still suffers from, with the evidence that was gathered
// when it was opened. A defect that only showed up while trying has none and
// waits for the next pass.
func (p *pass) left() preview.Diagnosis {
	left := p.base.Diagnosis
	left.Defects = slices.DeleteFunc(slices.Clone(left.Defects), func(d preview.Defect) bool { return !p.holds(d) })
	return left
}

// holds reports whether a defect of the base is still there.
func (p *pass) holds(d preview.Defect) bool {
	if p.beyond[d.Key()] {
		return !p.mended[d.Key()]
	}
	return counterpart(p.current.Diagnosis, d) != nil
}

// consider tries one candidate in the live page, on top of what was taken.
func (p *pass) consider(ctx context.Context, c Candidate) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	print := Fingerprint(c.Edits)
	if p.seen[print] || p.settled(c) || p.futile[c.Group] {
		return nil
	}
	p.seen[print] = true
	if v, ok := p.gate.Check(p.page, c.Edits); !ok {
		p.add(c, v)
		return nil
	}
	all := p.takenEdits()
	if overlap(all, c.Edits) {
		p.add(c, Verdict{Rule: RuleOverlap, InPlace: true, Reason: "the place is already changed by a repair of this pass"})
		return nil
	}
	if p.hangsOnTime(c) {
		p.waiting = append(p.waiting, c)
		return nil
	}
	p.tried++
	p.note("try", c.Why)
	after, err := p.live.Try(ctx, append(all, c.Edits...))
	switch {
	case errors.Is(err, preview.ErrNotInPlace):
		p.waiting = append(p.waiting, c)
		return nil
	case err != nil:
		return fmt.Errorf("trying %q: %w", c.Why, err)
	}
	if p.hidden(c) {
		if v := p.gate.Screen(Case{Before: p.current, After: likeTimed(after, p.current)}); !v.Admitted {
			p.add(c, v)
		} else {
			p.waiting = append(p.waiting, c)
		}
		return nil
	}
	p.judge(c, after, false)
	return nil
}

// hidden reports whether trials in place don't show what c is to mend.
func (p *pass) hidden(c Candidate) bool {
	return len(c.Targets) > 0 && !slices.ContainsFunc(c.Targets, func(key string) bool { return !p.beyond[key] })
}

// settled reports whether all that c is meant to mend is mended already.
func (p *pass) settled(c Candidate) bool {
	if p.gate.Instructed || len(c.Targets) == 0 {
		return false
	}
	for _, d := range p.base.Diagnosis.Defects {
		if slices.Contains(c.Targets, d.Key()) && p.holds(d) {
			return false
		}
	}
	return true
}

// judge takes a candidate if it passes.
func (p *pass) judge(c Candidate, after *preview.Rendering, fresh bool) {
	if !fresh {
		after = likeTimed(after, p.current)
	}
	v := p.gate.Judge(Case{Before: p.current, After: after, Targets: p.targetsIn(p.current.Diagnosis, c.Targets), Fresh: fresh})
	p.add(c, v)
	if v.Rule == RuleTarget && c.Group != "" {
		p.futile[c.Group] = true
	}
	if v.Admitted {
		p.taken = append(p.taken, len(p.record.Attempts)-1)
		p.current = after
	}
}

// takenTargets are the keys of what was taken is meant to mend.
func (p *pass) takenTargets() []string {
	var keys []string
	for _, i := range p.taken {
		keys = append(keys, p.record.Attempts[i].Targets...)
	}
	return keys
}

func (p *pass) add(c Candidate, v Verdict) {
	p.record.Attempts = append(p.record.Attempts, Attempt{Candidate: c, Policy: p.policy, Verdict: v})
}

func (p *pass) takenEdits() []preview.Edit {
	var edits []preview.Edit
	for _, i := range p.taken {
		edits = append(edits, p.record.Attempts[i].Edits...)
	}
	return edits
}

// turnedDown are the attempts of this pass that were rejected so far.
func (p *pass) turnedDown() []Attempt {
	return slices.DeleteFunc(slices.Clone(p.record.Attempts), func(a Attempt) bool { return a.Verdict.Admitted })
}

// remember moves the loop on to the verified page and notes what was rejected.
func (p *pass) remember() {
	if len(p.record.Admitted) > 0 {
		p.page = p.verified
	}
	for i := range p.record.Attempts {
		a := &p.record.Attempts[i]
		if a.Verdict.Admitted && !slices.Contains(p.record.Admitted, i) {
			a.Verdict = Verdict{Rule: RuleNotBetter, Reason: "it did not hold in a fresh render together with the others", InPlace: true}
		}
		if !a.Verdict.Admitted {
			p.rejected = append(p.rejected, *a)
		}
	}
}

// edited lays edits over the page.
func (p *pass) edited(edits []preview.Edit) (preview.Page, map[string]string, error) {
	texts, err := edit.ApplyAll(p.page.Read, edits)
	if err != nil {
		return preview.Page{}, nil, err
	}
	return preview.Page{FS: preview.Overlay(p.page.FS, texts), Entry: p.page.Entry}, texts, nil
}

func (p *pass) note(step, text string) {
	p.progress(Progress{Pass: p.number, Step: step, Tried: p.tried, Admitted: len(p.taken), Text: text})
}

func overlap(a, b []preview.Edit) bool {
	for _, x := range a {
		for _, y := range b {
			// Two insertions at one place have no order of their own.
			same := x.Span.Start == y.Span.Start
			if x.File == y.File && (same || x.Span.Overlaps(y.Span)) {
				return true
			}
		}
	}
	return false
}

// Fingerprint identifies what edits change, in whatever order they are listed.
// It is how the loop and the policies know a candidate again.
func Fingerprint(edits []preview.Edit) string {
	var parts []string
	for _, e := range edits {
		parts = append(parts, fmt.Sprintf("%s:%d-%d=%q", e.File, e.Span.Start, e.Span.End, e.NewText))
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

func sortedKeys(m map[string]string) []string {
	return slices.Sorted(maps.Keys(m))
}
