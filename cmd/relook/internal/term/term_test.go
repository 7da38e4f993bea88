package term

import (
	"bytes"
	"strings"
	"testing"

	"relook/agent"
	"relook/preview"
	"relook/preview/diagnose"
)

func diagnosis() (preview.Diagnosis, preview.Text) {
	src := preview.NewText("<style>\n\t.é界 { width: 1100px }\n</style>\n")
	start := strings.Index(src.String(), "width")
	return preview.Diagnosis{Path: "a.html", Valid: true, Defects: []preview.Defect{
		{
			Rule: "sideways-scroll", Severity: preview.SeverityError, Message: "The page scrolls sideways.",
			Views: []string{"390x844", "768x1024"}, Measure: map[string]float64{"overflow_px": 710.4, "count": 1},
			Cause: &preview.Cause{File: "a.html", Range: src.Range(preview.Span{Start: start, End: start + len("width: 1100px")})},
		},
		{
			Rule: "low-contrast", Severity: preview.SeverityWarning, Message: "Evil \x1b]0;title\x07 text \u202e.",
			Views: []string{"390x844"}, Measure: map[string]float64{"ratio": 2.3456, "required_ratio": 4.5, "extent_px": 182.03, "count": 4},
			Elements: []preview.Element{{Selector: "p"}, {Selector: "p"}, {Selector: "b"}, {Selector: "i"}, {Selector: "u"}},
		},
	}}, src
}

func TestPrinter(t *testing.T) {
	d, src := diagnosis()
	var b bytes.Buffer
	if err := NewPrinter(&b, false, false).Diagnosis(d, func(string) (preview.Text, error) { return src, nil }); err != nil {
		t.Fatal(err)
	}
	want := `a.html:2:8: error: The page scrolls sideways. [sideways-scroll]
 2 |  .é界 { width: 1100px }
   |         ^^^^^^^^^^^^^
   = at 390x844, 768x1024; overflow 710 px
a.html: warning: Evil ` + "\ufffd]0;title\ufffd text \ufffd" + `. [low-contrast]
     in p, b, i and 1 more
     = at 390x844; ratio 2.35; required ratio 4.5
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestPrinterTellsWhatIsBuilt(t *testing.T) {
	d, src := diagnosis()
	read := func(string) (preview.Text, error) { return src, nil }
	for _, tt := range []struct {
		built, from, want string
	}{
		{"css/a.css", "", "   = build css/a.css again to see a change\n"},
		{"", "a.scss", "   = a.html is built from a.scss: change that, as a change here is lost at the next build\n"},
	} {
		d.Defects[0].Cause.Built, d.Defects[0].Cause.BuiltFrom = tt.built, tt.from
		var b bytes.Buffer
		if err := NewPrinter(&b, false, false).Diagnosis(d, read); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), tt.want) {
			t.Errorf("got\n%s\nwant in it\n%s", b.String(), tt.want)
		}
	}
}

func TestPrinterTellsWhatWasLeftOut(t *testing.T) {
	d := preview.Diagnosis{Path: "a.html", Valid: true, LeftOut: []string{"Not all causes were looked up."}}
	var b bytes.Buffer
	if err := NewPrinter(&b, false, false).Diagnosis(d, nil); err != nil {
		t.Fatal(err)
	}
	if want := "a.html: left out: Not all causes were looked up.\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestPrinterColours(t *testing.T) {
	d, src := diagnosis()
	var plain, coloured bytes.Buffer
	read := func(string) (preview.Text, error) { return src, nil }
	if err := NewPrinter(&plain, false, false).Diagnosis(d, read); err != nil {
		t.Fatal(err)
	}
	if err := NewPrinter(&coloured, true, false).Diagnosis(d, read); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b[31;1merror:") {
		t.Errorf("plain\n%q\ncoloured\n%q", plain.String(), coloured.String())
	}
}

func TestProofs(t *testing.T) {
	for _, c := range []struct {
		rule    string
		measure map[string]float64
		want    string
	}{
		{"clipped-text", map[string]float64{"count": 1, "height_px": 132, "hidden_px": 64.78, "line_percent": 100}, "hidden 65 px; height 132 px"},
		{"covered-control", map[string]float64{"covered_percent": 99.6, "overlap_px2": 9058.61}, "covered 100 %"},
		{"console-error", map[string]float64{"count": 1}, ""},
		{"console-error", map[string]float64{"count": 12}, "count 12"},
		{"another", map[string]float64{"shift_ms": 3.456, "area_px2": 1234.5, "b": 1, "count": 1}, "area 1234 px²; b 1"},
		{"another", nil, ""},
	} {
		got := strings.Join(proofs(preview.Defect{Rule: c.rule, Measure: c.measure}), "; ")
		if got != c.want {
			t.Errorf("%s %v: got %q, want %q", c.rule, c.measure, got, c.want)
		}
	}
}

func TestLongLinesAreCut(t *testing.T) {
	line := strings.Repeat("a{b:c}", 4000)
	src := preview.NewText(line + ".x{width:900px}" + line)
	start := strings.Index(src.String(), "width")
	d := preview.Diagnosis{Path: "a.css", Defects: []preview.Defect{{
		Cause: &preview.Cause{File: "a.css", Range: src.Range(preview.Span{Start: start, End: start + 11})},
	}}}
	var b bytes.Buffer
	if err := NewPrinter(&b, false, false).Diagnosis(d, func(string) (preview.Text, error) { return src, nil }); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if n := len([]rune(lines[1])); n > lineWidth+10 {
		t.Errorf("the line of source is %d columns wide", n)
	}
	at := strings.Index(lines[2], "^")
	if marked := string([]rune(lines[1])[at : at+11]); marked != "width:900px" {
		t.Errorf("%q is underlined", marked)
	}
}

func TestPrinterBearsWrongRanges(t *testing.T) {
	src := preview.NewText("short\nfile")
	for _, r := range []preview.Range{
		{Start: preview.Position{Line: 90, Character: 3}, End: preview.Position{Line: 91}},
		{Start: preview.Position{Line: 1, Character: 300}, End: preview.Position{Line: 0}},
		{Start: preview.Position{Line: -1, Character: -5}, End: preview.Position{Line: -1, Character: -9}},
		{Start: preview.Position{}, End: preview.Position{Line: 1, Character: 2}},
	} {
		d := preview.Diagnosis{Defects: []preview.Defect{{Cause: &preview.Cause{File: "x", Range: r}}}}
		var b bytes.Buffer
		if err := NewPrinter(&b, false, false).Diagnosis(d, func(string) (preview.Text, error) { return src, nil }); err != nil {
			t.Error(err)
		}
		if !strings.Contains(b.String(), "^") {
			t.Errorf("%v prints %q", r, b.String())
		}
	}
}

func TestDiff(t *testing.T) {
	diff := "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\x1b[2J\r\n+b\r\n"
	var plain, coloured bytes.Buffer
	if err := Diff(&plain, diff, false); err != nil || plain.String() != diff {
		t.Errorf("plain is %q, %v", plain.String(), err)
	}
	if err := Diff(&coloured, diff, true); err != nil || strings.Contains(coloured.String(), "\x1b[2J") || !strings.Contains(coloured.String(), "\x1b[32m+b") {
		t.Errorf("coloured is %q, %v", coloured.String(), err)
	}
}

func TestSummary(t *testing.T) {
	d, _ := diagnosis()
	fine := preview.Diagnosis{Path: "b.html"}
	quiet := preview.Diagnosis{Path: "c.html", Ignored: d.Defects}
	for want, s := range map[string]Sum{
		"1 error and 1 warning in a.html at 3 views":              {Pages: []preview.Diagnosis{d}, Views: 3},
		"2 errors and 2 warnings in 2 pages at 1 view":            {Pages: []preview.Diagnosis{d, d}, Views: 1},
		"1 error and 1 warning in 1 of 2 pages at 1 view":         {Pages: []preview.Diagnosis{d, fine}, Views: 1},
		"no defects in b.html at 2 views":                         {Pages: []preview.Diagnosis{fine}, Views: 2},
		"no new defects in b.html at 2 views; 3 known":            {Pages: []preview.Diagnosis{fine}, Views: 2, Known: 3},
		"no defects in 2 pages at 2 views; 2 ignored":             {Pages: []preview.Diagnosis{fine, quiet}, Views: 2},
		"no new defects in c.html at 2 views; 1 known, 2 ignored": {Pages: []preview.Diagnosis{quiet}, Views: 2, Known: 1},
	} {
		var b bytes.Buffer
		if err := NewPrinter(&b, false, false).Summary(s); err != nil || b.String() != want+"\n" {
			t.Errorf("got %q, %v, want %q", b.String(), err, want)
		}
	}
}

// Of many pages each has a head, and what they share is told once.
func TestPrinterOfMany(t *testing.T) {
	d, src := diagnosis()
	d.Defects = d.Defects[:1]
	d.Defects[0].Cause.File = "shared.css"
	other := d
	other.Path = "b.html"
	ignored := d.Defects[0]
	ignored.Ignored = &preview.Ignore{File: "b.html", Range: preview.Range{Start: preview.Position{Line: 6}}, Reason: "a\x1bposter"}
	other.Ignored = []preview.Defect{ignored}
	var b bytes.Buffer
	p := NewPrinter(&b, false, true)
	for _, page := range []preview.Diagnosis{d, {Path: "fine.html"}, other} {
		if err := p.Diagnosis(page, func(string) (preview.Text, error) { return src, nil }); err != nil {
			t.Fatal(err)
		}
	}
	want := `a.html 1 error
shared.css:2:8: error: The page scrolls sideways. [sideways-scroll]
 2 |  .é界 { width: 1100px }
   |         ^^^^^^^^^^^^^
   = at 390x844, 768x1024; overflow 710 px

b.html 1 error
shared.css:2:8: error: the same as on a.html [sideways-scroll]
shared.css:2:8: ignored: The page scrolls sideways. [sideways-scroll]
     = b.html:7: a` + "\ufffd" + `poster

`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestRulesAndPages(t *testing.T) {
	var b bytes.Buffer
	if err := Rules(&b, false, diagnose.Rules(), func(string) string { return "It finds something." }); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, "\n  error    sideways-scroll") || !strings.Contains(got, "\n  info     too-many-elements  It finds something.\n") {
		t.Errorf("got\n%s", got)
	}
	b.Reset()
	page := "# a-rule\n\nSee [another](x.md) for `code`, **why**.\n\n| number | meaning |\n|---|---|\n| `px` | wide |\n| `ratio` | high |\n"
	if err := Page(&b, false, page); err != nil {
		t.Fatal(err)
	}
	if want := "a-rule\n\nSee another for `code`, why.\n\n  `px`     wide\n  `ratio`  high\n"; b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestRefined(t *testing.T) {
	before, _ := diagnosis()
	after := before
	after.Defects = before.Defects[1:]
	if got, want := Refined(before, after, 3)[0], "a.html: 2 defects at 3 views, 1 repaired, 1 left."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Refined(preview.Diagnosis{Path: "a"}, preview.Diagnosis{Path: "a"}, 1)[0], "a: no defects at 1 view."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRejected(t *testing.T) {
	say := func(reason string) agent.Attempt { return agent.Attempt{Verdict: agent.Verdict{Reason: reason}} }
	passes := []agent.Pass{{Attempts: []agent.Attempt{say("Rare."), say("Text is cut."), say("Text is cut."), say("x"), say("y")}}}
	want := `No repair was better than the page as it is; 5 were tried:
  2: Text is cut
  1: Rare
  1: x
  and 1 reason more: ` + "`--json` shows all of them."
	if got := strings.Join(Rejected(passes), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	dropped := Rejected([]agent.Pass{{Dropped: []string{"it was empty"}}})
	if len(dropped) != 1 || dropped[0] != "1 answer of the model could not be used, for example: it was empty" {
		t.Errorf("got %q", dropped)
	}
}

// On anything but a terminal there is no progress, whatever the time.
func TestProgressIsSilentElsewhere(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b)
	p.Say("working")
	p.Bytes("downloading", 5e6, 0)
	p.Count(1, 2, "a.html")
	p.Hide()
	p.Close()
	if b.Len() != 0 {
		t.Errorf("printed %q", b.String())
	}
}

func TestBytesAreWorded(t *testing.T) {
	p := &Progress{stop: make(chan struct{})}
	for _, c := range []struct {
		done, total int64
		want        string
	}{{0, 0, "step"}, {5e6, 0, "step: 5 MB"}, {5e6, 9e6, "step: 5 of 9 MB"}} {
		if p.Bytes("step", c.done, c.total); p.text != c.want {
			t.Errorf("got %q, want %q", p.text, c.want)
		}
	}
}
