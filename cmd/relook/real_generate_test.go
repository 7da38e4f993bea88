package main

import (
	"os"
	"strings"
	"testing"
)

// The whole way with the real Ollama, the real browser and the smallest model: it
// may write a page or nothing of use. What comes out renders, and when nothing
// does no file is there.
func TestGenerateWithARealModel(t *testing.T) {
	t.Setenv("OLLAMA_HOST", "")
	c := newCall(t, nil)
	code := c.run(t, "generate", "--model", "smollm2:135m", "--drafts", "2", "--passes", "1", "-o", "new.html", "a page that says hello in a large heading")
	t.Logf("exit code %d: %s", code, c.err.String())
	if code == exitFailed {
		if !strings.Contains(c.err.String(), "no draft of the page could be used, of ") {
			t.Errorf("it says %q: `make test` gets Ollama and the model", c.err.String())
		}
		if entries, err := os.ReadDir(c.dir); err != nil || len(entries) != 0 {
			t.Errorf("the folder holds %v, %v", entries, err)
		}
		return
	}
	page := c.file(t, "new.html")
	d := c.lastTrace(t)
	chosen := 0
	for _, draft := range d.Drafts {
		if len(draft.Exchanges) == 0 || draft.Exchanges[0].Tokens == 0 {
			t.Fatalf("draft %d was written without the model", draft.Number)
		}
		if draft.Chosen {
			chosen++
			last := draft.Exchanges[len(draft.Exchanges)-1]
			if !draft.Valid || !strings.Contains(last.Reply, "<") {
				t.Errorf("the chosen draft is %+v", draft)
			}
		}
	}
	if chosen != 1 || !strings.Contains(page, "</") || !d.After.Valid {
		t.Errorf("%d chosen, valid %v, the page is\n%s", chosen, d.After.Valid, page)
	}
	c.err.Reset()
	if code := c.run(t, "check", "new.html"); code == exitFailed {
		t.Errorf("what was generated can't be checked: %s", c.err.String())
	}
}
