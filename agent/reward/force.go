package reward

import (
	"context"
	"fmt"

	"relook/agent"
)

// MaxResamples is how often a revision that is not better is sampled again in one
// round of the paper's Forced Optimization.
const MaxResamples = 10

// exactMargin is what an exact score must be better by, of 1: rounding.
const exactMargin = 1e-6

// A Step is one sample of a trajectory.
type Step struct {
	Round    int // from 1; 0 for the first sample
	Try      int // in the round, from 1
	Sample   Sample
	Reward   Reward
	Accepted bool   // whether it became the best
	Reason   string // a sentence for people
}

// A Trajectory is the samples of one task. Its best is the last accepted one: the
// rewards of the accepted steps rise strictly.
type Trajectory struct {
	Steps []Step
	Best  int // index into Steps; -1 while nothing is valid
}

// Reward is that of the best step; 0 when none is valid.
func (t Trajectory) Reward() float64 {
	if t.Best < 0 {
		return 0
	}
	return t.Steps[t.Best].Reward.Value
}

// Accept reports whether next is strictly better than best, and why not. A score
// that is exact must be higher; a guessed one by a margin, and the critic must
// prefer the page in both orders too, since the best of noisy scores is noise. An
// error means that the machine failed.
func (s *Scorer) Accept(ctx context.Context, bestSample, nextSample Sample, best, next Reward) (accepted bool, reason string, err error) {
	if !next.Valid {
		return false, "it does not render: " + next.Reason, nil
	}
	exact := s.cfg.Critic.Exact()
	margin := s.cfg.Margin
	if exact {
		margin = exactMargin
	}
	if !(next.Value > best.Value+margin) {
		return false, fmt.Sprintf("its reward is %.3f, and the best has %.3f", next.Value, best.Value), nil
	}
	if exact || !best.Valid {
		return true, fmt.Sprintf("its reward is %.3f, before %.3f", next.Value, best.Value), nil
	}
	view := agent.WorstView(best.rendering)
	var said agent.Preference
	err = s.insist(ctx, func() error {
		said, err = agent.Prefer(ctx, s.cfg.Critic, s.look(bestSample, best.rendering, view), s.look(nextSample, next.rendering, view))
		return err
	})
	if err != nil {
		return false, "", err
	}
	return said.Preferred, said.Reason, nil
}

// Revise makes another version of the best sample so far; try counts from 1 in
// each round. It is given the whole trajectory to learn from.
type Revise func(ctx context.Context, t Trajectory, round, try int) (Sample, error)

// Force runs the paper's Forced Optimization: at most so many rounds of revision,
// in each of which a revision that is not strictly better is sampled again, at most
// Config.Resamples times; when none is, the trajectory ends with the best so far.
// On an error, from revise or of the machine, the trajectory holds what was scored
// by then.
func (s *Scorer) Force(ctx context.Context, first Sample, rounds int, revise Revise) (Trajectory, error) {
	t := Trajectory{Best: -1}
	if _, err := s.step(ctx, &t, Step{Try: 1, Sample: first}); err != nil {
		return t, err
	}
	for round := 1; round <= rounds; round++ {
		better, err := s.round(ctx, &t, round, revise)
		if err != nil || !better {
			return t, err
		}
	}
	return t, nil
}

// round samples revisions until one is accepted.
func (s *Scorer) round(ctx context.Context, t *Trajectory, round int, revise Revise) (better bool, err error) {
	for try := 1; try <= 1+s.cfg.Resamples; try++ {
		sample, err := revise(ctx, *t, round, try)
		if err != nil {
			return false, fmt.Errorf("revising: %w", err)
		}
		if better, err = s.step(ctx, t, Step{Round: round, Try: try, Sample: sample}); err != nil || better {
			return better, err
		}
	}
	return false, nil
}

// step scores a sample and accepts it if it is better.
func (s *Scorer) step(ctx context.Context, t *Trajectory, step Step) (accepted bool, err error) {
	if step.Reward, err = s.Score(ctx, step.Sample); err != nil {
		return false, err
	}
	var best Step
	if t.Best >= 0 {
		best = t.Steps[t.Best]
	}
	switch {
	case t.Best < 0 && step.Reward.Valid:
		step.Accepted, step.Reason = true, "it is the first that renders"
	default:
		step.Accepted, step.Reason, err = s.Accept(ctx, best.Sample, step.Sample, best.Reward, step.Reward)
		if err != nil {
			return false, err
		}
	}
	if !step.Accepted {
		step.Reward.rendering = nil // pictures of what is not compared any more are let go
	} else if t.Best >= 0 {
		t.Steps[t.Best].Reward.rendering = nil
	}
	t.Steps = append(t.Steps, step)
	if step.Accepted {
		t.Best = len(t.Steps) - 1
	}
	return step.Accepted, nil
}
