package main

import (
	"encoding/json"
	"strings"
	"testing"

	"relook/cmd/relook/internal/output"
)

// A refinement with a critic tells its words in JSON, in the report, in the trace
// and on the terminal; the measured one agrees with the gate.
func TestRefineWithACritic(t *testing.T) {
	c := newCall(t, map[string]string{"a.html": wide})
	if code := c.run(t, "refine", "--critic", "measured", "--json", "--report", "r.html", "a.html"); code != exitFine {
		t.Fatalf("exit code %d: %s", code, c.err.String())
	}
	var out output.Refine
	if err := json.Unmarshal(c.out.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	q := out.Critique
	if q == nil || q.Critic != "measured" || q.After == nil || q.After.Score != 100 || q.Before.Score >= 100 || len(q.Comparisons) == 0 || !q.Comparisons[0].Preferred {
		t.Errorf("the critique is %+v", q)
	}
	if !strings.Contains(c.err.String(), "The critic measured gives it 100 of 100, before ") {
		t.Errorf("it says %q", c.err.String())
	}
	if r := c.file(t, "r.html"); !strings.Contains(r, "What the critic says: ") || !strings.Contains(r, "prefers it in both orders") {
		t.Error("the report does not tell of the critic")
	}
	if d := c.lastTrace(t); d.Critique == nil || d.Critique.Before == nil {
		t.Errorf("the trace has %+v", d.Critique)
	}
	c.out.Reset()
	if code := c.run(t, "trace", "show", "last"); code != exitFine || !strings.Contains(c.out.String(), "+ pass 1: the critic measured prefers it") {
		t.Errorf("exit code %d: %s", code, c.out.String())
	}
}

// A critic that can't be had is told before anything is rendered or written.
func TestBadCritic(t *testing.T) {
	startOllama(t, saying("no"))
	for _, x := range []struct{ critic, want string }{
		{"test:1b", "model test:1b can't see pictures"},
		{"text:", "name the critic's model"},
		{"none:7b", "is not installed"},
	} {
		c := newCall(t, map[string]string{"a.html": wide})
		if code := c.run(t, "refine", "--write", "--report", "report.html", "--critic", x.critic, "a.html"); code != exitFailed || !strings.Contains(c.err.String(), x.want) {
			t.Errorf("%s: exit code %d, %q", x.critic, code, c.err.String())
		}
		c.untouched(t)
	}
	// One that answers prose rejects every repair, and says so.
	c := newCall(t, map[string]string{"a.html": wide})
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if code := c.run(t, "refine", "--write", "--critic", "text:test:1b", "a.html"); code != exitDefects || !strings.Contains(c.err.String(), "the critic could not tell") {
		t.Errorf("exit code %d, %q", code, c.err.String())
	}
	c.untouched(t)
}
