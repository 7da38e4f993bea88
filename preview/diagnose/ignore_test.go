package diagnose_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"relook/preview"
)

// ignoring is a page with three faults: a box that is too wide (style sheet,
// line 5), grey text (inline style) and a missing image. HERE marks are replaced.
const ignoring = `<!doctype html><!--TOP-->
<meta name="viewport" content="width=device-width">
<style>body{margin:0}
/*RULE*/
.wide {/*DECL*/ width: 2000px; /*TAIL*/
}
</style>
<link rel="stylesheet" href="more.css">
<main OUTER>
<div class="wide">Wide</div>
<!--ABOVE-->
<p style="color: #ccc; background: #fff">Grey</p> <!--BESIDE-->
<p class="pale" INNER>Pale <b>text</b></p>
</main>
`

const paleSheet = "/*FILE*/\n/*SHEET*/\n.pale { color: #bbb; background: #fff }\n"

func TestIgnore(t *testing.T) {
	for name, c := range map[string]struct {
		put  map[string]string
		want string // "left | ignored", as RULE:CAUSE or RULE
	}{
		"none":            {nil, "low-contrast low-contrast sideways-scroll | "},
		"next element":    {map[string]string{"<!--ABOVE-->": "<!-- relook-ignore low-contrast: the brand's grey -->"}, "low-contrast sideways-scroll | low-contrast(the brand's grey)"},
		"own line":        {map[string]string{"<!--BESIDE-->": "<!-- relook-ignore -->"}, "low-contrast sideways-scroll | low-contrast"},
		"another rule":    {map[string]string{"<!--BESIDE-->": "<!-- relook-ignore clipped-text -->"}, "low-contrast low-contrast sideways-scroll unused-ignore | "},
		"element":         {map[string]string{"INNER": "data-relook-ignore"}, "low-contrast sideways-scroll | low-contrast"},
		"inside":          {map[string]string{"OUTER": `data-relook-ignore="low-contrast, clipped-text"`}, "sideways-scroll | low-contrast low-contrast"},
		"inside all":      {map[string]string{"OUTER": "data-relook-ignore=''"}, " | low-contrast low-contrast sideways-scroll"},
		"next rule":       {map[string]string{"/*RULE*/": "/* relook-ignore sideways-scroll : a poster */"}, "low-contrast low-contrast | sideways-scroll(a poster)"},
		"next decl":       {map[string]string{"/*DECL*/": "\n/* relook-ignore */\n"}, "low-contrast low-contrast | sideways-scroll"},
		"decl line":       {map[string]string{"/*TAIL*/": "/* relook-ignore sideways-scroll */"}, "low-contrast low-contrast | sideways-scroll"},
		"file":            {map[string]string{"<!--TOP-->": "<!-- relook-ignore-file low-contrast -->"}, "sideways-scroll | low-contrast low-contrast"},
		"linked sheet":    {map[string]string{"/*SHEET*/": "/* relook-ignore low-contrast */"}, "low-contrast sideways-scroll | low-contrast"},
		"linked file":     {map[string]string{"/*FILE*/": "/* relook-ignore-file */"}, "low-contrast sideways-scroll | low-contrast"},
		"unused there":    {map[string]string{"/*SHEET*/": "/* relook-ignore clipped-text */"}, "low-contrast low-contrast sideways-scroll | "},
		"misspelt":        {map[string]string{"<!--ABOVE-->": "<!-- relook-ignore low-contrats -->"}, "low-contrast low-contrast sideways-scroll unused-ignore | "},
		"another comment": {map[string]string{"<!--ABOVE-->": "<!-- relook-ignored low-contrast -->"}, "low-contrast low-contrast sideways-scroll | "},
		"by script":       {map[string]string{"</main>": "<script>document.querySelector('.pale').dataset.relookIgnore = ''</script></main>"}, "low-contrast sideways-scroll | low-contrast"},
		"in a script":     {map[string]string{"<!--BESIDE-->": "<script>\n// relook-ignore console-error\nthrow new Error('known')\n</script>"}, "low-contrast low-contrast sideways-scroll | console-error"},
		"quoted":          {map[string]string{"/*DECL*/": `content: "/* relook-ignore */";`}, "low-contrast low-contrast sideways-scroll | "},
	} {
		t.Run(name, func(t *testing.T) {
			html, css := ignoring, paleSheet
			for mark, text := range c.put {
				if !strings.Contains(html+css, mark) {
					t.Fatalf("no %s", mark)
				}
				html, css = strings.ReplaceAll(html, mark, text), strings.ReplaceAll(css, mark, text)
			}
			page := preview.Page{FS: fstest.MapFS{"a.html": {Data: []byte(html)}, "more.css": {Data: []byte(css)}}, Entry: "a.html"}
			o := preview.RenderOptions{Views: []preview.View{{Width: 390, Height: 844}}, Profile: preview.ProfileStandard}
			r, err := browser.Render(t.Context(), page, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(r.Diagnosis); got != c.want {
				t.Errorf("got  %s\nwant %s\n%+v", got, c.want, r.Diagnosis.Defects)
			}
			// A verdict does without causes, and must come to the same.
			o.NoCauses = true
			if r, err = browser.Render(t.Context(), page, o); err != nil || told(r.Diagnosis) != c.want {
				t.Errorf("without causes: got  %s, %v\nwant %s", told(r.Diagnosis), err, c.want)
			}
			checkTried(t, page, o, c.want)
		})
	}
}

// checkTried sets an edit in place that changes nothing: what is ignored stays
// so, though an edit may have moved the lines.
func checkTried(t *testing.T, page preview.Page, o preview.RenderOptions, want string) {
	t.Helper()
	live, err := browser.Open(t.Context(), page, o)
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	src, err := page.Source()
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(src.String(), "margin:0")
	r, err := live.Try(t.Context(), []preview.Edit{{File: "a.html", Span: preview.Span{Start: at, End: at + len("margin:0")}, NewText: "margin:\n\n\n0"}})
	if err != nil {
		t.Fatal(err)
	}
	want = strings.ReplaceAll(want, " unused-ignore", "")
	if got := told(r.Diagnosis); got != want {
		t.Errorf("tried: got  %s\nwant %s", got, want)
	}
}

// told is what is left and what is ignored, with the reasons.
func told(d preview.Diagnosis) string {
	list := func(defects []preview.Defect) string {
		var out []string
		for _, f := range defects {
			s := f.Rule
			if f.Ignored != nil && f.Ignored.Reason != "" {
				s += fmt.Sprintf("(%s)", f.Ignored.Reason)
			}
			out = append(out, s)
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	return list(d.Defects) + " | " + list(d.Ignored)
}

func TestIgnoreNamesWhatWasMeant(t *testing.T) {
	page := preview.Page{FS: fstest.MapFS{"a.html": {Data: []byte("<!doctype html><!-- relook-ignore low-contrats -->\n<p>Fine</p>")}}, Entry: "a.html"}
	r, err := browser.Render(t.Context(), page, preview.RenderOptions{Profile: preview.ProfileStandard})
	if err != nil {
		t.Fatal(err)
	}
	if d := r.Diagnosis.Defects; len(d) != 1 || d[0].Message != "There is no rule `low-contrats` to ignore: did you mean \"low-contrast\"?" || d[0].Cause.Range.Start.Character != 15 {
		t.Errorf("got %+v", d)
	}
}

// Part of a group is ignored: the rest is counted and worded without it.
func TestIgnoreOneOfMany(t *testing.T) {
	html := `<!doctype html><style>p{color:#bbb;background:#fff}</style>
<p data-relook-ignore>First</p><p>Second</p><p>Third</p>`
	page := preview.Page{FS: fstest.MapFS{"a.html": {Data: []byte(html)}}, Entry: "a.html"}
	r, err := browser.Render(t.Context(), page, preview.RenderOptions{Views: []preview.View{{Width: 390, Height: 844}}})
	if err != nil {
		t.Fatal(err)
	}
	d := r.Diagnosis
	if len(d.Defects) != 1 || d.Defects[0].Measure["count"] != 2 || !strings.Contains(d.Defects[0].Message, "Second") {
		t.Errorf("left %+v", d.Defects)
	}
	if len(d.Ignored) != 1 || d.Ignored[0].Measure["count"] != 1 || d.Ignored[0].Ignored.Range.Start.Line != 1 {
		t.Errorf("ignored %+v", d.Ignored)
	}
}

// Settings change what is reported.
func TestRuleSettings(t *testing.T) {
	html := `<!doctype html><style>p{color:#767676;background:#fff} b{color:#999;background:#fff}</style><p>Passes</p><b>Fails</b>`
	page := preview.Page{FS: fstest.MapFS{"a.html": {Data: []byte(html)}}, Entry: "a.html"}
	for name, c := range map[string]struct {
		set  preview.RuleSetting
		want string
	}{
		"none":     {preview.RuleSetting{}, "error"},
		"off":      {preview.RuleSetting{Off: true}, ""},
		"severity": {preview.RuleSetting{Severity: preview.SeverityInfo}, "info"},
		"stricter": {preview.RuleSetting{Limits: map[string]float64{"ratio": 7}}, "error warning"},
		"milder":   {preview.RuleSetting{Limits: map[string]float64{"ratio": 2}}, ""},
		"verdict":  {preview.RuleSetting{Limits: map[string]float64{"error_ratio": 1}}, "warning"},
	} {
		r, err := browser.Render(t.Context(), page, preview.RenderOptions{
			Views: []preview.View{{Width: 390, Height: 844}}, Rules: map[string]preview.RuleSetting{"low-contrast": c.set}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range r.Diagnosis.Defects {
			got = append(got, string(d.Severity))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %q, want %q: %+v", name, s, c.want, r.Diagnosis.Defects)
		}
	}
}
