package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relook/agent"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/output"
	"relook/cmd/relook/internal/term"
)

// A call is one in-process run of relook in a folder of its own.
type call struct {
	dir      string
	parts    parts
	out, err bytes.Buffer
}

func newCall(t *testing.T, files map[string]string) *call {
	t.Helper()
	c := &call{dir: t.TempDir(), parts: realParts()}
	state := t.TempDir()
	c.parts.ownConfig, c.parts.stateDir = func() string { return "" }, func() string { return state }
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *call) run(t *testing.T, args ...string) int {
	t.Helper()
	a := &app{out: &c.out, err: &c.err, cwd: c.dir, parts: c.parts}
	return a.run(t.Context(), args, strings.NewReader(""))
}

func (c *call) file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const wide = "<!doctype html>\r\n<meta name=\"viewport\" content=\"width=device-width\">\r\n<style>\r\n" +
	"  body { margin: 0 }\r\n  .plans { width: 1100px; background: #eee; text-align: center }\r\n</style>\r\n<div class=\"plans\">Three plans</div>"

// meddler is a policy that does something before it proposes.
type meddler struct {
	agent.Policy
	do func() error
}

func (m meddler) Propose(ctx context.Context, t agent.Task, yield func(agent.Candidate) bool) error {
	if err := m.do(); err != nil {
		return err
	}
	return m.Policy.Propose(ctx, t, yield)
}

// meddle has do called while the refinement is under way.
func (c *call) meddle(do func() error) {
	c.parts.policies = func(ctx context.Context, cfg config.Config, log *slog.Logger, p *term.Progress) ([]agent.Policy, func() error, error) {
		list, stop, err := newPolicies(ctx, cfg, log, p)
		for i, policy := range list {
			list[i] = meddler{policy, do}
		}
		return list, stop, err
	}
}

func TestWriteRefusesWhatChangedOnDisk(t *testing.T) {
	c := newCall(t, map[string]string{"a.html": wide})
	const typed = "<p>typed while relook worked</p>"
	c.meddle(func() error { return os.WriteFile(filepath.Join(c.dir, "a.html"), []byte(typed), 0o644) })
	if code := c.run(t, "refine", "--write", "--report", "report.html", "a.html"); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if want := "a.html: changed on disk while relook worked on it, so nothing was written: run the command again"; !strings.Contains(c.err.String(), want) {
		t.Errorf("got %q, want %q", c.err.String(), want)
	}
	if got := c.file(t, "a.html"); got != typed {
		t.Errorf("the file now reads %q", got)
	}
	if entries, err := os.ReadDir(c.dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestWriteKeepsModeAndLineEndings(t *testing.T) {
	const bom = "\ufeff"
	c := newCall(t, map[string]string{"a.html": bom + wide})
	file := filepath.Join(c.dir, "a.html")
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if code := c.run(t, "refine", "--write", "a.html"); code != exitFine {
		t.Fatalf("exit code %d: %s", code, c.err.String())
	}
	got := c.file(t, "a.html")
	if !strings.HasPrefix(got, bom+"<!doctype html>\r\n") || strings.Contains(strings.ReplaceAll(got, "\r\n", ""), "\n") || strings.HasSuffix(got, "\n") {
		t.Errorf("the file now reads %q", got)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestPolicyThatFails(t *testing.T) {
	c := newCall(t, map[string]string{"a.html": wide})
	c.meddle(func() error { return errors.New("the model went away") })
	if code := c.run(t, "refine", "--write", "a.html"); code != exitFailed || !strings.HasPrefix(c.err.String(), "relook: a.html: ") || !strings.Contains(c.err.String(), "the model went away") {
		t.Errorf("exit code %d: %s", code, c.err.String())
	}
	if got := c.file(t, "a.html"); got != wide || c.out.Len() > 0 {
		t.Errorf("the file now reads %q, and %q is printed", got, c.out.String())
	}
}

// When a policy fails after another one repaired something, the repair is
// printed with the reason; no file is written.
func TestPolicyThatFailsHalfWay(t *testing.T) {
	page := strings.Replace(wide, "Three plans", `Three plans <img src="none.png" width="90" height="90" alt="Us">`, 1)
	for _, flag := range []string{"--json", "--json=false"} {
		c := newCall(t, map[string]string{"a.html": page})
		c.parts.policies = func(ctx context.Context, cfg config.Config, log *slog.Logger, p *term.Progress) ([]agent.Policy, func() error, error) {
			list, stop, err := newPolicies(ctx, cfg, log, p)
			return append(list, meddler{list[0], func() error { return errors.New("the model went away") }}), stop, err
		}
		if code := c.run(t, "refine", "--write", "--report", "report.html", flag, "a.html"); code != exitFailed {
			t.Errorf("%s: exit code %d", flag, code)
		}
		want := "a.html: 2 defects at 3 views, 1 repaired, 1 left.\nNot written, because it did not get to its end:\nrelook: a.html: "
		if got := c.err.String(); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "the model went away\n") {
			t.Errorf("%s: got %q, want %q", flag, got, want)
		}
		if entries, err := os.ReadDir(c.dir); err != nil || len(entries) != 1 || c.file(t, "a.html") != page {
			t.Errorf("%s: the folder holds %v, %v", flag, entries, err)
		}
		c.checkHalf(t, flag == "--json")
	}
}

// checkHalf checks what is printed of a refinement that failed half way.
func (c *call) checkHalf(t *testing.T, asJSON bool) {
	t.Helper()
	diff := c.out.String()
	if asJSON {
		var doc output.Refine
		if err := json.Unmarshal(c.out.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Status != "improved" || !strings.Contains(doc.Error, "the model went away") {
			t.Errorf("status %s, error %q", doc.Status, doc.Error)
		}
		diff = doc.Diff
	}
	if !strings.HasPrefix(diff, "--- a/a.html\n") || !strings.Contains(diff, "\n-  .plans { width: 1100px") {
		t.Errorf("the difference is %q", diff)
	}
}

func TestStoppedBeforeItStarts(t *testing.T) {
	c := newCall(t, map[string]string{"a.html": wide})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := &app{out: &c.out, err: &c.err, cwd: c.dir, parts: c.parts}
	if code := a.run(ctx, []string{"check", "a.html"}, strings.NewReader("")); code != exitFailed || c.err.String() != "relook: stopped\n" {
		t.Errorf("exit code %d, %q", code, c.err.String())
	}
}
