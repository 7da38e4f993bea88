package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relook/preview"
)

func none(record) bool { return false }

// A run that is killed goes on where it was: what was written counts, half a
// line does not, and nothing is measured twice.
func TestStoreGoesOn(t *testing.T) {
	name := filepath.Join(t.TempDir(), "results.jsonl")
	s, err := openStore(name, none)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []record{{Item: "a", Arm: "rules", Before: 1}, {Item: "b", Arm: "rules"}, {Item: "a", Arm: "rules", Before: 2}} {
		if err := s.add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"item":"c","arm":"ru`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if s, err = openStore(name, none); err != nil {
		t.Fatal(err)
	}
	if err := s.add(record{Item: "d", Arm: "rules"}); err != nil {
		t.Fatal(err)
	}
	s.close()
	if s, err = openStore(name, func(r record) bool { return r.Item == "b" }); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	var got []string
	for _, r := range s.records {
		got = append(got, r.Item)
	}
	if strings.Join(got, " ") != "a d" || s.records[0].Before != 2 {
		t.Errorf("after two restarts: %+v", s.records)
	}
}

func TestStoreNamesABrokenLine(t *testing.T) {
	name := filepath.Join(t.TempDir(), "results.jsonl")
	if err := os.WriteFile(name, []byte("{}\nnonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openStore(name, none); err == nil || !strings.Contains(err.Error(), "-fresh") {
		t.Errorf("error %v", err)
	}
}

func sightOf(cost float64, errors int, items ...preview.Item) sight {
	r := &preview.Rendering{Diagnosis: preview.Diagnosis{Valid: true}, Inventories: []preview.Inventory{{View: "390x844", Items: items}}}
	for range errors {
		r.Diagnosis.Defects = append(r.Diagnosis.Defects, preview.Defect{Rule: "sideways-scroll", Severity: preview.SeverityError, Views: []string{"390x844"}, Cost: cost})
	}
	return sight{r, &preview.Rendering{}}
}

// The judge asks nothing of the gate, so it is tested for itself.
func TestWorse(t *testing.T) {
	text := preview.Item{Kind: preview.ItemText, Name: "Hello", Visible: true}
	button := preview.Item{Kind: preview.ItemControl, Name: "Buy", Hittable: true}
	covered := button
	covered.Hittable = false
	invalid := sightOf(0, 0, text)
	invalid.usual.Diagnosis.Valid = false
	for _, c := range []struct {
		name          string
		before, after sight
		want          string
	}{
		{"the same", sightOf(1, 1, text), sightOf(1, 1, text), ""},
		{"better", sightOf(1, 1, text, button), sightOf(1, 0, text, button), ""},
		{"a text is gone", sightOf(1, 1, text, button), sightOf(1, 0, button), "lost at 390x844: Hello"},
		{"a control is covered", sightOf(1, 0, button), sightOf(1, 0, covered), "lost at 390x844: Buy"},
		{"one of two texts is gone", sightOf(1, 1, text, text), sightOf(1, 0, text), "lost at 390x844: Hello"},
		{"one error more", sightOf(1, 1), sightOf(0.1, 2), "new: sideways-scroll at 390x844"},
		{"it costs more", sightOf(1, 1), sightOf(2, 1), "costs 2.0 instead of 1.0"},
		{"it does not render", sightOf(1, 1), invalid, "it no longer renders"},
	} {
		if got := worse(c.before, c.after); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTokensAreCountedOverReplies(t *testing.T) {
	var m model
	for _, n := range []int{1, 2, 3, 1, 2, 5} { // a reply of 3, then one of 5
		m.count(n)
	}
	if m.tokens != 8 {
		t.Errorf("%d tokens, want 8", m.tokens)
	}
}

func TestStatistics(t *testing.T) {
	list := []record{{Before: 4, After: 1, Full: false}, {Before: 1, After: 0, Full: true}, {Before: 1, After: 2}, {Before: 2, After: 1}}
	if got := removed(list); got != 50 {
		t.Errorf("removed %v %%, want 50", got)
	}
	if got := share(full)(list); got != 25 {
		t.Errorf("full %v %%, want 25", got)
	}
	if got := median(list, func(r record) float64 { return float64(r.Before) }); got != 1.5 {
		t.Errorf("median %v, want 1.5", got)
	}
	from, to := interval(list, 1, share(full))
	again, _ := interval(list, 1, share(full))
	if from != again || from >= 25 || to <= 25 {
		t.Errorf("interval %v to %v around 25, then from %v", from, to, again)
	}
}

func TestArmsAreComparedOnTheSameItems(t *testing.T) {
	of := byArm([]record{
		{Item: "a", Arm: "model", Model: "m"}, {Item: "b", Arm: "model", Model: "m"}, {Item: "b", Arm: "naive", Model: "m"},
	})
	if got := commonItems(of); len(got) != 1 || got[0] != "b" {
		t.Errorf("common items %v, want [b]", got)
	}
}

func TestSpread(t *testing.T) {
	var list []item
	for _, id := range strings.Split("abcdefghij", "") {
		list = append(list, item{id: id})
	}
	got := ""
	for _, it := range spread(list, 4) {
		got += it.id
	}
	if got != "acfh" || len(spread(list, 0)) != 10 || len(spread(list, 99)) != 10 {
		t.Errorf("4 of 10: %s", got)
	}
}

// Playwright nests suites; a test is named by all of them.
func TestPlaywrightReport(t *testing.T) {
	var top suite
	top.Suites = []suite{{Title: "a.spec.js", Suites: []suite{{Title: "slider"}}}}
	top.Suites[0].Suites[0].Specs = append(top.Suites[0].Suites[0].Specs, struct {
		Title string
		OK    bool
	}{"moves", true})
	got := map[string]bool{}
	top.collect("", got)
	if !got["a.spec.js > slider > moves"] || len(got) != 1 {
		t.Errorf("collected %v", got)
	}
}
