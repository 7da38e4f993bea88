package grpo_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"relook/agent/train/engine"
	"relook/agent/train/enginetest"
	"relook/agent/train/grpo"
)

func near(a, b, within float64) bool { return math.Abs(a-b) <= within*(1+math.Abs(b)) }

// Each form is compared with its definition, worked out otherwise.
func TestAdvantages(t *testing.T) {
	rewards := []float64{0, 1, 0.25, 0.75, 0.5}
	for _, c := range []struct {
		form grpo.Form
		want func(i int) float64
	}{
		{grpo.Plain, func(i int) float64 { return (rewards[i] - 0.5) / (math.Sqrt(0.125) + 1e-4) }},
		{grpo.Unbiased, func(i int) float64 { return rewards[i] - 0.5 }},
		{grpo.LeaveOneOut, func(i int) float64 { return rewards[i] - (2.5-rewards[i])/4 }},
	} {
		list, ok := grpo.Advantages(c.form, rewards)
		if !ok {
			t.Fatalf("%s: a mixed group teaches nothing", c.form)
		}
		for i := range list {
			if !near(list[i], c.want(i), 1e-12) {
				t.Errorf("%s: advantage %d is %g, not %g", c.form, i, list[i], c.want(i))
			}
		}
	}
	for _, same := range [][]float64{{0.3, 0.3, 0.3}, {1}, nil} {
		if list, ok := grpo.Advantages(grpo.Plain, same); ok || slices.ContainsFunc(list, func(v float64) bool { return v != 0 }) {
			t.Errorf("a group of %v teaches %v", same, list)
		}
	}
}

// sequences are those of a random batch: context, policy, feedback.
func sequences(rnd *rand.Rand, n int) ([][]grpo.Part, []float64) {
	var list [][]grpo.Part
	var advantages []float64
	tokens := func(n int) []int {
		out := make([]int, n)
		for i := range out {
			out[i] = rnd.IntN(7)
		}
		return out
	}
	logprobs := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(-0.5 - 2*rnd.Float64())
		}
		return out
	}
	for range n {
		a, b := 1+rnd.IntN(4), 1+rnd.IntN(5)
		list = append(list, []grpo.Part{
			{Role: grpo.Context, Tokens: tokens(2)},
			{Role: grpo.Policy, Tokens: tokens(a), Logprobs: logprobs(a)},
			{Role: grpo.Feedback, Tokens: tokens(b), Logprobs: logprobs(b)},
		})
		advantages = append(advantages, rnd.NormFloat64())
	}
	return list, advantages
}

// The mixed loss, worked out from its definition: the mean over sequences of the
// policy's clipped objective (a mean over its tokens, or a sum over a fixed
// length) and lambda times the cross-entropy of the feedback. Both ways in which
// engines sum up must come to it.
func TestMixedLoss(t *testing.T) {
	const lambda, low, high, length = 0.3, 0.8, 1.2, 16
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, form := range []grpo.Form{grpo.Plain, grpo.Unbiased} {
		for _, sum := range []bool{false, true} {
			e := enginetest.New(7, func(before, token int) float64 { return math.Sin(float64(3*before + token)) })
			e.Sum = sum
			if err := e.Create(t.Context(), engine.Spec{}); err != nil {
				t.Fatal(err)
			}
			list, advantages := sequences(rnd, 4)
			mix := grpo.Mix{Form: form, Reduction: e.Reduction(), Lambda: lambda, Length: length, Sequences: len(list)}
			var data []engine.Datum
			for i, parts := range list {
				d, err := mix.Datum(parts, advantages[i])
				if err != nil {
					t.Fatal(err)
				}
				data = append(data, d)
			}
			now, err := e.Logprobs(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			want := 0.0
			for i, parts := range list {
				policy, at := 0.0, len(parts[0].Tokens)-1
				for k := range parts[1].Tokens {
					ratio := math.Exp(float64(now[i][at] - parts[1].Logprobs[k]))
					policy -= min(ratio*advantages[i], min(max(ratio, low), high)*advantages[i])
					at++
				}
				if form == grpo.Unbiased {
					policy /= length
				} else {
					policy /= float64(len(parts[1].Tokens))
				}
				want += (policy + lambda*clippedAway(now[i], parts, low, high)) / float64(len(list))
			}
			got, err := e.ForwardBackward(t.Context(), engine.Loss{Name: engine.PPO, ClipLow: low, ClipHigh: high}, data)
			if err != nil {
				t.Fatal(err)
			}
			if !near(got.Loss, want, 1e-5) {
				t.Errorf("%s, sum %v: the loss is %.6f, not %.6f", form, sum, got.Loss, want)
			}
		}
	}
}

// clippedAway is the feedback's part of the loss for any ratio.
func clippedAway(now []float32, parts []grpo.Part, low, high float64) float64 {
	at, sum := len(parts[0].Tokens)+len(parts[1].Tokens)-1, 0.0
	for k := range parts[2].Tokens {
		ratio := math.Exp(float64(now[at] - parts[2].Logprobs[k]))
		sum -= min(ratio, min(max(ratio, low), high))
		at++
	}
	return sum / float64(len(parts[2].Tokens))
}

// The gradient that a step follows is that of the loss, by finite differences:
// from where the slopes are not zero, a small step of plain descent lowers the
// loss by its rate times the squared norm.
func TestGradient(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for _, name := range []engine.LossName{engine.PPO, engine.CrossEntropy} {
		e := enginetest.New(7, func(before, token int) float64 { return math.Cos(float64(before + 2*token)) })
		if err := e.Create(t.Context(), engine.Spec{}); err != nil {
			t.Fatal(err)
		}
		list, advantages := sequences(rnd, 3)
		mix := grpo.Mix{Form: grpo.Plain, Reduction: engine.Mean, Lambda: 0.2, Sequences: 3}
		var data []engine.Datum
		for i, parts := range list {
			d, err := mix.Datum(parts, advantages[i])
			if err != nil {
				t.Fatal(err)
			}
			data = append(data, d)
		}
		loss := engine.Loss{Name: name, ClipLow: 0.8, ClipHigh: 1.2}
		if worst := e.CheckGradient(t.Context(), loss, data, 1e-5); worst > 1e-4 {
			t.Errorf("%s: the gradient is off by %g from finite differences", name, worst)
		}
	}
}

// A feedback token whose ratio is 1 has lambda times the gradient of its
// cross-entropy.
func TestFeedbackIsCrossEntropy(t *testing.T) {
	norm := func(build func(now []float32) (engine.Loss, engine.Datum)) float64 {
		e := enginetest.New(7, func(before, token int) float64 { return float64(before*token%5) / 3 })
		if err := e.Create(t.Context(), engine.Spec{}); err != nil {
			t.Fatal(err)
		}
		plain := grpo.Supervised([]int{1, 2}, []int{3, 4, 5}, engine.Mean, 1)
		now, err := e.Logprobs(t.Context(), []engine.Datum{plain})
		if err != nil {
			t.Fatal(err)
		}
		loss, d := build(now[0])
		if _, err := e.ForwardBackward(t.Context(), loss, []engine.Datum{d}); err != nil {
			t.Fatal(err)
		}
		n, err := e.Step(t.Context(), engine.Adam{Beta1: 0.9, Beta2: 0.99})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	plain := norm(func([]float32) (engine.Loss, engine.Datum) {
		return engine.Loss{Name: engine.CrossEntropy}, grpo.Supervised([]int{1, 2}, []int{3, 4, 5}, engine.Mean, 1)
	})
	tenth := norm(func(now []float32) (engine.Loss, engine.Datum) {
		mix := grpo.Mix{Form: grpo.Plain, Reduction: engine.Mean, Lambda: 0.1, Sequences: 1}
		d, err := mix.Datum([]grpo.Part{{Role: grpo.Context, Tokens: []int{1, 2}}, {Role: grpo.Feedback, Tokens: []int{3, 4, 5}, Logprobs: now[1:]}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return engine.Loss{Name: engine.PPO, ClipLow: 0.8, ClipHigh: 1.2}, d
	})
	if !near(tenth, plain/10, 1e-6) {
		t.Errorf("the gradient is %g, not a tenth of %g", tenth, plain)
	}
}

// Credit and distance to a reference change a token's advantage as they say.
func TestCreditAndReference(t *testing.T) {
	mix := grpo.Mix{Form: grpo.Plain, Reduction: engine.Mean, KL: 0.5, Sequences: 1}
	d, err := mix.Datum([]grpo.Part{
		{Role: grpo.Context, Tokens: []int{1, 2}},
		{Role: grpo.Policy, Tokens: []int{3, 4}, Logprobs: []float32{-1, -2}, Credit: []float64{2, -1}, Reference: []float32{-2, -2}},
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{0, (1+2.0)/2 - 0.5*1, (1 - 1.0) / 2} {
		if !near(float64(d.Advantages[k]), want, 1e-6) {
			t.Errorf("token %d has the advantage %g, not %g", k, d.Advantages[k], want)
		}
	}
}

func TestRate(t *testing.T) {
	for step, want := range map[int]float64{0: 0.25, 3: 1, 50: 1, 90: 0.55, 99: 0.1 + 0.9/20} {
		if got := grpo.Rate(1, step, 100, 4); !near(got, want, 1e-9) {
			t.Errorf("the rate of step %d is %g, not %g", step, got, want)
		}
	}
}
