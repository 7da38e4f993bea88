package diagnose_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"relook/preview"
)

// large are pages of very many nodes, each with a fault at its beginning.
var large = []struct {
	name string
	html func() string
}{
	{"a million text nodes", func() string {
		return faultyPage(doctype, "", `<div id="many"></div><script>
const many = document.getElementById("many"), part = document.createDocumentFragment();
for (let i = 0; i < 1000000; i++) part.append(document.createTextNode(i % 20 ? "a " : "b\n"));
many.append(part);</script>`)
	}},
	{"10,000 elements in a flow", func() string {
		return faultyPage(doctype, "", strings.Repeat(`<div class="card"><h2>Card</h2><p>Some words <a href="#a">link</a></p></div>`, 2500))
	}},
	{"10,000 elements in one place", func() string {
		return faultyPage(doctype, "", `<div style="position:relative;height:400px">`+strings.Repeat(`<b style="position:absolute;left:10px;top:10px;width:200px;height:100px;background:#eee">x</b>`, 10000)+`</div>`)
	}},
	{"10,000 links in one line", func() string {
		return faultyPage(doctype, "", `<nav style="display:flex;overflow:auto">`+strings.Repeat(`<a href="#b" style="display:block;height:10px;width:10px;background:#048"></a>`, 10000)+`</nav>`)
	}},
	{"10,000 columns side by side", func() string {
		return faultyPage(doctype, "", `<div style="display:flex;width:300px;overflow:auto">`+strings.Repeat(`<p style="flex:none;width:40px;margin-right:-10px;background:#eee">tall column of words</p>`, 10000)+`</div>`)
	}},
	{"50,000 elements", func() string {
		return faultyPage(doctype, "", strings.Repeat(`<ul><li>One</li><li>Two</li><li>Three</li><li>Four</li></ul>`, 10000))
	}},
	{"10,000 levels", func() string {
		return faultyPage(doctype, "", `<div id="deep"></div><script>
let at = document.getElementById("deep");
for (let i = 0; i < 10000; i++) { const next = document.createElement("div"); at.append(next); at = next; }
at.append("The bottom");</script>`)
	}},
}

// Nothing is so large that it breaks the run, takes more than its time, or hides
// the faults before it.
func TestLargePages(t *testing.T) {
	for _, c := range large {
		t.Run(c.name, func(t *testing.T) {
			for _, profile := range []preview.Profile{preview.ProfileFast, preview.ProfileStandard} {
				p := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(c.html())}}, Entry: "page.html"}
				start := time.Now()
				r, err := browser.Render(t.Context(), p, preview.RenderOptions{Profile: profile, Views: []preview.View{{Width: 390, Height: 844}}})
				if err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				t.Logf("%s: %v", profile, took)
				if !r.Diagnosis.Valid {
					t.Errorf("%s: invalid: %s", profile, r.Diagnosis.InvalidReason)
					continue
				}
				seen := map[string]bool{}
				for _, d := range r.Diagnosis.Defects {
					seen[d.Rule] = true
					t.Log(fmt.Sprintf("%s %s", d.Rule, d.Message))
				}
				for _, rule := range []string{"sideways-scroll", "low-contrast", "clipped-text", "covered-control", "unfilled-text"} {
					if !seen[rule] {
						t.Errorf("%s: no %s", profile, rule)
					}
				}
			}
		})
	}
}
