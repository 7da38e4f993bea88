package suite

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relook/preview"
)

func openTest(name string, forget func(Record) bool) (*Store[Record], error) {
	return OpenStore(name, Record.Key, forget)
}

// A run that is killed goes on where it was: what was written counts, half a
// line does not, and nothing is measured twice.
func TestStoreGoesOn(t *testing.T) {
	name := filepath.Join(t.TempDir(), "results.jsonl")
	s, err := openTest(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Record{{Item: "a", Arm: "rules", Tokens: 1}, {Item: "b", Arm: "rules"}, {Item: "a", Arm: "rules", Tokens: 2}} {
		if err := s.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
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
	if s, err = openTest(name, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(Record{Item: "d", Arm: "rules"}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s, err = openTest(name, func(r Record) bool { return r.Item == "b" }); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var got []string
	for _, r := range s.All() {
		got = append(got, r.Item)
	}
	if strings.Join(got, " ") != "a d" || s.All()[0].Tokens != 2 {
		t.Errorf("after two restarts: %+v", s.All())
	}
}

func TestStoreNamesABrokenLine(t *testing.T) {
	name := filepath.Join(t.TempDir(), "results.jsonl")
	if err := os.WriteFile(name, []byte("{}\nnonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openTest(name, nil); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error %v", err)
	}
}

func sightOf(cost float64, errors int, items ...preview.Item) Sight {
	r := &preview.Rendering{Diagnosis: preview.Diagnosis{Valid: true}, Inventories: []preview.Inventory{{View: "390x844", Items: items}}}
	for range errors {
		r.Diagnosis.Defects = append(r.Diagnosis.Defects, preview.Defect{Rule: "sideways-scroll", Severity: preview.SeverityError, Views: []string{"390x844"}, Cost: cost})
	}
	return Sight{r, &preview.Rendering{}}
}

// The judge asks nothing of the gate, so it is tested for itself.
func TestWorse(t *testing.T) {
	text := preview.Item{Kind: preview.ItemText, Name: "Hello", Visible: true}
	button := preview.Item{Kind: preview.ItemControl, Name: "Buy", Hittable: true}
	covered := button
	covered.Hittable = false
	invalid := sightOf(0, 0, text)
	invalid.Usual.Diagnosis.Valid = false
	for _, c := range []struct {
		name          string
		before, after Sight
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
		if got := Worse(c.before, c.after); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSpread(t *testing.T) {
	list := strings.Split("abcdefghij", "")
	got := ""
	for _, it := range Spread(list, 4) {
		got += it
	}
	if got != "acfh" || len(Spread(list, 0)) != 10 || len(Spread(list, 99)) != 10 {
		t.Errorf("4 of 10: %s", got)
	}
}

// The arithmetic, against figures worked out by hand.
func TestArithmetic(t *testing.T) {
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	// Three differences of one sign: of 8 sign patterns two are as extreme.
	near("the paired test of three", PairedTest([]float64{1, 2, 3}, 1), 0.25)
	near("zeros don't count", PairedTest([]float64{1, 2, 3, 0, 0}, 1), 0.25)
	near("nothing to compare", PairedTest(nil, 1), 1)
	// +1 -1: every pattern has a sum of at least 0.
	near("no difference", PairedTest([]float64{1, -1}, 1), 1)
	if p := PairedTest([]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 1); p > 0.001 {
		t.Errorf("fifteen of one sign: p %v", p)
	}
	// Ranks 1 2.5 2.5 4 and 1 2 3 4: r = 4.5 / sqrt(4.5 * 5).
	near("Spearman with a tie", Spearman([]float64{1, 5, 5, 9}, []float64{1, 2, 3, 4}), 4.5/math.Sqrt(22.5))
	near("Spearman of a constant", Spearman([]float64{1, 1, 1}, []float64{1, 2, 3}), 0)
	// 3 of 4 agree; by chance 1/2 * 3/4 + 1/2 * 1/4 = 1/2.
	near("kappa", Kappa([]int{0, 0, 1, 1}, []int{0, 0, 0, 1}), 0.5)
	near("median", Median([]float64{4, 1, 1, 2}, func(f float64) float64 { return f }), 1.5)
	if fifth(100, 100) != 4 || fifth(0, 100) != 0 || fifth(39.9, 100) != 1 {
		t.Error("scores don't fall into their fifths")
	}
}

// What a summary says of two arms on three items, one of which lost a test and one
// of which the machine failed on.
func TestSummary(t *testing.T) {
	about := About{Name: "x", Title: "X", Metrics: []Metric{{Name: "score", Most: 100}}}
	rec := func(item, arm string, score float64, ms float64, tests map[string]bool) Record {
		return Record{Item: item, Arm: arm, Valid: true, Millis: ms, Score: Score{Values: map[string]float64{"score": score}, Tests: tests}}
	}
	s := Summarise(about, []Record{
		rec("a", Base, 10, 100, map[string]bool{"t": true, "u": false}), rec("b", Base, 20, 100, nil),
		rec("a", "rules", 30, 150, map[string]bool{"t": false, "u": true}), rec("b", "rules", 20, 300, nil),
		{Item: "c", Arm: "rules", Error: "no browser"},
	}, 1)
	if s.Items != 3 || s.Errors != 1 || len(s.Arms) != 2 {
		t.Fatalf("the summary is %+v", s)
	}
	a := s.Arms[1]
	if a.Change.Mean != 10 || a.CostRatio != 2.25 || a.TestsBefore != 1 || a.TestsPassed != 1 || a.TestsLost != 1 || a.Better != 1 || a.Same != 1 {
		t.Errorf("the arm is %+v", a)
	}
	if md := s.Markdown(); !strings.Contains(md, "| rules | 2 | 25 (20 to 30) |") || !strings.Contains(md, "1 runs that failed") {
		t.Errorf("the table is\n%s", md)
	}
}

// A judge that can't be read is not scored, whatever the page.
func TestMissingScoreIsNotZero(t *testing.T) {
	about := About{Metrics: []Metric{{Name: "score"}}}
	r := Record{Item: "a", Arm: Base, Score: Score{Missing: map[string]string{"score": "prose"}, Judgements: []Judgement{{Judge: "j", Problem: "prose"}}}}
	s := Summarise(about, []Record{r}, 1)
	if _, ok := s.Arms[0].Values["score"]; ok || s.Failures != 1 || r.Finished() {
		t.Errorf("the summary is %+v", s)
	}
}

func TestRowsAndDrafts(t *testing.T) {
	name := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(name, []byte("{\"id\": \"a\"}\nnonsense\n\n{}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	problems, err := ReadRows(name, func(_ int, r struct{ ID string }) error { return Lacking("id", r.ID != "") })
	if err != nil || len(problems) != 2 || problems[1].String() != "line 4: it has no id" {
		t.Errorf("problems %v, error %v", problems, err)
	}
	kept, twice := Unique([]Item{{ID: "a"}, {ID: "a"}, {}})
	if len(kept) != 1 || len(twice) != 2 {
		t.Errorf("kept %v, told %v", kept, twice)
	}
	page, err := PageOf("Here:\n```css\nx\n```\n```html\n<p>1</p>\n```\n```html\n<p>2</p>\n```")
	if err != nil || page != "<p>2</p>\n" {
		t.Errorf("the page is %q, %v", page, err)
	}
	if _, err := PageOf("I can't do that."); err == nil {
		t.Error("prose is taken for a page")
	}
}
