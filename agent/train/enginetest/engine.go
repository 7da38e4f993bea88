// Package enginetest is a training engine within the process: a real softmax
// model, small enough that a test can train it in a second and check its gradient
// by finite differences. The next token depends on the token before and on the
// prompt (by a hash), so that it can learn an answer for each prompt, and nothing
// else.
package enginetest

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"relook/agent/train/engine"
)

// Engine implements engine.Engine. Make one with New.
type Engine struct {
	// Dir is where it saves. Required for Save and Resume.
	Dir string
	// Before, if set, is called before each piece of work, such as "sample"; its
	// error is the work's: tests break the engine so.
	Before func(work string) error
	// Sum is its reduction, else engine.Mean.
	Sum bool

	vocabulary int
	likely     func(before, token int) float64
	state      state
	sampler    map[row][]float64
	gradient   map[row][]float64
}

// A row of the table of weights: which prompt, which token before.
type row struct {
	Prompt uint32
	Before int
}

// state is what is saved.
type state struct {
	Base          string
	Rank          int
	Weights       map[row][]float64
	First, Second map[row][]float64 // Adam's moments
	Steps         int
}

var _ engine.Engine = (*Engine)(nil)

// New returns a model over so many tokens. likely is the first logit of a token
// after another.
func New(vocabulary int, likely func(before, token int) float64) *Engine {
	return &Engine{vocabulary: vocabulary, likely: likely, gradient: map[row][]float64{}}
}

func (e *Engine) before(ctx context.Context, work string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if e.Before != nil {
		return e.Before(work)
	}
	return nil
}

// Reduction is Mean, or Sum.
func (e *Engine) Reduction() engine.Reduction {
	if e.Sum {
		return engine.Sum
	}
	return engine.Mean
}

// Create makes the model or reads the saved one.
func (e *Engine) Create(ctx context.Context, s engine.Spec) error {
	if err := e.before(ctx, "create"); err != nil {
		return err
	}
	if s.Resume == "" {
		e.state = state{Base: s.Base, Rank: s.Rank, Weights: map[row][]float64{}, First: map[row][]float64{}, Second: map[row][]float64{}}
		return nil
	}
	f, err := os.Open(s.Resume)
	if err != nil {
		return fmt.Errorf("loading the checkpoint: %w", err)
	}
	defer f.Close()
	e.state = state{}
	if err := gob.NewDecoder(f).Decode(&e.state); err != nil {
		return fmt.Errorf("loading the checkpoint: %w", err)
	}
	if e.state.Base != s.Base || e.state.Rank != s.Rank {
		return fmt.Errorf("%w: it is of %s with rank %d", engine.ErrMismatch, e.state.Base, e.state.Rank)
	}
	return nil
}

// Publish copies the weights for Sample.
func (e *Engine) Publish(ctx context.Context) error {
	if err := e.before(ctx, "publish"); err != nil {
		return err
	}
	e.sampler = map[row][]float64{}
	for r, w := range e.state.Weights {
		e.sampler[r] = append([]float64{}, w...)
	}
	return nil
}

func (e *Engine) logits(table map[row][]float64, r row) []float64 {
	if w := table[r]; w != nil {
		return w
	}
	w := make([]float64, e.vocabulary)
	for i := range w {
		w[i] = e.likely(r.Before, i)
	}
	return w
}

func logSoftmax(w []float64, temperature float64) []float64 {
	most, sum := math.Inf(-1), 0.0
	for _, v := range w {
		most = max(most, v/temperature)
	}
	for _, v := range w {
		sum += math.Exp(v/temperature - most)
	}
	out := make([]float64, len(w))
	for i, v := range w {
		out[i] = v/temperature - most - math.Log(sum)
	}
	return out
}

// hash tells prompts apart.
func hash(prompt []int) uint32 {
	h := fnv.New32a()
	for _, t := range prompt {
		h.Write([]byte{byte(t), byte(t >> 8), byte(t >> 16)}) // never fails
	}
	return h.Sum32()
}

// Sample draws sequences.
func (e *Engine) Sample(ctx context.Context, list []engine.Request) ([][]engine.Sequence, error) {
	if err := e.before(ctx, "sample"); err != nil {
		return nil, err
	}
	if e.sampler == nil {
		return nil, errors.New("nothing was published")
	}
	out := make([][]engine.Sequence, len(list))
	for i, r := range list {
		for k := range r.Samples {
			rnd := rand.New(rand.NewPCG(uint64(r.Seed), uint64(k)))
			out[i] = append(out[i], e.sequence(r, rnd))
		}
	}
	return out, nil
}

func (e *Engine) sequence(r engine.Request, rnd *rand.Rand) engine.Sequence {
	var s engine.Sequence
	at := row{hash(r.Prompt), r.Prompt[len(r.Prompt)-1]}
	for len(s.Tokens) < r.MaxTokens && !s.Ended {
		logits := e.logits(e.sampler, at)
		p := logSoftmax(logits, 1)
		token := draw(logits, r.Temperature, rnd)
		s.Tokens, s.Logprobs = append(s.Tokens, token), append(s.Logprobs, float32(p[token]))
		at.Before = token
		for _, stop := range r.Stop {
			s.Ended = s.Ended || token == stop
		}
	}
	return s
}

func draw(logits []float64, temperature float64, rnd *rand.Rand) int {
	best := 0
	for i, v := range logits {
		if v > logits[best] {
			best = i
		}
	}
	if temperature == 0 {
		return best
	}
	left := rnd.Float64()
	for i, p := range logSoftmax(logits, temperature) {
		if left -= math.Exp(p); left < 0 {
			return i
		}
	}
	return best
}

// promptOf is the part of a datum before the first weight: what was sampled upon.
func promptOf(d engine.Datum) uint32 {
	for k, w := range d.Weights {
		if w != 0 {
			return hash(d.Tokens[:k+1])
		}
	}
	return hash(d.Tokens)
}

// Logprobs are those of the targets.
func (e *Engine) Logprobs(ctx context.Context, data []engine.Datum) ([][]float32, error) {
	if err := e.before(ctx, "logprobs"); err != nil {
		return nil, err
	}
	return e.logprobs(data), nil
}

func (e *Engine) logprobs(data []engine.Datum) [][]float32 {
	out := make([][]float32, len(data))
	for i, d := range data {
		prompt := promptOf(d)
		for k, token := range d.Tokens {
			p := logSoftmax(e.logits(e.state.Weights, row{prompt, token}), 1)
			out[i] = append(out[i], float32(p[d.Targets[k]]))
		}
	}
	return out
}

// ForwardBackward adds the exact gradient.
func (e *Engine) ForwardBackward(ctx context.Context, loss engine.Loss, data []engine.Datum) (engine.Result, error) {
	if err := e.before(ctx, "train"); err != nil {
		return engine.Result{}, err
	}
	r := engine.Result{Logprobs: e.logprobs(data)}
	for _, d := range data {
		if err := d.Check(); err != nil {
			return r, err
		}
		prompt, weight := promptOf(d), e.weight(d, len(data))
		for k, w := range d.Weights {
			if w == 0 {
				continue
			}
			value, slope := lossOf(loss, d, k, logSoftmax(e.logits(e.state.Weights, row{prompt, d.Tokens[k]}), 1)[d.Targets[k]])
			scale := float64(w) * weight
			r.Loss += scale * value
			e.add(row{prompt, d.Tokens[k]}, d.Targets[k], scale*slope)
		}
	}
	return r, nil
}

// weight is what a token of a datum counts by the reduction.
func (e *Engine) weight(d engine.Datum, n int) float64 {
	if e.Sum {
		return 1
	}
	total := 0.0
	for _, w := range d.Weights {
		total += float64(w)
	}
	return 1 / (total * float64(n))
}

// lossOf is the loss of a token and its slope by the token's log-probability.
func lossOf(loss engine.Loss, d engine.Datum, k int, logprob float64) (value, slope float64) {
	if loss.Name == engine.CrossEntropy {
		return -logprob, -1
	}
	a := float64(d.Advantages[k])
	ratio := math.Exp(logprob - float64(d.Logprobs[k]))
	clipped := min(max(ratio, loss.ClipLow), loss.ClipHigh)
	if clipped*a < ratio*a {
		return -clipped * a, 0
	}
	return -ratio * a, -ratio * a
}

// add adds the gradient of slope times the log-probability of a target.
func (e *Engine) add(r row, target int, slope float64) {
	g := e.gradient[r]
	if g == nil {
		g = make([]float64, e.vocabulary)
		e.gradient[r] = g
	}
	for i, p := range logSoftmax(e.logits(e.state.Weights, r), 1) {
		g[i] -= slope * math.Exp(p)
	}
	g[target] += slope
}

// CheckGradient returns how far, at the worst weight, the gradient that
// ForwardBackward adds is from the loss's finite difference over step. It leaves
// the model as it was.
func (e *Engine) CheckGradient(ctx context.Context, loss engine.Loss, data []engine.Datum, step float64) (worst float64) {
	e.gradient = map[row][]float64{}
	if _, err := e.ForwardBackward(ctx, loss, data); err != nil {
		return math.Inf(1)
	}
	exact := e.gradient
	e.gradient = map[row][]float64{}
	value := func() float64 {
		r, err := e.ForwardBackward(ctx, loss, data)
		if err != nil {
			return math.Inf(1)
		}
		return r.Loss
	}
	for r, g := range exact {
		w := append([]float64{}, e.logits(e.state.Weights, r)...)
		e.state.Weights[r] = w
		for i := range g {
			was := w[i]
			w[i] = was + step
			above := value()
			w[i] = was - step
			below := value()
			w[i] = was
			worst = max(worst, math.Abs((above-below)/(2*step)-g[i]))
		}
	}
	e.gradient = map[row][]float64{}
	return worst
}

// Step is one of Adam.
func (e *Engine) Step(ctx context.Context, a engine.Adam) (float64, error) {
	if err := e.before(ctx, "step"); err != nil {
		return 0, err
	}
	e.state.Steps++
	norm := 0.0
	one, two := 1-math.Pow(a.Beta1, float64(e.state.Steps)), 1-math.Pow(a.Beta2, float64(e.state.Steps))
	// In order, so that sums come out the same each time.
	for _, r := range slices.SortedFunc(maps.Keys(e.gradient), order) {
		g, w := e.gradient[r], e.logits(e.state.Weights, r)
		if e.state.First[r] == nil {
			e.state.First[r], e.state.Second[r] = make([]float64, e.vocabulary), make([]float64, e.vocabulary)
		}
		first, second := e.state.First[r], e.state.Second[r]
		for i, v := range g {
			norm += v * v
			first[i] = a.Beta1*first[i] + (1-a.Beta1)*v
			second[i] = a.Beta2*second[i] + (1-a.Beta2)*v*v
			w[i] -= a.Rate * first[i] / one / (math.Sqrt(second[i]/two) + 1e-8)
		}
		e.state.Weights[r] = w
	}
	e.gradient = map[row][]float64{}
	return math.Sqrt(norm), nil
}

func order(a, b row) int {
	return cmp.Or(cmp.Compare(a.Prompt, b.Prompt), cmp.Compare(a.Before, b.Before))
}

// Save writes the state to a file below Dir.
func (e *Engine) Save(ctx context.Context, name string) (path string, err error) {
	if err := e.before(ctx, "save"); err != nil {
		return "", err
	}
	path = filepath.Join(e.Dir, name+".gob")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return path, gob.NewEncoder(f).Encode(e.state)
}

// Export writes an archive that holds the state: there is no adapter.
func (e *Engine) Export(ctx context.Context, name string, w io.Writer) error {
	if err := e.before(ctx, "export"); err != nil {
		return err
	}
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	text := fmt.Sprintf("%s after %d steps\n", e.state.Base, e.state.Steps)
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return err
	}
	if _, err := io.WriteString(t, text); err != nil {
		return err
	}
	return errors.Join(t.Close(), z.Close())
}

// Close does nothing.
func (e *Engine) Close(context.Context) error { return nil }
