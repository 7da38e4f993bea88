package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"relook/agent"
	traces "relook/agent/trace"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/files"
	"relook/cmd/relook/internal/term"
	"relook/preview"
)

type generateFlags struct {
	output   string
	drafts   int
	force    bool
	model    string
	endpoint string
	policies []string
	passes   int
	criticFlags
}

func (a *app) generateCommand() *cobra.Command {
	var f generateFlags
	c := &cobra.Command{
		Use:   "generate REQUEST",
		Short: "Write a page from words, look at it, and repair it",
		Long: `Generate has the model write a page, renders it, and repairs what is visibly
broken on it. With --drafts several are written and the best of those that render
is repaired; one that does not render is written again once, or dropped.

The page goes to the standard output, or with -o to a new file. It is never
written over text that is there, unless --force says so.

Exit code: 0 a page without errors or warnings, 1 defects remain that it could
not repair, 2 no page.`,
		Example: `  relook generate "a pricing page with three plans" -o pricing.html
  relook generate --drafts 3 --model qwen2.5-coder:7b "a login form" > login.html`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("say in one argument, in quotes, what the page shall be: see `relook generate --help`")
			}
			return a.generate(c, args[0], f)
		},
	}
	a.looking(c)
	c.ValidArgsFunction = cobra.NoFileCompletions
	fl := c.Flags()
	fl.StringVarP(&f.output, "output", "o", "", "write the page to this new file")
	fl.IntVar(&f.drafts, "drafts", 1, fmt.Sprintf("how many drafts are written, 1 to %d", agent.MaxDrafts))
	fl.BoolVar(&f.force, "force", false, "write over the file that is there")
	fl.StringSliceVar(&f.policies, "policy", nil, "who repairs the draft, in turn: rules, ollama, openai (default rules and the model that wrote it)")
	fl.StringVar(&f.model, "model", "", "model that writes, such as qwen2.5-coder:7b")
	fl.StringVar(&f.endpoint, "endpoint", "", "OpenAI-compatible server to ask, such as http://127.0.0.1:8080/v1")
	fl.IntVar(&f.passes, "passes", agent.DefaultPasses, "most rounds of repair, 1 to 10")
	f.criticFlags.add(c)
	complete(c, "policy", "rules", "ollama", "openai")
	return c
}

// errThere is for a file that must not be written over.
func errThere(file string) error {
	return &preview.InputError{File: file, What: "is there already, so nothing was generated", Mend: "name a new file, or add --force to write over it"}
}

func (a *app) generate(c *cobra.Command, request string, f generateFlags) (err error) {
	target, page, err := f.target(a.cwd)
	if err != nil {
		return err
	}
	cfg, err := a.settings(c, filepath.Dir(target))
	if err != nil {
		return err
	}
	if err := f.lay(c, &cfg, request); err != nil {
		return err
	}
	progress := term.NewProgress(a.err)
	defer progress.Close()
	g, err := a.drafted(c.Context(), page, cfg, strings.TrimSpace(request), f, progress)
	progress.Hide()
	var trace *agent.Trace
	var none *agent.NoDraftError
	switch {
	case g != nil:
		trace = g.Trace
	case errors.As(err, &none):
		trace = none.Trace(page.Entry)
	}
	a.keepTrace(cfg, traces.Subject{Kind: "generate", Path: target, Page: page, Instruction: request, Err: err}, trace)
	if err != nil {
		if g != nil && c.Context().Err() == nil {
			a.say("not written, because it did not get to its end; `relook trace show --json last` has the drafts")
		}
		return err
	}
	if err := f.deliver(a.out, target, g.Text); err != nil {
		return err
	}
	return a.told(g, f)
}

// target is the file that is asked for, and the page in its folder; without -o a
// page of the working directory that is never written.
func (f generateFlags) target(cwd string) (string, preview.Page, error) {
	target := filepath.Join(cwd, "index.html")
	if f.output != "" {
		target = f.output
		if !filepath.IsAbs(target) {
			target = filepath.Join(cwd, target)
		}
		info, err := os.Lstat(target)
		switch {
		case err == nil && info.IsDir():
			return "", preview.Page{}, &preview.InputError{File: f.output, What: "is a directory", Mend: "name a file in it"}
		case err == nil && (!f.force && info.Size() > 0 || !info.Mode().IsRegular()):
			return "", preview.Page{}, errThere(f.output)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return "", preview.Page{}, fmt.Errorf("%s: %w", f.output, err)
		}
		if dir, err := os.Stat(filepath.Dir(target)); err != nil || !dir.IsDir() {
			return "", preview.Page{}, &preview.InputError{File: f.output, What: "its folder does not exist", Mend: "make the folder first"}
		}
	}
	return target, preview.Page{FS: os.DirFS(filepath.Dir(target)), Entry: filepath.Base(target)}, nil
}

// lay puts the flags over the settings.
func (f *generateFlags) lay(c *cobra.Command, cfg *config.Config, request string) error {
	usage := func(err error) error { return fmt.Errorf("%w: see `relook generate --help`", err) }
	switch {
	case strings.TrimSpace(request) == "":
		return usage(errors.New("say what the page shall be"))
	case len(request) > maxInstruction:
		return usage(fmt.Errorf("the request is longer than %d bytes", maxInstruction))
	case f.drafts < 1 || f.drafts > agent.MaxDrafts:
		return usage(fmt.Errorf("drafts %d is not from 1 to %d", f.drafts, agent.MaxDrafts))
	}
	asks := "ollama"
	if f.endpoint != "" {
		cfg.ModelEndpoint = f.endpoint
	}
	if cfg.ModelEndpoint != "" {
		asks = "openai"
	}
	if f.model != "" {
		cfg.ModelName = f.model
	}
	cfg.Policies = []string{"rules", asks}
	if len(f.policies) > 0 {
		if err := cfg.SetPolicies(f.policies); err != nil {
			return usage(err)
		}
	}
	if c.Flags().Changed("passes") {
		if err := cfg.SetPasses(f.passes); err != nil {
			return usage(err)
		}
	}
	return nil
}

// drafted runs the generation with the parts that the settings ask for.
func (a *app) drafted(ctx context.Context, page preview.Page, cfg config.Config, request string, f generateFlags, progress *term.Progress) (g *agent.Generated, err error) {
	progress.Say("starting")
	policies, stop, err := a.parts.policies(ctx, cfg, a.log, progress)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	var drafter agent.Drafter
	for _, p := range policies {
		if d, ok := p.(agent.Drafter); ok {
			drafter = d
		}
	}
	if drafter == nil {
		return nil, errors.New("to generate needs a model: add --policy rules,ollama")
	}
	critic, leave, err := a.parts.critic(ctx, cfg, f.criticFlags, a.log, progress)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, leave()) }()
	browser, err := a.parts.renderer(cfg, a.log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, browser.Close()) }()
	stream := term.NewStream(a.err, progress)
	return agent.Generate(ctx, agent.GenerateConfig{
		Drafter: drafter, Request: request, Drafts: f.drafts,
		Write: func(_ int, piece string) { stream.Write(piece) },
		Refine: agent.Config{
			Renderer: browser, Policies: policies, Rules: cfg.Rules,
			Views: cfg.Views, Moments: cfg.Moments, Timeout: cfg.Timeout, AllowHosts: cfg.AllowHosts,
			Passes: cfg.Passes, Critic: critic, Log: a.log,
			Progress: func(p agent.Progress) {
				stream.End()
				progress.Say(p.Text)
			},
		},
	}, page)
}

// deliver writes the page where it was asked for.
func (f generateFlags) deliver(out io.Writer, target, text string) error {
	if f.output == "" {
		_, err := io.WriteString(out, text)
		return err
	}
	if f.force {
		return files.PutFile(target, []byte(text))
	}
	// An empty file that was there makes way; text that came meanwhile does not.
	if info, err := os.Lstat(target); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		if err := os.Remove(target); err != nil {
			return fmt.Errorf("writing %s: %w", target, err)
		}
	}
	return files.NewFile(target, []byte(text))
}

// told says on stderr what came of it.
func (a *app) told(g *agent.Generated, f generateFlags) error {
	after := g.Trace.After.Diagnosis
	lines := term.Refined(g.Trace.Before.Diagnosis, after, len(g.Trace.Before.Inventories))
	for _, line := range append(lines, term.Critique(traces.CritiqueOf(g.Trace.Critique))...) {
		fmt.Fprintln(a.err, line)
	}
	if f.output != "" {
		fmt.Fprintf(a.err, "Wrote %s.\n", term.Clean(f.output))
	}
	if worth(after) > 0 {
		return exitCode(exitDefects)
	}
	return nil
}
