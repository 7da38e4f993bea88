package mutant_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"relook/agent/edit"
	"relook/agent/train/mutant"
	"relook/preview"
	"relook/preview/chrome"
)

const cleanDir = "../../../testdata/clean"

func sources(t *testing.T) []mutant.Source {
	t.Helper()
	names, err := filepath.Glob(cleanDir + "/*.html")
	if err != nil || len(names) < 12 {
		t.Fatalf("%d clean pages in %s: %v", len(names), cleanDir, err)
	}
	var list []mutant.Source
	for _, name := range names {
		entry := filepath.Base(name)
		list = append(list, mutant.Source{Name: "clean/" + entry, Page: preview.Page{FS: os.DirFS(cleanDir), Entry: entry}})
	}
	return list
}

func browser(t *testing.T) *chrome.Browser {
	t.Helper()
	b := chrome.New(chrome.Config{})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("closing the browser: %v", err)
		}
	})
	return b
}

// A mutant's findings are its operator's only if the page had none before.
func TestCleanPagesAreClean(t *testing.T) {
	b := browser(t)
	for _, src := range sources(t) {
		found, err := mutant.Find(t.Context(), b, src.Page, preview.ProfileStandard)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			t.Errorf("%s: %s at %s in view %s", src.Name, f.Rule, f.XPath, f.View)
		}
	}
}

// Every operator breaks some page so that the diagnosis sees it, and the repair
// that is handed out gives the clean page back, byte for byte.
func TestOperatorsBreakAndRepair(t *testing.T) {
	b, list := browser(t), sources(t)
	g := &mutant.Generator{Renderer: b, Sources: list, Seed: 1, Profile: preview.ProfileThorough, Tries: 30}
	by := map[string]bool{}
	var singles []mutant.Mutant
	err := g.Singles(t.Context(), 1, func(m mutant.Mutant) bool {
		by[m.Operators[0]] = true
		singles = append(singles, m)
		checkRepair(t, list, m)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range mutant.Operators() {
		if !by[op.Name] {
			t.Errorf("operator %s breaks no clean page so that it shows", op.Name)
		}
	}
	if len(by) < 25 {
		t.Errorf("only %d operators", len(by))
	}
	combined := 0
	err = g.Combine(t.Context(), singles, 2, 2, func(m mutant.Mutant) bool {
		combined++
		checkRepair(t, list, m)
		if len(m.Operators) != 2 || m.Operators[0] == m.Operators[1] {
			t.Errorf("a mutant of level 2 has operators %v", m.Operators)
		}
		return true
	})
	if err != nil || combined == 0 {
		t.Errorf("%d mutants of two defects: %v", combined, err)
	}
}

func checkRepair(t *testing.T, list []mutant.Source, m mutant.Mutant) {
	t.Helper()
	if len(m.Found) == 0 || len(m.Files) == 0 {
		t.Errorf("%s: %d findings, %d files", m.ID, len(m.Found), len(m.Files))
	}
	src := list[slices.IndexFunc(list, func(s mutant.Source) bool { return s.Name == m.Source })]
	repaired, err := edit.ApplyAll(m.Page(src).Read, m.Repair)
	if err != nil {
		t.Fatalf("%s: %v", m.ID, err)
	}
	for name, broken := range m.Files {
		clean, err := src.Page.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if repaired[name] != clean.String() || broken == clean.String() {
			t.Errorf("%s: the repair does not give the clean %s back", m.ID, name)
		}
	}
}
