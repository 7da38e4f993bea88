package webbench

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relook/cmd/relook/internal/suite"
	"relook/preview/chrome"
)

var (
	reference = flag.String("reference", "", "a folder of Web-Bench projects whose own solutions (src) are run through all their tests")
	results   = flag.String("results", "", "a file that is written then, a test a line")
)

// A project made by hand: a first try that fails, and a second that is told why.
func TestTurns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tiny")
	for name, text := range map[string]string{
		"tasks.jsonl":         `{"id":"init","description":"a page with an h1"}` + "\n" + `{"id":"task-1","description":"add a button that says go"}`,
		"src-init/index.html": "<!doctype html><html></html>",
		"test/init.spec.js":   test("h1"),
		"test/task-1.spec.js": test("button"),
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := New(kit(t))
	items, problems, err := s.Load(t.Context(), filepath.Dir(dir))
	if err != nil || len(items) != 1 || len(problems) != 0 {
		t.Fatal(items, problems, err)
	}
	it := items[0]
	if ask := s.Ask(it, suite.Step{}); !strings.Contains(ask.Prompt, "The existing files: index.html") {
		t.Errorf("prompt %q", ask.Prompt)
	}
	begun := map[string]string{"index.html": "<html><body><h1>Hello</h1></body></html>"}
	broken := map[string]string{"index.html": "<html><body><button>go</button></body></html>"}
	at := suite.Step{Turn: 1, Files: broken}
	score, err := s.Score(t.Context(), it, at)
	if err != nil || score.Done || !score.Tests["task-1.spec.js > button"] || score.Tests["init.spec.js > h1"] {
		t.Fatalf("a task that breaks an earlier one: %+v, %v", score, err)
	}
	ask := s.Ask(it, suite.Step{Turn: 1, Try: 1, Files: begun, Last: broken, Context: score.Context})
	if !strings.Contains(ask.Prompt, "<button>") || !strings.Contains(ask.Prompt, "init.spec.js") || !strings.Contains(ask.Prompt, "please help me to fix error") {
		t.Errorf("the second try's prompt: %s", ask.Prompt)
	}
	both, err := s.Read(it, at, "```html\nindex.html\n<html><body><h1>Hello</h1><button>go</button></body></html>\n```")
	if err != nil {
		t.Fatal(err)
	}
	good, err := s.Score(t.Context(), it, suite.Step{Turn: 1, Try: 1, Files: both})
	if err != nil || !good.Done {
		t.Fatalf("%+v, %v", good, err)
	}
	total := s.Total(it, []suite.Scored{{Step: suite.Step{Turn: 1}, Score: score}, {Step: suite.Step{Turn: 1, Try: 1}, Score: good}})
	if v := total.Values; v["pass@1"] != 0 || v["pass@2"] != 100 || v["error@1"] != 100 {
		t.Errorf("values %v", v)
	}
}

func test(what string) string {
	return `const { test, expect } = require('@playwright/test')
const { getOffset } = require('@web-bench/test-util')
test('` + what + `', async ({ page }) => {
  await page.goto('/index.html')
  await expect(page.locator('` + what + `')).toHaveCount(1, { timeout: 500 })
  expect((await getOffset(page, '` + what + `')).width).toBeGreaterThan(0)
})`
}

func kit(t *testing.T) suite.Kit {
	t.Helper()
	found, err := chrome.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return suite.Kit{Browser: found.Path, Dir: t.TempDir()}
}

// The original's figures, worked by hand: of four tasks the first is done at once,
// the second at the second try, the third never; then the project ends.
func TestCounts(t *testing.T) {
	pass, failed := counts([][]bool{{true}, {false, true}, {false, false}}, 4)
	if pass != [2]int{1, 2} || failed != 2 {
		t.Errorf("pass %v, failed %d", pass, failed)
	}
	pass, failed = counts([][]bool{{true}, {true}, {true}, {true}}, 4)
	if pass != [2]int{4, 4} || failed != 0 {
		t.Errorf("all done: pass %v, failed %d", pass, failed)
	}
	if pass, _ = counts([][]bool{{false, false}}, 4); pass != [2]int{0, 0} {
		t.Errorf("none done: pass %v", pass)
	}
}

func TestRead(t *testing.T) {
	at := suite.Step{Files: map[string]string{"index.html": "old", "a.js": "1"}}
	var s Suite
	for _, c := range []struct{ reply, file, want, fails string }{
		{"```html\nindex.html\n<html></html>\n```", "index.html", "<html></html>", ""},
		{"```index.html\n<body></body>\n```", "index.html", "<body></body>", ""},
		{"```js\n/common/menu.js\nlet a\n```", "common/menu.js", "let a", ""},
		{"```js\nlet a\nmenu.js\n```", "menu.js", "let a", ""},
		{"```js\na.js\n\n```", "a.js", "1", "no block"},
		{"```js\nlet a\n```", "", "", "no block"},
		{"no code", "", "", "no block"},
		{"```html\nindex.html\n<p>part</p>\n```", "", "", "full HTML"},
		{"```js\n../../x.js\nlet a\n```", "", "", "not in the project"},
	} {
		got, err := s.Read(suite.Item{}, at, c.reply)
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%q: %v, %v", c.reply, got, err)
			}
			continue
		}
		if err != nil || got[c.file] != c.want || got["a.js"] != "1" {
			t.Errorf("%q: %v, %v", c.reply, got, err)
		}
	}
}

// With -reference, the projects' own solutions through all their tests.
func TestReference(t *testing.T) {
	if *reference == "" {
		t.Skip("give -reference")
	}
	s := New(kit(t))
	items, problems, err := s.Load(t.Context(), *reference)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	var out bytes.Buffer
	for _, it := range items {
		p := it.Own.(*project)
		files := map[string]string{}
		src := os.DirFS(filepath.Join(*reference, it.ID, "src"))
		err := fs.WalkDir(src, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(src, name)
			files[name] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		runner, err := s.ready(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		report, err := runner.Run(t.Context(), p.testsUpTo(len(p.tasks)-1, files))
		if err != nil {
			t.Fatal(err)
		}
		passed := 0
		for _, r := range report.Results {
			line, err := json.Marshal(map[string]any{"project": it.ID, "test": r.Name(), "status": r.Status, "error": r.Error, "ms": r.Millis})
			if err != nil {
				t.Fatal(err)
			}
			out.Write(append(line, '\n'))
			if r.Status == "passed" {
				passed++
			}
		}
		t.Logf("%s: %d of %d tests pass; %s", it.ID, passed, len(report.Results), report.Note())
	}
	if *results != "" {
		if err := os.WriteFile(*results, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
