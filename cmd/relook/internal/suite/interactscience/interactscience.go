// Package interactscience is InteractScience, scientific demonstrations that are
// operated: its plans are the requests, its Playwright tests say whether a page
// does what it must (PFT), and its checklists are put to judges that see the page
// (of VQT).
//
// The data is the folder of the benchmark, either as it is published
// (data/interactscience.jsonl, PFT_tests) or as files tasks*.jsonl and a folder
// pft. Where the path is a JSONL file of answers (rows with "answer"), those are
// the drafts, and the folder around it is the benchmark's.
package interactscience

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"relook/agent"
	"relook/cmd/relook/internal/realpages"
	"relook/cmd/relook/internal/suite"
	"relook/cmd/relook/internal/suite/playwright"
)

// Entry is the one file of a page.
const Entry = "index.html"

// maxRow bounds a row of the data, in bytes.
const maxRow = 16 << 20

// A Suite is the adapter.
type Suite struct {
	kit suite.Kit
	// Test, Expect and Action limit a test's parts as in playwright.Config. Zeros
	// are the original's limits.
	Test, Expect, Action time.Duration

	mu     sync.Mutex
	runner *playwright.Runner
}

// New makes the adapter.
func New(kit suite.Kit) *Suite { return &Suite{kit: kit} }

// About says what the suite is.
func (*Suite) About() suite.About {
	return suite.About{
		Name: "interactscience", Title: "InteractScience", Licence: "Apache-2.0",
		Source: "open-compass/InteractScience on GitHub",
		Metrics: []suite.Metric{
			{Name: "pft", About: "share of a page's functional tests that pass; over pages its mean is the original's PFT average", Most: 1},
			{Name: "perfect", About: "1 if all functional tests of the page pass: the original's PFT perfect", Most: 1},
			{Name: "vqt", About: "mean of a judge's points for the lines of the checklist, 1 to 5", Most: 5},
		},
		Left: []string{
			"The pictures of reference and the scripts that bring a page into each pictured state are not part of the data here: judges see the page as it opens, and only the checklist of the first picture is put to them.",
			"CLIP scores are not computed.",
			"The original's PFT overall, which pools the tests of all pages, is the share of passed tests in the table of interaction tests.",
		},
	}
}

// An own is what an item carries for scoring.
type own struct {
	system    string
	spec      []byte
	checklist []string
}

type row struct {
	ID       string  `json:"id"`
	System   string  `json:"lm_system_prompt"`
	Question string  `json:"question"`
	Answer   *string `json:"answer"`
	Group    string  `json:"difficulty"`
	Lists    []struct {
		Checklist []string `json:"checklist"`
	} `json:"snapshot_checklists"`
}

// Load reads tasks and drafts.
func (s *Suite) Load(_ context.Context, path string) ([]suite.Item, []suite.Problem, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, fmt.Errorf("reading InteractScience: %w", err)
	}
	dir, drafts := path, map[string]string(nil)
	var problems []suite.Problem
	if !info.IsDir() {
		dir = filepath.Dir(path)
		rows, bad, err := readRows(path)
		if err != nil {
			return nil, nil, err
		}
		problems, drafts = bad, map[string]string{}
		for _, r := range rows {
			if r.Answer != nil {
				drafts[r.ID] = *r.Answer
			}
		}
		if len(drafts) == 0 {
			return nil, nil, fmt.Errorf("%s holds no answers: give the folder to run its tasks, or a file of rows with \"answer\"", path)
		}
	}
	file, specs, err := layout(dir)
	if err != nil {
		return nil, nil, err
	}
	rows, bad, err := readRows(file)
	if err != nil {
		return nil, nil, err
	}
	items, more := s.items(rows, specs, drafts)
	items, twice := suite.Unique(items)
	return items, append(append(append(problems, bad...), more...), twice...), nil
}

// layout finds the tasks and the tests.
func layout(dir string) (tasks, specs string, err error) {
	for _, pattern := range []string{"tasks*.jsonl", "interactscience.jsonl", "data/interactscience.jsonl"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return "", "", fmt.Errorf("looking for tasks: %w", err)
		}
		if len(found) > 0 {
			tasks = found[0]
			break
		}
	}
	for _, name := range []string{"pft", "PFT_tests"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			specs = filepath.Join(dir, name)
		}
	}
	if tasks == "" || specs == "" {
		return "", "", fmt.Errorf("%s is not InteractScience: it needs tasks*.jsonl (or data/interactscience.jsonl) and a folder pft (or PFT_tests)", dir)
	}
	return tasks, specs, nil
}

func readRows(file string) ([]row, []suite.Problem, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, fmt.Errorf("reading InteractScience: %w", err)
	}
	defer f.Close()
	var rows []row
	var problems []suite.Problem
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxRow)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			problems = append(problems, suite.Problem{Item: fmt.Sprintf("%s, line %d", filepath.Base(file), n), What: "it can't be read: " + err.Error()})
			continue
		}
		rows = append(rows, r)
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return rows, problems, nil
}

// name is what an id must be to be the name of a file.
var name = regexp.MustCompile(`^[A-Za-z0-9_-]{1,200}$`)

func (s *Suite) items(rows []row, specs string, drafts map[string]string) ([]suite.Item, []suite.Problem) {
	var items []suite.Item
	var problems []suite.Problem
	bad := func(id, what string) { problems = append(problems, suite.Problem{Item: id, What: what}) }
	for _, r := range rows {
		if !name.MatchString(r.ID) {
			bad(fmt.Sprintf("%.40q", r.ID), "its id is not one")
			continue
		}
		if r.Question == "" {
			bad(r.ID, "it has no question")
			continue
		}
		spec, err := os.ReadFile(filepath.Join(specs, r.ID+".spec.js"))
		if err != nil {
			bad(r.ID, "its tests can't be read: "+err.Error())
			continue
		}
		o := own{system: r.System, spec: spec}
		if len(r.Lists) > 0 {
			o.checklist = r.Lists[0].Checklist
		}
		it := suite.Item{ID: r.ID, Group: r.Group, Request: r.Question, Entry: Entry, Own: o}
		if drafts != nil {
			answer, ok := drafts[r.ID]
			if !ok {
				continue // the drafts are of a part of the tasks
			}
			page, ok := pageOf(answer)
			if !ok {
				bad(r.ID, "its answer holds no page")
				continue
			}
			it.Given, it.Files = true, map[string]string{Entry: page}
		}
		items = append(items, it)
	}
	return items, problems
}

var fence = regexp.MustCompile("(?s)```html\\s*\\n(.*?)\\s*```")

// pageOf takes the page out of an answer as the original does: the first block
// marked as HTML, with its entities decoded.
func pageOf(answer string) (string, bool) {
	m := fence.FindStringSubmatch(answer)
	if m == nil || strings.TrimSpace(m[1]) == "" {
		return "", false
	}
	return html.UnescapeString(strings.TrimSpace(m[1])), true
}

// Ask is the original's prompt: its instructions and the plan, as one message.
func (*Suite) Ask(item suite.Item, _ suite.Step) suite.Question {
	return suite.Question{Prompt: item.Own.(own).system + item.Request}
}

// Read takes the page out of a reply.
func (*Suite) Read(_ suite.Item, _ suite.Step, reply string) (map[string]string, error) {
	page, ok := pageOf(reply)
	if !ok {
		return nil, &agent.UnusableError{Reason: "it holds no block of HTML"}
	}
	return map[string]string{Entry: page}, nil
}

// Score runs the page's tests. What they say is in Tests.
func (s *Suite) Score(ctx context.Context, item suite.Item, at suite.Step) (suite.Score, error) {
	out := suite.Score{Missing: map[string]string{"vqt": "no judge"}}
	runner, err := s.ready(ctx)
	if err != nil {
		return out, err
	}
	report, err := runner.Run(ctx, Tests(item.ID, item.Own.(own).spec, at.Files[Entry], 0))
	if err != nil {
		return out, err
	}
	out.Tests, out.Note = report.Tests(), report.Note()
	passed, run := out.Passed()
	if run == 0 {
		out.Missing["pft"], out.Missing["perfect"] = out.Note, out.Note
		return out, nil
	}
	out.Values = map[string]float64{"pft": float64(passed) / float64(run), "perfect": 0}
	if passed == run {
		out.Values["perfect"] = 1
	}
	return out, s.judge(ctx, item, at, &out)
}

// ready gets the test runner and the libraries once.
func (s *Suite) ready(ctx context.Context) (*playwright.Runner, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runner != nil {
		return s.runner, nil
	}
	libraries, err := realpages.Libraries(ctx)
	if err != nil {
		return nil, err
	}
	s.runner, err = playwright.New(ctx, playwright.Config{
		Browser: s.kit.Browser, Dir: s.kit.Dir, Limit: s.kit.Limit, Libraries: filepath.Join(libraries, "node_modules"),
		Test: s.Test, Expect: s.Expect, Action: s.Action, Workers: 2,
	})
	return s.runner, err
}

// Tests are those of a page, laid out as the original has them.
func Tests(id string, spec []byte, page string, retries int) playwright.Tests {
	return playwright.Tests{
		Files: map[string][]byte{
			"tests/" + id + ".spec.js": spec,
			"pages/" + id + ".html":    []byte(page),
		},
		Retries: retries,
	}
}
