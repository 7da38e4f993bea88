package diagnose_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"relook/preview"
	"relook/preview/diagnose"
)

// standard diagnoses a page that is written in the test at the given views.
func standard(t *testing.T, html string, o diagnose.Options, views ...preview.View) preview.Diagnosis {
	t.Helper()
	p := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(html)}}, Entry: "page.html"}
	tabs, done, err := browser.OpenTabs(t.Context(), p, preview.RenderOptions{Views: views})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	o.Profile = preview.ProfileStandard
	d, stocks, err := diagnose.Run(t.Context(), p, tabs, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(stocks) != len(tabs) {
		t.Errorf("%d inventories of %d views", len(stocks), len(tabs))
	}
	return d
}

// TestSearchOfOtherViews: the search reaches as far as the views, looks as they
// do, and finds two faults at two places between them.
func TestSearchOfOtherViews(t *testing.T) {
	const html = `<!doctype html><html lang="en"><head><title>t</title><style>
p { margin: 0 }
@media (min-width: 1500px) and (max-width: 1599px) and (prefers-color-scheme: dark) { .a { width: 1800px } }
@media (min-width: 500px) and (max-width: 510px) { .b { width: 900px } }
@media (min-width: 700px) and (max-width: 710px) and (prefers-color-scheme: light) { .b { width: 900px } }
</style></head><body><p class="a">Some words</p><p class="b">More words</p></body></html>`
	dark := preview.View{Width: 1920, Height: 1080, Scheme: "dark"}
	narrower := preview.View{Width: 1700, Height: 1080, Scheme: "dark"}
	d := standard(t, html, diagnose.Options{}, narrower, dark)
	var got []string
	for _, x := range d.Defects {
		if len(x.Elements) == 0 || x.Elements[0].View != x.Views[0] {
			t.Errorf("elements %+v at %v", x.Elements, x.Views)
		}
		got = append(got, fmt.Sprintf("%s %v", strings.Join(x.Views, " "), x.Widths))
	}
	if s := strings.Join(got, "; "); s != "500x1080+dark [{500 510}]; 1500x1080+dark [{1500 1599}]" {
		t.Errorf("found %s", s)
	}

	off := diagnose.Options{Rules: map[string]preview.RuleSetting{diagnose.SidewaysScroll: {Off: true}}}
	if d := standard(t, html, off, narrower, dark); len(d.Defects) != 0 {
		t.Errorf("a rule that is off was searched: %s", describe(d.Defects[0]))
	}
}

// TestResizeTrouble: a page that hangs when it is resized is diagnosed at its views
// all the same, and the diagnosis says what is left out; one that would load
// itself again is kept from it.
func TestResizeTrouble(t *testing.T) {
	page := func(handler string) []preview.Defect {
		return standard(t, `<!doctype html><html lang="en"><title>t</title><body><p style="width:900px">Words</p>
<script>addEventListener("resize", () => { `+handler+` })</script></body></html>`, diagnose.Options{}, preview.DefaultViews()...).Defects
	}
	hangs := page("for (;;);")
	if len(hangs) != 2 || hangs[0].Rule != diagnose.SidewaysScroll || hangs[1].Rule != diagnose.UnsearchedWidths {
		t.Fatalf("a page that hangs: %+v", hangs)
	}
	if hangs[0].Widths != nil || !strings.Contains(hangs[1].Message, "the page took too long") {
		t.Errorf("a page that hangs: widths %v, %q", hangs[0].Widths, hangs[1].Message)
	}
	reloads := page("location.reload()")
	if len(reloads) != 1 || reloads[0].Rule != diagnose.SidewaysScroll || len(reloads[0].Widths) != 1 {
		t.Errorf("a page that would load itself again: %+v", reloads)
	}
}
