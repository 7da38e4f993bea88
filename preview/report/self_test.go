package report_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"relook/preview"
	"relook/preview/chrome"
	"relook/preview/report"
)

// repairs are what a person would change in examples/pricing.html.
var repairs = strings.NewReplacer(
	"    width: 1100px;", "    max-width: 1100px;",
	"gap: 8px 24px; }\n  .top nav a {", "gap: 8px 24px; flex-wrap: wrap; }\n  .top nav a {",
	"    height: 56px;", "    min-height: 56px;",
	"    height: 132px;", "    min-height: 132px;",
	"    z-index: 1;", "    z-index: 0;",
	"#a9b8b4", "#60706c",
	"team.png", "team.svg",
)

// TestRelookFindsNothingInItsReport renders the example before and after, writes
// the report of it and looks at that with the same checks, from the width of a
// side panel to that of a laptop, light and dark, with everything unfolded.
func TestRelookFindsNothingInItsReport(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	browser := chrome.New(chrome.Config{})
	t.Cleanup(func() {
		if err := browser.Close(); err != nil {
			t.Error(err)
		}
	})
	render := func(p preview.Page, o preview.RenderOptions) *preview.Rendering {
		t.Helper()
		r, err := browser.Render(ctx, p, o)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Diagnosis.Valid {
			t.Fatalf("%s is not valid: %s", p.Entry, r.Diagnosis.InvalidReason)
		}
		return r
	}
	page := preview.Page{FS: os.DirFS("../../examples"), Entry: "pricing.html"}
	source, err := page.Source()
	if err != nil {
		t.Fatal(err)
	}
	fixed := page
	fixed.FS = preview.Overlay(page.FS, map[string]string{page.Entry: repairs.Replace(source.String())})

	o := preview.RenderOptions{Shots: preview.AllShots}
	d := report.Data{Path: "examples/pricing.html", Before: render(page, o), After: render(fixed, o), Millis: 2000,
		Diff: "--- a/pricing.html\n+++ b/pricing.html\n@@ -61 +61 @@\n-    width: 1100px;\n+    max-width: 1100px;\n",
		Passes: []report.Pass{{Policy: "rules", Attempts: []report.Attempt{
			{Why: "let the width shrink", Diff: "@@ -61 +61 @@\n-    width: 1100px;\n+    max-width: 1100px;\n", Admitted: true, Cost: 12},
			{Why: "hide it", Reason: "The text of `.plan h3` is not visible any more.", Cost: 99},
		}}}}
	if n := len(d.Before.Diagnosis.Defects); n < 6 {
		t.Errorf("the example has %d defects, not six or more", n)
	}
	for _, f := range d.After.Diagnosis.Defects {
		t.Errorf("the repaired example still has a defect: %s", f.Message)
	}
	var text bytes.Buffer
	if err := report.Write(&text, d); err != nil {
		t.Fatal(err)
	}
	unfolded := strings.ReplaceAll(text.String(), "<details>", "<details open>")
	views, err := preview.ParseViews("300x800,390x844,390x844+dark,768x1024,1280x800,1280x800+dark,1920x1080")
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{"report.html": {Data: []byte(unfolded)}}
	seen := render(preview.Page{FS: folder, Entry: "report.html"}, preview.RenderOptions{Views: views, Timeout: time.Minute})
	for _, f := range seen.Diagnosis.Defects {
		t.Errorf("%s %v: %s", f.Rule, f.Views, f.Message)
	}
}
