package suite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sourcegraph/conc/pool"

	"relook/preview"
)

// A Run runs arms over the items of a suite.
type Run struct {
	Suite Suite
	Items []Item
	Arms  []Arm
	Crew  Crew
	Kit   Kit
	Dir   string // where results are kept
	// Workers is how many items are worked on at a time; default 1. Wall times of
	// more than one compare with nothing.
	Workers int
	// Shard takes the items whose number leaves Shard[0]-1 when divided by Shard[1];
	// zeros for all.
	Shard [2]int
	// Fresh forgets what was measured before.
	Fresh bool
	// Tell, if set, is told how far it is.
	Tell func(Progress)

	results *Store[Record]
	drafts  *Store[draftRecord]
	mu      sync.Mutex
	scores  map[string]seen // by item and text
	trouble []Problem
	p       Progress
	start   time.Time
	busy    int // records made in this run
}

// Progress is how far a run is.
type Progress struct {
	Done, All int
	What      string        // item and arm
	Left      time.Duration // an estimate; 0 while there is none
}

// seen is a page that was looked at.
type seen struct {
	valid   bool
	invalid string
	cost    float64
	score   Score
}

// Files of a run's folder.
const (
	ResultsFile = "results.jsonl"
	draftsFile  = "drafts.jsonl"
)

// Do runs all that is not there yet and returns every record that counts, with what
// went wrong with items. An error is one that nothing can go on after; what was
// done before it is kept.
func (r *Run) Do(ctx context.Context) (all []Record, trouble []Problem, err error) {
	for _, a := range r.Arms {
		if err := r.Crew.Check(a); err != nil {
			return nil, nil, err
		}
	}
	if err := r.open(); err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, r.results.Close(), r.drafts.Close()) }()
	items := r.mine()
	r.p.All, r.start, r.scores = len(items)*len(r.Arms), time.Now(), map[string]seen{}
	pool := pool.New().WithMaxGoroutines(max(r.Workers, 1)).WithContext(ctx).WithCancelOnError().WithFirstError()
	for _, it := range items {
		pool.Go(func(ctx context.Context) error { return r.item(ctx, it) })
	}
	if err := pool.Wait(); err != nil {
		return nil, r.trouble, err
	}
	return r.counted(items), r.trouble, nil
}

func (r *Run) open() error {
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return fmt.Errorf("making the folder of results: %w", err)
	}
	forget := func(x Record) bool { return x.Suite != r.Suite.About().Name || r.Fresh }
	var err error
	if r.results, err = OpenStore(filepath.Join(r.Dir, ResultsFile), Record.Key, forget); err != nil {
		return fmt.Errorf("%w: --fresh begins anew", err)
	}
	r.drafts, err = OpenStore(filepath.Join(r.Dir, draftsFile), func(d draftRecord) string { return d.Key }, func(draftRecord) bool { return r.Fresh })
	if err != nil {
		return errors.Join(fmt.Errorf("%w: --fresh begins anew", err), r.results.Close())
	}
	return nil
}

// mine are the items of the shard.
func (r *Run) mine() []Item {
	if r.Shard[1] <= 1 {
		return r.Items
	}
	var out []Item
	for n, it := range r.Items {
		if n%r.Shard[1] == r.Shard[0]-1 {
			out = append(out, it)
		}
	}
	return out
}

// counted are the records of the items and arms that were asked for.
func (r *Run) counted(items []Item) []Record {
	var out []Record
	for _, a := range r.Arms {
		for _, it := range items {
			if rec, ok := r.results.Get(r.blank(it, a).Key()); ok {
				out = append(out, rec)
			}
		}
	}
	return out
}

func (r *Run) blank(it Item, a Arm) Record {
	about := r.Suite.About()
	out := Record{Suite: about.Name, Main: about.Metrics[0].Name, Item: it.ID, Group: it.Group, Arm: a.Name, Task: it.hash()}
	if r.Crew.Writer != nil && (a.Ask || !it.Given) {
		out.Model = r.Crew.Writer.Name()
	}
	return out
}

// item runs all arms on an item. What goes wrong with one is told and the others
// go on; only the end of ctx ends it.
func (r *Run) item(ctx context.Context, it Item) error {
	for _, a := range r.Arms {
		rec := r.blank(it, a)
		old, have := r.results.Get(rec.Key())
		if have && old.Finished() {
			r.step(it, a, false)
			continue
		}
		err := r.arm(ctx, it, a, old, &rec)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			rec = r.blank(it, a)
			rec.Error = err.Error()
			r.note(it.ID, fmt.Sprintf("%s: %v", a.Name, err))
		}
		for _, j := range rec.Score.Judgements {
			if j.Problem != "" {
				r.note(it.ID, fmt.Sprintf("%s: the judge %s gave no score: %s", a.Name, j.Judge, j.Problem))
			}
		}
		if err := r.results.Add(rec); err != nil {
			r.note(it.ID, fmt.Sprintf("%s: not kept: %v", a.Name, err))
		}
		r.step(it, a, true)
	}
	return nil
}

func (r *Run) note(item, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trouble = append(r.trouble, Problem{Item: item, What: what})
}

func (r *Run) step(it Item, a Arm, worked bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.Done++
	r.p.What = it.ID + ", " + a.Name
	if worked {
		r.busy++
	}
	if r.busy > 0 {
		r.p.Left = time.Since(r.start) / time.Duration(r.busy) * time.Duration(r.p.All-r.p.Done)
	}
	if r.Tell != nil {
		r.Tell(r.p)
	}
}

// arm fills in a record. Where only a judge failed the last time, the page stays
// and is scored again.
func (r *Run) arm(ctx context.Context, it Item, a Arm, old Record, rec *Record) error {
	series, ok := r.Suite.(Series)
	if ok {
		return r.series(ctx, series, it, a, rec)
	}
	var m made
	if old.Error == "" && old.Files != nil {
		*rec = old
		m = made{files: old.Files}
	} else {
		var err error
		if m, err = r.make(ctx, it, a, Step{Files: it.Files}, rec); err != nil {
			return err
		}
	}
	if err := r.scored(ctx, it, Step{Files: m.files}, rec); err != nil {
		return err
	}
	rec.Files = m.files
	for _, files := range m.passes {
		var at Record
		if err := r.scored(ctx, it, Step{Files: files}, &at); err != nil {
			return err
		}
		rec.Curve = append(rec.Curve, Point{at.Valid, at.Cost, at.Score.Values})
	}
	return nil
}

// make drafts and improves, and adds what that took to the record.
func (r *Run) make(ctx context.Context, it Item, a Arm, at Step, rec *Record) (made, error) {
	draft, err := r.draft(ctx, it, at, 0)
	if err == nil && a.Best {
		draft, err = r.best(ctx, it, at, draft)
	}
	if err != nil {
		return made{}, err
	}
	out, err := r.Crew.improve(ctx, a, it, draft.files)
	if err != nil {
		return made{}, err
	}
	rec.Tokens += draft.tokens + out.tokens
	rec.Millis += millis(draft.took + out.took)
	rec.Stopped = rec.Stopped || out.stopped
	if out.problem = joined(draft.problem, out.problem); out.problem != "" {
		rec.Problem = joined(rec.Problem, out.problem)
	}
	if len(out.passes) > 0 {
		out.passes = append([]map[string]string{draft.files}, out.passes...)
	}
	return out, nil
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// draft is the n-th at a step: given, kept from another arm, or written.
func (r *Run) draft(ctx context.Context, it Item, at Step, n int) (made, error) {
	if it.Given {
		return made{files: at.Files}, nil
	}
	if r.Crew.Writer == nil {
		return made{}, errors.New("nobody drafts the page: add --model, or --drafts with pages that were written before")
	}
	data, err := json.Marshal([]any{it.hash(), at, n, r.Crew.Writer.Name()})
	if err != nil {
		return made{}, fmt.Errorf("naming a draft: %w", err)
	}
	sum := sha256.Sum256(data)
	key := hex.EncodeToString(sum[:12])
	if d, ok := r.drafts.Get(key); ok {
		return made{files: d.Files, tokens: d.Tokens, took: time.Duration(d.Millis * float64(time.Millisecond)), problem: d.Problem}, nil
	}
	m, err := r.Crew.write(ctx, r.Suite, it, at, n)
	if err != nil {
		return m, err
	}
	return m, r.drafts.Add(draftRecord{key, m.files, m.tokens, millis(m.took), m.problem})
}

// best is the draft that renders and has the least cost.
func (r *Run) best(ctx context.Context, it Item, at Step, first made) (made, error) {
	if it.Given {
		return first, nil
	}
	best, sum := first, first
	least, err := r.look(ctx, it, first.files)
	if err != nil {
		return first, err
	}
	for n := 1; n < max(r.Crew.Drafts, 2); n++ {
		d, err := r.draft(ctx, it, at, n)
		if err != nil {
			return first, err
		}
		sum.tokens += d.tokens
		sum.took += d.took
		saw, err := r.look(ctx, it, d.files)
		if err != nil {
			return first, err
		}
		if saw.valid && (!least.valid || saw.cost < least.cost) {
			best, least = d, saw
		}
	}
	best.tokens, best.took = sum.tokens, sum.took
	return best, nil
}

// look renders a page. What can't be rendered is data.
func (r *Run) look(ctx context.Context, it Item, files map[string]string) (seen, error) {
	page := it.Page(files)
	var input *preview.InputError
	if _, err := page.Source(); errors.As(err, &input) {
		return seen{invalid: input.What}, nil
	} else if err != nil {
		return seen{}, err
	}
	l := r.Crew.Loop
	d, err := r.Kit.Renderer.Render(ctx, page, preview.RenderOptions{
		NoCauses: true, Views: l.Views, Moments: l.Moments, Timeout: l.Timeout, AllowHosts: l.AllowHosts,
	})
	if err != nil {
		return seen{}, fmt.Errorf("rendering: %w", err)
	}
	out := seen{valid: d.Diagnosis.Valid, invalid: d.Diagnosis.InvalidReason}
	if out.valid {
		out.cost = d.Diagnosis.Cost()
	}
	return out, nil
}

// scored looks at a page and scores it, once for each text.
func (r *Run) scored(ctx context.Context, it Item, at Step, rec *Record) error {
	key := textKey(it.ID, at)
	r.mu.Lock()
	s, ok := r.scores[key]
	r.mu.Unlock()
	if !ok {
		var err error
		if s, err = r.look(ctx, it, at.Files); err != nil {
			return err
		}
		if s.score, err = r.Suite.Score(ctx, it, at); err != nil {
			return fmt.Errorf("scoring: %w", err)
		}
		r.mu.Lock()
		r.scores[key] = s
		r.mu.Unlock()
	}
	rec.Valid, rec.Invalid, rec.Cost, rec.Score = s.valid, s.invalid, s.cost, s.score
	return nil
}

func textKey(item string, at Step) string {
	data, err := json.Marshal([]any{item, at.Turn, at.Files})
	if err != nil {
		panic(err) // strings and maps of them
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// series runs the turns of an item, each from where the one before ended.
func (r *Run) series(ctx context.Context, s Series, it Item, a Arm, rec *Record) error {
	files := it.Files
	var steps []Scored
	for turn := range s.Turns(it) {
		at, done := Step{Turn: turn, Files: files}, false
		for try := range max(s.Tries(it), 1) {
			at.Try = try
			m, err := r.make(ctx, it, a, at, rec)
			if err != nil {
				return fmt.Errorf("turn %d: %w", turn+1, err)
			}
			after := at
			after.Files = m.files
			var one Record
			if err := r.scored(ctx, it, after, &one); err != nil {
				return fmt.Errorf("turn %d: %w", turn+1, err)
			}
			rec.Valid, rec.Invalid, rec.Cost = one.Valid, one.Invalid, one.Cost
			passed, run := one.Score.Passed()
			rec.Steps = append(rec.Steps, StepResult{turn, try, one.Score.Done, passed, run})
			steps = append(steps, Scored{after, one.Score})
			rec.Files = m.files
			if done = one.Score.Done; done {
				files = m.files
				break
			}
			at.Context, at.Last = one.Score.Context, m.files
		}
		if !done {
			break
		}
	}
	rec.Score = s.Total(it, steps)
	return nil
}
