package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/sourcegraph/conc/stream"
	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/baseline"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/files"
	"relook/cmd/relook/internal/output"
	"relook/cmd/relook/internal/term"
	"relook/preview"
)

type checkFlags struct {
	format      string
	output      string
	baseline    string
	update      bool
	changed     string
	showIgnored bool
	fixes       bool
}

var checkFormats = []string{"text", "json", "sarif", "github"}

func (a *app) checkCommand() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check [FILE|FOLDER|PATTERN]...",
		Short: "Say what is visibly broken on pages",
		Long: `Check renders each page at every view and prints what is visibly broken on it,
with the place in the source that causes it. Of a folder it checks every page in
it; a pattern such as 'site/**/*.html' is quoted, lest the shell takes it.

What is not to be reported is said in relook.toml, in the source, or in a
baseline: see docs/check.md.

Exit code: 0 no defect of error level, 1 some, 2 could not run. Defects that are
ignored or in the baseline don't count.`,
		Example: `  relook check index.html
  relook check site/
  relook check --profile thorough --view 360x640 'site/**/*.html'
  relook check --baseline relook-baseline.json site/
  relook check --changed=main --format github site/
  relook check --format sarif --output relook.sarif site/`,
		RunE: func(c *cobra.Command, args []string) error { return a.check(c, args, f) },
	}
	a.looking(c)
	a.profiled(c, preview.ProfileStandard)
	fl := c.Flags()
	fl.StringVar(&f.format, "format", "text", "what to print: text, json, sarif or github (annotations of a workflow)")
	fl.StringVarP(&f.output, "output", "o", "", "write to this file in place of the terminal")
	fl.StringVar(&f.baseline, "baseline", "", "file with the defects that are known and don't count")
	fl.BoolVar(&f.update, "update-baseline", false, "make what is found now the baseline (default file "+baselineName+")")
	fl.StringVar(&f.changed, "changed", "", "only pages that files changed since this git revision belong to (default HEAD)")
	fl.Lookup("changed").NoOptDefVal = "HEAD"
	fl.BoolVar(&f.showIgnored, "show-ignored", false, "list what is ignored, too")
	fl.BoolVar(&f.fixes, "fixes", false, "look for repairs and add those that hold, in json and sarif")
	complete(c, "format", checkFormats...)
	return c
}

// baselineName is the baseline that is made when none is named.
const baselineName = "relook-baseline.json"

// ready finds out what is wrong with the flags.
func (f *checkFlags) ready(a *app, c *cobra.Command, args []string) error {
	usage := func(format string, args ...any) error {
		return fmt.Errorf(format+": see `relook check --help`", args...)
	}
	switch {
	case len(args) == 0 && !c.Flags().Changed("changed"):
		return usage("name at least one file or folder")
	case !slices.Contains(checkFormats, f.format):
		return usage("format %q is not text, json, sarif or github", f.format)
	case f.fixes && f.format != "json" && f.format != "sarif":
		return usage("--fixes needs --format json or sarif; `relook refine` shows repairs in the terminal")
	case f.update && f.baseline == "":
		f.baseline = baselineName
	}
	for _, name := range []*string{&f.baseline, &f.output} {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(a.cwd, *name)
		}
		if info, err := os.Stat(filepath.Dir(*name)); *name != "" && (err != nil || !info.IsDir()) {
			return &preview.InputError{File: *name, What: "its folder does not exist", Mend: "make the folder first"}
		}
	}
	return nil
}

// check diagnoses each page. A page that can't be judged does not keep the others
// from being judged; a machine that fails does.
func (a *app) check(c *cobra.Command, args []string, f checkFlags) (err error) {
	if err := f.ready(a, c, args); err != nil {
		return err
	}
	pages, err := a.pages(c.Context(), args, f.changed)
	if err != nil {
		return err
	}
	run := &checkRun{app: a, flags: f, pages: pages, out: a.out}
	if f.output != "" {
		run.out = &run.kept
	}
	if f.baseline != "" {
		if run.base, err = baseline.Load(f.baseline, f.update); err != nil {
			return err
		}
	}
	run.progress = term.NewProgress(a.err)
	defer func() { err = errors.Join(err, run.close()) }()
	if err := run.all(c); err != nil {
		return err
	}
	run.progress.Hide()
	if err := run.finish(); err != nil {
		return err
	}
	return run.code()
}

// A checkRun is one run of check over its pages.
type checkRun struct {
	*app
	flags    checkFlags
	pages    []string // as they are named to the person
	out      io.Writer
	kept     bytes.Buffer // what goes to the file that --output names
	progress *term.Progress
	cfg      config.Config // of the first page's workspace
	browser  renderer      // nil until the first page was opened
	base     *baseline.Baseline
	printer  *term.Printer
	done     []output.File
	added    int // to the baseline
	gone     int // from the baseline
}

func (r *checkRun) close() error {
	r.progress.Close()
	if r.browser == nil {
		return nil
	}
	return r.browser.Close()
}

// all checks the pages, several at once, and tells of them in their order.
func (r *checkRun) all(c *cobra.Command) error {
	r.printer = term.NewPrinter(r.out, r.flags.output == "" && term.Colour(r.app.out), len(r.pages) > 1)
	r.working(0)
	ctx, cancel := context.WithCancelCause(c.Context())
	defer cancel(nil)
	work := stream.New().WithMaxGoroutines(pagesAtOnce())
	for i, path := range r.pages {
		o, err := r.openNext(c, path)
		if err != nil && !errors.As(err, new(*preview.InputError)) {
			cancel(err)
			break
		}
		work.Go(func() stream.Callback {
			result := r.page(ctx, o, path, err)
			return func() {
				if err := r.tell(ctx, i, o, result); err != nil {
					cancel(err)
				}
			}
		})
		if ctx.Err() != nil {
			break
		}
	}
	work.Wait()
	return context.Cause(ctx)
}

// pagesAtOnce is how many pages are looked at together. Each is loaded at several
// views at once, so that two keep two cores busy.
func pagesAtOnce() int { return max(2, min(runtime.GOMAXPROCS(0)/2, 8)) }

// openNext opens a page and gets the browser if this is the first. One run has
// one configuration: that of the first page's workspace.
func (r *checkRun) openNext(c *cobra.Command, path string) (*opened, error) {
	o, err := r.open(path)
	if err != nil || r.browser != nil {
		return o, err
	}
	if r.cfg, err = r.settings(c, o.Dir); err == nil {
		r.browser, err = r.parts.renderer(r.cfg, r.log)
	}
	if err != nil {
		var input *preview.InputError
		if errors.As(err, &input) {
			err = fmt.Errorf("%s", input.Error()) // it is of the settings, so no page can be checked
		}
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// A result is what came of one page.
type result struct {
	output.File
	raw  preview.Diagnosis // with files named as in the workspace
	why  error             // why the page can't be judged
	fail error             // the machine failed
}

// page diagnoses one page. It may run beside others.
func (r *checkRun) page(ctx context.Context, o *opened, path string, opening error) result {
	var input *preview.InputError
	if errors.As(opening, &input) {
		d := preview.Diagnosis{Path: path, InvalidReason: reason(input)}
		return result{File: output.File{Diagnosis: output.Diagnosis(d, path, same)}, why: opening}
	}
	if ctx.Err() != nil {
		return result{fail: ctx.Err()}
	}
	rendering, err := r.browser.Render(ctx, o.page, r.options())
	if err != nil {
		return result{fail: err} // it names the page
	}
	out := result{raw: rendering.Diagnosis}
	if out.raw.Valid && r.flags.fixes {
		if out.Fix, err = r.fix(ctx, o); err != nil {
			return result{fail: err}
		}
	}
	if r.base != nil && !r.flags.update {
		fresh, known := r.base.Split(r.baselined(o, out.raw))
		out.raw.Defects, out.Known = fresh, output.Defects(known, o.names.Path)
	}
	out.Diagnosis = output.Diagnosis(out.raw, o.path(), o.names.Path)
	if !out.Valid {
		out.why = invalid(o.path(), out.Diagnosis)
	}
	return out
}

func same(s string) string { return s }

func reason(e *preview.InputError) string {
	if e.Mend == "" {
		return e.What
	}
	return e.What + ": " + e.Mend
}

func (r *checkRun) options() preview.RenderOptions {
	return options(r.cfg, preview.NoShots, preview.ProfileStandard)
}

// tell prints what came of a page, and lets go of it.
func (r *checkRun) tell(ctx context.Context, i int, o *opened, got result) error {
	if o != nil {
		defer o.Close()
	}
	if ctx.Err() != nil || got.fail != nil {
		return got.fail
	}
	r.done = append(r.done, got.File)
	r.working(i + 1)
	if got.why != nil {
		r.progress.Hide()
		r.fail(got.why)
		return nil
	}
	if r.base != nil && r.flags.update {
		added, gone := r.base.Update(r.baselined(o, got.raw))
		r.added, r.gone = r.added+added, r.gone+gone
		return nil
	}
	if r.flags.format != "text" {
		return nil
	}
	r.progress.Hide()
	return r.print(o, got)
}

// working shows how far the run has come.
func (r *checkRun) working(done int) {
	switch {
	case len(r.pages) == 1:
		r.progress.Say("looking at " + r.pages[0])
	case done < len(r.pages):
		r.progress.Count(done, len(r.pages), r.pages[done])
	}
}

// print prints the defects of a page for people.
func (r *checkRun) print(o *opened, got result) error {
	named := map[string]string{}
	for _, list := range [][]preview.Defect{got.raw.Defects, got.raw.Ignored} {
		for _, d := range list {
			if d.Cause != nil {
				named[o.names.Path(d.Cause.File)] = d.Cause.File
			}
		}
	}
	d := got.Diagnosis
	if !r.flags.showIgnored {
		d.Ignored = nil
	}
	return r.printer.Diagnosis(d, func(file string) (preview.Text, error) { return o.page.Read(named[file]) })
}

// baselined is a page as the baseline knows it.
func (r *checkRun) baselined(o *opened, d preview.Diagnosis) baseline.Page {
	dir := filepath.Dir(r.flags.baseline)
	return baseline.Page{
		Name: o.Name(dir, o.page.Entry), Defects: d.Defects,
		Names: func(file string) string { return o.Name(dir, file) },
	}
}

// finish writes what is written at the end: documents, the summary, the baseline.
func (r *checkRun) finish() error {
	var err error
	switch {
	case r.base != nil && r.flags.update:
		return r.updateBaseline()
	case r.flags.format == "json":
		err = output.Write(r.out, output.Check{Schema: output.CheckSchema, Profile: r.options().Profile, Files: orEmpty(r.done)})
	case r.flags.format == "sarif":
		err = output.SARIF(r.out, output.Run{Version: version(), Files: r.done, Baseline: r.base != nil, Fingerprint: baseline.Fingerprint})
	case r.flags.format == "github":
		err = output.GitHub(r.out, r.done)
	default:
		err = r.summary()
	}
	if err != nil || r.flags.output == "" {
		return err
	}
	return files.PutFile(r.flags.output, r.kept.Bytes())
}

func orEmpty(list []output.File) []output.File {
	if list == nil {
		return []output.File{}
	}
	return list
}

func (r *checkRun) updateBaseline() error {
	r.gone += r.base.Forget(filepath.Dir(r.flags.baseline))
	if err := r.base.Save(r.flags.baseline); err != nil {
		return err
	}
	_, err := fmt.Fprintln(r.app.out, term.Baseline(r.near(r.flags.baseline), len(r.base.Known), r.added, r.gone))
	return err
}

func (r *checkRun) summary() error {
	sum := term.Sum{Views: len(r.options().Views)}
	for _, f := range r.done {
		if f.Valid {
			sum.Pages = append(sum.Pages, f.Diagnosis)
			sum.Known += len(f.Known)
		}
	}
	if len(r.pages) == 0 {
		_, err := fmt.Fprintf(r.out, "No page is touched by what changed since %s.\n", term.Clean(r.flags.changed))
		return err
	}
	if len(sum.Pages) == 0 {
		return nil
	}
	return r.printer.Summary(sum)
}

func (r *checkRun) code() error {
	code := exitFine
	for _, f := range r.done {
		switch {
		case !f.Valid:
			return exitCode(exitFailed)
		case f.Count(preview.SeverityError) > 0 && !r.flags.update:
			code = exitDefects
		}
	}
	if code == exitFine {
		return nil
	}
	return exitCode(code)
}
