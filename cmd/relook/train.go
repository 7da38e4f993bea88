package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"relook/agent/train"
	"relook/agent/train/engine"
	"relook/agent/train/mutant"
	"relook/agent/train/report"
	"relook/agent/train/tinker"
	"relook/agent/train/tokens"
	"relook/agent/train/weights"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/term"
	"relook/cmd/relook/internal/tools"
	"relook/preview"
)

// trainFlags are those of `relook train`.
type trainFlags struct {
	file, dir, engine string
	dryRun            bool
}

func (a *app) trainCommand() *cobra.Command {
	var f trainFlags
	c := &cobra.Command{
		Use:   "train",
		Short: "Train the policy that repairs pages",
		Long: `Train teaches a small model to repair pages: first with known answers, then by
trying, with what the browser measures as the reward. All settings are in one
TOML file; relook train --dry-run shows them with what would be done.

A run lives in a folder. The same command on the same folder goes on where it
was stopped or killed. Metrics are in metrics.jsonl, the curves in report.html,
every attempt in trajectories. docs/training.md tells more.

Exit code: 0 the run is done, 2 it could not go on; what was saved stays.`,
		Example: "  relook setup --trainer\n  relook train --dry-run\n  relook train --run out/train\n  nohup relook train --run out/train > train.log 2>&1 &",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.train(c, f) },
	}
	c.PersistentFlags().StringVar(&f.file, "settings", "", "TOML file of the run (default: that of the run's folder, else relook's own)")
	c.PersistentFlags().StringVar(&f.dir, "run", "out/train", "folder of the run")
	c.Flags().StringVar(&f.engine, "engine", "", "address of a training engine, such as http://10.0.0.2:8000 (default: one is started here)")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "only check the settings and say what would be done")
	c.AddCommand(&cobra.Command{
		Use: "tasks", Short: "Make the tasks of a run, and say what they are", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.trainSettings(f)
			if err != nil {
				return err
			}
			_, err = a.trainTasks(c, cfg, f.dir, nil)
			return err
		},
	}, &cobra.Command{
		Use: "report", Short: "Draw the curves of a run anew", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.trainReport(f.dir) },
	})
	return c
}

// trainSettings reads the settings of a run.
func (a *app) trainSettings(f trainFlags) (train.Config, error) {
	file := f.file
	if own := filepath.Join(f.dir, "config.toml"); file == "" {
		if _, err := os.Stat(own); err == nil {
			file = own
		}
	}
	var text []byte
	if file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return train.Config{}, fmt.Errorf("reading the settings of the run: %w", err)
		}
	}
	cfg, err := train.ParseConfig(text)
	if err != nil && file != "" {
		err = fmt.Errorf("%s: %w", file, err)
	}
	if f.engine != "" {
		cfg.Engine.URL = f.engine
	}
	return cfg, err
}

func (a *app) train(c *cobra.Command, f trainFlags) (err error) {
	cfg, err := a.trainSettings(f)
	if err != nil {
		return err
	}
	ready, err := a.readyToTrain(cfg)
	if f.dryRun {
		return errors.Join(a.printTraining(cfg, f, ready), err)
	}
	if err != nil {
		return err
	}
	progress := term.NewProgress(a.err)
	defer progress.Close()
	list, err := a.trainTasks(c, cfg, f.dir, progress)
	if err != nil {
		return err
	}
	text, err := cfg.Text()
	if err == nil {
		err = os.WriteFile(filepath.Join(f.dir, "config.toml"), text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("keeping the settings of the run: %w", err)
	}
	return a.runTraining(c.Context(), cfg, f.dir, ready, list, progress)
}

// A training is what a run needs beside its settings.
type training struct {
	tools    *tools.Tools
	baseFile string // GGUF
	baseDir  string // for the engine
}

// readyToTrain checks everything that can be checked before anything starts.
func (a *app) readyToTrain(cfg train.Config) (training, error) {
	t, err := newTools(config.Config{}, a.log)
	if err != nil {
		return training{}, err
	}
	r := training{tools: t, baseDir: t.BaseDir(cfg.Base)}
	var list []error
	if r.baseFile, err = t.BaseFile(cfg.Base); err != nil {
		list = append(list, err)
	}
	if cfg.Engine.URL == "" && !t.TrainerThere() {
		list = append(list, errors.New("the trainer is not installed: `relook setup --trainer` gets it, or name a far one with --engine"))
	}
	if pages, err := cleanSources(cfg.Tasks.Clean); err != nil {
		list = append(list, err)
	} else if len(pages) < 2 {
		list = append(list, fmt.Errorf("%s holds %d clean pages: some are needed to learn from and some to measure with", cfg.Tasks.Clean, len(pages)))
	}
	return r, errors.Join(list...)
}

func (a *app) printTraining(cfg train.Config, f trainFlags, r training) error {
	text, err := cfg.Text()
	if err != nil {
		return err
	}
	where := "one that is started here"
	if cfg.Engine.URL != "" {
		where = cfg.Engine.URL
	}
	list, err := train.ReadTasks(filepath.Join(f.dir, "tasks.jsonl"))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s\nrelook train would train %s in %s, with the engine at %s:\n  %d steps with known answers, %d each\n  %d steps of %d tries at %d tasks\n  %d tasks are there; the rest is made in the browser\n",
		text, cfg.Base, f.dir, where, cfg.Warm.Steps, cfg.Warm.Batch, cfg.GRPO.Steps, cfg.GRPO.Group, cfg.GRPO.Tasks, len(list))
	return err
}

// cleanSources are the pages of a folder.
func cleanSources(dir string) ([]mutant.Source, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no clean pages in %s: name a folder with tasks.clean", dir)
	}
	var list []mutant.Source
	for _, name := range names {
		entry := filepath.Base(name)
		list = append(list, mutant.Source{Name: "clean/" + entry, Page: preview.Page{FS: os.DirFS(dir), Entry: entry}})
	}
	return list, nil
}

// runTraining starts the engine and the browsers, and puts them away.
func (a *app) runTraining(ctx context.Context, cfg train.Config, dir string, t training, list []train.Task, progress *term.Progress) (err error) {
	progress.Say("reading the base model")
	if err := weights.Unpack(ctx, t.baseFile, t.baseDir); err != nil {
		return err
	}
	tok, err := tokens.Open(t.baseFile)
	if err != nil {
		return err
	}
	url, base := cfg.Engine.URL, cfg.Engine.BaseModel
	if base == "" {
		base = t.baseDir
	}
	if url == "" {
		progress.Say("starting the training engine")
		full, err := filepath.Abs(dir)
		if err != nil {
			return err
		}
		s, err := t.tools.StartTrainer(ctx, tools.TrainerConfig{Base: base, Dir: filepath.Join(full, "engine"), Batch: cfg.Engine.Batch, Rank: cfg.Rank})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		url = s.URL
	}
	run := &train.Run{
		Config: cfg, Dir: dir, BaseModel: base, Tokenizer: tok, EOS: tok.EOS, Tasks: list, Log: a.log, Progress: progress.Say,
		Engine: tinker.New(tinker.Config{URL: url, Reduction: cfg.Engine.Reduction, Shared: cfg.Engine.URL != "", Log: a.log}),
	}
	if run.Sources, err = cleanSources(cfg.Tasks.Clean); err != nil {
		return err
	}
	for range cfg.Tasks.Browsers {
		b, err := a.parts.renderer(config.Config{}, a.log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, b.Close()) }()
		run.Browsers = append(run.Browsers, b)
	}
	run.Told = func(m train.Metrics) {
		progress.Tell(trainLine(m))
		if err := a.trainReport(dir); err != nil {
			a.log.Warn("drawing the curves", "err", err)
		}
	}
	err = run.Do(ctx)
	if err == nil {
		err = a.export(ctx, run.Engine, dir)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if cfg.Engine.URL != "" { // a far engine keeps the model's place otherwise
		err = errors.Join(err, run.Engine.Close(closing))
	}
	return err
}

// export writes the adapter that a run ends with.
func (a *app) export(ctx context.Context, e engine.Engine, dir string) (err error) {
	f, err := os.Create(filepath.Join(dir, "adapter.tar.gz"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return e.Export(ctx, "final", f)
}

// trainLine is a step in one line for people.
func trainLine(m train.Metrics) string {
	v := m.Values
	var total float64
	for _, s := range m.Seconds {
		total += s
	}
	switch m.Phase {
	case "warm":
		return fmt.Sprintf("step %4d  warm  loss %.3f  %.0f s", m.Step, v[train.Loss], total)
	case "eval":
		return fmt.Sprintf("step %4d  on %s tasks: reward %.3f, well-formed %.0f %%, fully repaired %.0f %%", m.Step, m.Set, v[train.Reward], 100*v[train.FormedRate], 100*v[train.Full])
	}
	return fmt.Sprintf("step %4d  grpo  reward %.3f  well-formed %.0f %%  %.0f tokens  entropy %.3f  %.0f of %.0f groups equal  %.0f s",
		m.Step, v[train.Reward], 100*v[train.FormedRate], v[train.Length], v[train.Entropy], v[train.EqualGroups], v[train.Groups], total)
}

// trainReport draws the curves of a run.
func (a *app) trainReport(dir string) error {
	list, err := train.ReadMetrics(dir)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := report.Write(&b, filepath.Base(dir), list); err != nil {
		return err
	}
	file := filepath.Join(dir, "report.html")
	if err := os.WriteFile(file+".partial", []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return os.Rename(file+".partial", file)
}
