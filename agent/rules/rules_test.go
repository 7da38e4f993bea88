package rules

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
	"relook/preview/diagnose"
)

func TestFirstCandidates(t *testing.T) {
	y := map[string]float64{"height_px": 90}
	x := map[string]float64{"width_px": 90}
	grey := map[string]float64{"ratio": 2.8, "required_ratio": 4.5}
	tests := []struct {
		name, rule, src, views string
		measure                map[string]float64
		parts                  []part
		want                   []string // the first candidates' outcomes
	}{
		{"fixed width of a block", diagnose.SidewaysScroll, ".a { width: 1100px; }", phone + " " + tablet, nil,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: block"}},
			[]string{
				".a { max-width: 1100px; }",
				".a { width: 1100px; } @media (max-width: 900px) { .a { width: auto; max-width: 1100px; } }",
				".a { width: 1100px; } @media (max-width: 816px) { .a { width: auto; max-width: 1100px; } }",
				".a { width: 1100px; max-width: 100%; }",
			}},
		{"fixed width of a float", diagnose.SidewaysScroll, ".a { float: left; width: 500px; }", phone, nil,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: block; float: left"}},
			[]string{".a { float: left; width: 500px; max-width: 100%; }"}},
		{"least width", diagnose.SidewaysScroll, ".a { min-width: 600px; }", phone, nil,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: block"}},
			[]string{".a { min-width: min(100%, 600px); }"}},
		{"width of the window", diagnose.SidewaysScroll, ".a { width: 100vw; }", phone + " " + tablet + " " + laptop, nil,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: block"}},
			[]string{".a { width: 100%; }"}},
		{"row that can't wrap", diagnose.SidewaysScroll, ".a { display: flex; gap: 8px; }", phone, nil,
			[]part{{role: "element", tag: "nav", rules: ".a", computed: "display: flex; flex-wrap: nowrap; flex-direction: row"}},
			[]string{
				".a { display: flex; gap: 8px; flex-wrap: wrap; }",
				".a { display: flex; gap: 8px; } @media (max-width: 480px) { .a { flex-wrap: wrap; } }",
			}},
		{"line that can't break", diagnose.SidewaysScroll, ".a { white-space: nowrap; }", phone, nil,
			[]part{{role: "element", tag: "p", rules: ".a", computed: "display: block; white-space: nowrap"}},
			[]string{".a { white-space: normal; }"}},
		{"fixed tracks", diagnose.SidewaysScroll, ".a { grid-template-columns: repeat(3, 300px); }", phone, nil,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: grid"}},
			[]string{".a { grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }"}},
		{"fractions", diagnose.SidewaysScroll, ".a { grid-template-columns: 1fr 2fr; }", phone, nil,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: grid"}},
			[]string{".a { grid-template-columns: minmax(0, 1fr) minmax(0, 2fr); }"}},
		{"picture", diagnose.SidewaysScroll, ".a { border: 0; }", phone, nil,
			[]part{{role: "element", tag: "img", rules: ".a", computed: "display: inline"}},
			[]string{".a { border: 0; max-width: 100%; height: auto; }"}},
		{"negative margin", diagnose.SidewaysScroll, ".a { margin: 0 -15px; }", phone, nil,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: block"}},
			[]string{".a { margin: 0 0; }"}},
		{"padding beside the width", diagnose.SidewaysScroll, ".a { width: 100%; padding: 8px; }", phone, nil,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: block; box-sizing: content-box"}},
			[]string{".a { width: 100%; padding: 8px; box-sizing: border-box; }"}},
		{"the file's own breakpoint", diagnose.SidewaysScroll, ".a { display: flex; }\n@media (max-width: 700px) {\n  .b { c: d; }\n}\n", phone, nil,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: flex"}},
			[]string{
				".a { display: flex; flex-wrap: wrap; }\n@media (max-width: 700px) {\n  .b { c: d; }\n}\n",
				".a { display: flex; }\n@media (max-width: 700px) {\n  .b { c: d; }\n  .a { flex-wrap: wrap; }\n}\n",
			}},
		{"breakpoint too low", diagnose.SidewaysScroll, ".a { width: 900px; }\n@media (max-width: 600px) {\n  .a { width: auto; }\n}\n", tablet, nil,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: block"}},
			[]string{".a { width: 900px; }\n@media (max-width: 900px) {\n  .a { width: auto; }\n}\n"}},
		{"moved out", diagnose.OutsideViewport, ".a { position: relative; left: -80px; }", phone, nil,
			[]part{{role: "element", tag: "p", rules: ".a", computed: "display: block; position: relative; left: -80px"}},
			[]string{".a { position: relative; left: 0; }"}},
		{"fixed height", diagnose.ClippedText, ".a { height: 90px; overflow: hidden; }", phone, y,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: block"}},
			[]string{
				".a { min-height: 90px; overflow: hidden; }",
				".a { height: 90px; overflow: hidden; } @media (max-width: 480px) { .a { height: auto; min-height: 90px; } }",
				".a { height: 90px; overflow: hidden; } @media (max-width: 414px) { .a { height: auto; min-height: 90px; } }",
				".a { height: auto; overflow: hidden; }",
			}},
		{"greatest height", diagnose.ClippedText, ".a { max-height: 90px; overflow: hidden; }", phone + " " + tablet + " " + laptop, y,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: block"}},
			[]string{".a { overflow: hidden; }"}},
		{"cut at the side", diagnose.ClippedText, ".a { overflow: hidden; white-space: nowrap; }", phone, x,
			[]part{{role: "element", tag: "div", rules: ".a", computed: "display: block; white-space: nowrap"}},
			[]string{".a { overflow: hidden; white-space: normal; }"}},
		{"negative margin over text", diagnose.TextOverlap, ".a { margin: -40px 0 0; }", phone + " " + tablet + " " + laptop, nil,
			[]part{{role: "element", tag: "p", rules: ".a", computed: "display: block"}},
			[]string{".a { margin: 0 0 0; }"}},
		{"lines too close", diagnose.TextOverlap, ".a { line-height: 0.8; }", laptop, nil,
			[]part{{role: "element", tag: "p", rules: ".a", computed: "display: block; font-size: 16px"}},
			[]string{".a { line-height: 1.2; }"}},
		{"positioned text", diagnose.TextOverlap, ".a { position: absolute; }", phone + " " + tablet + " " + laptop, nil,
			[]part{{role: "element", tag: "p", rules: ".a", computed: "display: block; position: absolute"}},
			[]string{".a { position: static; }", ".a { position: relative; }"}},
		{"covered, positioned control", diagnose.CoveredControl, ".a { position: relative; } .b { z-index: 3; }", phone, nil,
			[]part{
				{role: "element", tag: "a", rules: ".a", computed: "position: relative"},
				{role: "other", tag: "div", rules: ".b", computed: "position: absolute; z-index: 3; background-color: rgba(0, 0, 0, 0.5)"},
			},
			[]string{".a { position: relative; z-index: 4; } .b { z-index: 3; }"}},
		{"grey on white", diagnose.LowContrast, ".a { color: #999; }", phone, grey,
			[]part{{role: "element", tag: "p", rules: ".a", computed: "color: #999999; relook-background: #ffffff"}},
			[]string{".a { color: #666; }"}},
		{"upper case", diagnose.LowContrast, ".a { color: #A9B8B4; }", phone + " " + tablet + " " + laptop, grey,
			[]part{{role: "element", tag: "p", rules: ".a", computed: "color: #a9b8b4; relook-background: #ffffff"}},
			[]string{".a { color: #6A7875; }"}},
		{"white stays white", diagnose.LowContrast, ".a { color: white; background: #007bff; }", phone + " " + tablet + " " + laptop, grey,
			[]part{{role: "element", tag: "a", rules: ".a", computed: "color: #ffffff; relook-background: #007bff"}},
			[]string{".a { color: white; background: #006ff3; }"}},
		{"inherited colour", diagnose.LowContrast, ".a { font-size: 9px; } .b { color: rgb(10, 10, 10); }", phone + " " + tablet + " " + laptop, grey,
			[]part{
				{role: "element", tag: "p", rules: ".a", computed: "color: #0a0a0a; relook-background: #000000"},
				{role: "parent", tag: "div", rules: ".b"},
			},
			[]string{".a { font-size: 9px; color: #767676; } .b { color: rgb(10, 10, 10); }"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := outcomes(t, task(t, tt.rule, tt.src, tt.views, tt.measure, tt.parts...), cssFile)
			if n := min(len(got), len(tt.want)); !slices.Equal(got[:n], tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got[:min(len(got), 6)], "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// TestTableNeedsRoom: a table that scrolls by itself in a narrow slot shows less
// of its rows than a page that scrolls.
func TestTableNeedsRoom(t *testing.T) {
	const src = ".slot { width: 30%; } .list { color: red; }"
	scrolls := func(width float64) bool {
		tk := task(t, diagnose.SidewaysScroll, src, phone, nil,
			part{role: "element", tag: "div", rules: ".slot", computed: "display: block"},
			part{role: "child", tag: "table", rules: ".list", computed: "display: table"})
		tk.Diagnosis.Defects[0].Evidence.Subjects[0].Box.Width = width
		return slices.ContainsFunc(outcomes(t, tk, cssFile), func(s string) bool { return strings.Contains(s, "overflow-x: auto") })
	}
	if scrolls(100) || !scrolls(350) {
		t.Errorf("in 100 px %v, in 350 px %v", scrolls(100), scrolls(350))
	}
}

// TestWordsBreakLast: "anywhere" lets a row squeeze its items to the width of a
// letter, which no measure of the gate tells from a good repair.
func TestWordsBreakLast(t *testing.T) {
	parts := []part{{role: "element", tag: "div", rules: ".row", computed: "display: flex; flex-wrap: nowrap"}}
	got := outcomes(t, task(t, diagnose.SidewaysScroll, ".row { display: flex; }", phone, nil, parts...), cssFile)
	at := func(s string) int {
		return slices.IndexFunc(got, func(css string) bool { return strings.Contains(css, s) })
	}
	if at("anywhere") >= 0 || at("break-word") < at("flex-wrap: wrap") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestCauseComesFirst(t *testing.T) {
	src := ".a { width: 1100px; white-space: nowrap; }"
	parts := []part{{role: "element", tag: "p", rules: ".a", computed: "display: block; white-space: nowrap"}}
	tk := task(t, diagnose.SidewaysScroll, src, phone, nil, parts...)
	text := preview.NewText(src)
	i := strings.Index(src, "white-space")
	tk.Diagnosis.Defects[0].Cause = &preview.Cause{File: cssFile, Property: "white-space", Range: text.Range(preview.Span{Start: i, End: len(src) - 2})}
	want := ".a { width: 1100px; white-space: normal; }"
	if got := outcomes(t, tk, cssFile); got[0] != want {
		t.Errorf("got %s, want %s", got[0], want)
	}
}

func TestDecorationLetsClicksPass(t *testing.T) {
	for _, tt := range []struct {
		page string
		want bool
	}{
		{`<a></a><div class="b"></div>`, true},
		{`<a></a><div class="b">Text</div>`, false},
	} {
		src := ".a { color: red; } .b { position: absolute; }"
		tk := task(t, diagnose.CoveredControl, src, phone, nil,
			part{role: "element", tag: "a", rules: ".a", computed: "position: static"},
			part{role: "other", tag: "div", rules: ".b", computed: "position: absolute; background-color: rgba(0, 0, 0, 0.1)"})
		tk.Page.FS.(fstest.MapFS)["a.html"] = &fstest.MapFile{Data: []byte(tt.page)}
		i := strings.Index(tt.page, "<div")
		tk.Diagnosis.Defects[0].Evidence.Subjects[1].StartTag = &preview.SourceSpan{
			File: "a.html", Span: preview.Span{Start: i, End: i + len(`<div class="b">`)},
		}
		got := slices.Contains(outcomes(t, tk, cssFile), ".a { color: red; } .b { position: absolute; pointer-events: none; }")
		if got != tt.want {
			t.Errorf("%s: pointer-events: none was proposed: %v", tt.page, got)
		}
	}
}

func TestMissingFiles(t *testing.T) {
	tests := []struct{ name, address, files, want string }{
		{"case", "images/Team.svg", "images/team.svg", "images/team.svg"},
		{"extension", "images/team.png", "images/team.svg images/other.png", "images/team.svg"},
		{"folder", "team.png", "pages/images/team.png", "images/team.png"},
		{"up", "team.png", "assets/team.png", "../assets/team.png"},
		{"from the root", "/img/team.png", "assets/team.png", "/assets/team.png"},
		{"dot", "./team.png", "pages/Team.png", "./Team.png"},
		{"nearest first", "img/team.png", "pages/img/team.jpg x/team.png", "img/team.jpg"},
		{"separators", "img/our-team.png", "pages/img/our_team.png", "img/our_team.png"},
		{"space", "img/team 1.png", "pages/img/team-1.png", "img/team-1.png"},
		{"other name", "img/team.png", "pages/img/crew.png", ""},
		{"other kind", "img/team.png", "pages/img/team.css", ""},
		{"generated", "team.png", "node_modules/x/team.png .git/team.png", ""},
		{"elsewhere", "https://x.test/team.png", "pages/team.png", ""},
		{"it is there", "Team.png", "pages/Team.png pages/team.png", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := `<p><img class="x" src="` + tt.address + `"></p>`
			if !strings.HasPrefix(tt.files, "pages") && tt.name != "up" && tt.name != "from the root" && tt.name != "generated" {
				tt.files = "pages/" + strings.ReplaceAll(tt.files, " ", " pages/")
			}
			files := fstest.MapFS{"pages/a.html": {Data: []byte(page)}}
			for name := range strings.FieldsSeq(tt.files) {
				files[name] = &fstest.MapFile{Data: []byte("x")}
			}
			tag := preview.SourceSpan{File: "pages/a.html", Span: preview.Span{Start: 3, End: len(page) - 4}}
			tk := agent.Task{
				Page: preview.Page{FS: files, Entry: "pages/a.html"}, Views: preview.DefaultViews(),
				Diagnosis: preview.Diagnosis{Defects: []preview.Defect{{
					Rule: diagnose.BrokenImage, Views: []string{phone},
					Evidence: &preview.Evidence{Subjects: []preview.Subject{{Role: "element", Tag: "img", StartTag: &tag}}},
				}}},
			}
			want := ""
			if tt.want != "" {
				want = strings.Replace(page, tt.address, tt.want, 1)
			}
			got := ""
			if list := outcomes(t, tk, "pages/a.html"); len(list) > 0 {
				got = list[0]
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestProposeNothing(t *testing.T) {
	src := ".a { width: 1100px; }"
	good := func() agent.Task {
		return task(t, diagnose.SidewaysScroll, src, phone, nil, part{role: "element", tag: "div", rules: ".a", computed: "display: block"})
	}
	for name, change := range map[string]func(tk *agent.Task){
		"instruction":   func(tk *agent.Task) { tk.Instruction = "make it blue" },
		"console error": func(tk *agent.Task) { tk.Diagnosis.Defects[0].Rule = diagnose.ConsoleError },
		"no evidence":   func(tk *agent.Task) { tk.Diagnosis.Defects[0].Evidence = nil },
		"no file":       func(tk *agent.Task) { tk.Diagnosis.Defects[0].Evidence.Subjects[0].Rules[0].Body.File = "" },
		"generated file": func(tk *agent.Task) {
			tk.Page.FS.(fstest.MapFS)["a.min.css"] = &fstest.MapFile{Data: []byte(src)}
			tk.Diagnosis.Defects[0].Evidence.Subjects[0].Rules[0].Body.File = "a.min.css"
		},
	} {
		tk := good()
		change(&tk)
		if got := propose(t, tk); len(got) != 0 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestRejectedAndCapped(t *testing.T) {
	src := ".a { width: 1100px; }"
	tk := task(t, diagnose.SidewaysScroll, src, phone, nil, part{role: "element", tag: "div", rules: ".a", computed: "display: block"})
	first := propose(t, tk)
	tk.Rejected = []agent.Attempt{{Candidate: first[0]}}
	if again := propose(t, tk); len(again) != len(first)-1 || again[0].Why == "" || agent.Fingerprint(again[0].Edits) != agent.Fingerprint(first[1].Edits) {
		t.Errorf("after a rejection got %d candidates, want the %d others", len(again), len(first)-1)
	}
	n := 0
	err := New().Propose(t.Context(), tk, func(agent.Candidate) bool { n++; return n < 2 })
	if err != nil || n != 2 {
		t.Errorf("stopped after %d candidates with %v, want 2", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New().Propose(ctx, tk, func(agent.Candidate) bool { return true }); err == nil {
		t.Error("an ended context gave no error")
	}
}

var hiding = regexp.MustCompile(`(?i)display:\s*none|visibility:\s*(hidden|collapse)|opacity:\s*0|overflow(-[xy])?:\s*(hidden|clip)|font-size:\s*[0-8](\.\d+)?px|user-scalable|clip-path:\s*[^n]|-\d{3,}px`)

// TestNeverHides proposes for every kind of defect on elements that set
// everything, and looks for hiding in what comes out.
func TestNeverHides(t *testing.T) {
	values := map[string]string{
		"width": "900px", "min-width": "700px", "height": "90px", "max-height": "80px", "margin": "-10px", "margin-top": "-20px", "padding": "40px",
		"position": "absolute", "left": "-30px", "right": "5px", "top": "-4px", "transform": "translateX(40px)", "white-space": "nowrap", "line-height": "0.7",
		"grid-template-columns": "200px 1fr", "flex": "0 0 400px", "float": "left", "color": "#aaa", "background": "#bbb", "opacity": "0.5", "z-index": "4",
		"aspect-ratio": "1", "overflow": "visible", "gap": "50px",
	}
	var b strings.Builder
	for _, p := range slices.Sorted(maps.Keys(values)) {
		b.WriteString("\n  " + p + ": " + values[p] + ";")
	}
	src := ".a {" + b.String() + "\n}\n.b {" + b.String() + "\n}\n.c {\n}\n"
	for rule := range templates {
		for _, display := range []string{"block", "flex", "grid", "inline"} {
			for _, tag := range []string{"div", "img", "table"} {
				computed := "display: " + display + "; position: absolute; color: #aaaaaa; relook-background: #bbbbbb"
				tk := task(t, rule, src, phone+" "+tablet, map[string]float64{"required_ratio": 4.5},
					part{role: "element", tag: tag, rules: ".a", computed: computed}, part{role: "child", tag: tag, rules: ".c", computed: computed},
					part{role: "other", tag: "div", rules: ".b", computed: computed}, part{role: "parent", tag: "div", rules: ".b", computed: computed})
				list := propose(t, tk)
				if len(list) > maxCandidates {
					t.Errorf("%s: %d candidates", rule, len(list))
				}
				for _, c := range list {
					for _, e := range c.Edits {
						if m := hiding.FindString(e.NewText); m != "" {
							t.Errorf("%s: %s proposes %q in %q", rule, c.Why, m, e.NewText)
						}
					}
					if _, err := edit.ApplyAll(tk.Page.Read, c.Edits); err != nil {
						t.Errorf("%s: %s: %v", rule, c.Why, err)
					}
				}
			}
		}
	}
}

func TestReach(t *testing.T) {
	for _, tt := range []struct {
		text, behind string
		want         float64
	}{
		{"#999999", "#ffffff", 4.5}, {"#ffff00", "#ffffff", 4.5}, {"#0000ff", "#000000", 4.5}, {"#777777", "#808080", 4.5},
		{"#ffffff", "#f5c95c", 3}, {"#ff0000", "#ff0000", 4.5}, {"#a9b8b4", "#fbfaf7", 7},
	} {
		text, _ := parseColour(tt.text)
		behind, _ := parseColour(tt.behind)
		c, ok := reach(text.Color, behind.Color, tt.want)
		if !ok || ratio(c, behind.Color) < tt.want || ratio(c, behind.Color) > tt.want*1.15 {
			t.Errorf("%s on %s: got %s with %.2f, want %.2f", tt.text, tt.behind, c.Hex(), ratio(c, behind.Color), tt.want)
		}
	}
	grey, _ := parseColour("#777777")
	if c, ok := reach(grey.Color, grey.Color, 20); ok {
		t.Errorf("a ratio of 20 on grey was reached by %s", c.Hex())
	}
}
