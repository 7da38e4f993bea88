package rules_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
	"relook/preview/chrome"
)

// A cheat is a candidate that lowers what is measured and mends nothing. In
// testdata/gate/cheats.txtar each is a file: its name says what it does, its
// lines "target:" the rule of the defect that it is aimed at, "want:" the rule of
// the gate that must reject it and "file:" the file that it edits (page.html if
// there is none), and then come the blocks to search and replace.
type cheat struct {
	name, target, want, file string
	blocks                   []edit.Block
}

// A script is a policy that proposes what it is told to.
type script func(task agent.Task, yield func(agent.Candidate) bool) error

func (script) Name() string { return "script" }

func (s script) Propose(_ context.Context, task agent.Task, yield func(agent.Candidate) bool) error {
	return s(task, yield)
}

func cheats(t *testing.T) []cheat {
	t.Helper()
	archive, err := txtar.ParseFile("../../testdata/gate/cheats.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var list []cheat
	for _, f := range archive.Files {
		c := cheat{name: f.Name, file: "page.html"}
		for line := range strings.Lines(string(f.Data)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch name {
			case "target":
				c.target = value
			case "want":
				c.want = value
			case "file":
				c.file = value
			}
		}
		if c.blocks, err = edit.ParseBlocks(string(f.Data)); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		list = append(list, c)
	}
	return list
}

// candidate is the cheat as a policy would propose it.
func (c cheat) candidate(t *testing.T, task agent.Task) agent.Candidate {
	t.Helper()
	src, err := task.Page.Read(c.file)
	if err != nil {
		t.Fatal(err)
	}
	after, err := edit.ApplyBlocks(src.String(), c.blocks)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	out := agent.Candidate{Why: c.name, Edits: edit.Minimal(c.file, src.String(), after)}
	for _, d := range task.Diagnosis.Defects {
		if d.Rule == c.target {
			out.Targets = append(out.Targets, d.Key())
		}
	}
	if len(out.Targets) == 0 {
		t.Fatalf("%s: the page has no %s", c.name, c.target)
	}
	return out
}

// TestCheatsAreRejected proposes every cheat to the loop, in a real browser: none
// is admitted, each for the right reason.
func TestCheatsAreRejected(t *testing.T) {
	list := cheats(t)
	if len(list) < 40 {
		t.Errorf("only %d cheats", len(list))
	}
	browser := chrome.New(chrome.Config{})
	t.Cleanup(func() {
		if err := browser.Close(); err != nil {
			t.Error(err)
		}
	})
	page := preview.Page{FS: os.DirFS("../../testdata/gate"), Entry: "page.html"}
	got := map[string]agent.Verdict{}
	// What the live page can't tell comes last, one refinement each: once such a
	// cheat is taken there, the others are no longer asked about.
	rest := list
	for len(rest) > 0 {
		trace, err := agent.Refine(t.Context(), agent.Config{Renderer: browser, Passes: 1, Policies: []agent.Policy{
			script(func(task agent.Task, yield func(agent.Candidate) bool) error {
				for _, c := range rest {
					if !yield(c.candidate(t, task)) {
						break
					}
				}
				return nil
			}),
		}}, page)
		if err != nil {
			t.Fatal(err)
		}
		if trace.Status != agent.Unchanged {
			t.Errorf("the page was changed:\n%s", edit.Diff("page.html", "", trace.Files["page.html"]))
		}
		n := len(got)
		for _, a := range trace.Passes[0].Attempts {
			if a.Verdict.Rule != agent.RuleOverlap {
				got[a.Why] = a.Verdict
			}
		}
		if len(got) == n {
			break
		}
		rest = slices.DeleteFunc(slices.Clone(rest), func(c cheat) bool { return got[c.name].Rule != "" || got[c.name].Admitted })
	}
	for _, c := range list {
		v, tried := got[c.name]
		switch {
		case !tried:
			t.Errorf("%s: was not tried", c.name)
		case v.Admitted:
			t.Errorf("%s: was admitted: %s", c.name, v.Reason)
		case v.Rule != c.want:
			t.Errorf("%s: got %s (%s), want %s", c.name, v.Rule, v.Reason, c.want)
		}
	}
}
