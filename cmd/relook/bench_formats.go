package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"relook/agent"
	"relook/agent/model"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/term"
	"relook/preview"
)

// formatPages are small pages with one defect each, of different kinds.
//
//go:embed formats
var formatPages embed.FS

func (a *app) benchCommand() *cobra.Command {
	c := &cobra.Command{}
	a.suiteCommand(c)
	c.AddCommand(a.mergeCommand())
	var name, endpoint string
	var samples int
	formats := &cobra.Command{
		Use:   "formats",
		Short: "Measure in which format a model answers best",
		Long: `Formats has a model repair four small pages in each of the formats in which it
can answer, and prints a table: how many replies came whole, how many gave an
edit that applies, how many gave one that made the page better, on how many pages
that was so, and what a reply costs.

  patch    choose among numbered rules and properties, bound to a grammar
  blocks   SEARCH/REPLACE blocks
  file     the whole file, anew

Exit code: 0 measured, 2 could not run.`,
		Example: "  relook bench formats --model qwen2.5-coder:1.5b",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.settings(c, a.cwd)
			if err != nil {
				return err
			}
			if samples < 1 || samples > 20 {
				return fmt.Errorf("samples %d is not from 1 to 20: see `relook bench formats --help`", samples)
			}
			cfg.Policies, cfg.ModelSamples = []string{"ollama"}, samples
			if endpoint != "" {
				cfg.Policies, cfg.ModelEndpoint = []string{"openai"}, endpoint
			}
			if name != "" {
				cfg.ModelName = name
			}
			return a.benchFormats(c.Context(), cfg)
		},
	}
	formats.Flags().StringVar(&name, "model", "", "model that is measured, such as qwen2.5-coder:1.5b")
	formats.Flags().StringVar(&endpoint, "endpoint", "", "OpenAI-compatible server to ask, such as http://127.0.0.1:8080/v1")
	formats.Flags().IntVar(&samples, "samples", 3, "replies for each page and format, 1 to 20")
	c.AddCommand(formats)
	return c
}

// A tally is what a model did in one format.
type tally struct {
	format                                           model.Format
	replies, whole, applied, admitted, better, pages int
	tokens                                           int
	time                                             time.Duration
}

func (a *app) benchFormats(ctx context.Context, cfg config.Config) (err error) {
	progress := term.NewProgress(a.err)
	defer progress.Close()
	browser, err := a.parts.renderer(cfg, a.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, browser.Close()) }()
	pages, err := fs.Sub(formatPages, "formats")
	if err != nil {
		return err
	}
	names, err := fs.Glob(pages, "*.html")
	if err != nil {
		return err
	}
	var who string
	var rows []tally
	for _, format := range model.Formats() {
		cfg.ModelFormat = format
		row := tally{format: format, pages: len(names)}
		policies, stop, err := a.parts.policies(ctx, cfg, a.log, progress)
		if err != nil {
			return err
		}
		who = policies[0].Name()
		for i, name := range names {
			progress.Count(i, len(names), "pages in the format "+string(format))
			err = row.measure(ctx, cfg, browser, policies, preview.Page{FS: pages, Entry: name})
			if err != nil {
				break
			}
		}
		if err = errors.Join(err, stop()); err != nil {
			return err
		}
		rows = append(rows, row)
	}
	progress.Hide()
	return a.printFormats(who, rows)
}

// measure adds what the model does with one page.
func (r *tally) measure(ctx context.Context, cfg config.Config, browser preview.Renderer, policies []agent.Policy, page preview.Page) error {
	t, err := agent.Refine(ctx, agent.Config{
		Renderer: browser, Policies: policies, Rules: cfg.Rules, Views: cfg.Views, Moments: cfg.Moments, Timeout: cfg.Timeout, Passes: 1,
	}, page)
	if err != nil {
		return fmt.Errorf("%s: %w", page.Entry, err)
	}
	if t.Status == agent.Improved {
		r.better++
	}
	for _, p := range t.Passes {
		applied, admitted := map[int]bool{}, map[int]bool{}
		for _, a := range p.Attempts {
			applied[a.Reply] = true
			if a.Verdict.Admitted {
				admitted[a.Reply] = true
			}
		}
		for i, e := range p.Exchanges {
			r.replies++
			r.tokens += e.Tokens
			r.time += time.Duration(e.Millis * float64(time.Millisecond))
			r.whole += one(e.Problem == "")
			r.applied += one(applied[i+1])
			r.admitted += one(admitted[i+1])
		}
	}
	return nil
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (a *app) printFormats(who string, rows []tally) error {
	_, err := fmt.Fprintf(a.out, "%s\n\n| format | replies | whole | applied | admitted | pages better | tokens a reply | s a reply |\n|---|---|---|---|---|---|---|---|\n", term.Clean(who))
	for _, r := range rows {
		n := max(r.replies, 1)
		if err == nil {
			_, err = fmt.Fprintf(a.out, "| %s | %d | %d | %d | %d | %d of %d | %d | %.1f |\n",
				r.format, r.replies, r.whole, r.applied, r.admitted, r.better, r.pages, r.tokens/n, r.time.Seconds()/float64(n))
		}
	}
	return err
}
