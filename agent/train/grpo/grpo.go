// Package grpo is the arithmetic of training: from rewards to advantages, from
// advantages to what each token of a sequence weighs. It is pure, and each part
// of it is checked against finite differences or a computation of its own.
//
// The engine minimises, for tokens t with the ratio r = p/p_sampled and the
// advantage A, the sum of -min(r*A, clip(r)*A). A token of feedback has the ratio
// 1 and the advantage lambda, so that its gradient is lambda times that of the
// cross-entropy: one pass learns both.
package grpo

import (
	"fmt"
	"math"

	"relook/agent/train/engine"
)

// Form is how a reward becomes an advantage within its group.
type Form string

// The forms.
const (
	// Plain is GRPO as published: the distance to the group's mean in standard
	// deviations, and a mean over each sequence's tokens.
	Plain Form = "plain"
	// Unbiased leaves out the standard deviation and divides by a length that is
	// the same for all: neither easy groups nor short answers weigh more.
	Unbiased Form = "unbiased"
	// LeaveOneOut is the distance to the mean of the others.
	LeaveOneOut Form = "leave-one-out"
)

// Forms lists the forms.
func Forms() []Form { return []Form{Plain, Unbiased, LeaveOneOut} }

// equal is the spread below which the rewards of a group are the same.
const equal = 1e-9

// Advantages of a group. A group of equal rewards teaches nothing: ok is false
// and all are 0.
func Advantages(form Form, rewards []float64) (list []float64, ok bool) {
	n := float64(len(rewards))
	list = make([]float64, len(rewards))
	mean := 0.0
	for _, r := range rewards {
		mean += r / n
	}
	spread := 0.0
	for _, r := range rewards {
		spread += (r - mean) * (r - mean) / n
	}
	spread = math.Sqrt(spread)
	if n < 2 || spread < equal {
		return list, false
	}
	for i, r := range rewards {
		switch form {
		case LeaveOneOut:
			list[i] = (r - mean) * n / (n - 1) // r minus the mean of the others
		case Unbiased:
			list[i] = r - mean
		default:
			list[i] = (r - mean) / (spread + 1e-4)
		}
	}
	return list, true
}

// A Part is a stretch of a sequence.
type Part struct {
	Role   Role
	Tokens []int
	// Logprobs of policy tokens are those of sampling; of feedback tokens those
	// under the weights of now. Context has none.
	Logprobs []float32
	// Credit, if set, is each policy token's own advantage; it is added to that of
	// the sequence, half and half.
	Credit []float64
	// Reference, if set, are the log-probabilities of policy tokens under the
	// weights that KL holds on to.
	Reference []float32
}

// Role says who wrote tokens.
type Role string

// The roles.
const (
	Context  Role = "context"  // what the policy is told; not learnt
	Policy   Role = "policy"   // what it said
	Feedback Role = "feedback" // what was said of it: learnt to be foreseen
)

// Mix says how the parts of a loss are weighed.
type Mix struct {
	Form      Form
	Reduction engine.Reduction
	Lambda    float64 // of feedback tokens
	KL        float64 // of the distance to the reference, 0 for none
	Length    int     // that Unbiased divides by
	Sequences int     // in the batch
}

// Datum puts a sequence into the form that the engine takes, with the advantage
// of the whole sequence. It is only valid to leave a part's log-probabilities out
// when it is context.
func (m Mix) Datum(parts []Part, advantage float64) (engine.Datum, error) {
	var full []int
	policy, feedback := 0, 0
	for _, p := range parts {
		full = append(full, p.Tokens...)
		switch p.Role {
		case Policy:
			policy += len(p.Tokens)
		case Feedback:
			if m.Lambda > 0 {
				feedback += len(p.Tokens)
			}
		}
	}
	if len(full) < 2 {
		return engine.Datum{}, fmt.Errorf("a sequence of %d tokens teaches nothing", len(full))
	}
	n := len(full) - 1
	d := engine.Datum{
		Tokens: full[:n:n], Targets: full[1:],
		Weights: make([]float32, n), Advantages: make([]float32, n), Logprobs: make([]float32, n),
	}
	ofPolicy, ofFeedback := m.scales(policy, feedback)
	at := -1 // the target of a token stands one to the left
	for _, p := range parts {
		if p.Role != Context && len(p.Logprobs) != len(p.Tokens) {
			return d, fmt.Errorf("%d tokens of %s have %d log-probabilities", len(p.Tokens), p.Role, len(p.Logprobs))
		}
		for k := range p.Tokens {
			if at >= 0 && p.Role == Policy {
				d.Weights[at], d.Logprobs[at] = 1, p.Logprobs[k]
				d.Advantages[at] = float32(p.advantage(k, advantage, m.KL) * ofPolicy)
			}
			if at >= 0 && p.Role == Feedback && m.Lambda > 0 {
				d.Weights[at], d.Logprobs[at] = 1, p.Logprobs[k]
				d.Advantages[at] = float32(m.Lambda * ofFeedback)
			}
			at++
		}
	}
	return d, nil
}

// advantage of one token: that of the sequence, half of it the token's own where
// that is known, less what it went away from the reference.
func (p Part) advantage(k int, whole, kl float64) float64 {
	a := whole
	if p.Credit != nil {
		a = (whole + p.Credit[k]) / 2
	}
	if kl > 0 && p.Reference != nil {
		a -= kl * float64(p.Logprobs[k]-p.Reference[k])
	}
	return a
}

// scales undo how the engine sums up, so that with every engine the gradient is
// the mean over sequences of the policy's own mean (or sum over a fixed length)
// plus lambda times that of the feedback's mean.
func (m Mix) scales(policy, feedback int) (ofPolicy, ofFeedback float64) {
	divisor := float64(max(policy, 1))
	if m.Form == Unbiased {
		divisor = float64(max(m.Length, 1))
	}
	total := float64(policy + feedback) // what Mean divides by
	if m.Reduction == engine.Sum {
		total = 1 / float64(max(m.Sequences, 1))
	}
	return total / divisor, total / float64(max(feedback, 1))
}

// Supervised is a sequence to be learnt by heart: the loss is on the answer only.
func Supervised(prompt, answer []int, reduction engine.Reduction, sequences int) engine.Datum {
	full := append(append([]int{}, prompt...), answer...)
	n := len(full) - 1
	d := engine.Datum{Tokens: full[:n:n], Targets: full[1:], Weights: make([]float32, n)}
	w := float32(1)
	if reduction == engine.Sum {
		w = 1 / (float32(len(answer)) * float32(max(sequences, 1)))
	}
	for k := len(prompt) - 1; k < n; k++ {
		d.Weights[k] = w
	}
	return d
}

// Rate is the learning rate of step of steps: it rises over the first warmup
// steps, stays, and falls in a straight line to a tenth over the last fifth.
func Rate(rate float64, step, steps, warmup int) float64 {
	if step < warmup {
		return rate * float64(step+1) / float64(warmup)
	}
	last := max(steps/5, 1)
	if left := steps - step; left < last {
		return rate * (0.1 + 0.9*float64(left)/float64(last))
	}
	return rate
}
