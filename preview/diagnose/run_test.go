package diagnose_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"relook/preview"
	"relook/preview/diagnose"
)

// run opens and diagnoses a page that is written in the test.
func run(t *testing.T, html string, evidence bool) (preview.Diagnosis, []preview.Inventory, []diagnose.Tab) {
	t.Helper()
	p := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(html)}}, Entry: "page.html"}
	tabs, done, err := browser.OpenTabs(t.Context(), p, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	d, stocks, err := diagnose.Run(t.Context(), p, tabs, diagnose.Options{Evidence: evidence})
	if err != nil {
		t.Fatal(err)
	}
	return d, stocks, tabs
}

func TestInventory(t *testing.T) {
	_, stocks, _ := run(t, `<!doctype html><html lang="en"><head><title>t</title>
<meta name="viewport" content="width=device-width, user-scalable=no"></head>
<body style="margin:0">
<h1 style="font-size:30px">Our  shop</h1>
<p id="gone" style="position:absolute;left:-500px">Away</p>
<p id="faint" style="opacity:0">Faint</p>
<div style="position:relative"><p id="under">Under a lid</p><div style="position:absolute;inset:0;background:#fff"></div></div>
<label>Name <input value="x"></label>
<button style="position:relative;z-index:-1">Buried</button><a href="#x" aria-label="Basket">B</a>
<img alt="A dot" width="40" height="20" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">
<section style="background:#eee;padding:4px">Boxed</section>
<div style="overflow:hidden;height:20px;line-height:20px"><span id="half">one<br>two</span></div>
</body></html>`, false)
	if len(stocks) != 3 || stocks[0].View != "390x844" {
		t.Fatalf("inventories %+v", stocks)
	}
	stock := stocks[0]
	if stock.CanZoom || stock.DocWidth != 390 || stock.DocHeight < 844 {
		t.Errorf("zoom %v, document %v by %v", stock.CanZoom, stock.DocWidth, stock.DocHeight)
	}
	item := func(kind preview.ItemKind, name string) preview.Item {
		i := slices.IndexFunc(stock.Items, func(it preview.Item) bool { return it.Kind == kind && it.Name == name })
		if i < 0 {
			t.Fatalf("no %s %q in %+v", kind, name, stock.Items)
		}
		return stock.Items[i]
	}
	if h := item(preview.ItemText, "Our shop"); !h.Visible || h.Shown != 1 || h.FontSize != 30 || h.XPath != "/html[1]/body[1]/h1[1]" {
		t.Errorf("heading %+v", h)
	}
	for _, name := range []string{"Away", "Faint", "Under a lid"} {
		if it := item(preview.ItemText, name); it.Visible {
			t.Errorf("%q is not to be seen: %+v", name, it)
		}
	}
	if it := item(preview.ItemText, "one two"); !it.Visible || it.Shown < 0.4 || it.Shown > 0.6 {
		t.Errorf("half a text: %+v", it)
	}
	if it := item(preview.ItemControl, "Name"); it.Role != "textbox" || !it.Visible || !it.Hittable {
		t.Errorf("field %+v", it)
	}
	if it := item(preview.ItemControl, "Basket"); it.Role != "link" || !it.Hittable {
		t.Errorf("link %+v", it)
	}
	if i := slices.IndexFunc(stock.Items, func(it preview.Item) bool { return it.Kind == preview.ItemPicture }); i < 0 || stock.Items[i].Ratio != 2 {
		t.Errorf("the picture is twice as wide as it should be: %+v", stock.Items)
	}
	if !slices.ContainsFunc(stock.Items, func(it preview.Item) bool {
		return it.Kind == preview.ItemBox && strings.HasSuffix(it.XPath, "/section[1]")
	}) {
		t.Error("no box for the section")
	}
}

func TestEvidence(t *testing.T) {
	d, _, _ := run(t, `<!doctype html><html lang="en"><head><title>t</title><style>
p { color: #bbb }
.d { background: #336699 }
.w { width: 500px }
</style></head><body><p>Pale words</p><div class="d"><p class="w">Pale on blue</p></div></body></html>`, true)
	for _, x := range d.Defects {
		if x.Evidence == nil || len(x.Evidence.Subjects) == 0 {
			t.Errorf("no evidence for %s", describe(x))
			continue
		}
		s := x.Evidence.Subjects[0]
		if s.Role != "element" || s.XPath != x.Elements[0].XPath || s.StartTag == nil || len(s.Rules) == 0 || s.Computed["display"] == "" {
			t.Errorf("thin evidence for %s: %+v", describe(x), s)
		}
		if x.Rule == diagnose.LowContrast && (s.Computed["color"] != "#bbbbbb" || s.Computed["relook-background"] == "") {
			t.Errorf("colours %q on %q", s.Computed["color"], s.Computed["relook-background"])
		}
	}
	if len(d.Defects) != 3 {
		t.Errorf("%d defects, want two contrasts and a sideways scroll", len(d.Defects))
	}
}

// TestPageIsLeftAlone: trying causes and taking pictures must not show in the page, not even as an
// observed mutation, a started transition or another scroll position.
func TestPageIsLeftAlone(t *testing.T) {
	const state = `() => ({
		html: document.documentElement.outerHTML, sheets: document.adoptedStyleSheets.length,
		x: scrollX, y: scrollY, box: document.querySelector(".box").scrollTop,
		width: getComputedStyle(document.querySelector(".wide")).width,
		animations: document.getAnimations().length,
	})`
	html := `<!doctype html><html lang="en"><head><title>t</title><style>
* { transition: all 1s } .wide { width: 900px; background: #eee } .box { height: 60px; overflow: auto }
.cut { height: 30px; overflow: hidden } .lid { position: absolute; inset: 0 } .card { position: relative }
</style></head><body><div class="wide">Wide</div><div class="box"><p>a</p><p>b</p><p>c</p><a href="#z">d</a></div>
<div class="cut">` + strings.Repeat("many words ", 60) + `</div><div class="card"><button>Buy</button><div class="lid"></div></div>
<div style="background:linear-gradient(#fff,#eee)">Words <span style="color:#ddd">on a gradient</span></div><div style="height:3000px"></div>
<script>new MutationObserver(() => { document.title = "seen"; }).observe(document, {subtree: true, attributes: true, childList: true, characterData: true});
addEventListener("load", () => { scrollTo(0, 200); document.querySelector(".box").scrollTop = 20; });</script></body></html>`
	p := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(html)}}, Entry: "page.html"}
	tabs, done, err := browser.OpenTabs(t.Context(), p, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	read := func() string {
		var s map[string]any
		if err := tabs[0].Eval(t.Context(), state, nil, &s); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(s)
	}
	before := read()
	d, _, err := diagnose.Run(t.Context(), p, tabs, diagnose.Options{Profile: preview.ProfileStandard, Evidence: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(d.Defects, func(x preview.Defect) bool { return x.Rule == diagnose.LowContrast }) {
		t.Error("no text was looked at in pixels")
	}
	for _, rule := range []string{diagnose.SidewaysScroll, diagnose.ClippedText, diagnose.CoveredControl} {
		if !slices.ContainsFunc(d.Defects, func(x preview.Defect) bool { return x.Rule == rule && x.Cause != nil && x.Cause.Property != "" }) {
			t.Errorf("no %s with a proved cause: nothing was tried", rule)
		}
	}
	if after := read(); after != before {
		t.Errorf("the page changed from\n%s\nto\n%s", before, after)
	}
}

func TestTooManyElements(t *testing.T) {
	d, stocks, _ := run(t, "<!doctype html><title>t</title><body>"+strings.Repeat("<p>word</p>", 15000), false)
	if len(d.Defects) != 1 || d.Defects[0].Rule != diagnose.TooManyElements {
		t.Fatalf("defects %+v", d.Defects)
	}
	if n := len(stocks[0].Items); n == 0 || n > 24000 {
		t.Errorf("%d items", n)
	}
}

func TestRightToLeft(t *testing.T) {
	d, _, _ := run(t, `<!doctype html><html dir="rtl" lang="ar"><head><title>t</title></head>
<body><p style="width:600px;background:#eee">words in a box that is too wide</p></body></html>`, true)
	if len(d.Defects) != 1 || d.Defects[0].Rule != diagnose.SidewaysScroll || len(d.Defects[0].Views) != 1 || d.Defects[0].Cause == nil || d.Defects[0].Cause.Property != "width" {
		for _, x := range d.Defects {
			t.Error(describe(x))
		}
	}
}

// TestVariedPagesComeBack: whatever a page does when it is varied, the page
// itself shows nothing of it and the diagnosis goes on.
func TestVariedPagesComeBack(t *testing.T) {
	for name, script := range map[string]string{
		"reloads":  `addEventListener("resize", () => location.reload())`,
		"leaves":   `addEventListener("resize", () => location.href = "other.html")`,
		"restores": `new MutationObserver(() => { const p = document.querySelector("p"); if (p.textContent !== "Words") p.textContent = "Words"; }).observe(document, {subtree: true, characterData: true, attributes: true})`,
		"fights":   `CharacterData.prototype.data = 1; Object.defineProperty(document, "styleSheets", {get() { throw 1 }}); document.adoptedStyleSheets = []`,
	} {
		t.Run(name, func(t *testing.T) {
			html := `<!doctype html><html lang="en"><head><title>t</title></head><body><form><input name="querySelectorAll" aria-label="q"></form><p>Words</p>
<button style="width:60px;overflow:hidden;white-space:nowrap">Go on</button><script>` + script + `</script></body></html>`
			p := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(html)}, "other.html": {Data: []byte("<p>Elsewhere")}}, Entry: "page.html"}
			tabs, done, err := browser.OpenTabs(t.Context(), p, preview.RenderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer done()
			d, stocks, err := diagnose.Run(t.Context(), p, tabs, diagnose.Options{Profile: preview.ProfileThorough, Causes: true})
			if err != nil || !d.Valid {
				t.Fatalf("%v, %v", d, err)
			}
			again, after, err := diagnose.Run(t.Context(), p, tabs, diagnose.Options{Profile: preview.ProfileFast})
			if err != nil || len(again.Defects) > len(d.Defects) || !slices.Equal(stocks[0].Items, after[0].Items) {
				t.Errorf("the page changed: %v, %v", again.Defects, err)
			}
		})
	}
}
