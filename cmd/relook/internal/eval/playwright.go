package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"relook/cmd/relook/internal/realpages"
	"relook/cmd/relook/internal/suite/interactscience"
	"relook/cmd/relook/internal/suite/playwright"
	"relook/preview/chrome"
)

// A testResult is what the tests of a draft said before and after its repair.
type testResult struct {
	All          int      `json:"all"`
	PassedBefore int      `json:"passedBefore"`
	PassedAfter  int      `json:"passedAfter"`
	Broken       []string `json:"broken,omitempty"` // passed before, and three times not after
}

// testDrafts runs the Playwright tests of each draft that rules changed, before
// and after. What rules left as it was does what it did.
func (w *workshop) testDrafts(ctx context.Context, items []item) error {
	lab, err := newLab(ctx, w.config)
	if err != nil {
		return err
	}
	var todo []record
	pages := map[string]item{}
	for _, it := range items {
		pages[it.id] = it
	}
	for _, r := range w.store.All() {
		it, ok := pages[r.Item]
		if ok && r.Set == "drafts" && r.Arm == "rules" && r.Page == it.hash() && r.Tests == nil && len(r.Files) > 0 {
			todo = append(todo, r)
		}
	}
	p := progress{what: "playwright", all: len(todo), start: time.Now()}
	for _, r := range todo {
		if w.late() {
			p.end("time is up, the rest is left for the next run")
			return nil
		}
		before, err := pages[r.Item].page.Source()
		if err != nil {
			return err
		}
		r.Tests, err = lab.compare(ctx, strings.TrimPrefix(r.Item, "draft/"), before.String(), r.Files["index.html"])
		if err != nil {
			return fmt.Errorf("testing %s: %w", r.Item, err)
		}
		if err := w.store.Add(r); err != nil {
			return err
		}
		p.step(true)
	}
	p.end("done")
	return nil
}

// A lab runs the tests of drafts.
type lab struct {
	specs  string
	runner *playwright.Runner
}

func newLab(ctx context.Context, c config) (*lab, error) {
	found, err := chrome.Find(ctx)
	if err != nil {
		return nil, err
	}
	libraries, err := realpages.Libraries(ctx)
	if err != nil {
		return nil, err
	}
	runner, err := playwright.New(ctx, playwright.Config{
		Browser: found.Path, Libraries: filepath.Join(libraries, "node_modules"),
		Test: 20 * time.Second, Expect: 2 * time.Second, Action: 3 * time.Second,
	})
	return &lab{c.specs, runner}, err
}

// compare runs the tests of a draft on both texts. A test that fails after is
// given two more tries on the same page, since some depend on the time.
func (l *lab) compare(ctx context.Context, id, before, after string) (*testResult, error) {
	was, err := l.test(ctx, id, before, 0)
	if err != nil {
		return nil, err
	}
	is, err := l.test(ctx, id, after, 0)
	if err != nil {
		return nil, err
	}
	if lostOne(was, is) {
		if is, err = l.test(ctx, id, after, 2); err != nil {
			return nil, err
		}
	}
	out := &testResult{All: len(was)}
	for _, name := range sortedKeys(was) {
		if was[name] {
			out.PassedBefore++
		}
		if is[name] {
			out.PassedAfter++
		}
		if was[name] && !is[name] {
			out.Broken = append(out.Broken, name)
		}
	}
	return out, nil
}

func lostOne(was, is map[string]bool) bool {
	for name, passed := range was {
		if passed && !is[name] {
			return true
		}
	}
	return false
}

// test says for each test of a draft whether it passes on a text of its page.
func (l *lab) test(ctx context.Context, id, html string, retries int) (map[string]bool, error) {
	spec, err := os.ReadFile(filepath.Join(l.specs, id+".spec.js"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the tests: %w", err)
	}
	report, err := l.runner.Run(ctx, interactscience.Tests(id, spec, html, retries))
	return report.Tests(), err
}

// testTable says whether pages still do what they did.
func testTable(b *strings.Builder, all []record) {
	var tested, changed int
	var sum testResult
	for _, r := range all {
		if r.Set != "drafts" || r.Arm != "rules" || len(r.Files) == 0 {
			continue
		}
		changed++
		if r.Tests == nil {
			continue
		}
		tested++
		sum.All += r.Tests.All
		sum.PassedBefore += r.Tests.PassedBefore
		sum.PassedAfter += r.Tests.PassedAfter
		for _, name := range r.Tests.Broken {
			sum.Broken = append(sum.Broken, r.Item+": "+name)
		}
	}
	if tested == 0 {
		return
	}
	fmt.Fprintf(b, "## What the drafts do\n\nThe drafts' own Playwright tests (@playwright/test %s, libraries from npm, pictures not compared), before and after `rules`. A draft that was not changed does what it did and is left out. A test that fails after is run three times.\n\n", playwright.Version)
	b.WriteString("| drafts changed | tested | tests | pass before | pass after | passed before and fail after |\n|---|---|---|---|---|---|\n")
	fmt.Fprintf(b, "| %d | %d | %d | %d | %d | %d |\n\n", changed, tested, sum.All, sum.PassedBefore, sum.PassedAfter, len(sum.Broken))
	for _, name := range sum.Broken {
		fmt.Fprintf(b, "- broken: %s\n", name)
	}
	b.WriteString("\n")
}
