package reward

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"relook/agent"
	"relook/preview"
	"relook/preview/previewtest"
)

func sample(html string, tokens int) Sample {
	return Sample{Request: "plans", Page: preview.Page{FS: fstest.MapFS{"a.html": {Data: []byte(html)}}, Entry: "a.html"}, Tokens: tokens}
}

const fine = "<!doctype html><title>x</title><p>text"

// wide is a page that is the wider the worse.
func wide(px int) string {
	return fmt.Sprintf("<!doctype html><title>x</title><style>.w { width: %dpx }</style><div class=w>text</div>", px)
}

func newScorer(t testing.TB, change func(*Config)) *Scorer {
	t.Helper()
	cfg := Config{Renderer: previewtest.Fake{}, Pause: time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func score(t testing.TB, s *Scorer, x Sample) Reward {
	t.Helper()
	r, err := s.Score(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A teller is a critic that says what it is told.
type teller struct {
	exact   bool
	judge   func(agent.Look) (float64, error)
	compare func(first, second agent.Look) agent.Choice
	judged  []agent.Look
	asked   int
}

func (c *teller) Name() string { return "teller" }
func (c *teller) Exact() bool  { return c.exact }
func (c *teller) Judge(_ context.Context, l agent.Look) (agent.Judgement, error) {
	c.judged = append(c.judged, l)
	n, err := c.judge(l)
	return agent.Judgement{Critic: "teller", Score: n}, err
}
func (c *teller) Compare(_ context.Context, a, b agent.Look) (agent.Comparison, error) {
	c.asked++
	return agent.Comparison{Choice: c.compare(a, b)}, nil
}

func saying(n float64) *teller {
	return &teller{judge: func(agent.Look) (float64, error) { return n, nil }}
}

// A bent renderer changes what comes out of the fake.
type bent struct {
	previewtest.Fake
	bend func(*preview.Rendering, error) (*preview.Rendering, error)
}

func (b bent) Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	return b.bend(b.Fake.Render(ctx, p, o))
}

// Rule 1: any required shot invalid gives 0, whatever a critic would say.
func TestInvalidIsZero(t *testing.T) {
	critic := saying(100)
	for name, page := range map[string]string{
		"blank": "<!doctype html><title>x</title>", "endless": "<!doctype html><p>text<script>for(;;);</script>", "empty": "", "binary": "a\x00b", "not text": "a\xff",
	} {
		s := newScorer(t, func(c *Config) { c.Critic = critic })
		if r := score(t, s, sample(page, 1)); r.Valid || r.Value != 0 || r.Visual != 0 || r.Reason == "" || r.Judgement != nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for name, bend := range map[string]func(*preview.Rendering){
		"a shot is missing":      func(r *preview.Rendering) { r.Shots = r.Shots[:len(r.Shots)-1] },
		"none is there":          func(r *preview.Rendering) { r.Shots = nil },
		"one is no picture":      func(r *preview.Rendering) { r.Shots[4].PNG = []byte("no") },
		"one is an empty string": func(r *preview.Rendering) { r.Shots[0].PNG = nil },
	} {
		s := newScorer(t, func(c *Config) {
			c.Critic = critic
			c.Renderer = bent{bend: func(r *preview.Rendering, err error) (*preview.Rendering, error) { bend(r); return r, err }}
		})
		if r := score(t, s, sample(fine, 1)); r.Valid || r.Value != 0 || !strings.Contains(r.Reason, "the shot of ") {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if len(critic.judged) != 0 {
		t.Errorf("the critic was asked %d times", len(critic.judged))
	}
}

// Rule 2: the reward is the visual score times the length term.
func TestProduct(t *testing.T) {
	s := newScorer(t, func(c *Config) { c.Critic, c.Length = saying(80), Length{Free: 100, Most: 200} })
	for tokens, want := range map[int]float64{0: 0.8, 1: 0.8, 100: 0.8, 125: 0.6, 150: 0.4, 199: 0.008, 200: 0, 1e6: 0} {
		r := score(t, s, sample(fine, tokens))
		if fmt.Sprintf("%.4f", r.Value) != fmt.Sprintf("%.4f", want) || r.Visual != 0.8 || !r.Valid {
			t.Errorf("%d tokens: %+v, want %g", tokens, r, want)
		}
	}
	for _, l := range []Length{{-1, 5}, {5, 5}, {9, 3}} {
		if _, err := New(Config{Renderer: previewtest.Fake{}, Length: l}); err == nil {
			t.Errorf("%+v is taken", l)
		}
	}
}

// Rule 3: only what is strictly better is accepted, by a margin and in both orders
// where the score is a guess.
func TestAccept(t *testing.T) {
	second := func(agent.Look, agent.Look) agent.Choice { return agent.Second }
	next := func(a, b agent.Look) agent.Choice {
		if strings.Contains(read(a), "next") {
			return agent.First
		}
		return agent.Second
	}
	for _, c := range []struct {
		name          string
		exact         bool
		best, next    float64
		compare       func(a, b agent.Look) agent.Choice
		want          bool
		reason        string
		comparedTimes int
	}{
		{"better and preferred", false, 50, 60, next, true, "prefers it in both orders", 2},
		{"better, but it likes what comes second", false, 50, 60, second, false, "whichever page it is shown second", 2},
		{"within the noise", false, 50, 51, next, false, "the best has 0.500", 0},
		{"the same", false, 50, 50, next, false, "the best has", 0},
		{"worse", false, 50, 40, next, false, "the best has", 0},
		{"exact and a little better", true, 50, 50.1, second, true, "before 0.500", 0},
		{"exact and the same", true, 50, 50, next, false, "the best has", 0},
	} {
		critic := &teller{exact: c.exact, compare: c.compare, judge: func(l agent.Look) (float64, error) {
			if strings.Contains(read(l), "next") {
				return c.next, nil
			}
			return c.best, nil
		}}
		s := newScorer(t, func(cfg *Config) { cfg.Critic = critic })
		best, other := sample(fine, 0), sample(fine+" next", 0)
		ok, reason, err := s.Accept(t.Context(), best, other, score(t, s, best), score(t, s, other))
		if err != nil || ok != c.want || !strings.Contains(reason, c.reason) || critic.asked != c.comparedTimes {
			t.Errorf("%s: %v %q %v, asked %d times", c.name, ok, reason, err, critic.asked)
		}
	}
}

func read(l agent.Look) string {
	src, err := l.Page.Source()
	if err != nil {
		return ""
	}
	return src.String()
}

// Rule 3, the loop: at most ten resamples a round, the end when none is better, and
// a trajectory whose accepted rewards rise strictly, over many random policies.
func TestForce(t *testing.T) {
	s := newScorer(t, func(c *Config) {
		c.Views, c.Moments = []preview.View{{Width: 300, Height: 200}}, []time.Duration{0}
	})
	var tries []int
	traj, err := s.Force(t.Context(), sample(wide(2000), 0), 3, func(_ context.Context, tr Trajectory, round, try int) (Sample, error) {
		tries = append(tries, try)
		if round == 1 && try == 4 {
			return sample(wide(900), 0), nil
		}
		return sample(wide(2500), 0), nil // never better
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(tries) != 4+1+MaxResamples || traj.Steps[traj.Best].Round != 1 || len(traj.Steps) != 1+len(tries) || traj.Reward() <= traj.Steps[0].Reward.Value {
		t.Errorf("%d tries, best %d of %d", len(tries), traj.Best, len(traj.Steps))
	}
	for seed := range uint64(10) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		any := func() Sample {
			if rnd.IntN(4) == 0 {
				return sample("", 0)
			}
			return sample(wide(300+rnd.IntN(3000)), rnd.IntN(9000))
		}
		traj, err := s.Force(t.Context(), any(), 3, func(context.Context, Trajectory, int, int) (Sample, error) { return any(), nil })
		if err != nil {
			t.Fatal(err)
		}
		last, best := -1.0, 0.0
		for _, step := range traj.Steps {
			if step.Accepted {
				if step.Reward.Value <= last || !step.Reward.Valid {
					t.Errorf("seed %d: accepted %g after %g", seed, step.Reward.Value, last)
				}
				last = step.Reward.Value
			}
			best = max(best, step.Reward.Value)
		}
		if traj.Reward() < best-exactMargin {
			t.Errorf("seed %d: ends with %g, and had %g", seed, traj.Reward(), best)
		}
	}
	broken := errors.New("no more tokens")
	traj, err = s.Force(t.Context(), sample(fine, 0), 3, func(context.Context, Trajectory, int, int) (Sample, error) { return Sample{}, broken })
	if !errors.Is(err, broken) || traj.Best != 0 {
		t.Errorf("a policy that fails: %v, best %d", err, traj.Best)
	}
}

// Rule 4: a machine's failure is tried again and never scored.
func TestMachineFailure(t *testing.T) {
	down := errors.New("the browser is gone")
	for fails, want := range map[int]int{0: 1, 1: 2, 2: 3, 3: 3, 9: 3} {
		var calls, told atomic.Int32
		s := newScorer(t, func(c *Config) {
			c.Retried = func() { told.Add(1) }
			c.Renderer = bent{bend: func(r *preview.Rendering, err error) (*preview.Rendering, error) {
				if int(calls.Add(1)) <= fails {
					return nil, down
				}
				return r, err
			}}
		})
		r, err := s.Score(t.Context(), sample(fine, 0))
		if int(calls.Load()) != want || int(told.Load()) != want-1 {
			t.Errorf("%d failures: %d calls, %d told", fails, calls.Load(), told.Load())
		}
		if fails < 3 && (err != nil || r.Value != 1) || fails >= 3 && (!errors.Is(err, down) || r.Valid || !strings.Contains(err.Error(), "without a score")) {
			t.Errorf("%d failures: %+v, %v", fails, r, err)
		}
	}
	for name, judge := range map[string]func(agent.Look) (float64, error){
		"down":         func(agent.Look) (float64, error) { return 0, down },
		"useless":      func(agent.Look) (float64, error) { return 50, &agent.UnusableError{Reason: "prose"} },
		"out of range": func(agent.Look) (float64, error) { return 140, nil },
		"negative":     func(agent.Look) (float64, error) { return -1, nil },
	} {
		critic := &teller{judge: judge}
		s := newScorer(t, func(c *Config) { c.Critic = critic })
		if r, err := s.Score(t.Context(), sample(fine, 0)); err == nil || r.Value != 0 || len(critic.judged) != 3 {
			t.Errorf("critic %s: %+v, %v after %d tries", name, r, err, len(critic.judged))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newScorer(t, nil).Score(ctx, sample(fine, 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Rule 5: the critic sees the request, the code and three shots of one view.
func TestWhatTheCriticSees(t *testing.T) {
	critic := saying(50)
	s := newScorer(t, func(c *Config) { c.Critic = critic })
	score(t, s, sample(wide(900), 0))
	l := critic.judged[0]
	shots := map[time.Duration]bool{}
	for _, shot := range l.Rendering.Shots {
		if shot.View.Name() == l.View {
			shots[shot.At] = true
		}
	}
	if l.Request != "plans" || read(l) != wide(900) || l.View != "768x1024" || len(shots) != 3 || !shots[0] || !shots[time.Second] || !shots[2*time.Second] {
		t.Errorf("it sees %q at %q with shots at %v", l.Request, l.View, shots)
	}
}

// Rule 6: without a model the measured diagnosis scores, and its words are the
// feedback.
func TestMeasuredReward(t *testing.T) {
	s := newScorer(t, nil)
	best, bad, worse := score(t, s, sample(fine, 0)), score(t, s, sample(wide(600), 0)), score(t, s, sample(wide(2000), 0))
	if best.Value != 1 || bad.Value >= 1 || worse.Value >= bad.Value || worse.Value <= 0 {
		t.Errorf("%g, %g, %g", best.Value, bad.Value, worse.Value)
	}
	if s.Critic() != "measured" || !strings.Contains(bad.Judgement.Feedback(), "sideways") {
		t.Errorf("%s says %q", s.Critic(), bad.Judgement.Feedback())
	}
}

// A counting renderer notices when it is used twice at a time.
type counting struct {
	t         *testing.T
	busy      atomic.Int32
	now, most *atomic.Int32
	previewtest.Fake
}

func (c *counting) Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	if c.busy.Add(1) > 1 {
		c.t.Error("a renderer has two pages at a time")
	}
	c.most.Store(max(c.most.Load(), c.now.Add(1)))
	defer func() { c.now.Add(-1); c.busy.Add(-1) }()
	return c.Fake.Render(ctx, p, o)
}

// Each renderer of a pool has one page at a time.
func TestPool(t *testing.T) {
	var now, most atomic.Int32
	slow := func() Renderer { return &counting{t: t, now: &now, most: &most} }
	p := NewPool(slow(), slow())
	s := newScorer(t, func(c *Config) { c.Renderer = p })
	done := make(chan error)
	for range 12 {
		go func() { _, err := s.Score(t.Context(), sample(fine, 0)); done <- err }()
	}
	for range 12 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if p.Free() != 2 || p.Size() != 2 || most.Load() > 2 {
		t.Errorf("%d of %d free, %d at a time", p.Free(), p.Size(), most.Load())
	}
	<-p.free
	<-p.free
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Render(ctx, preview.Page{}, preview.RenderOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting: %v", err)
	}
}
