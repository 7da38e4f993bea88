package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"relook/cmd/relook/internal/npm"
	"relook/cmd/relook/internal/realpages"
	"relook/preview/chrome"
)

// The test runner that the drafts' tests are written for, as it is on npm.
const playwrightVersion = "1.64.1"

//go:embed playwright.cjs
var playwrightModule []byte

//go:embed playwright.config.cjs
var playwrightConfig []byte

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

// A lab is a folder in which the test runner finds a page and its tests.
type lab struct {
	dir, specs string
	runner     string // the runner's program
	env        []string
}

func newLab(ctx context.Context, c config) (*lab, error) {
	found, err := chrome.Find(ctx)
	if err != nil {
		return nil, err
	}
	runner, err := npm.Install(ctx, "playwright-test", "@playwright/test@"+playwrightVersion)
	if err != nil {
		return nil, err
	}
	libraries, err := realpages.Libraries(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Join(c.dir, "playwright"))
	if err != nil {
		return nil, fmt.Errorf("finding the folder of the tests: %w", err)
	}
	module := filepath.Join(runner, "node_modules", "@playwright", "test")
	l := &lab{dir: dir, specs: c.specs, runner: filepath.Join(module, "cli.js"), env: append(os.Environ(),
		"RELOOK_PLAYWRIGHT="+module, "RELOOK_BROWSER="+found.Path,
		"RELOOK_PACKAGES="+filepath.Join(libraries, "node_modules"))}
	return l, errors.Join(
		l.put("playwright.config.cjs", playwrightConfig),
		l.put("node_modules/@playwright/test/index.js", playwrightModule),
		l.put("node_modules/@playwright/test/package.json", []byte(`{"name": "@playwright/test", "main": "index.js"}`)),
	)
}

func (l *lab) put(name string, data []byte) error {
	file := filepath.Join(l.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("making the folder of the tests: %w", err)
	}
	return os.WriteFile(file, data, 0o644)
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
	if err == nil {
		err = errors.Join(os.RemoveAll(filepath.Join(l.dir, "tests")),
			l.put("tests/"+id+".spec.js", spec), l.put("pages/"+id+".html", []byte(html)))
	}
	if err != nil {
		return nil, fmt.Errorf("laying the tests out: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", l.runner, "test", "--config", filepath.Join(l.dir, "playwright.config.cjs"), fmt.Sprint("--retries=", retries))
	cmd.Dir, cmd.Env = l.dir, l.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output() // fails when a test fails
	var report testReport
	if jerr := json.Unmarshal(out, &report); jerr != nil {
		return nil, fmt.Errorf("running playwright: %w: %.300s%.300s", errors.Join(err, jerr), out, stderr.Bytes())
	}
	results := map[string]bool{}
	report.collect("", results)
	if len(results) == 0 {
		return nil, fmt.Errorf("playwright found no tests: %.300s", out)
	}
	return results, nil
}

// A testReport is what Playwright's JSON reporter writes, as far as it is read.
type testReport struct {
	Title  string
	Suites []testReport
	Specs  []struct {
		Title string
		OK    bool
	}
}

func (s testReport) collect(within string, into map[string]bool) {
	for _, t := range s.Specs {
		into[within+t.Title] = t.OK
	}
	for _, sub := range s.Suites {
		sub.collect(within+sub.Title+" > ", into)
	}
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
	fmt.Fprintf(b, "## What the drafts do\n\nThe drafts' own Playwright tests (@playwright/test %s, libraries from npm, pictures not compared), before and after `rules`. A draft that was not changed does what it did and is left out. A test that fails after is run three times.\n\n", playwrightVersion)
	b.WriteString("| drafts changed | tested | tests | pass before | pass after | passed before and fail after |\n|---|---|---|---|---|---|\n")
	fmt.Fprintf(b, "| %d | %d | %d | %d | %d | %d |\n\n", changed, tested, sum.All, sum.PassedBefore, sum.PassedAfter, len(sum.Broken))
	for _, name := range sum.Broken {
		fmt.Fprintf(b, "- broken: %s\n", name)
	}
	b.WriteString("\n")
}
