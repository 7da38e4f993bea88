// Command eval measures what refinements are worth: on mutants with known
// repairs, on real pages and on pages that a model wrote, with rules, with a
// model, with both, with parts of the loop taken away, and against the naive
// way, one rewrite of the whole file. A browser that has no part in the work
// judges the result. It writes docs/evaluation.md.
//
// It is run by `make eval`. What was measured is kept in a folder, an item a
// line, so that a run that was ended goes on where it was; -fresh begins anew.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	var c config
	flag.StringVar(&c.dir, "dir", "out/eval", "the folder in which results are kept")
	flag.StringVar(&c.doc, "o", "docs/evaluation.md", "the page that is written; - for standard output")
	sets := flag.String("sets", "mutants,corpus,drafts", "what is measured on")
	armNames := flag.String("arms", "rules", "what is measured: "+armList())
	models := flag.String("models", "", "models for the arms that need one, such as qwen2.5-coder:1.5b,smollm2:135m")
	flag.IntVar(&c.most, "n", 0, "at most this many items of each set, spread over it; 0 for all")
	flag.IntVar(&c.each, "each", 4, "mutants of one defect by each operator")
	flag.IntVar(&c.combined, "combined", 20, "mutants of two defects, and as many of three")
	flag.Uint64Var(&c.seed, "seed", 1, "of the mutants and the bootstrap")
	flag.DurationVar(&c.limit, "limit", 5*time.Minute, "most time for one item")
	flag.DurationVar(&c.budget, "for", 0, "end after this time, to be gone on with; 0 for no end")
	flag.BoolVar(&c.fresh, "fresh", false, "measure again what is asked for, and make the mutants anew")
	flag.StringVar(&c.card, "card", "docs/mutants.md", "the data card of the mutants that is written")
	flag.BoolVar(&c.pft, "pft", false, "also run the drafts' own Playwright tests before and after rules")
	flag.StringVar(&c.pictures, "pictures", "", "instead, write pictures of repairs by rules on real pages into this folder, to be judged")
	flag.StringVar(&c.clean, "clean", "testdata/clean", "the folder of clean pages")
	flag.StringVar(&c.corpus, "corpus", "../shared/data/corpus", "a folder of real pages; left out when it is not there")
	flag.StringVar(&c.drafts, "drafts", "../shared/data/interactscience/drafts-qwen2.5-coder-7b-dev.jsonl", "model drafts; left out when they are not there")
	flag.StringVar(&c.specs, "specs", "../shared/data/interactscience/pft", "the drafts' Playwright tests")
	flag.StringVar(&c.judgements, "judgements", "testdata/judged/repairs.json", "what a person said of repairs on real pages")
	flag.Parse()
	c.sets, c.models = list(*sets), list(*models)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := c.readArms(*armNames)
	if err == nil {
		err = run(ctx, c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

type config struct {
	dir, doc, card, clean, corpus, drafts, specs, judgements, pictures string
	sets, models                                                       []string
	arms                                                               []arm
	most, each, combined                                               int
	seed                                                               uint64
	limit, budget                                                      time.Duration
	fresh, pft                                                         bool
}

func run(ctx context.Context, c config) (err error) {
	w, err := newWorkshop(ctx, c)
	if err != nil {
		return err
	}
	defer w.close(&err)
	items, err := w.items(ctx)
	if err != nil {
		return err
	}
	if c.pictures != "" {
		return w.drawRepairs(ctx, items)
	}
	if err := w.measureAll(ctx, items); err != nil {
		return err
	}
	if c.pft {
		if err := w.testDrafts(ctx, items); err != nil {
			return err
		}
	}
	return w.writeDoc()
}
