package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/term"
	"relook/cmd/relook/internal/tools"
)

// defaultModel is what setup gets when nothing is named: the smallest model
// whose repairs are worth having.
const defaultModel = "qwen2.5-coder:1.5b"

func (a *app) setupCommand() *cobra.Command {
	var want tools.Want
	var dryRun bool
	c := &cobra.Command{
		Use:   "setup",
		Short: "Get the browser, Ollama and the model that relook works with",
		Long: fmt.Sprintf(`Setup gets what is missing of a browser, Ollama and a model, and leaves alone what
is there. Without --browser, --ollama and --model it gets all three, with the
model %s.

Exit code: 0 all is there, 2 something could not be got.`, defaultModel),
		Example: "  relook setup --dry-run\n  relook setup --browser\n  relook setup --model qwen2.5-coder:0.5b",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if want == (tools.Want{}) {
				want = tools.Want{Browser: true, Ollama: true, Model: defaultModel}
			}
			return a.setup(c, want, dryRun)
		},
	}
	c.Flags().BoolVar(&want.Browser, "browser", false, "get a browser")
	c.Flags().BoolVar(&want.Ollama, "ollama", false, "get Ollama")
	c.Flags().StringVar(&want.Model, "model", "", "get this model, and Ollama for it")
	c.Flags().BoolVar(&want.Trainer, "trainer", false, "get what trains policies (some 5 GB; needs Python 3.12 or later)")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be done")
	return c
}

func (a *app) setup(c *cobra.Command, want tools.Want, dryRun bool) error {
	cfg, err := a.settings(c, a.cwd)
	if err != nil {
		return err
	}
	t, err := newTools(cfg, a.log)
	if err != nil {
		return err
	}
	steps, err := t.Plan(c.Context(), want)
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		_, err := fmt.Fprintln(a.out, "Nothing to do: all is there.")
		return err
	}
	if dryRun {
		return a.printPlan(steps)
	}
	if err := a.fetch(c.Context(), t, cfg, want); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, "All is there.")
	return err
}

func (a *app) printPlan(steps []tools.Step) error {
	if _, err := fmt.Fprintln(a.out, "relook setup would get:"); err != nil {
		return err
	}
	for _, s := range steps {
		size := ""
		if s.Bytes > 0 {
			size = fmt.Sprintf(", about %d MB", s.Bytes/1e6)
		}
		_, err := fmt.Fprintf(a.out, "  %s%s: %s\n    by hand: %s\n", s.What, size, s.Why, s.Command)
		if err != nil {
			return err
		}
	}
	return nil
}

// fetch gets what is wanted, each step only when it is needed.
func (a *app) fetch(ctx context.Context, t *tools.Tools, cfg config.Config, want tools.Want) (err error) {
	progress := term.NewProgress(a.err)
	defer progress.Close()
	tell := a.steps(progress)
	if want.Browser {
		if _, err := t.EnsureBrowser(ctx, tell); err != nil {
			return err
		}
	}
	if want.Trainer {
		if err := t.EnsureTrainer(ctx, tell); err != nil {
			return err
		}
	}
	if !want.Ollama && want.Model == "" {
		return nil
	}
	if _, err := t.EnsureOllama(ctx, tell); err != nil {
		return err
	}
	if want.Model == "" {
		return nil
	}
	url, stop, err := openOllama(ctx, t, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	return t.EnsureModel(ctx, url, want.Model, tell)
}

// steps shows progress: on a terminal in one line, elsewhere, such as in the log
// of a build, with a line for each new step.
func (a *app) steps(progress *term.Progress) tools.Progress {
	last := ""
	return func(step string, done, total int64) {
		progress.Bytes(step, done, total)
		if step != last && !term.IsTerminal(a.err) {
			fmt.Fprintln(a.err, term.Clean(step))
		}
		last = step
	}
}
