package diagnose_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"relook/preview"
	"relook/preview/diagnose"
)

// large are pages of very many nodes, each with a fault at its beginning.
var large = []struct {
	name    string
	profile preview.Profile
	also    []string // rules that tell of the many
	cut     string   // in what must be told as left out; "" if nothing may be cut
	html    func() string
}{
	{"a million text nodes", preview.ProfileFast, nil, "lines of text", func() string {
		return faultyPage(doctype, "", `<div id="many"></div><script>
const many = document.getElementById("many");
for (let i = 0; i < 2000; i++) {
  const p = many.appendChild(document.createElement("p"));
  for (let j = 0; j < 500; j++) p.append(document.createTextNode("a "));
}</script>`)
	}},
	{"10,000 elements in a flow", preview.ProfileStandard, nil, "", func() string {
		return faultyPage(doctype, "", strings.Repeat(`<div class="card"><h2>Card</h2><p>Some words <a href="#a">link</a></p></div>`, 2500))
	}},
	{"10,000 elements in one place", preview.ProfileFast, nil, "siblings-collide", func() string {
		return faultyPage(doctype, "", `<div style="position:relative;height:400px">`+strings.Repeat(`<b style="position:absolute;left:10px;top:10px;width:200px;height:100px;background:#eee">x</b>`, 10000)+`</div>`)
	}},
	{"10,000 links in one line", preview.ProfileFast, []string{diagnose.TapTarget}, "", func() string {
		return faultyPage(doctype, "", `<nav style="display:flex;overflow:auto">`+strings.Repeat(`<a href="#b" style="display:block;flex:none;height:10px;width:10px;background:#048"></a>`, 10000)+`</nav>`)
	}},
	{"10,000 columns side by side", preview.ProfileFast, []string{diagnose.SpilledText}, "", func() string {
		return faultyPage(doctype, "", `<div style="display:flex;width:300px;overflow:auto">`+strings.Repeat(`<p style="flex:none;width:40px;margin-right:-10px;background:#eee">tall column of words</p>`, 10000)+`</div>`)
	}},
	{"50,000 elements", preview.ProfileFast, []string{diagnose.TooManyElements}, "", func() string {
		return faultyPage(doctype, "", strings.Repeat(`<ul><li>One</li><li>Two</li><li>Three</li><li>Four</li></ul>`, 10000))
	}},
	{"10,000 levels in the source", preview.ProfileFast, nil, "", func() string {
		return faultyPage(doctype, "", strings.Repeat("<div>", 10000)+"The bottom")
	}},
	{"1,000 levels by a script", preview.ProfileFast, nil, "", func() string { return faultyPage(doctype, "", nested(1000)) }},
}

// Nothing is so large that it breaks the run or hides the faults before it, and what
// was left out is told.
func TestLargePages(t *testing.T) {
	for _, c := range large {
		t.Run(c.name, func(t *testing.T) {
			p := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(c.html())}}, Entry: "page.html"}
			start := time.Now()
			r, err := browser.Render(t.Context(), p, preview.RenderOptions{
				Profile: c.profile, Views: []preview.View{{Width: 390, Height: 844}}, Timeout: time.Minute, // busy machines are slow
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%v; left out: %q", time.Since(start), r.Diagnosis.LeftOut)
			if !r.Diagnosis.Valid {
				t.Fatalf("invalid: %s", r.Diagnosis.InvalidReason)
			}
			seen := map[string]bool{}
			for _, d := range r.Diagnosis.Defects {
				seen[d.Rule] = true
				t.Log(d.Rule, d.Message)
			}
			left := strings.Join(r.Diagnosis.LeftOut, " ")
			for _, rule := range append(c.also, "sideways-scroll", "low-contrast", "clipped-text", "covered-control", "unfilled-text") {
				if !seen[rule] && !strings.Contains(left, rule) {
					t.Errorf("no %s", rule)
				}
			}
			if c.cut != "" && !strings.Contains(left, c.cut) || c.cut == "" && strings.Contains(left, "siblings-collide") {
				t.Errorf("left out: %q", left)
			}
		})
	}
}

func nested(levels int) string {
	return fmt.Sprintf(`<div id="deep"></div><script>
let at = document.getElementById("deep");
for (let i = 0; i < %d; i++) { const next = document.createElement("div"); at.append(next); at = next; }
at.append("The bottom");</script>`, levels)
}

// Chromium ends a tab whose boxes lie too deep in each other. That is the page's
// fault, and no error.
func TestDeeperThanTheBrowserBears(t *testing.T) {
	p := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(faultyPage(doctype, "", nested(10000)))}}, Entry: "page.html"}
	r, err := browser.Render(t.Context(), p, preview.RenderOptions{Views: []preview.View{{Width: 390, Height: 844}}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if d := r.Diagnosis; d.Valid == (d.InvalidReason != "") || d.Valid && len(d.Defects) < 5 {
		t.Errorf("got %+v", d)
	}
}
