// Package webbench is Web-Bench: projects that are built up in twenty tasks, each
// with Playwright tests. A task is done when its tests and those of all tasks
// before it pass; it is tried twice, the second time with what the tests printed,
// and the project ends at the first task that is not done.
//
// The data is a folder of projects, or one project: tasks.jsonl, test, src-init.
// ask.go has the prompts and how replies are read, utils.cjs what the tests
// require.
package webbench

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"relook/cmd/relook/internal/suite"
	"relook/cmd/relook/internal/suite/playwright"
)

//go:embed utils.cjs
var utils []byte

const (
	initID = "init"
	tries  = 2
	// maxContext is how much of the tests' output a model is told, in bytes.
	maxContext = 16 << 10
	entry      = "index.html"
)

// A Suite is the adapter.
type Suite struct {
	kit suite.Kit

	mu     sync.Mutex
	runner *playwright.Runner
}

var _ suite.Series = (*Suite)(nil)

// New makes the adapter.
func New(kit suite.Kit) *Suite { return &Suite{kit: kit} }

// About says what the suite is.
func (*Suite) About() suite.About {
	return suite.About{
		Name: "web-bench", Title: "Web-Bench", Licence: "Apache-2.0",
		Source: "bytedance/web-bench on GitHub, folder projects",
		Metrics: []suite.Metric{
			{Name: "pass@2", About: "percent of a project's tasks that were done before the first that failed twice", Most: 100},
			{Name: "pass@1", About: "percent of a project's tasks that were done at the first try before the first that was not", Most: 100},
			{Name: "error@1", About: "percent of a project's tasks that were tried and failed at the first try", Less: true},
		},
		Left: []string{
			"Only projects of plain HTML, CSS and JavaScript: none that is built before it is tested.",
			"Where the first task, init, fails twice the original goes on from src-init; here from what was written.",
			"Project addresses are served by relook's own file server instead of the package serve.",
			"Pages have no network.",
			"What the tests require of @web-bench/test-util is relook's own module, with what tests of such projects use.",
		},
	}
}

type task struct {
	ID          string `json:"id"`
	Level       string `json:"level"`
	Description string `json:"description"`
}

// A project is what an item carries.
type project struct {
	tasks []task
	begin map[string]string // src-init
	tests map[string][]byte // by file name, such as "task-1.spec.js"
}

// Load reads the projects.
func (*Suite) Load(_ context.Context, dir string) ([]suite.Item, []suite.Problem, error) {
	dirs := []string{dir}
	if _, err := os.Stat(filepath.Join(dir, "tasks.jsonl")); err != nil {
		found, err := filepath.Glob(filepath.Join(dir, "*", "tasks.jsonl"))
		if err != nil || len(found) == 0 {
			return nil, nil, fmt.Errorf("%s is not Web-Bench: no folder in it has a tasks.jsonl", dir)
		}
		dirs = nil
		for _, file := range found {
			dirs = append(dirs, filepath.Dir(file))
		}
	}
	var items []suite.Item
	var problems []suite.Problem
	for _, dir := range dirs {
		p, err := readProject(dir)
		name := filepath.Base(dir)
		if err != nil {
			problems = append(problems, suite.Problem{Item: name, What: err.Error()})
			continue
		}
		it := suite.Item{ID: name, Entry: entry, Own: p, Request: p.tasks[len(p.tasks)-1].Description}
		if p.tasks[0].ID != initID {
			it.Files = p.begin
		}
		items = append(items, it)
	}
	return items, problems, nil
}

func readProject(dir string) (*project, error) {
	p := &project{begin: map[string]string{}, tests: map[string][]byte{}}
	data, err := os.ReadFile(filepath.Join(dir, "tasks.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("reading the tasks: %w", err)
	}
	have := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var t task
		if err := json.Unmarshal([]byte(line), &t); err != nil {
			return nil, fmt.Errorf("reading the tasks: %w", err)
		}
		if t.ID == "" || t.Description == "" || have[t.ID] {
			return nil, fmt.Errorf("task %d has no id or description, or is there twice", len(p.tasks)+1)
		}
		have[t.ID] = true
		p.tasks = append(p.tasks, t)
	}
	if len(p.tasks) == 0 {
		return nil, fmt.Errorf("it has no tasks")
	}
	for _, t := range p.tasks {
		name := t.ID + ".spec.js"
		if p.tests[name], err = os.ReadFile(filepath.Join(dir, "test", filepath.Base(name))); err != nil {
			return nil, fmt.Errorf("reading the tests of %s: %w", t.ID, err)
		}
	}
	return p, p.readInit(os.DirFS(filepath.Join(dir, "src-init")))
}

func (p *project) readInit(files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if name == "." && err != nil {
			return nil // a project may begin with nothing
		}
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		p.begin[name] = string(text)
		return err
	})
}

// Turns are the tasks, init among them.
func (*Suite) Turns(item suite.Item) int { return len(item.Own.(*project).tasks) }

// Tries is two.
func (*Suite) Tries(suite.Item) int { return tries }

// Score runs the tests of the task and of all before it.
func (s *Suite) Score(ctx context.Context, item suite.Item, at suite.Step) (suite.Score, error) {
	runner, err := s.ready(ctx)
	if err != nil {
		return suite.Score{}, err
	}
	p := item.Own.(*project)
	report, err := runner.Run(ctx, p.testsUpTo(at.Turn, at.Files))
	if err != nil {
		return suite.Score{}, err
	}
	out := suite.Score{Tests: report.Tests(), Note: report.Note(), Done: report.Passed()}
	if !out.Done {
		out.Context = report.Output[:min(len(report.Output), maxContext)]
		if report.Hung {
			out.Context = "Test execution timed out. Check for infinite loops or high code complexity."
		}
		// The metrics leave init out, and the original goes on after it failed twice.
		out.Done = p.tasks[at.Turn].ID == initID && at.Try == tries-1
	}
	return out, nil
}

// ready gets the test runner once.
func (s *Suite) ready(ctx context.Context) (*playwright.Runner, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runner != nil {
		return s.runner, nil
	}
	var err error
	s.runner, err = playwright.New(ctx, playwright.Config{Browser: s.kit.Browser, Dir: s.kit.Dir, Limit: s.kit.Limit, Workers: 2})
	return s.runner, err
}

// testsUpTo are the tests of the first tasks up to number turn, from 0, with the
// project's files.
func (p *project) testsUpTo(turn int, files map[string]string) playwright.Tests {
	out := playwright.Tests{
		Files: map[string][]byte{"src/readme": []byte("the project\n")}, Site: "src",
		Modules: map[string][]byte{"@web-bench/test-util": utils},
		Env:     map[string]string{"EVAL_PROJECT_ROOT": "SITE", "EVAL_TASK": p.tasks[turn].ID, "IS_EVAL_PRODUCTION": "true", "EVAL": "true"},
	}
	for name, text := range files {
		out.Files[path.Join("src", name)] = []byte(text)
	}
	for _, t := range p.tasks[:turn+1] {
		out.Files["tests/"+t.ID+".spec.js"] = p.tests[t.ID+".spec.js"]
	}
	return out
}

// Total computes the original's figures; see counts.
func (s *Suite) Total(item suite.Item, steps []suite.Scored) suite.Score {
	p := item.Own.(*project)
	var results [][]bool // of each task but init, in order, each try
	all := 0
	for turn, t := range p.tasks {
		if t.ID == initID {
			continue
		}
		all++
		var tries []bool
		for _, step := range steps {
			if step.Turn == turn {
				tries = append(tries, step.Score.Done)
			}
		}
		if tries != nil {
			results = append(results, tries)
		}
	}
	out := suite.Score{Values: map[string]float64{}}
	pass, failed := counts(results, all)
	out.Values["pass@1"], out.Values["pass@2"] = percent(pass[0], all), percent(pass[1], all)
	out.Values["error@1"] = percent(failed, all)
	if n := len(steps); n > 0 {
		last := steps[n-1].Score
		out.Tests, out.Note = last.Tests, last.Note
	}
	return out
}

// counts are how many tasks were done before the first that was not done within
// one try, and within two; a run in which none failed counts as all, as in the
// original. failed is how many failed at their first try.
func counts(results [][]bool, all int) (pass [tries]int, failed int) {
	for n := range pass {
		pass[n] = all
		for at, tried := range results {
			done := false
			for _, ok := range tried[:min(n+1, len(tried))] {
				done = done || ok
			}
			if !done {
				pass[n] = at
				break
			}
		}
	}
	for _, tried := range results {
		if !tried[0] {
			failed++
		}
	}
	return pass, failed
}

func percent(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(part) / float64(of)
}
