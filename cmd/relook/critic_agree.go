package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"relook/agent"
	"relook/agent/critic"
	"relook/agent/train/mutant"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/output"
	"relook/cmd/relook/internal/term"
	"relook/preview"
)

type agreeFlags struct {
	critics  []string
	endpoint string
	pages    string
	each     int
	count    int
	seed     uint64
	compare  bool
	json     bool
}

func (a *app) criticCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "critic", Short: "Measure how far critics can be trusted", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var f agreeFlags
	agree := &cobra.Command{
		Use:   "agree",
		Short: "Measure how far critics agree with known answers and with each other",
		Long: `Agree breaks clean pages in known ways and asks each critic for a score of the
clean and of the broken page. It prints how often the clean one gets more (a tie
counts half), with the 95 % interval, how far the scores spread, and how far each
two critics agree: the rank correlation of their scores (Spearman) and Cohen's
kappa of their choices. With --compare they are also asked outright which of the
two is better, in both orders.

A page counts as broken only if relook measures a defect that was not there
before, so the measured critic is right by construction; the figures tell how far
the others follow it. The same seed gives the same pairs.

Exit code: 0 measured, 2 could not run.`,
		Example: `  relook critic agree --pages testdata/clean --critic text:qwen2.5-coder:1.5b
  relook critic agree --pages site --critic qwen2.5vl:7b --critic text:qwen2.5-coder:7b --compare`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.agree(c, f) },
	}
	fl := agree.Flags()
	fl.StringArrayVar(&f.critics, "critic", nil, "a critic, as in `relook refine --critic`; may be repeated; measured is always there")
	fl.StringVar(&f.endpoint, "critic-endpoint", "", "OpenAI-compatible server of the critics")
	fl.StringVar(&f.pages, "pages", "", "folder of clean pages (required)")
	fl.IntVar(&f.each, "each", 1, "pairs for each way of breaking a page, 1 to 20")
	fl.IntVar(&f.count, "count", 20, "most pairs, 2 to 500")
	fl.Uint64Var(&f.seed, "seed", 1, "another seed breaks other places")
	fl.BoolVar(&f.compare, "compare", false, "also ask which of the two is better, in both orders")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	if err := agree.MarkFlagRequired("pages"); err != nil {
		panic(err) // the flag was never added: a mistake in this package
	}
	c.AddCommand(agree)
	return c
}

// An agreement is what `relook critic agree --json` prints.
type agreement struct {
	Pairs    int                `json:"pairs"`
	Critics  []critic.Agreement `json:"critics"`
	Likeness []critic.Likeness  `json:"likeness"`
}

func (a *app) agree(c *cobra.Command, f agreeFlags) (err error) {
	if f.each < 1 || f.each > 20 || f.count < 2 || f.count > 500 {
		return errors.New("each is 1 to 20 and count 2 to 500: see `relook critic agree --help`")
	}
	cfg, err := a.settings(c, a.cwd)
	if err != nil {
		return err
	}
	sources, err := cleanPages(a.cwd, f.pages)
	if err != nil {
		return err
	}
	progress := term.NewProgress(a.err)
	defer progress.Close()
	browser, err := a.parts.renderer(cfg, a.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, browser.Close()) }()
	pairs, err := f.pairs(c.Context(), browser, sources, progress)
	if err != nil {
		return err
	}
	out := agreement{Pairs: len(pairs), Critics: []critic.Agreement{}, Likeness: []critic.Likeness{}}
	var names []string
	var votes [][]critic.Vote
	for _, name := range append([]string{measuredCritic}, f.critics...) {
		who, list, err := a.votes(c.Context(), cfg, f, name, pairs, progress)
		if err != nil {
			return err
		}
		for i := range names {
			out.Likeness = append(out.Likeness, critic.Compare(names[i], who, votes[i], list))
		}
		names, votes = append(names, who), append(votes, list)
		out.Critics = append(out.Critics, critic.Agree(who, list, f.compare))
	}
	progress.Hide()
	if f.json {
		return output.Write(a.out, out)
	}
	return printAgreement(a.out, out)
}

// cleanPages are the HTML files right in a folder.
func cleanPages(cwd, dir string) ([]mutant.Source, error) {
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(cwd, dir)
	}
	tree := os.DirFS(dir)
	names, err := fs.Glob(tree, "*.html")
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	if len(names) == 0 {
		return nil, &preview.InputError{File: dir, What: "holds no HTML files", Mend: "name a folder with clean pages"}
	}
	var list []mutant.Source
	for _, name := range names {
		list = append(list, mutant.Source{Name: name, Page: preview.Page{FS: tree, Entry: name}})
	}
	return list, nil
}

// pairs breaks pages until there are enough.
func (f agreeFlags) pairs(ctx context.Context, r preview.Renderer, sources []mutant.Source, progress *term.Progress) ([]critic.Pair, error) {
	by := map[string]mutant.Source{}
	for _, s := range sources {
		by[s.Name] = s
	}
	var mutants []mutant.Mutant
	g := &mutant.Generator{Renderer: r, Sources: sources, Seed: f.seed}
	err := g.Singles(ctx, f.each, func(m mutant.Mutant) bool {
		mutants = append(mutants, m)
		progress.Count(len(mutants), f.count, "pages broken")
		return len(mutants) < f.count
	})
	if err != nil {
		return nil, err
	}
	var pairs []critic.Pair
	for i, m := range mutants {
		progress.Count(i, len(mutants), "pairs rendered")
		worse, err := lookAt(ctx, r, m.Page(by[m.Source]), "")
		if err != nil {
			return nil, err
		}
		better, err := lookAt(ctx, r, by[m.Source].Page, worse.View)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, critic.Pair{Name: m.ID, Better: better, Worse: worse})
	}
	if len(pairs) < 2 {
		return nil, errors.New("the pages could not be broken so that it shows: name a folder with more of them, or more complete ones")
	}
	return pairs, nil
}

// lookAt renders a page as a critic is shown it, at the view where it is worst if
// none is named.
func lookAt(ctx context.Context, r preview.Renderer, page preview.Page, view string) (agent.Look, error) {
	got, err := r.Render(ctx, page, preview.RenderOptions{Shots: preview.AllShots, NoCauses: true})
	if err != nil {
		return agent.Look{}, err
	}
	if !got.Diagnosis.Valid {
		return agent.Look{}, invalid(page.Entry, got.Diagnosis)
	}
	if view == "" {
		view = agent.WorstView(got)
	}
	return agent.Look{Page: page, Rendering: got, View: view}, nil
}

// votes has one critic vote on all pairs.
func (a *app) votes(ctx context.Context, cfg config.Config, f agreeFlags, name string, pairs []critic.Pair, progress *term.Progress) (who string, list []critic.Vote, err error) {
	c, leave, err := a.parts.critic(ctx, cfg, criticFlags{critic: name, criticEndpoint: f.endpointOf(name)}, a.log, progress)
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, leave()) }()
	for i, p := range pairs {
		progress.Count(i, len(pairs), "pairs judged by "+c.Name())
		v, err := p.Ask(ctx, c, f.compare)
		if err != nil {
			return "", nil, fmt.Errorf("pair %s: %w", p.Name, err)
		}
		if v.Problem != "" {
			a.log.Warn("no vote", "pair", p.Name, "because", v.Problem)
		}
		list = append(list, v)
	}
	return c.Name(), list, nil
}

func (f agreeFlags) endpointOf(name string) string {
	if name == measuredCritic {
		return ""
	}
	return f.endpoint
}

func printAgreement(w io.Writer, a agreement) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "CRITIC\tRIGHT\tTIES\tWRONG\tNO VOTE\tACCURACY (95 %%)\tOUTRIGHT\tSPREAD\n")
	for _, c := range a.Critics {
		outright := "-"
		if c.Compared >= 0 {
			outright = fmt.Sprintf("%.0f %%", 100*c.Compared)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%.0f %% (%.0f to %.0f)\t%s\t%.1f\n", term.Clean(c.Critic), c.Right, c.Ties, c.Wrong, c.Failed,
			100*c.Accuracy, 100*c.Low, 100*c.High, outright, c.Spread)
	}
	if len(a.Likeness) > 0 {
		fmt.Fprintf(t, "\nBETWEEN\tAND\tPAIRS\tSPEARMAN\tKAPPA\n")
	}
	for _, l := range a.Likeness {
		fmt.Fprintf(t, "%s\t%s\t%d\t%.2f\t%.2f\n", term.Clean(l.A), term.Clean(l.B), l.Pairs, l.Spearman, l.Kappa)
	}
	return t.Flush()
}
