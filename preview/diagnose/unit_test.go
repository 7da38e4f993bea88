package diagnose

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"relook/preview"
)

// siteWith is a page at the default views with what was read of it.
func siteWith(readings [][]finding, events ...[]Event) *site {
	s := newSite(preview.Page{FS: fstest.MapFS{"a.html": {Data: []byte("<p>\nsecond line\n")}}, Entry: "a.html"}, Options{})
	s.views = preview.DefaultViews()
	s.readings = make([]reading, len(s.views))
	s.events = make([][]Event, len(s.views))
	for i, f := range readings {
		s.readings[i].Findings = f
	}
	copy(s.events, events)
	return s
}

func wide(xpath string, by float64) finding {
	return finding{
		Rule: SidewaysScroll, Group: xpath,
		Elements: []found{{XPath: xpath, Selector: ".plans", Box: box{Width: 390 + by, Height: 10}}},
		Measure:  map[string]float64{"overflow_px": by, "viewport_px": 390},
	}
}

func defects(s *site) []preview.Defect {
	d := preview.Diagnosis{}
	for _, draft := range s.merge() {
		d.Defects = append(d.Defects, draft.defect(false))
	}
	d.Sort()
	return d.Defects
}

func TestMergeOverViews(t *testing.T) {
	got := defects(siteWith([][]finding{{wide("/a[1]", 710)}, {wide("/a[1]", 332), wide("/b[1]", 5)}}))
	if len(got) != 2 {
		t.Fatalf("%d defects, want 2: %+v", len(got), got)
	}
	first, second := got[0], got[1]
	if strings.Join(first.Views, " ") != "390x844 768x1024" || len(first.Elements) != 2 || first.Elements[1].View != "768x1024" {
		t.Errorf("the fault at two views is not one defect: %+v", first)
	}
	if first.Measure["overflow_px"] != 710 {
		t.Errorf("the numbers are those of the worst view: got %v", first.Measure)
	}
	if first.Severity != preview.SeverityError || second.Severity != preview.SeverityWarning {
		t.Errorf("severities %s and %s", first.Severity, second.Severity)
	}
	want := "The page scrolls sideways by 710 px at 390 px and by 332 px at 768 px wide because `.plans` is wider than the screen."
	if first.Message != want {
		t.Errorf("message\n%s\nwant\n%s", first.Message, want)
	}
}

func TestKeyIsStable(t *testing.T) {
	before := defects(siteWith([][]finding{{wide("/a[1]", 710)}, {wide("/a[1]", 332)}}))
	after := defects(siteWith([][]finding{nil, {wide("/a[1]", 3)}}))
	if before[0].Key() != after[0].Key() {
		t.Errorf("keys %q and %q", before[0].Key(), after[0].Key())
	}
}

func TestCost(t *testing.T) {
	one := defects(siteWith([][]finding{{wide("/a[1]", 300)}}))[0].Cost
	two := defects(siteWith([][]finding{{wide("/a[1]", 300)}, {wide("/a[1]", 300)}}))[0].Cost
	less := defects(siteWith([][]finding{{wide("/a[1]", 200)}}))[0].Cost
	huge := defects(siteWith([][]finding{{wide("/a[1]", 1e9)}}))[0].Cost
	if math.Abs(two-2*one) > 1e-9 {
		t.Errorf("two views cost %v, one %v", two, one)
	}
	if less >= one || huge > 2*baseCost[preview.SeverityError] {
		t.Errorf("the cost must grow with the size and stay bounded: %v, %v, %v", less, one, huge)
	}
	for _, severity := range []preview.Severity{preview.SeverityError, preview.SeverityWarning, preview.SeverityInfo} {
		if c := cost(verdict{severity, -5, 0}); c <= 0 {
			t.Errorf("cost of %s without a size is %v", severity, c)
		}
	}
}

func TestBrokenImageJudgement(t *testing.T) {
	image := func(background string) finding {
		return finding{
			Rule: BrokenImage, Group: "/img[1]", Elements: []found{{XPath: "/img[1]", Selector: "img"}},
			Measure: map[string]float64{"width_px": 10, "height_px": 10},
			Words:   map[string]string{"url": "http://x/team.png", "background": background},
		}
	}
	event := func(kind EventKind) []Event {
		return []Event{{Kind: kind, URL: "http://x/team.png", File: "team.png", Status: 404, Resource: "Image", Line: -1}}
	}
	tests := []struct {
		name  string
		f     finding
		e     []Event
		rules string
	}{
		{"missing file", image(""), event(EventFailed), BrokenImage},
		{"not a picture", image(""), nil, BrokenImage},
		{"from the network", image(""), event(EventRefused), FailedRequest},
		{"background that loaded", image("yes"), nil, ""},
		{"background that failed", image("yes"), event(EventFailed), BrokenImage},
	}
	for _, test := range tests {
		var rules []string
		for _, d := range defects(siteWith([][]finding{{test.f}}, test.e)) {
			rules = append(rules, d.Rule)
		}
		if got := strings.Join(rules, " "); got != test.rules {
			t.Errorf("%s: %q, want %q", test.name, got, test.rules)
		}
	}
}

func TestReportedFaults(t *testing.T) {
	exception := Event{Kind: EventException, Text: "TypeError: x is null\n    at f (a.html:2)", File: "a.html", Line: 1, Column: 7}
	library := Event{Kind: EventRefused, URL: "https://cdn.example.com/lib.js", Resource: "Script", Line: -1}
	font := Event{Kind: EventRefused, URL: "https://cdn.example.com/a.woff2", Resource: "Font", Line: -1}

	got := defects(siteWith(nil, []Event{exception}, []Event{exception, exception}))
	if len(got) != 1 || len(got[0].Views) != 2 || got[0].Severity != preview.SeverityError {
		t.Fatalf("one error at two views: %+v", got)
	}
	if want := "A script failed in `a.html`: TypeError: x is null."; got[0].Message != want {
		t.Errorf("message %q, want %q", got[0].Message, want)
	}
	if c := got[0].Cause; c == nil || c.Text != "line" || c.Range.Start != (preview.Position{Line: 1, Character: 7}) {
		t.Errorf("cause %+v", got[0].Cause)
	}

	// The browser asks in any order, and sometimes again.
	for _, events := range [][]Event{{library, font, library, exception}, {exception, font, library}} {
		got = defects(siteWith(nil, events))
		if len(got) != 2 {
			t.Fatalf("one host and one error: %+v", got)
		}
		for _, d := range got {
			if d.Severity != preview.SeverityWarning {
				t.Errorf("what relook refuses is no error of the page, and a library is missed: %+v", d)
			}
			if d.Rule == FailedRequest && d.Measure["count"] != 1 {
				t.Errorf("one host was asked: %v", d.Measure)
			}
		}
	}
}

func TestPick(t *testing.T) {
	suspects := []suspect{{property: "a"}, {property: "b"}, {property: "c"}}
	tests := []struct {
		after []float64
		want  string
	}{
		{[]float64{100, 5, 0}, "b"},  // the first that takes nine tenths away
		{[]float64{60, 50, 80}, "b"}, // else the one that helps most
		{[]float64{99, 90, 80}, ""},  // too little may be chance
		{[]float64{-1, -1, 0}, "c"},  // -1: could not be tried
	}
	for _, test := range tests {
		if got := pick(suspects, 100, test.after).property; got != test.want {
			t.Errorf("pick(%v) = %q, want %q", test.after, got, test.want)
		}
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[float64]string{0: "0", 999: "999", 1099: "1,099", 1234567.4: "1,234,567", -1234: "-1,234"} {
		if got := number(n); got != want {
			t.Errorf("number(%v) = %q, want %q", n, got, want)
		}
	}
	if got := code("a`b\n c"); got != "`a'b c`" {
		t.Errorf("code must not be broken out of: %q", got)
	}
	if got := and([]string{"390 px", "768 px", "1,280 px"}); got != "390 px, 768 px and 1,280 px" {
		t.Errorf("and: %q", got)
	}
	if got := cut(strings.Repeat("ä", 50), 10); len([]rune(got)) != 10 {
		t.Errorf("cut: %q", got)
	}
}

func TestEveryRuleHasAScript(t *testing.T) {
	for _, c := range checks {
		if checkOf(c.rule()) != c {
			t.Errorf("%s is listed twice", c.rule())
		}
	}
	for _, rule := range append(rules(), ruleLostItem, ruleTwoWay) {
		if !strings.Contains(installScript, `checks["`+rule+`"]`) {
			t.Errorf("%s has no script", rule)
		}
	}
}

// The scripts share one scope: a name that stands twice would be the last one's,
// or stop them all.
func TestScriptNamesAreOwn(t *testing.T) {
	at := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^(?:function\*?|const|let|class) (\w+)`).FindAllStringSubmatch(installScript, -1) {
		if at[m[1]]++; at[m[1]] == 2 {
			t.Errorf("%s is declared twice", m[1])
		}
	}
	if len(at) < 100 {
		t.Errorf("only %d names were read", len(at))
	}
}

// Variations are judged as their inner checks judge, but nobody sees the page as
// the soft ones have it.
func TestVariationJudgement(t *testing.T) {
	s := siteWith(nil)
	lost := func(reason string, letters, used float64) finding {
		return finding{Words: map[string]string{"of": ruleLostItem, "reason": reason}, Measure: map[string]float64{"letters": letters, "controls": used, "used": used}}
	}
	cut := finding{Words: map[string]string{"of": ClippedText}, Measure: map[string]float64{"hidden_px": 20, "line_percent": 100}}
	unmeant := finding{Words: map[string]string{"of": ClippedText, "unmeant": "yes"}, Measure: cut.Measure}
	for _, c := range []struct {
		name string
		of   variation
		f    finding
		want preview.Severity // "" for no defect
	}{
		{"cut at zoom", atZoom, cut, preview.SeverityError},
		{"cut with longer text", longerText, cut, preview.SeverityWarning},
		{"cut in a mirror that nobody asked for", rightToLeft, unmeant, preview.SeverityInfo},
		{"out of reach", atZoom, lost("page", 10, 0), preview.SeverityError},
		{"a sign out of reach", atZoom, lost("page", 2, 0), ""},
		{"a sentence left out", at320, lost("hidden", 60, 0), preview.SeverityInfo},
		{"a word left out", at320, lost("hidden", 6, 0), ""},
		{"a button left out", at320, lost("hidden", 6, 1), preview.SeverityWarning},
	} {
		v, ok := c.of.judge(c.f, s, 0)
		if ok != (c.want != "") || ok && v.severity != c.want {
			t.Errorf("%s: %v %v, want %q", c.name, v.severity, ok, c.want)
		}
	}
}

func TestToldFindingsAreNotTold(t *testing.T) {
	heard := told{}
	heard.add([]finding{wide("/a[1]", 10)})
	other := wide("/a[1]", 10)
	other.Group = "the same element in another group"
	got := heard.unheard([]finding{wide("/a[1]", 90), other, wide("/b[1]", 5), wide("/b[1]", 5)})
	if len(got) != 2 || got[0].Group != "/b[1]" {
		t.Errorf("unheard are %+v", got)
	}
	if again := heard.unheard(got); len(again) != 0 {
		t.Errorf("told twice: %+v", again)
	}
}
