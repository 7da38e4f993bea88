package reward

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image/png"
	"log/slog"
	"time"

	"relook/agent"
	"relook/agent/critic"
	"relook/preview"
)

// A Renderer renders pages; it is the part of preview.Renderer that a reward
// needs, and must be safe for use by several goroutines.
type Renderer interface {
	Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error)
}

// Config says how samples are scored.
type Config struct {
	Renderer Renderer     // required
	Critic   agent.Critic // nil measures
	// Views, Moments, Timeout, AllowHosts and Profile are as in
	// preview.RenderOptions.
	Views      []preview.View
	Moments    []time.Duration
	Timeout    time.Duration
	AllowHosts []string
	Profile    preview.Profile
	Length     Length
	// Tries is how often a machine's failure is tried again, in all; default 3.
	Tries int
	// Pause is the time between them, which doubles; default 500 ms.
	Pause time.Duration
	// Margin is what a guessed score must be better by to be accepted, of 1;
	// default 0.02. An exact score needs only that of the gate.
	Margin float64
	// Resamples is how often a revision that is not better is sampled again in a
	// round; default MaxResamples.
	Resamples int
	Retried   func()       // if set, is called for each failure that is tried again
	Log       *slog.Logger // nil discards
}

// Length is the length term: 1 up to Free tokens of the answer, falling evenly to
// 0 at Most. Nothing in the sources says which form the paper's term has; this one
// is that of the soft overlong punishment which others train with.
type Length struct {
	Free int // default 4096
	Most int // default 8192; above Free
}

// Term is the factor for an answer of so many tokens; 1 for 0, an unknown length.
func (l Length) Term(tokens int) float64 {
	switch {
	case tokens <= l.Free:
		return 1
	case tokens >= l.Most:
		return 0
	}
	return float64(l.Most-tokens) / float64(l.Most-l.Free)
}

// Check says what is wrong with the bounds.
func (l Length) Check() error {
	if l.Free < 1 || l.Most <= l.Free {
		return fmt.Errorf("the length term falls from %d tokens to %d: the first must be above 0 and below the second", l.Free, l.Most)
	}
	return nil
}

// A Sample is what a policy wrote.
type Sample struct {
	Request string // what was asked for; "" for unknown
	Page    preview.Page
	Tokens  int // of the policy's answer; 0 for unknown
}

// A Reward is what a sample is worth.
type Reward struct {
	Value  float64 // 0 to 1: Visual times Length
	Visual float64 // 0 to 1: the critic's score
	Length float64 // 0 to 1: the length term
	// Valid says that the page renders; else Reason says why it does not, and all
	// scores are 0.
	Valid     bool
	Reason    string
	Judgement *agent.Judgement // nil unless Valid
	rendering *preview.Rendering
}

// A Scorer scores samples. It keeps no state but its critic's, and is safe for use
// by several goroutines.
type Scorer struct{ cfg Config }

// New returns a scorer.
func New(cfg Config) (*Scorer, error) {
	if cfg.Renderer == nil {
		return nil, errors.New("scoring: a renderer is required")
	}
	if cfg.Critic == nil {
		cfg.Critic = critic.Measured{}
	}
	cfg.Length.Free = cmp.Or(cfg.Length.Free, 4096)
	cfg.Length.Most = cmp.Or(cfg.Length.Most, 2*cfg.Length.Free)
	if err := cfg.Length.Check(); err != nil {
		return nil, err
	}
	cfg.Tries = cmp.Or(max(cfg.Tries, 0), 3)
	cfg.Pause = cmp.Or(max(cfg.Pause, 0), 500*time.Millisecond)
	cfg.Margin = cmp.Or(max(cfg.Margin, 0), 0.02)
	cfg.Resamples = cmp.Or(max(cfg.Resamples, 0), MaxResamples)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Scorer{cfg: cfg}, nil
}

// Critic is the name of the critic that scores.
func (s *Scorer) Critic() string { return s.cfg.Critic.Name() }

// Score renders a sample and has the critic judge it. A page that can't be
// rendered gets 0; an error means that the machine failed, however often it was
// tried, or that ctx ended: it is never a score.
func (s *Scorer) Score(ctx context.Context, sample Sample) (Reward, error) {
	var out Reward
	err := s.insist(ctx, func() error {
		var err error
		out, err = s.once(ctx, sample)
		return err
	})
	return out, err
}

// insist tries again what failed for the machine's sake.
func (s *Scorer) insist(ctx context.Context, do func() error) error {
	pause := s.cfg.Pause
	for try := 1; ; try++ {
		err := do()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case try == s.cfg.Tries:
			return fmt.Errorf("scoring failed %d times and was given up, without a score: %w", try, err)
		}
		s.cfg.Log.Warn("scoring failed, trying again", "try", try, "because", err)
		if s.cfg.Retried != nil {
			s.cfg.Retried()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			pause *= 2
		}
	}
}

func (s *Scorer) once(ctx context.Context, sample Sample) (Reward, error) {
	r, reason, err := s.render(ctx, sample.Page)
	if err != nil || reason != "" {
		return Reward{Reason: reason}, err
	}
	j, err := s.cfg.Critic.Judge(ctx, s.look(sample, r, agent.WorstView(r)))
	if err != nil {
		return Reward{}, fmt.Errorf("asking the critic %s: %w", s.Critic(), err)
	}
	if !(j.Score >= 0 && j.Score <= 100) {
		return Reward{}, fmt.Errorf("the critic %s gives %g, not 0 to 100", s.Critic(), j.Score)
	}
	out := Reward{Valid: true, Visual: j.Score / 100, Length: s.cfg.Length.Term(sample.Tokens), Judgement: &j, rendering: r}
	out.Value = out.Visual * out.Length
	return out, nil
}

// render returns the rendering, or the reason for which it is invalid.
func (s *Scorer) render(ctx context.Context, page preview.Page) (*preview.Rendering, string, error) {
	if _, err := page.Source(); err != nil {
		var input *preview.InputError
		if errors.As(err, &input) {
			return nil, input.Error(), nil
		}
		return nil, "", err
	}
	o := preview.RenderOptions{
		Views: s.cfg.Views, Moments: s.cfg.Moments, Timeout: s.cfg.Timeout, AllowHosts: s.cfg.AllowHosts,
		Profile: s.cfg.Profile, Shots: preview.AllShots, NoCauses: true,
	}.Defaulted()
	r, err := s.cfg.Renderer.Render(ctx, page, o)
	if err != nil {
		return nil, "", fmt.Errorf("rendering: %w", err)
	}
	if !r.Diagnosis.Valid {
		return nil, r.Diagnosis.InvalidReason, nil
	}
	return r, missing(r, o), nil
}

// missing says which required shot is not there or is no picture.
func missing(r *preview.Rendering, o preview.RenderOptions) string {
	for _, v := range o.Views {
		for _, at := range o.Moments {
			s := r.Shot(v.Name(), at)
			if s == nil {
				return fmt.Sprintf("the shot of %s at %s is missing", v.Name(), at)
			}
			if c, err := png.DecodeConfig(bytes.NewReader(s.PNG)); err != nil || c.Width < 1 || c.Height < 1 {
				return fmt.Sprintf("the shot of %s at %s is no picture", v.Name(), at)
			}
		}
	}
	return ""
}

func (s *Scorer) look(sample Sample, r *preview.Rendering, view string) agent.Look {
	return agent.Look{Request: sample.Request, Page: sample.Page, Rendering: r, View: view}
}
