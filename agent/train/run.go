package train

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"time"

	"relook/agent"
	"relook/agent/train/engine"
	"relook/agent/train/grpo"
	"relook/agent/train/mutant"
	"relook/preview"
)

// A Run trains a policy in a folder. Everything that it does follows from the
// configuration, the tasks and the step, so that a run that was killed goes on
// from its last checkpoint to the same end.
type Run struct {
	Config    Config
	Dir       string
	Engine    engine.Engine
	BaseModel string // as the engine names the base
	Tokenizer Tokenizer
	EOS       int
	Browsers  []preview.Renderer
	Sources   []mutant.Source
	Tasks     []Task
	Told      func(Metrics)     // told each line of metrics; may be nil
	Progress  func(text string) // told what is going on; may be nil
	Log       *slog.Logger      // nil discards

	state   State
	sets    sets
	seconds map[string]float64
}

// Do trains to the end. When ctx ends between two steps the state is saved; else
// the last checkpoint counts.
func (r *Run) Do(ctx context.Context) error {
	if err := r.begin(ctx); err != nil {
		return err
	}
	all := r.Config.Warm.Steps + r.Config.GRPO.Steps
	for r.state.Step < all {
		if ctx.Err() != nil {
			save, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
			defer cancel()
			return errors.Join(ctx.Err(), r.save(save))
		}
		if err := r.step(ctx); err != nil {
			return fmt.Errorf("step %d: %w", r.state.Step, err)
		}
		r.state.Step++
		c := r.Config.Eval
		last := r.state.Step == all || r.state.Step == r.Config.Warm.Steps
		if c.Every > 0 && r.state.Step%c.Every == 0 || last {
			if err := r.evaluate(ctx); err != nil {
				return fmt.Errorf("measuring after step %d: %w", r.state.Step, err)
			}
		}
		if r.state.Step%c.Save == 0 || last {
			if err := r.save(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin makes the model or resumes it.
func (r *Run) begin(ctx context.Context) error {
	if err := r.Config.Check(); err != nil {
		return err
	}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	r.sets = setsOf(r.Tasks, r.Config)
	if len(r.sets.train) == 0 {
		return errors.New("no task can be learnt from: `relook train tasks` makes some")
	}
	var known bool
	var err error
	if r.state, known, err = readState(r.Dir); err != nil {
		return err
	}
	if known && (r.state.Base != r.Config.Base || r.state.Rank != r.Config.Rank) {
		return fmt.Errorf("%w: the run in %s is of %s with rank %d", engine.ErrMismatch, r.Dir, r.state.Base, r.state.Rank)
	}
	r.state.Base, r.state.Rank = r.Config.Base, r.Config.Rank
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return fmt.Errorf("making the folder of the run: %w", err)
	}
	from := r.state.Step
	if !known {
		from = -1 // what the base could do is measured again
	}
	if err := rewind(r.Dir, from); err != nil {
		return fmt.Errorf("going back to step %d: %w", r.state.Step, err)
	}
	r.say("making the model")
	err = r.Engine.Create(ctx, engine.Spec{Base: r.BaseModel, Rank: r.Config.Rank, Seed: r.Config.Seed, Resume: r.state.Checkpoint})
	if err != nil {
		return err
	}
	if r.state.Checkpoint != "" {
		return nil
	}
	if err := r.evaluate(ctx); err != nil { // what the untrained model can do
		return fmt.Errorf("measuring the base: %w", err)
	}
	return nil
}

func (r *Run) say(format string, args ...any) {
	if r.Progress != nil {
		r.Progress(fmt.Sprintf(format, args...))
	}
}

// timed measures the wall time of a part of a step.
func (r *Run) timed(part string) func() {
	start := time.Now()
	return func() { r.seconds[part] += time.Since(start).Seconds() }
}

func (r *Run) step(ctx context.Context) error {
	r.seconds = map[string]float64{}
	m := Metrics{Step: r.state.Step, Phase: "warm"}
	var err error
	if r.state.Step < r.Config.Warm.Steps {
		m.Values, err = r.warmStep(ctx, r.state.Step)
	} else {
		m.Phase = "grpo"
		m.Values, err = r.grpoStep(ctx, r.state.Step)
	}
	if err != nil {
		return err
	}
	m.Seconds = maps.Clone(r.seconds)
	return r.tell(m)
}

func (r *Run) tell(m Metrics) error {
	if err := appendMetrics(filepath.Join(r.Dir, metricsFile), m); err != nil {
		return fmt.Errorf("writing the metrics: %w", err)
	}
	if r.Told != nil {
		r.Told(m)
	}
	return nil
}

// save keeps the weights, then says so in the state.
func (r *Run) save(ctx context.Context) error {
	r.say("saving step %d", r.state.Step)
	path, err := r.Engine.Save(ctx, fmt.Sprintf("step-%06d", r.state.Step))
	if err != nil {
		return err
	}
	r.state.Checkpoint = path
	return writeState(r.Dir, r.state)
}

// warmStep learns a batch of known answers by heart.
func (r *Run) warmStep(ctx context.Context, step int) (map[string]float64, error) {
	c := r.Config.Warm
	r.say("step %d: learning %d known answers", step, c.Batch)
	var data []engine.Datum
	for _, t := range r.sets.batch(step, c.Batch, r.Config.Seed) {
		prompt, answer, err := r.example(t)
		if err != nil {
			return nil, err
		}
		data = append(data, grpo.Supervised(prompt, answer, r.Engine.Reduction(), c.Batch))
	}
	stop := r.timed("train")
	result, err := r.Engine.ForwardBackward(ctx, engine.Loss{Name: engine.CrossEntropy}, data)
	stop()
	if err != nil {
		return nil, err
	}
	rate := grpo.Rate(c.Rate, step, c.Steps, c.Warmup)
	norm, err := r.optimise(ctx, rate)
	if err != nil {
		return nil, err
	}
	return map[string]float64{Loss: meanLoss(result, data), GradNorm: norm, Rate: rate, Examples: float64((step + 1) * c.Batch)}, nil
}

func (r *Run) optimise(ctx context.Context, rate float64) (float64, error) {
	defer r.timed("optimise")()
	return r.Engine.Step(ctx, engine.Adam{Rate: rate, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8})
}

// meanLoss is the cross-entropy of the tokens that count.
func meanLoss(result engine.Result, data []engine.Datum) float64 {
	sum, n := 0.0, 0.0
	for i, d := range data {
		for k, w := range d.Weights {
			if w != 0 {
				sum, n = sum-float64(result.Logprobs[i][k]), n+1
			}
		}
	}
	return sum / max(n, 1)
}

// grpoStep rolls out, weighs and learns.
func (r *Run) grpoStep(ctx context.Context, step int) (map[string]float64, error) {
	c := r.Config.GRPO
	stop := r.timed("publish")
	err := r.Engine.Publish(ctx)
	stop()
	if err != nil {
		return nil, err
	}
	tasks := r.sets.pick(step, c.Tasks, r.Config.Seed, r.state.Success, c.Curriculum)
	r.say("step %d: %d tries at %d tasks", step, c.Group, c.Tasks)
	roller := r.roller(c.Temperature, c.Lambda > 0)
	roller.Rounds, roller.Resamples, roller.Unforced = c.Rounds, c.Resamples, c.Unforced
	list, err := roller.Roll(ctx, step, tasks, c.Group, r.Config.Seed*1_000_000+step*1000)
	if err != nil {
		return nil, err
	}
	r.learn(tasks, list)
	values, err := r.reinforce(ctx, step, list)
	if err != nil {
		return nil, err
	}
	if err := WriteTrajectories(r.Dir, step, list); err != nil {
		return nil, err
	}
	maps.Copy(values, summary(list))
	return values, nil
}

func (r *Run) roller(temperature float64, feedback bool) *Roller {
	return &Roller{
		Engine: timedEngine{r.Engine, r}, Tokenizer: r.Tokenizer, EOS: r.EOS, Browsers: r.Browsers, Sources: r.Sources,
		Gate: agent.DefaultGate(), Rounds: 1, MaxTokens: r.Config.GRPO.MaxTokens, Temperature: temperature, Feedback: feedback,
		Told: func(done, all int) { r.say("step %d: %d of %d tries looked at", r.state.Step, done, all) },
		took: func(part string, d time.Duration) { r.seconds[part] += d.Seconds() },
	}
}

// timedEngine measures how long sampling takes.
type timedEngine struct {
	engine.Engine
	run *Run
}

func (e timedEngine) Sample(ctx context.Context, list []engine.Request) ([][]engine.Sequence, error) {
	defer e.run.timed("sample")()
	return e.Engine.Sample(ctx, list)
}

// learn keeps how well tasks go, for the curriculum.
func (r *Run) learn(tasks []Task, list []Trajectory) {
	const memory = 0.8
	sum, n := map[string]float64{}, map[string]float64{}
	key := map[string]string{}
	for _, t := range tasks {
		key[t.ID] = t.kind()
	}
	for _, t := range list {
		sum[key[t.Task]] += t.Reward
		n[key[t.Task]]++
	}
	for k, v := range sum {
		before, known := r.state.Success[k]
		if !known {
			before = v / n[k]
		}
		r.state.Success[k] = memory*before + (1-memory)*v/n[k]
	}
}

// reinforce turns trajectories into a step of the engine.
func (r *Run) reinforce(ctx context.Context, step int, list []Trajectory) (map[string]float64, error) {
	c := r.Config.GRPO
	b, err := r.batchOf(list)
	if err != nil {
		return nil, err
	}
	values := map[string]float64{Groups: float64(b.groups), EqualGroups: float64(b.equal)}
	if c.Lambda > 0 {
		stop := r.timed("logprobs")
		logprobs, err := r.Engine.Logprobs(ctx, b.data)
		stop()
		if err != nil {
			return nil, err
		}
		b.fill(logprobs, values)
	}
	stop := r.timed("train")
	result, err := r.Engine.ForwardBackward(ctx, engine.Loss{Name: engine.PPO, ClipLow: c.ClipLow, ClipHigh: c.ClipHigh}, b.data)
	stop()
	if err != nil {
		return nil, err
	}
	b.compare(result.Logprobs, c, values)
	rate := grpo.Rate(c.Rate, step-r.Config.Warm.Steps, c.Steps, c.Warmup)
	values[Rate] = rate
	values[GradNorm], err = r.optimise(ctx, rate)
	return values, err
}
