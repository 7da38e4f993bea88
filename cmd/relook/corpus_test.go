package main

import (
	"flag"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relook/agent"
	"relook/agent/rules"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/term"
	"relook/preview"
	"relook/preview/chrome"
)

// corpora are folders of pages. The first two are part of the project; the last
// holds real pages of other people and lies beside the checkout where there is
// one.
var corpora = []string{"../../examples", "../../testdata/diagnose", "../../../shared/data/corpus"}

// oneIn says of which folder only one page in so many is refined: the labelled
// pages are many, and most differ in what they report only.
var oneIn = map[string]int{"../../testdata/diagnose": 4}

// TestNoPageComesOutWorse refines the pages of the corpora with rules, and
// measures the result again in a browser that had no part in it.
func TestNoPageComesOutWorse(t *testing.T) {
	worker, judge := chrome.New(chrome.Config{}), chrome.New(chrome.Config{})
	t.Cleanup(func() { closeBrowser(t, worker); closeBrowser(t, judge) })
	pages := 0
	for _, dir := range corpora {
		for i, page := range htmlPages(t, dir) {
			if n := oneIn[dir]; n > 0 && i%n > 0 {
				continue
			}
			pages++
			t.Run(page.Entry, func(t *testing.T) {
				trace, err := agent.Refine(t.Context(), agent.Config{
					Renderer: worker, Policies: []agent.Policy{rules.New()},
				}, page)
				if err != nil {
					t.Fatal(err)
				}
				notWorse(t, judge, page, trace)
			})
		}
	}
	if pages < 40 {
		t.Fatalf("only %d pages found", pages)
	}
}

// testModel is the smallest model that setup gets; `make test` gets it. Untrained
// its repairs are mostly nonsense, which is what the gate is for.
const testModel = "smollm2:135m"

var (
	withModel = flag.String("with-model", testModel, "the model of TestNoPageComesOutWorseWithAModel")
	onAll     = flag.Bool("on-all", false, "whether it runs on every page of the shared corpus, which takes a model hours")
)

// TestNoPageComesOutWorseWithAModel does the same on a few pages with a real
// model, through a real Ollama.
func TestNoPageComesOutWorseWithAModel(t *testing.T) {
	progress := term.NewProgress(io.Discard)
	defer progress.Close()
	policies, stop, err := newPolicies(t.Context(), config.Config{Policies: []string{"ollama"}, ModelName: *withModel}, slog.New(slog.DiscardHandler), progress)
	if err != nil {
		t.Fatal(err)
	}
	worker, judge := chrome.New(chrome.Config{}), chrome.New(chrome.Config{})
	t.Cleanup(func() {
		closeBrowser(t, worker)
		closeBrowser(t, judge)
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	pages := []preview.Page{
		{FS: os.DirFS("../../testdata/diagnose"), Entry: "overlap-height.html"},
		{FS: os.DirFS("../../testdata/diagnose"), Entry: "clipped-height.html"},
		{FS: os.DirFS("../../testdata/diagnose"), Entry: "contrast-grey.html"},
	}
	if *onAll {
		pages = htmlPages(t, corpora[2])
	}
	for _, page := range pages {
		t.Run(page.Entry, func(t *testing.T) {
			trace, err := agent.Refine(t.Context(), agent.Config{Renderer: worker, Policies: policies, Passes: 1}, page)
			if err != nil {
				t.Fatal(err)
			}
			asked := len(trace.Passes) == 1 && len(trace.Passes[0].Attempts)+len(trace.Passes[0].Dropped) > 0
			if !asked && !*onAll { // a real page may have no defect that a model can do something about
				t.Errorf("the model was not asked: %+v", trace.Passes)
			}
			notWorse(t, judge, page, trace)
		})
	}
}

// notWorse renders the page before and after and compares what a visitor can
// read, see and use, without the gate's help.
func notWorse(t *testing.T, judge preview.Renderer, page preview.Page, trace *agent.Trace) {
	t.Helper()
	if trace.Status != agent.Improved {
		if len(trace.Edits) > 0 || len(trace.Files) > 0 {
			t.Errorf("status %s with %d edits", trace.Status, len(trace.Edits))
		}
		return
	}
	before, err := judge.Render(t.Context(), page, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	repaired := preview.Page{FS: preview.Overlay(page.FS, trace.Files), Entry: page.Entry}
	after, err := judge.Render(t.Context(), repaired, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	was, is := before.Diagnosis, after.Diagnosis
	t.Logf("%s: %d defects, cost %.1f; after %d, cost %.1f", page.Entry, len(was.Defects), was.Cost(), len(is.Defects), is.Cost())
	if !is.Valid || is.Cost() >= was.Cost() || is.Count(preview.SeverityError) > was.Count(preview.SeverityError) {
		t.Errorf("worse: valid %v, cost %.2f before %.2f", is.Valid, is.Cost(), was.Cost())
	}
	for i, inv := range before.Inventories {
		if lost := missing(inv, after.Inventories[i]); len(lost) > 0 {
			t.Errorf("at %s these are gone: %s", inv.View, strings.Join(lost, ", "))
		}
	}
}

// missing lists the visible texts and the reachable controls that are in a
// but not in b.
func missing(a, b preview.Inventory) []string {
	have := map[string]int{}
	for _, i := range b.Items {
		if reachable(i) {
			have[string(i.Kind)+i.Name]++
		}
	}
	var lost []string
	for _, i := range a.Items {
		if !reachable(i) {
			continue
		}
		if have[string(i.Kind)+i.Name]--; have[string(i.Kind)+i.Name] < 0 {
			lost = append(lost, i.Name)
		}
	}
	return lost
}

func reachable(i preview.Item) bool {
	return i.Kind == preview.ItemText && i.Visible || i.Kind == preview.ItemControl && i.Hittable
}

// htmlPages are the pages below dir, each in the workspace of its own folder's
// project, none if dir is not there.
func htmlPages(t *testing.T, dir string) []preview.Page {
	t.Helper()
	root := os.DirFS(dir)
	var pages []preview.Page
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".html" {
			pages = append(pages, preview.Page{FS: root, Entry: name})
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return pages
}

func closeBrowser(t *testing.T, b *chrome.Browser) {
	if err := b.Close(); err != nil {
		t.Errorf("closing the browser: %v", err)
	}
}
