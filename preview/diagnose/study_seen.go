package diagnose

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sourcegraph/conc/pool"

	"relook/preview"
)

// What nobody can see is no fault: letters without colour, an empty layer, a
// text that something hides. So each fault that was read in a view is proved in
// pixels there: elements at fault are hidden for a moment, and the picture must
// change. A check may say how its faults are proved; by default one of the
// elements must show where it is.
type seer interface {
	proof(s *sighting) proof
}

// A proof is how it shows that people can see a fault. One without looks holds.
type proof struct {
	looks []look
	// each is how many looks, one after the other, belong together: all of them
	// must find a change; 0 is 1. One such group is enough.
	each int
	meet bool             // what the looks of a group find must touch
	left preview.Severity // of a fault that nobody sees; "" drops it
}

// bare reports whether a box is taken for one that nobody sees if it is empty.
// It may be so because relook refused a script that would have filled it.
func (p proof) bare() bool {
	return slices.ContainsFunc(p.looks, func(l look) bool {
		return slices.ContainsFunc(l.on, func(g guise) bool { return g.Way == "hidden" })
	})
}

// A look asks whether region looks different once the guises are put on, over
// those of base.
type look struct {
	region   box
	on, base []guise
}

const (
	// A proof takes about as long as reading the view once: the worst faults of
	// a view are proved, the others are believed.
	maxProofs = 15
	// Looks that would disturb each other need a picture each.
	maxRounds = 5
	// One of the first few elements that are alike shows as well as all.
	provedEach = 4
	// What is not proved by then is believed. It is many times what a page takes; who
	// gives the checks more time gives half of it to proofs.
	proofTimeout = 4 * time.Second
	// A part of this size shows whether there is anything to see.
	maxLookWidth, maxLookHeight = 1280, 600
)

// prove leaves out the faults that nobody can see.
func (s *site) prove(ctx context.Context, drafts []*draft) ([]*draft, error) {
	asked := make([][]*question, len(s.tabs))
	timeout := proofTimeout
	if end, ok := ctx.Deadline(); ok {
		timeout = max(timeout, time.Until(end)/2)
	}
	timed, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	p := pool.New().WithContext(timed).WithCancelOnError().WithFirstError()
	for view, tab := range s.tabs {
		if asked[view] = questions(drafts, view, s.events[view]); len(asked[view]) > 0 {
			p.Go(func(ctx context.Context) error { return answer(ctx, tab, asked[view]) })
		}
	}
	if err := p.Wait(); err != nil {
		if timed.Err() != nil && ctx.Err() == nil {
			return drafts, nil // a page that can't be pictured in time is believed
		}
		return nil, err
	}
	unseen := map[*draft][]int{}
	for _, list := range asked {
		for _, q := range list {
			if q.unseen && q.proof.left == "" {
				unseen[q.draft] = append(unseen[q.draft], q.sighting)
			} else if q.unseen {
				q.draft.sightings[q.sighting].lessen(q.proof.left)
			}
		}
	}
	return slices.DeleteFunc(drafts, func(d *draft) bool {
		if unseen[d] == nil {
			return false
		}
		var left []sighting
		for i, s := range d.sightings {
			if !slices.Contains(unseen[d], i) {
				left = append(left, s)
			}
		}
		d.sightings = left
		return len(left) == 0
	}), nil
}

// lessen makes the fault one that nobody sees, and tells its check so.
func (s *sighting) lessen(to preview.Severity) {
	s.Words["unseen"] = "yes"
	if s.severity.Rank() < to.Rank() {
		s.severity = to
	}
}

// A question is whether a fault can be seen in a view.
type question struct {
	draft    *draft
	sighting int
	proof    proof
	frames   []frame // by look
	unseen   bool
}

// questions are those of a view, the costliest faults first.
func questions(drafts []*draft, view int, events []Event) []*question {
	var list []*question
	lacks := slices.ContainsFunc(events, func(e Event) bool { return e.Kind == EventRefused && e.Resource == "Script" })
	for _, d := range drafts {
		for i := range d.sightings {
			s := &d.sightings[i]
			if s.view != view || !s.read || d.check == nil || s.severity == preview.SeverityInfo {
				continue
			}
			if p := proofOf(d.check, s); len(p.looks) > 0 && !(lacks && p.bare()) {
				list = append(list, &question{draft: d, sighting: i, proof: p})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *question) int {
		return -cmp.Compare(cost(a.draft.sightings[a.sighting].verdict), cost(b.draft.sightings[b.sighting].verdict))
	})
	return list[:min(len(list), maxProofs)]
}

func proofOf(c check, s *sighting) proof {
	if c, ok := c.(seer); ok {
		return c.proof(s)
	}
	var p proof
	for _, e := range s.Elements[:min(len(s.Elements), provedEach)] {
		p.looks = append(p.looks, look{region: e.Box, on: []guise{{e.XPath, "hidden"}}})
	}
	return p
}

// answer takes the pictures that the questions of a view need.
func answer(ctx context.Context, tab Tab, list []*question) (err error) {
	pl, err := newPlan(ctx, tab, list)
	if err != nil {
		return err
	}
	for _, q := range list {
		for _, l := range q.proof.looks {
			q.frames = append(q.frames, pl.place(l))
		}
	}
	defer func() { err = errors.Join(err, undress(ctx, tab)) }()
	for _, r := range pl.rounds {
		if err := r.run(ctx, tab); err != nil {
			return err
		}
	}
	if pl.moves {
		pl.again = &round{regions: pl.rounds[0].regions}
		if err := pl.again.run(ctx, tab); err != nil {
			return err
		}
	}
	for _, q := range list {
		q.unseen = !pl.seen(q)
	}
	return nil
}

// seen judges the pictures. What could not be looked at counts as seen.
func (pl *plan) seen(q *question) bool {
	for group := range slices.Chunk(q.frames, max(q.proof.each, 1)) {
		var found []*mask
		for _, f := range group {
			m := pl.change(f)
			if m == nil {
				return true
			}
			if m.seen() {
				found = append(found, m)
			}
		}
		if len(found) == len(group) && (!q.proof.meet || found[0].touches(found[1])) {
			return true
		}
	}
	return false
}
