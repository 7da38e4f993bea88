package diagnose_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"relook/preview"
	"relook/preview/diagnose"
)

// inProfile diagnoses a page of testdata/diagnose.
func inProfile(t *testing.T, name string, profile preview.Profile) preview.Diagnosis {
	t.Helper()
	d, _, err := diagnose.Run(t.Context(), page(name), open(t, name), diagnose.Options{Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestUnseen: the look-alikes are found by their geometry, and left out because
// nobody sees them.
func TestUnseen(t *testing.T) {
	for _, name := range []string{"quiet-unseen-overlap.html", "quiet-unseen-clipped.html", "quiet-empty-slide.html"} {
		if d := inProfile(t, name, preview.ProfileFast); len(d.Defects) == 0 {
			t.Errorf("%s: nothing to prove", name)
		}
		if d := inProfile(t, name, preview.ProfileStandard); len(d.Defects) > 0 {
			t.Errorf("%s: %s", name, describe(d.Defects[0]))
		}
	}
}

// inStandard diagnoses a page that is written in the test.
func inStandard(t *testing.T, body string) []preview.Defect {
	t.Helper()
	p := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(`<!doctype html><html lang="en"><head><title>t</title></head><body>` + body + `</body></html>`)}}, Entry: "page.html"}
	tabs, done, err := browser.OpenTabs(t.Context(), p, preview.RenderOptions{Views: []preview.View{{Width: 390, Height: 844}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	d, _, err := diagnose.Run(t.Context(), p, tabs, diagnose.Options{Profile: preview.ProfileStandard})
	if err != nil {
		t.Fatal(err)
	}
	return d.Defects
}

// TestProofs: what is seen keeps its severity, what is not loses it.
func TestProofs(t *testing.T) {
	lid := `<div style="position:relative;width:120px;height:40px">%s<div style="position:absolute;inset:0"></div></div>`
	tests := []struct {
		name, body, rule string
		want             preview.Severity // "" for no defect
	}{
		{"a wide box that paints", `<div style="width:600px;height:40px;background:#036"></div>`, diagnose.SidewaysScroll, preview.SeverityError},
		{"a wide box that paints nothing", `<p>Words</p><div style="width:600px;height:40px"></div>`, diagnose.SidewaysScroll, preview.SeverityWarning},
		{"a wide text that is cut away, where boxes that seem empty are believed", `<script src="https://cdn.example/fill.js"></script><p>Words</p><div style="position:absolute;clip:rect(1px,1px,1px,1px);overflow:hidden;width:600px;height:40px">Words</div>`, diagnose.SidewaysScroll, preview.SeverityWarning},
		{"a wide row with a cut away text that reaches further", `<p>Words</p><div style="display:flex;width:300px"><div style="flex:none;width:500px;height:40px;background:#036;color:#fff">Words</div><div style="position:relative"><div style="position:absolute;clip:rect(1px,1px,1px,1px);overflow:hidden;width:300px;height:40px">Words</div></div></div>`, diagnose.SidewaysScroll, preview.SeverityError},
		{"a wide text where boxes that seem empty are believed", `<script src="https://cdn.example/fill.js"></script><p>Words</p><div style="position:absolute;overflow:hidden;width:600px;height:40px">Words</div>`, diagnose.SidewaysScroll, preview.SeverityError},
		{"a covered button", strings.Replace(lid, "%s", `<button style="width:120px;height:40px">Buy</button>`, 1), diagnose.CoveredControl, preview.SeverityError},
		{"a covered link that paints nothing", `<p>Words</p>` + strings.Replace(lid, "%s", `<a href="#a" aria-label="Buy" style="display:block;width:120px;height:40px"></a>`, 1), diagnose.CoveredControl, preview.SeverityInfo},
		{"texts whose strokes meet", `<p style="margin:0;height:12px">Words and words</p><p style="margin:0">More of the same</p>`, diagnose.TextOverlap, preview.SeverityWarning},
		{"a text below that has the page's colour", `<p style="margin:0;height:12px;color:#fff">Words and words</p><p style="margin:0">More of the same</p>`, diagnose.TextOverlap, ""},
		{"a page that fights back", `<style>p { visibility: visible !important; -webkit-text-fill-color: #060 !important }</style><p id="a" style="margin:0;height:12px">Words and words</p><p style="margin:0">More of the same</p>`, diagnose.TextOverlap, preview.SeverityWarning},
	}
	for _, test := range tests {
		got := preview.Severity("")
		for _, d := range inStandard(t, test.body) {
			if d.Rule == test.rule {
				got = d.Severity
				t.Log(d.Message)
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestContrastMeasure: the share of the letters that are lost is measured.
func TestContrastMeasure(t *testing.T) {
	all := inStandard(t, `<p style="width:300px;font-size:20px;color:#fff;background:linear-gradient(90deg,#000 0 50%,#fff 50%)">mmmmmmmmmmmmmmmmm</p>`)
	i := slices.IndexFunc(all, func(d preview.Defect) bool { return d.Rule == diagnose.LowContrast })
	if i < 0 {
		t.Fatal("white letters on white are not found")
	}
	m := all[i].Measure
	if m["below_percent"] < 40 || m["below_percent"] > 60 || m["worst_ratio"] > 1.1 || m["required_ratio"] != 4.5 {
		t.Errorf("half of the letters are white on white: %v", m)
	}
}
