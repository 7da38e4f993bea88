package train

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"relook/agent/train/engine"
	"relook/agent/train/grpo"
)

// Config is a run, as one TOML file says it.
type Config struct {
	Seed int `toml:"seed"`
	// Base is the model that is trained, as Ollama names it, such as smollm2:135m,
	// or a path of a GGUF file.
	Base string `toml:"base"`
	Rank int    `toml:"rank"` // of the LoRA adapter

	Engine EngineConfig `toml:"engine"`
	Tasks  TasksConfig  `toml:"tasks"`
	Warm   WarmConfig   `toml:"warm"`
	GRPO   GRPOConfig   `toml:"grpo"`
	Eval   EvalConfig   `toml:"eval"`
}

// EngineConfig says which engine trains.
type EngineConfig struct {
	// URL of a server; "" starts one on this machine.
	URL string `toml:"url"`
	// BaseModel is the base as a far server names it; "" is the folder that relook
	// makes of Base.
	BaseModel string `toml:"base_model"`
	// Reduction is how the server sums up a loss: "mean" (JAX) or "sum" (torch).
	Reduction engine.Reduction `toml:"reduction"`
	// Batch is how many sequences are worked on at a time.
	Batch int `toml:"batch"`
}

// TasksConfig says what is learnt from.
type TasksConfig struct {
	Clean    string `toml:"clean"` // folder of clean pages
	Each     int    `toml:"each"`  // mutants of each operator
	Combined int    `toml:"combined"`
	Browsers int    `toml:"browsers"` // that render at the same time
}

// WarmConfig is the supervised start.
type WarmConfig struct {
	Steps  int     `toml:"steps"`
	Batch  int     `toml:"batch"` // examples a step
	Rate   float64 `toml:"learning_rate"`
	Warmup int     `toml:"warmup"` // steps over which the rate rises
}

// GRPOConfig is the reinforcement.
type GRPOConfig struct {
	Steps       int       `toml:"steps"`
	Tasks       int       `toml:"tasks"` // a step
	Group       int       `toml:"group"` // attempts at each
	Rate        float64   `toml:"learning_rate"`
	Warmup      int       `toml:"warmup"`
	Form        grpo.Form `toml:"advantages"` // plain, unbiased or leave-one-out
	Credit      bool      `toml:"credit_per_edit"`
	ClipLow     float64   `toml:"clip_low"`
	ClipHigh    float64   `toml:"clip_high"`
	Lambda      float64   `toml:"lambda"` // of the feedback's tokens
	KL          float64   `toml:"kl"`
	Temperature float64   `toml:"temperature"`
	MaxTokens   int       `toml:"max_tokens"`
	Rounds      int       `toml:"rounds"`
	Resamples   int       `toml:"resamples"`
	Unforced    bool      `toml:"unforced"`
	Curriculum  bool      `toml:"curriculum"`
}

// EvalConfig is what is measured on the way.
type EvalConfig struct {
	Every int `toml:"every"` // steps; 0 for never
	Tasks int `toml:"tasks"` // of each kind
	Save  int `toml:"save"`  // a checkpoint every so many steps
}

// DefaultConfig is a run that two cores do overnight.
func DefaultConfig() Config {
	return Config{
		Seed: 1, Base: "smollm2:135m", Rank: 16,
		Engine: EngineConfig{Reduction: engine.Mean, Batch: 16},
		Tasks:  TasksConfig{Clean: "testdata/clean", Each: 40, Combined: 80, Browsers: 2},
		Warm:   WarmConfig{Steps: 100, Batch: 16, Rate: 1e-3, Warmup: 5},
		GRPO: GRPOConfig{
			Steps: 60, Tasks: 4, Group: 8, Rate: 2e-4, Warmup: 3, Form: grpo.Plain, Credit: true, ClipLow: 0.8, ClipHigh: 1.2,
			Lambda: 0.1, Temperature: 1, MaxTokens: 48, Rounds: 1, Curriculum: true,
		},
		Eval: EvalConfig{Every: 20, Tasks: 24, Save: 10},
	}
}

// ParseConfig reads a TOML file over the defaults and checks it.
func ParseConfig(text []byte) (Config, error) {
	c := DefaultConfig()
	dec := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return c, fmt.Errorf("the training file has settings that are not known:\n%s", strict.String())
		}
		return c, fmt.Errorf("reading the training file: %w", err)
	}
	return c, c.Check()
}

// Check says everything that is wrong with a configuration.
func (c Config) Check() error {
	var list []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			list = append(list, fmt.Errorf(format, args...))
		}
	}
	between := func(name string, v, from, to int) {
		want(v >= from && v <= to, "%s is %d, not %d to %d", name, v, from, to)
	}
	number := func(name string, v, from, to float64) {
		want(v >= from && v <= to, "%s is %g, not %g to %g", name, v, from, to)
	}
	want(c.Base != "", "base is not set: the model to train, such as smollm2:135m")
	between("rank", c.Rank, 1, 256)
	between("engine.batch", c.Engine.Batch, 1, 4096)
	want(c.Engine.Reduction == engine.Mean || c.Engine.Reduction == engine.Sum, "engine.reduction is %q, not mean or sum", c.Engine.Reduction)
	between("tasks.each", c.Tasks.Each, 1, 10000)
	between("tasks.combined", c.Tasks.Combined, 0, 10000)
	between("tasks.browsers", c.Tasks.Browsers, 1, 64)
	between("warm.steps", c.Warm.Steps, 0, 1e6)
	between("warm.batch", c.Warm.Batch, 1, 4096)
	number("warm.learning_rate", c.Warm.Rate, 0, 1)
	between("grpo.steps", c.GRPO.Steps, 0, 1e6)
	between("grpo.tasks", c.GRPO.Tasks, 1, 4096)
	between("grpo.group", c.GRPO.Group, 2, 256)
	number("grpo.learning_rate", c.GRPO.Rate, 0, 1)
	want(slices.Contains(grpo.Forms(), c.GRPO.Form), "grpo.advantages is %q, not plain, unbiased or leave-one-out", c.GRPO.Form)
	number("grpo.clip_low", c.GRPO.ClipLow, 0, 1)
	number("grpo.clip_high", c.GRPO.ClipHigh, 1, 10)
	number("grpo.lambda", c.GRPO.Lambda, 0, 10)
	number("grpo.kl", c.GRPO.KL, 0, 10)
	number("grpo.temperature", c.GRPO.Temperature, 0.01, 2)
	between("grpo.max_tokens", c.GRPO.MaxTokens, 1, 8192)
	between("grpo.rounds", c.GRPO.Rounds, 1, 3)
	between("grpo.resamples", c.GRPO.Resamples, 0, MaxResamples)
	between("eval.every", c.Eval.Every, 0, 1e6)
	between("eval.tasks", c.Eval.Tasks, 1, 10000)
	between("eval.save", c.Eval.Save, 1, 1e6)
	want(c.Warm.Steps+c.GRPO.Steps > 0, "there is nothing to do: warm.steps and grpo.steps are 0")
	return errors.Join(list...)
}

// Text is the configuration as a TOML file.
func (c Config) Text() ([]byte, error) { return toml.Marshal(c) }
