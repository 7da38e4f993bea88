package diagnose

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"relook/preview"
)

// sweepOf sweeps traits that are told by a function.
func sweepOf(t *testing.T, looks int, samples []int, traits func(w int) map[string]trait) (*sweep, bool) {
	t.Helper()
	s := &sweep{left: looks, look: func(_ context.Context, w int) (map[string]trait, error) { return traits(w), nil }}
	whole, err := s.run(t.Context(), samples)
	if err != nil {
		t.Fatal(err)
	}
	return s, whole
}

func between(from, to int) func(int) map[string]trait {
	return func(w int) map[string]trait {
		if w < from || w > to {
			return nil
		}
		return map[string]trait{"a": {holds: true, size: 1}}
	}
}

func TestSweep(t *testing.T) {
	samples := spread([]int{320, 390, 768, 1280, 1440})
	growing := func(per float64) func(int) map[string]trait {
		return func(w int) map[string]trait {
			over := per * (933 - float64(w))
			if over <= 1 {
				return nil
			}
			return map[string]trait{"a": {holds: true, size: over, steady: true}}
		}
	}
	tests := []struct {
		name   string
		traits func(int) map[string]trait
		want   string
		looks  int // at most, on top of the samples
	}{
		{"nothing", between(0, 0), "[]", 0},
		{"everything", between(0, 2000), "[{320 1440}]", 0},
		{"up to", between(0, 700), "[{320 700}]", 7},
		{"from on", between(1001, 2000), "[{1001 1440}]", 7},
		{"inside", between(481, 767), "[{481 767}]", 14},
		{"px by px", growing(1), "[{320 931}]", 4},
		{"half a px by px", growing(0.5), "[{320 930}]", 4},
		{"three px by px", growing(3), "[{320 932}]", 4},
		{"not to be foreseen", func(w int) map[string]trait {
			if w >= 850 {
				return nil
			}
			return map[string]trait{"a": {holds: true, size: float64(2000 - w), steady: true}}
		}, "[{320 849}]", 10},
		{"a state", func(w int) map[string]trait {
			beyond := 0.4*float64(w) - 300
			return map[string]trait{"a": {beyond >= 0, beyond, true}}
		}, "[{750 1440}]", 4},
	}
	for _, test := range tests {
		s, whole := sweepOf(t, 100, samples, test.traits)
		if got := fmt.Sprint(s.ranges()["a"]); got != test.want || !whole {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if more := len(s.seen) - len(samples); more > test.looks {
			t.Errorf("%s: %d looks more than the samples, want %d at most", test.name, more, test.looks)
		}
	}
}

func TestSweepOutOfLooks(t *testing.T) {
	s, whole := sweepOf(t, 14, spread([]int{320, 390, 768, 1280, 1440}), between(481, 767))
	if whole || len(s.seen) != 14 {
		t.Errorf("%d looks of 14, whole %v", len(s.seen), whole)
	}
	for _, r := range s.ranges()["a"] {
		if r.From < 481 || r.To > 767 {
			t.Errorf("%v holds what is not known", r)
		}
	}
}

func TestRangeWords(t *testing.T) {
	all := preview.WidthRange{From: 320, To: 1440}
	for r, want := range map[preview.WidthRange]string{
		all:                    "at every width",
		{From: 320, To: 767}:   "up to 767 px",
		{From: 768, To: 1440}:  "from 768 px on",
		{From: 481, To: 767}:   "from 481 to 767 px",
		{From: 768, To: 768}:   "at exactly 768 px",
		{From: 1001, To: 1439}: "from 1,001 to 1,439 px",
	} {
		if got := rangeWords(r, all); got != want {
			t.Errorf("%v: %q, want %q", r, got, want)
		}
	}
}

func TestFuse(t *testing.T) {
	s := siteWith([][]finding{{wide("/a[1]", 710), wide("/a[1]/b[1]", 500)}, {wide("/a[1]/b[1]", 332)}})
	s.widths = &widths{all: preview.WidthRange{From: 320, To: 1440}, ranges: map[string][]preview.WidthRange{
		SidewaysScroll + " /a[1]":      {{From: 320, To: 500}},
		SidewaysScroll + " /a[1]/b[1]": {{From: 400, To: 900}},
	}}
	drafts := s.merge()
	cause := preview.Cause{File: "a.html", Property: "width", Text: "width: 1100px", Selector: ".a"}
	for _, d := range drafts {
		d.cause = &cause
	}
	fused := fuse(drafts)
	if len(drafts) != 2 || len(fused) != 1 {
		t.Fatalf("%d drafts became %d", len(drafts), len(fused))
	}
	got := fused[0].defect(false)
	if len(got.Elements) != 3 || strings.Join(got.Views, " ") != "390x844 768x1024" || got.Measure["count"] != 2 || fmt.Sprint(got.Widths) != "[{320 900}]" {
		t.Errorf("fused to %+v", got)
	}
	if got.Key() != SidewaysScroll+" /a[1]" {
		t.Errorf("key %s", got.Key())
	}

	elsewhere := cause
	elsewhere.Range.Start.Line = 7
	drafts = s.merge()
	drafts[0].cause, drafts[1].cause = &cause, &elsewhere
	if len(fuse(drafts)) != 2 {
		t.Error("two causes are two defects")
	}
}

func TestTemper(t *testing.T) {
	s := siteWith(nil)
	s.widths = &widths{alike: map[string]bool{TextOverlap + " a": true}}
	severity := func(group string, percent float64) preview.Severity {
		f := finding{Rule: TextOverlap, Group: group, Measure: map[string]float64{"overlap_percent": percent}}
		return s.temper(f, verdict{severity: preview.SeverityError}).severity
	}
	if severity("a", 60) != preview.SeverityWarning {
		t.Error("half a line, the same at every width, may be by design")
	}
	if severity("a", 90) != preview.SeverityError || severity("b", 60) != preview.SeverityError {
		t.Error("what nobody can read, or what depends on the width, is an error")
	}
}

func TestUnlike(t *testing.T) {
	of := func(list ...part) shape {
		s := shape{}
		for _, p := range list {
			s[p.Path] = p
		}
		return s
	}
	button, menu := part{Path: "/h/b", Parent: "/h", Display: "block"}, part{Path: "/h/m", Parent: "/h", Display: "flex"}
	row, below := part{Path: "/c", Before: "/d", Lies: "right", Display: "block"}, part{Path: "/c", Before: "/d", Lies: "below", Display: "block"}
	grid := part{Path: "/c", Before: "/d", Lies: "right", Display: "grid"}
	tests := []struct {
		name                string
		left, middle, right shape
		how                 string
		paths               string
	}{
		{"no menu", of(button), of(), of(menu), narrowMissing, "[/h/b /h/m]"},
		{"both menus", of(button), of(button, menu), of(menu), narrowExtra, "[/h/b /h/m]"},
		{"as on the left", of(button), of(button), of(menu), "", "[]"},
		{"gone between", of(menu), of(), of(menu), narrowMissing, "[/h/m]"},
		{"there only between", of(), of(menu), of(), narrowExtra, "[/h/m]"},
		{"wrapped between", of(row), of(below), of(row), narrowOther, "[/c]"},
		{"wraps", of(below), of(row), of(row), "", "[]"},
		{"displayed as nowhere else", of(row), of(part{Path: "/c", Display: "list-item"}), of(grid), narrowOther, "[/c]"},
		{"two parts of a page", of(button, below), of(menu, below), of(menu, row), "", "[]"},
	}
	for _, test := range tests {
		if how, _, paths := unlike(test.left, test.middle, test.right); how != test.how || fmt.Sprint(paths) != test.paths {
			t.Errorf("%s: %s %v, want %s %s", test.name, how, paths, test.how, test.paths)
		}
	}
}
