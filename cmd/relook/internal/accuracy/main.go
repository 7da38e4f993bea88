// Command accuracy measures what relook's checks find and what they should not
// have found, and writes docs/accuracy.md: on the labelled pages of
// testdata/diagnose, on real pages and model drafts whose reports a person has
// judged by looking, and beside other tools on the same pages in the same run.
//
// It is run by `make accuracy`. With -crops it writes a picture of every report
// on the real pages, to be judged.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"relook/preview"
	"relook/preview/chrome"
)

func main() {
	var c config
	flag.StringVar(&c.labelled, "labelled", "testdata/diagnose", "the folder of labelled pages")
	flag.StringVar(&c.corpus, "corpus", "../shared/data/corpus", "a folder of real pages; left out when it is not there")
	flag.StringVar(&c.drafts, "drafts", "../shared/data/interactscience/drafts-qwen2.5-coder-7b-dev.jsonl", "model drafts; left out when they are not there")
	flag.StringVar(&c.judgements, "judgements", "testdata/judged/reports.json", "what a person said of the reports on real pages")
	flag.StringVar(&c.crops, "crops", "", "write a picture of every report on real pages into this folder")
	flag.StringVar(&c.layoutDoctor, "layout-doctor", "", "a built checkout of layout-doctor-mcp, to compare with")
	flag.StringVar(&c.only, "only", "", "measure only this: labelled, real, repeats or rivals")
	flag.IntVar(&c.repeats, "repeats", 100, "how many times each real page of the corpus is rendered, to see whether the diagnosis is the same")
	flag.StringVar(&c.out, "o", "docs/accuracy.md", "the page that is written; - for standard output")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

type config struct {
	labelled, corpus, drafts, judgements, crops, layoutDoctor, only, out string
	repeats                                                              int
}

// does reports whether a step is to be done.
func (c config) does(step string) bool { return c.only == "" || c.only == step }

func run(ctx context.Context, c config) (err error) {
	found, err := chrome.Find(ctx)
	if err != nil {
		return err
	}
	b := chrome.New(chrome.Config{Path: found.Path})
	defer func() { err = errors.Join(err, b.Close()) }()
	var r results
	if r.pages, err = readLabelled(c.labelled); err != nil {
		return err
	}
	if c.does("labelled") || c.does("rivals") {
		if err := diagnoseLabelled(ctx, b, c.labelled, r.pages); err != nil {
			return err
		}
		r.measured = true
	}
	if c.does("real") {
		if r.reports, err = realReports(ctx, b, c); err != nil {
			return err
		}
	}
	if c.does("repeats") {
		pages, err := corpusPages(c.corpus)
		if err != nil {
			return err
		}
		for _, profile := range []preview.Profile{preview.ProfileFast, preview.ProfileStandard} {
			one, err := repeat(ctx, b, pages, c.repeats, profile)
			if err != nil {
				return err
			}
			r.repeats = append(r.repeats, one)
		}
	}
	if c.does("rivals") {
		if r.rivals, err = askRivals(ctx, found.Path, c, r.pages); err != nil {
			return err
		}
	}
	text := r.markdown()
	if c.out == "-" {
		_, err = os.Stdout.WriteString(text)
		return err
	}
	return os.WriteFile(c.out, []byte(text), 0o644)
}

// results are all that was measured.
type results struct {
	pages    []labelledPage
	measured bool // the pages
	reports  []report
	repeats  []repetitions
	rivals   []rival
}
