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

// A page shows its picture, and there is no picture without a page that shows it.
func TestPagesShowTheirPictures(t *testing.T) {
	shown := map[string]bool{}
	for _, r := range diagnose.Rules() {
		text, err := os.ReadFile(filepath.Join(dir, r.ID+".md"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "](pictures/"+r.ID+".png)\n\n") {
			shown[r.ID] = true
		}
		if strings.Contains(rules.Page(r.ID), "![") || !strings.Contains(rules.Page(r.ID), "\n\n") {
			t.Errorf("the page of %s is not what it should be without its picture", r.ID)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "pictures", "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		id := strings.TrimSuffix(filepath.Base(f), ".png")
		if !shown[id] {
			t.Errorf("%s is shown by no page", f)
		}
		delete(shown, id)
	}
	for id := range shown {
		t.Errorf("the picture of %s is not there: run `make pictures`", id)
	}
}
