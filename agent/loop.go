package agent

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"time"

	"relook/agent/edit"
	"relook/preview"
)

// DefaultPasses is the number of passes of the ReLook paper's self-edit cycle
// at inference.
const DefaultPasses = 3

// Config says how a refinement is run.
type Config struct {
	Renderer preview.Renderer // required
	// Policies are asked in turn in each pass: a later one is asked only about
	// what the earlier ones left. Required, at least one.
	Policies []Policy
	Gate     *Gate // nil means DefaultGate

	Views      []preview.View  // default preview.DefaultViews()
	Moments    []time.Duration // default preview.DefaultMoments()
	Timeout    time.Duration   // of one render of one view; default as in preview.RenderOptions
	AllowHosts []string        // hosts that the page may load from
	// Rules are the person's settings by rule id.
	Rules map[string]preview.RuleSetting
	// Profile is how thoroughly the page is looked at before and after; default
	// preview.ProfileFast. Candidates are tried in the live page fast in any case.
	Profile preview.Profile
	// NoScripts keeps the scripts of the page from running.
	NoScripts bool

	Passes      int    // at most this many passes; default DefaultPasses
	Instruction string // what the person asked for in words; "" for plain repair

	// Critic, if set, looks at the page too: it advises the policies, and what the
	// gate admits is kept only if the critic prefers it in both orders.
	Critic Critic
	// Request is what the page shall be, in words, for the critic; "" if nobody
	// said.
	Request string

	Progress func(Progress) // told what is going on; may be nil
	// Passed, if set, is told the repaired text of every changed file after each
	// pass.
	Passed func(files map[string]string)
	Log    *slog.Logger // nil discards
}

// Progress is what a refinement is doing.
type Progress struct {
	Pass int // from 1
	// Step is "render", "propose", "try", "verify" or "critic".
	Step string
	// Tried and Admitted count candidates of this pass.
	Tried, Admitted int
	// Text says it in words.
	Text string
}

// options are those of a render that the gate judges.
func (c Config) options(shots preview.ShotMode) preview.RenderOptions {
	return preview.RenderOptions{
		Views: c.Views, Moments: c.Moments, Timeout: c.Timeout,
		AllowHosts: c.AllowHosts, Rules: c.Rules, Shots: shots, NoCauses: true, NoScripts: c.NoScripts,
	}.Defaulted()
}

// looked are those of a render before or after a pass.
func (c Config) looked(shots preview.ShotMode) preview.RenderOptions {
	o := c.options(shots)
	if c.Profile != "" {
		o.Profile = c.Profile
	}
	return o
}

// closely reports whether the page is looked at more thoroughly than trials are.
func (c Config) closely() bool { return !preview.ProfileFast.Covers(c.looked(0).Profile) }

// Refine runs the self-edit loop on a page: at most Config.Passes passes of
// propose, try, verify, admit, until a pass improves nothing or nothing is left
// to repair. It writes no file: the Trace holds the edits.
//
// A page that does not render validly gives a Trace with status Failed and no
// error. An error means that the machine failed or ctx ended; the Trace beside
// it then holds what had been verified so far, or is nil if that is nothing.
func Refine(ctx context.Context, c Config, page preview.Page) (*Trace, error) {
	l, err := newLoop(c, page)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	err = l.run(ctx)
	if l.trace.Before == nil {
		return nil, err
	}
	l.trace.Millis = millis(time.Since(start))
	l.trace.PolicyMillis = millis(l.policyTime)
	return l.trace, errors.Join(err, l.finish())
}

// A loop is one refinement under way.
type loop struct {
	Config
	gate       Gate
	page       preview.Page      // with all verified edits laid over it
	verified   preview.Page      // the page of the last render that was admitted
	original   preview.Page      // as it was given
	texts      map[string]string // repaired text of each changed file
	trace      *Trace
	caused     bool // whether trace.After has the causes of its defects
	rejected   []Attempt
	policyTime time.Duration
	criticView string // at which the critic looks
}

func newLoop(c Config, page preview.Page) (*loop, error) {
	if c.Renderer == nil || len(c.Policies) == 0 {
		return nil, errors.New("refining: a renderer and at least one policy are required")
	}
	if _, err := page.Source(); err != nil {
		return nil, err
	}
	if c.Passes <= 0 {
		c.Passes = DefaultPasses
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	gate := DefaultGate()
	if c.Gate != nil {
		gate = *c.Gate
	}
	gate.Instructed = gate.Instructed || c.Instruction != ""
	gate.Removes = gate.Removes || removing.MatchString(c.Instruction)
	return &loop{
		Config: c, gate: gate, page: page, original: page,
		texts: map[string]string{},
		trace: &Trace{Path: page.Entry, Status: Unchanged},
	}, nil
}

func (l *loop) run(ctx context.Context) error {
	for n := 1; n <= l.Passes; n++ {
		l.progress(Progress{Pass: n, Step: "render", Text: "rendering " + l.page.Entry})
		p, err := l.open(ctx, n)
		if err != nil {
			return err
		}
		more, err := p.run(ctx)
		err = errors.Join(err, p.live.Close())
		if p.started {
			l.trace.Passes = append(l.trace.Passes, p.record)
		}
		if err != nil {
			return err
		}
		if l.Passed != nil {
			l.Passed(maps.Clone(l.texts))
		}
		if !more {
			break
		}
	}
	if err := l.lastWord(ctx); err != nil {
		return err
	}
	return l.nameCauses(ctx)
}

// open loads the page for a pass. Its rendering is what the result is compared
// with; the shots of the first one are the Trace's before, those of later ones
// were taken when the page was verified.
func (l *loop) open(ctx context.Context, n int) (*pass, error) {
	mode := preview.NoShots
	if n == 1 {
		mode = l.shots()
	}
	live, err := l.Renderer.Open(ctx, l.page, l.looked(mode)) // causes and all
	if err != nil {
		return nil, err
	}
	base := live.Rendering()
	if n > 1 {
		base.Shots = l.trace.After.Shots
	} else {
		l.trace.Before = base
	}
	l.trace.After, l.caused = base, true
	p := &pass{loop: l, number: n, live: live, base: base, current: base, seen: map[string]bool{}, mended: map[string]bool{}, futile: map[string]bool{}}
	if err := p.look(ctx); err != nil {
		return nil, errors.Join(err, p.live.Close())
	}
	if p.wanted() {
		said, err := l.critique(ctx, base, l.page)
		if err != nil {
			return nil, errors.Join(err, p.live.Close())
		}
		p.heed(said)
	}
	return p, nil
}

// nameCauses gives the defects that are left at the end their causes, which a
// render that is only judged does without.
func (l *loop) nameCauses(ctx context.Context) error {
	after := l.trace.After
	if l.caused || len(after.Diagnosis.Defects) == 0 {
		return nil
	}
	o := l.looked(preview.NoShots)
	o.NoCauses = false
	r, err := l.Renderer.Render(ctx, l.page, o)
	if err != nil {
		return err
	}
	after.Diagnosis = r.Diagnosis
	return nil
}

// finish fills in the edits that lead from the original files to the repaired.
func (l *loop) finish() error {
	l.trace.Files = l.texts
	for _, name := range sortedKeys(l.texts) {
		src, err := l.original.Read(name)
		if err != nil {
			return err
		}
		l.trace.Edits = append(l.trace.Edits, edit.Minimal(name, src.String(), l.texts[name])...)
	}
	return nil
}

func (l *loop) progress(p Progress) {
	if l.Progress != nil {
		l.Progress(p)
	}
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
