// Package engine is the border between training and the machine that does it:
// who owns the weights, samples from them and moves them. Everything that is
// relook's own (tasks, renders, rewards, advantages) stays on this side and
// crosses as tokens with numbers.
//
// Package tinker is the engine of a SkyRL server, near or far; package enginetest
// is a small one within the process, for tests.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
)

// Spec says which model is trained.
type Spec struct {
	Base string // as the engine names it: a folder or a name
	Rank int    // of the LoRA adapter
	Seed int    // of its first values
	// Resume, if set, is what Save returned: the model goes on from there, with
	// the state of its optimiser.
	Resume string
}

// An Engine trains one model. It need not be safe for use by several goroutines.
// An error means that the machine failed; what the model says is never one.
type Engine interface {
	// Create makes the model, or the saved one again. It is the first call.
	Create(ctx context.Context, s Spec) error
	// Publish lets Sample use the weights as they are now.
	Publish(ctx context.Context) error
	// Sample answers requests, each with its number of sequences.
	Sample(ctx context.Context, list []Request) ([][]Sequence, error)
	// Logprobs are those of each datum's targets under the weights as they are
	// now; nothing is learnt.
	Logprobs(ctx context.Context, data []Datum) ([][]float32, error)
	// ForwardBackward adds the gradient of a loss over data.
	ForwardBackward(ctx context.Context, loss Loss, data []Datum) (Result, error)
	// Step moves the weights by the gradients since the last one, and returns
	// their norm.
	Step(ctx context.Context, a Adam) (gradNorm float64, err error)
	// Save keeps the weights and the state of the optimiser; the path is for
	// Spec.Resume.
	Save(ctx context.Context, name string) (path string, err error)
	// Export writes the adapter, as a gzipped tar archive of what PEFT writes.
	Export(ctx context.Context, name string, w io.Writer) error
	// Reduction is how the engine sums up a loss.
	Reduction() Reduction
	// Close lets go of the model.
	Close(ctx context.Context) error
}

// Reduction is how a loss over tokens becomes one number.
type Reduction string

// The reductions.
const (
	// Mean is the mean over sequences of the weighted mean over tokens (JAX).
	Mean Reduction = "mean"
	// Sum is the plain weighted sum over all tokens (torch, and Tinker itself).
	Sum Reduction = "sum"
)

// A Request asks for sequences that go on from a prompt.
type Request struct {
	Prompt      []int
	Samples     int
	MaxTokens   int
	Temperature float64 // 0 is greedy
	Seed        int
	Stop        []int // tokens that end a sequence
}

// A Sequence is what the model said, with the log-probability of each token when
// it was sampled. The stop token is its last when it has one.
type Sequence struct {
	Tokens   []int
	Logprobs []float32
	Ended    bool // by a stop token, not by length
}

// A Datum is one sequence to learn from. All slices have the same length: the
// target of a token is the one that follows it.
type Datum struct {
	Tokens, Targets []int
	Weights         []float32 // 0 for what is not learnt
	// Advantages and Logprobs (of sampling) are for the losses that reinforce.
	Advantages, Logprobs []float32
}

// Check says what is wrong with a datum before it is sent.
func (d Datum) Check() error {
	n := len(d.Tokens)
	if n == 0 || len(d.Targets) != n || len(d.Weights) != n {
		return fmt.Errorf("a datum has %d tokens, %d targets, %d weights", n, len(d.Targets), len(d.Weights))
	}
	if d.Advantages != nil && (len(d.Advantages) != n || len(d.Logprobs) != n) {
		return fmt.Errorf("a datum of %d tokens has %d advantages, %d log-probabilities", n, len(d.Advantages), len(d.Logprobs))
	}
	for _, list := range [][]float32{d.Weights, d.Advantages, d.Logprobs} {
		for _, v := range list {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return ErrNaN
			}
		}
	}
	return nil
}

// LossName names a loss that every engine knows.
type LossName string

// The losses.
const (
	CrossEntropy LossName = "cross_entropy"
	// PPO is the clipped ratio times the advantage.
	PPO LossName = "ppo"
)

// A Loss says what is minimised.
type Loss struct {
	Name LossName
	// ClipLow and ClipHigh bound the ratio of PPO, such as 0.8 and 1.2.
	ClipLow, ClipHigh float64
}

// A Result is what a pass over data showed.
type Result struct {
	Logprobs [][]float32 // of each datum's targets
	Loss     float64     // mean over the weighted tokens, as far as the engine tells
}

// Adam are the optimiser's numbers.
type Adam struct {
	Rate, Beta1, Beta2, Epsilon, Decay float64
}

// Failures of a machine, each wrapped with what was being done.
var (
	// ErrDown: nothing answers at the address.
	ErrDown = errors.New("the training engine does not answer")
	// ErrMemory: the batch does not fit.
	ErrMemory = errors.New("the training engine is out of memory: make batch, group or max_tokens smaller")
	// ErrLost: the engine was started anew and knows the model no more; what was
	// saved can be resumed.
	ErrLost = errors.New("the training engine no longer knows the model: it was started anew")
	// ErrNaN: a number is none.
	ErrNaN = errors.New("a loss or a gradient is not a number: make learning_rate smaller and resume")
	// ErrMismatch: a checkpoint is of another model.
	ErrMismatch = errors.New("the checkpoint is of another model")
	// ErrWire: what came back is not what was agreed.
	ErrWire = errors.New("the training engine's answer can't be read: is it SkyRL 0.4.0?")
)
