package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/output"
	"relook/cmd/relook/internal/term"
	"relook/preview"
)

func (a *app) checkCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "check FILE...",
		Short: "Say what is visibly broken on pages",
		Long: `Check renders each page at every view and prints what is visibly broken on it,
with the place in the source that causes it.

Exit code: 0 no defect of error level, 1 some, 2 could not run.`,
		Example: "  relook check index.html\n  relook check --view 360x640 --format json *.html",
		Args:    someFiles,
		RunE: func(c *cobra.Command, args []string) error {
			switch format {
			case "text", "json", "sarif":
				return a.check(c, args, format)
			}
			return fmt.Errorf("format %q is not text, json or sarif: see `relook check --help`", format)
		},
	}
	a.looking(c)
	c.Flags().StringVar(&format, "format", "text", "what to print: text, json or sarif")
	complete(c, "format", "text", "json", "sarif")
	return c
}

// check diagnoses each file. A file that can't be judged does not keep the
// others from being judged; a machine that fails does.
func (a *app) check(c *cobra.Command, paths []string, format string) (err error) {
	run := &checkRun{app: a, command: c, text: format == "text"}
	defer func() { err = errors.Join(err, run.close()) }()
	run.progress = term.NewProgress(a.err)
	for _, path := range paths {
		d, err := run.file(c.Context(), path)
		if err != nil {
			return err
		}
		run.done = append(run.done, d)
	}
	run.progress.Hide()
	switch format {
	case "json":
		err = output.Write(a.out, output.Check{Schema: output.CheckSchema, Files: run.done})
	case "sarif":
		err = output.SARIF(a.out, version(), ruleSentences, run.done)
	default:
		err = run.summary()
	}
	return errors.Join(err, run.code())
}

// A checkRun is one run of check over its files.
type checkRun struct {
	*app
	command  *cobra.Command
	text     bool
	progress *term.Progress
	cfg      config.Config    // of the first file's workspace
	renderer preview.Renderer // nil until the first page was opened
	browser  renderer
	done     []preview.Diagnosis
}

func (r *checkRun) close() error {
	if r.progress != nil {
		r.progress.Close()
	}
	if r.browser == nil {
		return nil
	}
	return r.browser.Close()
}

// file diagnoses one file. An error means that the machine failed.
func (r *checkRun) file(ctx context.Context, path string) (preview.Diagnosis, error) {
	o, err := r.open(path)
	var input *preview.InputError
	if errors.As(err, &input) {
		return r.refuse(preview.Diagnosis{Path: path, InvalidReason: reason(input)}, err), nil
	}
	if err != nil {
		return preview.Diagnosis{}, err
	}
	defer o.Close()
	if err := r.start(o.Dir); err != nil {
		return preview.Diagnosis{}, err
	}
	r.progress.Say("looking at " + o.path())
	result, err := r.renderer.Render(ctx, o.page, options(r.cfg, preview.NoShots))
	if err != nil {
		return preview.Diagnosis{}, err // it names the page
	}
	d := output.Diagnosis(result.Diagnosis, o.path(), o.names.Path)
	if !d.Valid {
		return r.refuse(d, invalid(o.path(), d)), nil
	}
	if !r.text {
		return d, nil
	}
	r.progress.Hide()
	named := map[string]string{}
	for i, f := range result.Diagnosis.Defects {
		if f.Cause != nil {
			named[d.Defects[i].Cause.File] = f.Cause.File
		}
	}
	return d, term.NewPrinter(r.out, term.Colour(r.out)).Diagnosis(d, func(file string) (preview.Text, error) {
		return o.page.Read(named[file])
	})
}

// refuse tells that a file can't be judged and goes on.
func (r *checkRun) refuse(d preview.Diagnosis, err error) preview.Diagnosis {
	r.progress.Hide()
	r.fail(err)
	return output.Diagnosis(d, d.Path, func(s string) string { return s })
}

func reason(e *preview.InputError) string {
	if e.Mend == "" {
		return e.What
	}
	return e.What + ": " + e.Mend
}

// start reads the settings and gets a renderer, once: one run has one
// configuration, that of the first file's workspace.
func (r *checkRun) start(dir string) error {
	if r.renderer != nil {
		return nil
	}
	var err error
	if r.cfg, err = r.settings(r.command, dir); err != nil {
		return err
	}
	if r.browser, err = r.parts.renderer(r.cfg, r.log); err != nil {
		return err
	}
	r.renderer = withoutRules(r.browser, r.cfg.RulesOff)
	return nil
}

func (r *checkRun) summary() error {
	var valid []preview.Diagnosis
	for _, d := range r.done {
		if d.Valid {
			valid = append(valid, d)
		}
	}
	if len(valid) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(r.out, term.Summary(valid, len(options(r.cfg, 0).Views)))
	return err
}

func (r *checkRun) code() error {
	code := exitFine
	for _, d := range r.done {
		switch {
		case !d.Valid:
			return exitCode(exitFailed)
		case d.Count(preview.SeverityError) > 0:
			code = exitDefects
		}
	}
	if code == exitFine {
		return nil
	}
	return exitCode(code)
}
