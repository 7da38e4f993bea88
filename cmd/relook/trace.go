package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"relook/agent"
	"relook/agent/trace"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/output"
	"relook/cmd/relook/internal/term"
	"relook/preview"
)

// stateDir is the person's folder for what programs keep about their work, "" on
// systems without one.
func stateDir() string { return xdg.StateHome }

// traces is where traces are kept, as the settings say.
func (a *app) traces(cfg config.Config) *trace.Store {
	return trace.Open(trace.Config{
		Dir: filepath.Join(a.parts.stateDir(), "relook", "traces"), Log: a.log,
		Count: cfg.TraceCount, Bytes: int64(cfg.TraceMB) * 1e6,
	})
}

// keepTrace keeps what a refinement did, on this machine. When that fails the
// person is told; the refinement itself is not the worse for it.
func (a *app) keepTrace(cfg config.Config, s trace.Subject, t *agent.Trace) {
	if cfg.TracesOff || t == nil || t.Before == nil || a.parts.stateDir() == "" {
		return
	}
	if err := a.traces(cfg).Put(trace.New(s, t, time.Now())); err != nil {
		a.say("%s", term.Clean(err.Error()))
	}
}

func (a *app) traceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "trace",
		Short: "Look at what refinements did",
		Long: `Each refinement leaves a trace on this machine: its passes with what the model
was asked and answered, every candidate with the verdict on it, the times, and
the pictures from before and after. Nothing of it is sent anywhere, and only you
may read it.

The oldest traces go when there are more than traces.count of them, or when they
take more than traces.mb; traces.off = true in relook.toml keeps none.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var asJSON bool
	show := &cobra.Command{
		Use:     "show ID",
		Short:   "Show one trace; ID is the begin of its name, or last",
		Example: "  relook trace show last\n  relook trace show --json 20261123T1554",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("name one trace, or last: `relook trace list` names them")
			}
			return a.traceShow(c, args[0], asJSON)
		},
	}
	show.Flags().BoolVar(&asJSON, "json", false, "print all of it as JSON")
	var to string
	export := &cobra.Command{
		Use:   "export",
		Short: "Print what models were asked and answered as JSON lines, for training",
		Long: `Export prints a line of JSON for each question that a model was asked: the
question, the reply, and what became of it. docs/schema/sample.schema.json
describes a line. The lines hold the text of your pages.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.traceExport(c, to) },
	}
	export.Flags().StringVarP(&to, "output", "o", "", "write to this new file in place of the standard output")
	c.AddCommand(&cobra.Command{
		Use: "list", Short: "List the traces, the newest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.traceList(c) },
	}, show, export)
	return c
}

// store is where the traces are that the settings of the working directory name.
func (a *app) store(c *cobra.Command) (*trace.Store, error) {
	cfg, err := a.settings(c, a.cwd)
	if err != nil {
		return nil, err
	}
	if a.parts.stateDir() == "" {
		return nil, errors.New("this system has no folder for traces: set XDG_STATE_HOME")
	}
	return a.traces(cfg), nil
}

func (a *app) traceList(c *cobra.Command) error {
	s, err := a.store(c)
	if err != nil {
		return err
	}
	var list []*trace.Document
	bad, err := s.All(func(d *trace.Document) bool {
		d.Passes, d.Drafts, d.Diff = nil, nil, "" // the list does without, and they are large
		list = append(list, d)
		return true
	})
	if err != nil {
		return err
	}
	a.tellBad(bad)
	if len(list) == 0 {
		a.say("no traces are kept yet: `relook refine` makes one")
		return nil
	}
	return term.Traces(a.out, list)
}

// tellBad names the traces that can't be read.
func (a *app) tellBad(bad []trace.BadTrace) {
	for _, b := range bad {
		a.say("%s", term.Clean(b.Error()))
	}
}

func (a *app) traceShow(c *cobra.Command, id string, asJSON bool) error {
	s, err := a.store(c)
	if err != nil {
		return err
	}
	d, err := s.Get(id)
	if err != nil {
		return err
	}
	if asJSON {
		return output.Write(a.out, d)
	}
	return term.Trace(a.out, d, func(file string) string { return s.File(d.ID, file) })
}

func (a *app) traceExport(c *cobra.Command, to string) error {
	s, err := a.store(c)
	if err != nil {
		return err
	}
	if to == "" {
		bad, err := s.Export(a.out)
		a.tellBad(bad)
		return err
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(a.cwd, to)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &preview.InputError{File: to, What: "is there already, so it was not written", Mend: "name a new file"}
	}
	if err != nil {
		return fmt.Errorf("writing the samples: %w", err)
	}
	bad, err := s.Export(f)
	a.tellBad(bad)
	return errors.Join(err, f.Close())
}
