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

	"relook/agent"
	"relook/agent/ollama"
	"relook/agent/openai"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/suite"
	"relook/cmd/relook/internal/suite/artifacts"
	"relook/cmd/relook/internal/suite/mutants"
	"relook/cmd/relook/internal/suite/responsive"
	"relook/cmd/relook/internal/term"
	"relook/preview/chrome"
)

// benchFlags are those of `relook bench SUITE`.
type benchFlags struct {
	data, drafts, out string
	arms              []string
	model, endpoint   string
	judges            []string
	judgeEndpoint     string
	count, workers    int
	shard             string
	seed              uint64
	limit             time.Duration
	passes, best      int
	each, combined    int
	gallery           int
	fresh, json       bool
	criticFlags
}

// suites are the benchmarks, each by its name on the command line.
func suites() map[string]func(suite.Kit, benchFlags) suite.Suite {
	return map[string]func(suite.Kit, benchFlags) suite.Suite{
		"artifactsbench": func(k suite.Kit, _ benchFlags) suite.Suite { return artifacts.New(k) },
		"mutants": func(k suite.Kit, f benchFlags) suite.Suite {
			return mutants.New(k, mutants.Config{Each: f.each, Combined: f.combined, Seed: f.seed})
		},
		"responsive": func(k suite.Kit, _ benchFlags) suite.Suite { return responsive.New(k) },
	}
}

const benchLong = `Bench runs a benchmark on a local model, with and without relook's loop: each
task is drafted by the model, or its draft is given with --drafts, improved in
each way that --arms names, and scored as the benchmark's authors score it. It
prints a table and writes report.html and report.md beside the results.

  %s

docs/suites.md says where the data is to be had, and what of each original
protocol is not reproduced.

A run that was ended goes on where it was. Parts of one run on several machines
(--shard 1/3, 2/3, 3/3) are put together by ` + "`relook bench merge`" + `.

Exit code: 0 measured, 1 measured but some items failed, 2 could not run.`

// suiteRun is the work of `relook bench SUITE`.
func (a *app) suiteCommand(c *cobra.Command) {
	var f benchFlags
	names := suite.Names(suites())
	c.Use = "bench SUITE"
	c.Short = "Run a benchmark on a local model, with and without the loop"
	c.Long = fmt.Sprintf(benchLong, strings.Join(names, ", "))
	c.Example = `  relook bench mutants --data testdata/clean --arms rules
  relook bench artifactsbench --data lite.jsonl --model qwen2.5-coder:7b --arms rules,rewrite --judge qwen2.5vl:7b`
	c.Args = cobra.MaximumNArgs(1)
	c.ValidArgs = names
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		return a.bench(c, args[0], f)
	}
	fl := c.Flags()
	fl.StringVar(&f.data, "data", "", "the benchmark's data (required)")
	fl.StringVar(&f.drafts, "drafts", "", "pages that a model wrote before, as JSON lines with id and answer: no model drafts")
	fl.StringVar(&f.out, "out", "", "folder of the results (default out/bench/SUITE)")
	fl.StringSliceVar(&f.arms, "arms", []string{"rules"}, "how pages are improved, beside base: "+armNames())
	fl.StringVar(&f.model, "model", "", "model that drafts and repairs, such as qwen2.5-coder:1.5b")
	fl.StringVar(&f.endpoint, "endpoint", "", "OpenAI-compatible server of the model")
	fl.StringArrayVar(&f.judges, "judge", nil, "model that sees and scores, such as qwen2.5vl:7b; may be given twice, to see how far they agree")
	fl.StringVar(&f.judgeEndpoint, "judge-endpoint", "", "OpenAI-compatible server of the judges; pictures of pages are sent to it")
	fl.IntVarP(&f.count, "count", "n", 0, "most items, spread over the data; 0 for all")
	fl.IntVar(&f.workers, "workers", 1, "items that are worked on at a time, 1 to 64; with more than one, times compare with nothing")
	fl.StringVar(&f.shard, "shard", "", "one part of the items, such as 1/3")
	fl.Uint64Var(&f.seed, "seed", 1, "of mutants, bootstrap and tests")
	fl.DurationVar(&f.limit, "limit", 5*time.Minute, "most time for one refinement, and for the tests of one page")
	fl.IntVar(&f.passes, "passes", agent.DefaultPasses, "most rounds of repair, 1 to 10")
	fl.IntVar(&f.best, "best-of", 4, "drafts of the arm best, 2 to 10")
	fl.IntVar(&f.each, "each", 1, "mutants of one defect by each operator (only mutants)")
	fl.IntVar(&f.combined, "combined", 0, "mutants of two defects, and as many of three (only mutants)")
	fl.IntVar(&f.gallery, "gallery", 12, "pages in the report's gallery; 0 for none")
	fl.BoolVar(&f.fresh, "fresh", false, "forget what was measured before")
	fl.BoolVar(&f.json, "json", false, "print the summary as JSON")
	f.criticFlags.add(c)
	complete(c, "arms", strings.Split(armNames(), ", ")...)
}

func armNames() string {
	var names []string
	for _, a := range suite.Arms()[1:] {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

func (f benchFlags) check(name string) error {
	usage := func(format string, args ...any) error {
		return fmt.Errorf(format+": see `relook bench --help`", args...)
	}
	_, ok := suites()[name]
	switch {
	case !ok:
		return usage("there is no benchmark %q: choose among %s", name, strings.Join(suite.Names(suites()), ", "))
	case f.data == "":
		return usage("say with --data where the data of %s is", name)
	case f.workers < 1 || f.workers > 64:
		return usage("workers %d is not from 1 to 64", f.workers)
	case f.best < 2 || f.best > agent.MaxDrafts:
		return usage("best-of %d is not from 2 to %d", f.best, agent.MaxDrafts)
	case f.count < 0 || f.gallery < 0 || f.each < 1 || f.combined < 0:
		return usage("a count is below what it can be")
	case len(f.judges) > 4:
		return usage("at most four judges")
	}
	return nil
}

// shardOf reads "2/3".
func shardOf(s string) (out [2]int, err error) {
	if s == "" {
		return out, nil
	}
	n, err := fmt.Sscanf(s, "%d/%d", &out[0], &out[1])
	if err != nil || n != 2 || out[0] < 1 || out[0] > out[1] || fmt.Sprintf("%d/%d", out[0], out[1]) != s {
		return out, fmt.Errorf("shard %q is not of the form 1/3: see `relook bench --help`", s)
	}
	return out, nil
}

// bench runs one benchmark.
func (a *app) bench(c *cobra.Command, name string, f benchFlags) (err error) {
	ctx := c.Context()
	if err := f.check(name); err != nil {
		return err
	}
	run := suite.Run{Workers: f.workers, Fresh: f.fresh, Dir: f.out}
	if run.Shard, err = shardOf(f.shard); err != nil {
		return err
	}
	if run.Arms, err = suite.ArmsNamed(f.arms); err != nil {
		return err
	}
	cfg, err := a.settings(c, a.cwd)
	if err == nil {
		err = cfg.SetPasses(f.passes)
	}
	if err != nil {
		return err
	}
	if run.Dir == "" {
		run.Dir = filepath.Join("out", "bench", name)
	}
	run.Dir = a.path(run.Dir)
	progress := term.NewProgress(a.err)
	defer progress.Close()
	leave, err := a.crew(ctx, &run, cfg, f, progress)
	defer func() { err = errors.Join(err, leave()) }()
	if err != nil {
		return err
	}
	run.Suite = suites()[name](run.Kit, f)
	problems, err := a.items(ctx, &run, f, progress)
	if err != nil {
		return err
	}
	run.Tell = func(p suite.Progress) {
		what := p.What
		if p.Left > 0 {
			what = p.Left.Round(time.Second).String() + " left, " + what
		}
		progress.Count(p.Done, p.All, what)
	}
	records, trouble, err := run.Do(ctx)
	if err != nil {
		return err
	}
	sum := suite.Summarise(run.Suite.About(), records, f.seed)
	sum.Problems = append(problems, trouble...)
	return a.benchTold(ctx, &run, sum, records, f, progress)
}

// path is a path that the person named, from the working directory.
func (a *app) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(a.cwd, p)
}

// crew puts together who makes, looks and judges, and returns what lets go of
// them, whatever the error.
func (a *app) crew(ctx context.Context, run *suite.Run, cfg config.Config, f benchFlags, p *term.Progress) (leave func() error, err error) {
	var undo []func() error
	leave = func() error {
		var errs []error
		for i := len(undo) - 1; i >= 0; i-- {
			errs = append(errs, undo[i]())
		}
		return errors.Join(errs...)
	}
	browser := func() (renderer, error) {
		b, err := a.parts.renderer(cfg, a.log)
		if err == nil {
			undo = append(undo, b.Close)
		}
		return b, err
	}
	maker, err := browser()
	if err != nil {
		return leave, err
	}
	looker, err := browser()
	if err != nil {
		return leave, err
	}
	found, err := chrome.Find(ctx)
	if err != nil {
		return leave, err
	}
	run.Crew = suite.Crew{
		Drafts: f.best, Limit: f.limit,
		Loop: agent.Config{
			Renderer: maker, Rules: cfg.Rules, Views: cfg.Views, Moments: cfg.Moments, Timeout: cfg.Timeout,
			AllowHosts: cfg.AllowHosts, Passes: cfg.Passes, Log: a.log,
		},
	}
	dir, err := os.MkdirTemp("", "relook-bench-")
	if err != nil {
		return leave, fmt.Errorf("making a folder for tests: %w", err)
	}
	undo = append(undo, func() error { return os.RemoveAll(dir) })
	run.Kit = suite.Kit{Renderer: looker, Browser: found.Path, Dir: dir, Limit: f.limit, Log: a.log}
	if f.model != "" || f.endpoint != "" {
		w, stop, err := a.writer(ctx, cfg, f, p)
		if err != nil {
			return leave, err
		}
		undo = append(undo, stop)
		run.Crew.Writer = w
	}
	critic, stop, err := a.parts.critic(ctx, cfg, f.criticFlags, a.log, p)
	if err != nil {
		return leave, err
	}
	undo, run.Crew.Critic = append(undo, stop), critic
	for _, name := range f.judges {
		if name == f.critic && critic != nil {
			return leave, fmt.Errorf("%s is the critic and can't be the judge too: it would score what it chose", name)
		}
		j, stop, err := a.judge(ctx, cfg, f, name, p)
		if err != nil {
			return leave, fmt.Errorf("the judge: %w", err)
		}
		undo = append(undo, stop)
		run.Kit.Judges = append(run.Kit.Judges, suite.ModelJudge{Asker: j})
	}
	return leave, nil
}

// writer reaches the model that drafts and repairs.
func (a *app) writer(ctx context.Context, cfg config.Config, f benchFlags, p *term.Progress) (suite.Writer, func() error, error) {
	cfg.Policies, cfg.ModelName = []string{"ollama"}, f.model
	if f.endpoint != "" {
		cfg.Policies, cfg.ModelEndpoint = []string{"openai"}, f.endpoint
	}
	list, stop, err := a.parts.policies(ctx, cfg, a.log, p)
	if err != nil {
		return nil, nil, err
	}
	w, ok := list[0].(suite.Writer)
	if !ok {
		return nil, nil, errors.Join(fmt.Errorf("%s can't write pages", list[0].Name()), stop())
	}
	return w, stop, nil
}

// judge reaches a model that sees.
func (a *app) judge(ctx context.Context, cfg config.Config, f benchFlags, name string, p *term.Progress) (j interface {
	suite.Writer
}, stop func() error, err error) {
	if f.judgeEndpoint != "" {
		j, err := openai.New(ctx, openai.Config{
			Endpoint: f.judgeEndpoint, Key: os.Getenv(endpointKey), Model: name, Vision: true, Log: a.log, Progress: judging(p),
		})
		return j, func() error { return nil }, err
	}
	return reachOllama(ctx, cfg, a.log, p, ollama.Config{Model: name, Vision: true, NumCtx: 2 * visionContext, Progress: judging(p)})
}

// items loads the data, lays drafts over it and takes those that are wanted.
func (a *app) items(ctx context.Context, run *suite.Run, f benchFlags, p *term.Progress) ([]suite.Problem, error) {
	p.Say("reading the data")
	items, problems, err := run.Suite.Load(ctx, a.path(f.data))
	if err != nil {
		return nil, err
	}
	if f.drafts != "" {
		var more []suite.Problem
		if items, more, err = suite.WithDrafts(ctx, run.Suite, items, a.path(f.drafts)); err != nil {
			return nil, err
		}
		problems = append(problems, more...)
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("no item of %s can be run: %s", f.data, firstOf(problems))
	}
	for _, q := range problems {
		p.Tell("relook: " + q.String())
	}
	run.Items = suite.Spread(items, f.count)
	return problems, nil
}

func firstOf(problems []suite.Problem) string {
	if len(problems) == 0 {
		return "there is none"
	}
	return problems[0].String()
}
