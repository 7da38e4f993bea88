package diagnose_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"relook/preview"
	"relook/preview/diagnose"
)

// thorough diagnoses a page that is written in the test, at one view.
func thorough(t *testing.T, html string) []preview.Defect {
	t.Helper()
	p := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(html)}}, Entry: "page.html"}
	tabs, done, err := browser.OpenTabs(t.Context(), p, preview.RenderOptions{Views: []preview.View{{Width: 800, Height: 600}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	d, _, err := diagnose.Run(t.Context(), p, tabs, diagnose.Options{Profile: preview.ProfileThorough, Causes: true})
	if err != nil {
		t.Fatal(err)
	}
	return d.Defects
}

// TestHostilePages: whatever a page does when it is used, the trials end without
// an error, and a dead button beside it is still found.
func TestHostilePages(t *testing.T) {
	for name, script := range map[string]string{
		"removes the document":   `bad.onclick = () => document.documentElement.remove()`,
		"writes the document":    `bad.onclick = () => { document.open(); document.write("<p>Gone</p>"); document.close(); }`,
		"goes away":              `bad.onclick = () => { location = "about:blank"; }`,
		"goes away when hovered": `bad.onmouseenter = () => { location = "about:blank"; }`,
		"removes on focus":       `bad.onfocus = () => document.body.replaceChildren()`,
		"keeps the focus":        `bad.onblur = () => bad.focus()`,
		"alerts on keys":         `addEventListener("keydown", () => alert("No")); bad.onclick = () => bad.textContent += "!"`,
		"grows":                  `bad.onclick = () => { for (let i = 0; i < 30000; i++) document.body.append(document.createElement("i")); }`,
		"lies about itself": `Element.prototype.getBoundingClientRect = () => { throw 1 }; Array.prototype.map = () => []; Node.prototype.contains = () => true;
			EventTarget.prototype.addEventListener = null; Object.defineProperty(document, "activeElement", { get() { throw 2 } }); self.MutationObserver = null; bad.onclick = () => bad.remove()`,
		"clobbers names": `document.body.insertAdjacentHTML("beforeend", "<form name=activeElement action=x.html><input name=parentNode aria-label=a><input name=contains aria-label=b></form>"); bad.onclick = () => bad.remove()`,
		"throws oddly":   `bad.onclick = () => { throw { get message() { throw 1 }, toString: null } }`,
	} {
		t.Run(name, func(t *testing.T) {
			got := thorough(t, `<!doctype html><html lang="en"><head><title>t</title><style>body { font: 16px/1.5 sans-serif; margin: 24px } button { padding: 12px 20px }</style></head>
<body><p>Words</p><button id="bad" type="button">Bad</button> <button id="dead" type="button">Dead</button>
<script>const bad = document.getElementById("bad"); `+script+`</script></body></html>`)
			if !slices.ContainsFunc(got, func(d preview.Defect) bool {
				return d.Rule == diagnose.DeadControl && strings.Contains(d.Message, "“Dead”")
			}) {
				t.Error("the dead button was not found")
				for _, d := range got {
					t.Log(describe(d))
				}
			}
		})
	}
}

// TestUntried: a page with very many controls says how many were tried.
func TestUntried(t *testing.T) {
	got := thorough(t, `<!doctype html><html lang="en"><head><title>t</title></head><body>`+
		strings.Repeat(`<button type="button" style="padding:8px" onclick="this.title += 1">Go</button> `, 60)+`</body></html>`)
	if len(got) != 1 || got[0].Message != "Only the first 40 of 60 controls were tried." || got[0].Severity != preview.SeverityInfo {
		for _, d := range got {
			t.Error(describe(d))
		}
	}
}

// TestDeadTabKey: a page that takes Tab for itself everywhere.
func TestDeadTabKey(t *testing.T) {
	got := thorough(t, `<!doctype html><html lang="en"><head><title>t</title></head><body style="font-size:16px"><p><a href="a.html">One link</a></p><p><a href="b.html">Another link</a></p>
<script>addEventListener("keydown", (e) => e.key === "Tab" && e.preventDefault())</script></body></html>`)
	if len(got) != 1 || got[0].Rule != diagnose.FocusTrap || got[0].Severity != preview.SeverityError || got[0].Measure["unreached"] != 2 {
		for _, d := range got {
			t.Error(describe(d))
		}
	}
}
