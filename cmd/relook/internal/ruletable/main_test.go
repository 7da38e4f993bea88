package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relook/docs/rules"
	"relook/preview/diagnose"
)

const dir = "../../../../docs/rules"

func TestTableIsCurrent(t *testing.T) {
	got, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil || string(got) != table() {
		t.Errorf("docs/rules/README.md is not what the checks declare (%v): run `go generate ./cmd/relook`", err)
	}
}

// Every rule has a page with a sentence, and no page is without its rule.
func TestEveryRuleHasAPage(t *testing.T) {
	known := map[string]bool{"README": true}
	for _, r := range diagnose.Rules() {
		known[r.ID] = true
		s := rules.Sentence(r.ID)
		if !strings.HasPrefix(rules.Page(r.ID), "# "+r.ID+"\n\n") || !strings.HasSuffix(s, ".") || len(s) > 120 {
			t.Errorf("the page of %s must begin with its id and a sentence: %q", r.ID, s)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if id := strings.TrimSuffix(filepath.Base(f), ".md"); !known[id] {
			t.Errorf("there is a page of %s and no such rule", id)
		}
	}
}
