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
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"relook/cmd/relook/internal/realpages"
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
	flag.StringVar(&c.match, "match", "", "check only those real pages whose name holds this")
	flag.StringVar(&c.layoutDoctor, "layout-doctor", "", "a built checkout of layout-doctor-mcp, to compare with")
	flag.StringVar(&c.only, "only", "", "measure only these, with commas between: labelled, real, repeats, axe-core, layout-doctor")
	flag.StringVar(&c.keep, "keep", "", "a folder in which each step keeps what it measured; what is there is not measured again")
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
	labelled, corpus, drafts, judgements, crops, match, layoutDoctor, only, keep, out string
	repeats                                                                           int
}

// does reports whether a step is to be done.
func (c config) does(step string) bool {
	return c.only == "" || slices.Contains(strings.Split(c.only, ","), step)
}

func run(ctx context.Context, c config) (err error) {
	found, err := chrome.Find(ctx)
	if err != nil {
		return err
	}
	b := chrome.New(chrome.Config{Path: found.Path})
	defer func() { err = errors.Join(err, b.Close()) }()
	r, err := measure(ctx, b, found.Path, c)
	if err != nil {
		return err
	}
	text := r.markdown()
	if c.out == "-" {
		_, err = os.Stdout.WriteString(text)
		return err
	}
	return os.WriteFile(c.out, []byte(text), 0o644)
}

func measure(ctx context.Context, b *chrome.Browser, browser string, c config) (r results, err error) {
	if r.pages, err = readLabelled(c.labelled); err != nil {
		return r, err
	}
	if r.measured = c.does("labelled") || c.does("axe-core") || c.does("layout-doctor"); r.measured {
		found, err := kept(c, "labelled", func() ([]outcome, error) { return diagnoseLabelled(ctx, b, c.labelled, r.pages) })
		if err != nil {
			return r, err
		}
		for i := range r.pages {
			r.pages[i].outcome = found[i]
		}
	}
	if c.does("real") {
		if r.reports, err = kept(c, "real", func() ([]report, error) { return realReports(ctx, b, c) }); err != nil {
			return r, err
		}
		if err := judge(r.reports, c.judgements); err != nil {
			return r, err
		}
	}
	if c.does("repeats") {
		if r.repeats, err = repeats(ctx, b, c); err != nil {
			return r, err
		}
	}
	r.rivals, err = askRivals(ctx, browser, c, r.pages)
	return r, err
}

func repeats(ctx context.Context, b *chrome.Browser, c config) ([]repetitions, error) {
	pages, err := realpages.Corpus(c.corpus)
	if err != nil || len(pages) == 0 {
		return nil, err
	}
	var all []repetitions
	for _, profile := range []preview.Profile{preview.ProfileFast, preview.ProfileStandard} {
		one, err := kept(c, "repeats-"+string(profile), func() (repetitions, error) { return repeat(ctx, b, pages, c.repeats, profile) })
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// kept does a step, or takes over what it gave before: with -keep, steps can be
// done one by one.
func kept[T any](c config, step string, do func() (T, error)) (result T, err error) {
	if c.keep == "" {
		return do()
	}
	file := filepath.Join(c.keep, step+".json")
	if data, err := os.ReadFile(file); err == nil {
		return result, json.Unmarshal(data, &result)
	}
	if result, err = do(); err != nil {
		return result, err
	}
	data, err := json.Marshal(result)
	if err != nil {
		return result, err
	}
	if err := os.MkdirAll(c.keep, 0o755); err != nil {
		return result, err
	}
	return result, os.WriteFile(file, data, 0o644)
}

// results are all that was measured.
type results struct {
	pages    []labelledPage
	measured bool // the pages
	reports  []report
	repeats  []repetitions
	rivals   []rival
}
