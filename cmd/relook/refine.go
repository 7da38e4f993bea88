package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"relook/agent"
	traces "relook/agent/trace"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/files"
	"relook/cmd/relook/internal/output"
	"relook/cmd/relook/internal/term"
	"relook/preview"
)

// maxInstruction is the longest instruction that is passed on, in bytes.
const maxInstruction = 4000

type refineFlags struct {
	write       bool
	json        bool
	report      string
	policies    []string
	model       string
	endpoint    string
	passes      int
	instruction string
	criticFlags
}

func (a *app) refineCommand() *cobra.Command {
	var f refineFlags
	c := &cobra.Command{
		Use:   "refine FILE",
		Short: "Repair what is visibly broken on a page",
		Long: `Refine proposes repairs, tries each in the browser at every view, and keeps only
what makes the page measurably better and takes nothing away. It prints the
difference as a unified diff, and writes no file unless it is told to.

With --profile standard it also searches the widths between the views, so that a
repair can be kept to the widths at which something is wrong; with thorough it
also mends what shows under the pointer, to the keyboard, in the dark or zoomed.
Each look at the page then takes seconds.

With --critic a model that sees looks at the page too: it advises the model that
repairs, and a repair that passes all measurements is kept only if the critic
prefers it to the page as it was, shown in both orders.

Exit code: 0 improved or nothing to do, 1 defects remain that it could not
improve, 2 could not run. When it fails half way, as when the model goes away,
it still prints the repairs that were verified by then; but with exit code 2 no
file is written, whatever the flags say.`,
		Example: `  relook refine index.html
  relook refine --write --report report.html index.html
  relook refine --model qwen2.5-coder:1.5b index.html
  relook refine --critic qwen2.5vl:7b index.html
  relook refine --model qwen2.5-coder:7b --instruction "make the header sticky" index.html`,
		Args: exactlyOneFile,
		RunE: func(c *cobra.Command, args []string) error { return a.refine(c, args[0], f) },
	}
	a.looking(c)
	a.profiled(c, preview.ProfileFast)
	fl := c.Flags()
	fl.BoolVarP(&f.write, "write", "w", false, "write the repaired files")
	fl.BoolVar(&f.json, "json", false, "print everything that was tried as JSON in place of the diff")
	fl.StringVar(&f.report, "report", "", "write a report with pictures from before and after to this HTML file")
	fl.StringSliceVar(&f.policies, "policy", nil, "who proposes repairs, in turn: rules, ollama, openai (default rules; rules,ollama with --model; rules,openai with --endpoint)")
	fl.StringVar(&f.model, "model", "", "model that is asked, such as qwen2.5-coder:1.5b")
	fl.StringVar(&f.endpoint, "endpoint", "", "OpenAI-compatible server to ask, such as http://127.0.0.1:8080/v1; pages are sent to it")
	fl.IntVar(&f.passes, "passes", agent.DefaultPasses, "most rounds of repair, 1 to 10")
	fl.StringVar(&f.instruction, "instruction", "", "what to change, in words; needs a model")
	f.criticFlags.add(c)
	complete(c, "policy", "rules", "ollama", "openai")
	return c
}

func (a *app) refine(c *cobra.Command, file string, f refineFlags) error {
	o, cfg, err := a.openOne(c, file)
	if err != nil {
		return err
	}
	defer o.Close()
	if err := f.lay(c, &cfg); err != nil {
		return err
	}
	if err := f.ready(a, o); err != nil {
		return err
	}
	progress := term.NewProgress(a.err)
	defer progress.Close()
	trace, err := a.loop(c.Context(), o.page, cfg, f, progress)
	a.keepTrace(cfg, traces.Subject{
		Kind: "refine", Path: o.file(), Page: o.page, Instruction: f.instruction, Err: err,
	}, trace)
	if err != nil {
		progress.Hide()
		err = naming(o.path(), err)
		return errors.Join(a.salvage(c.Context(), o, trace, f, err), err)
	}
	out, err := output.Trace(trace, o.page, o.names)
	if err != nil {
		return err
	}
	if f.instruction != "" && trace.Status == agent.Improved {
		out.Changes = output.Changes(trace)
	}
	useless := unusable(o.path(), trace)
	if useless == nil {
		if err := f.keep(o, trace, out, progress); err != nil {
			return err
		}
	}
	progress.Hide()
	if err := a.printRefined(out, f.json); err != nil {
		return err
	}
	if trace.Status == agent.Failed {
		return invalid(o.path(), trace.Before.Diagnosis)
	}
	if useless != nil {
		return useless
	}
	a.summarise(out, trace, f)
	if trace.Status == agent.Unchanged && (f.instruction != "" || worth(out.After) > 0) {
		return exitCode(exitDefects)
	}
	return nil
}

// naming says which page an error is about, unless it says so itself.
func naming(path string, err error) error {
	if strings.Contains(err.Error(), path) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// salvage prints what was verified before a refinement failed. It writes no
// file: a person who asked for --write did not ask for half a repair.
func (a *app) salvage(ctx context.Context, o *opened, t *agent.Trace, f refineFlags, why error) error {
	if ctx.Err() != nil || t == nil || t.Status != agent.Improved {
		return nil
	}
	out, err := output.Trace(t, o.page, o.names)
	if err != nil {
		return err
	}
	out.Error = why.Error()
	if err := a.printRefined(out, f.json); err != nil {
		return err
	}
	for _, line := range term.Refined(out.Before, out.After, len(t.Before.Inventories)) {
		fmt.Fprintln(a.err, line)
	}
	_, err = fmt.Fprintln(a.err, "Not written, because it did not get to its end:")
	return err
}

// unusable is the error for a model of which nothing could be used: no answer
// was good enough to be tried.
func unusable(path string, t *agent.Trace) error {
	if t.Status != agent.Unchanged {
		return nil
	}
	var dropped []string
	for _, p := range t.Passes {
		dropped = append(dropped, p.Dropped...)
		if len(p.Attempts) > 0 {
			return nil
		}
	}
	if len(dropped) == 0 {
		return nil
	}
	return fmt.Errorf("%s: nothing that the model answered could be used, for example: %s: name another model with --model", path, dropped[0])
}

// keep writes what the flags ask for: first the repaired files, and only if that
// went well the report.
func (f *refineFlags) keep(o *opened, t *agent.Trace, out output.Refine, progress *term.Progress) error {
	if f.write && t.Status == agent.Improved {
		if err := o.Save(t.Files); err != nil {
			return err
		}
	}
	if f.report == "" || t.Status == agent.Failed {
		return nil
	}
	progress.Say("writing the report")
	var b bytes.Buffer
	if err := reportOf(&b, t, o.page, out); err != nil {
		return fmt.Errorf("making the report: %w", err)
	}
	return files.PutFile(f.report, b.Bytes())
}

// lay puts the flags over the settings and settles who proposes.
func (f *refineFlags) lay(c *cobra.Command, cfg *config.Config) error {
	usage := func(err error) error { return fmt.Errorf("%w: see `relook refine --help`", err) }
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
	if f.model != "" {
		cfg.ModelName = f.model
	}
	asks := "ollama"
	if f.endpoint != "" {
		cfg.ModelEndpoint, asks = f.endpoint, "openai"
	}
	f.instruction = strings.TrimSpace(f.instruction)
	if len(f.instruction) > maxInstruction {
		return usage(fmt.Errorf("the instruction is longer than %d bytes", maxInstruction))
	}
	switch {
	case f.instruction != "" && (len(cfg.Policies) == 0 || len(f.policies) == 0):
		cfg.Policies = []string{asks}
	case f.instruction != "" && strings.Join(cfg.Policies, ",") == "rules":
		return usage(errors.New("an instruction needs a model: add --policy ollama"))
	case (f.model != "" || f.endpoint != "") && len(f.policies) == 0:
		cfg.Policies = []string{"rules", asks}
	case len(cfg.Policies) == 0:
		cfg.Policies = []string{"rules"}
	}
	return nil
}

// ready finds out before the work whether its results can be written.
func (f *refineFlags) ready(a *app, o *opened) error {
	if f.write {
		if err := o.Writable(o.page.Entry); err != nil {
			return err
		}
	}
	if f.report == "" {
		return nil
	}
	if !filepath.IsAbs(f.report) {
		f.report = filepath.Join(a.cwd, f.report)
	}
	bad := func(what, mend string) error {
		return &preview.InputError{File: f.report, What: what, Mend: mend}
	}
	if info, err := os.Stat(filepath.Dir(f.report)); err != nil || !info.IsDir() {
		return bad("the report's folder does not exist", "make the folder first")
	}
	info, err := os.Stat(f.report)
	if err != nil {
		return nil // it is new
	}
	if info.IsDir() {
		return bad("the report would replace a folder", "name a file")
	}
	page, err := os.Stat(filepath.Join(o.Dir, filepath.FromSlash(o.page.Entry)))
	if err == nil && os.SameFile(info, page) {
		return bad("the report would replace the page", "name another file")
	}
	return nil
}

// loop runs the refinement with the parts that the settings ask for.
func (a *app) loop(ctx context.Context, page preview.Page, cfg config.Config, f refineFlags, progress *term.Progress) (t *agent.Trace, err error) {
	progress.Say("starting")
	policies, stop, err := a.parts.policies(ctx, cfg, a.log, progress)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
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
	return agent.Refine(ctx, agent.Config{
		Renderer: browser, Policies: policies, Rules: cfg.Rules, Profile: cfg.Profile,
		Views: cfg.Views, Moments: cfg.Moments, Timeout: cfg.Timeout, AllowHosts: cfg.AllowHosts,
		Passes: cfg.Passes, Instruction: f.instruction, Critic: critic, Log: a.log,
		Progress: func(p agent.Progress) { progress.Say(p.Text) },
	}, page)
}

func (a *app) printRefined(out output.Refine, asJSON bool) error {
	if asJSON {
		return output.Write(a.out, out)
	}
	return term.Diff(a.out, out.Diff, term.Colour(a.out))
}

// summarise says on stderr what came of it.
func (a *app) summarise(out output.Refine, t *agent.Trace, f refineFlags) {
	lines := append(term.Refined(out.Before, out.After, len(t.Before.Inventories)), term.Critique(out.Critique)...)
	if t.Status == agent.Unchanged && (worth(out.Before) > 0 || f.instruction != "") {
		lines = append(lines, term.Rejected(t.Passes)...)
	}
	for _, c := range out.Changes {
		lines = append(lines, term.Changed(c.View, c.Part, c.Box.Y, c.Box.Bottom())+".")
	}
	for _, l := range lines {
		fmt.Fprintln(a.err, l)
	}
	if t.Status != agent.Improved {
		return
	}
	verb := "Not written: add --write to write"
	if f.write {
		verb = "Wrote"
	}
	var names []string
	for _, e := range out.Edits {
		if n := len(names); n == 0 || names[n-1] != e.File {
			names = append(names, e.File)
		}
	}
	fmt.Fprintf(a.err, "%s %s.\n", verb, term.Clean(strings.Join(names, ", ")))
}

// worth counts the defects that are worth a repair.
func worth(d preview.Diagnosis) int {
	return d.Count(preview.SeverityError) + d.Count(preview.SeverityWarning)
}
