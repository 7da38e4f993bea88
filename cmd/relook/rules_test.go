package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// Every rule has a page and a sentence, and nothing else has.
func TestEveryRuleIsNamed(t *testing.T) {
	pages, err := filepath.Glob("../../docs/rules/*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) != len(ruleSentences) {
		t.Errorf("%d pages and %d sentences", len(pages), len(ruleSentences))
	}
	for _, page := range pages {
		if id := strings.TrimSuffix(filepath.Base(page), ".md"); ruleSentences[id] == "" {
			t.Errorf("the rule %s has no sentence", id)
		}
	}
}
