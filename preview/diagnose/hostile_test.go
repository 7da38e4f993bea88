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

// A page with faults of many kinds, to which others add what fights back.
const faulty = `<meta charset="utf-8"><title>Faults</title><meta name="viewport" content="width=device-width">
<style>
body { margin: 0; font: 16px/1.5 Arial, sans-serif; color: #222; background: #fff }
.wide { width: 620px; background: #eee }
.pale { color: #bbb }
.short { height: 20px; overflow: hidden; width: 200px }
.lid { position: relative } .lid i { position: absolute; inset: 0; background: #ddd }
</style>
%HEAD%
</head>
<body>
<h1>A page with faults</h1>
<p class="wide">This box is wider than the screen of a phone is.</p>
<p class="pale">These letters are far too pale to be read.</p>
<p class="short">This text is cut off by its box, which is too low for all of these words.</p>
<p class="lid"><button type="button" id="under">Order now</button><i></i></p>
<p>Total: undefined</p>
<p><button type="button" id="dead">Nothing happens</button></p>
%BODY%
</body>
</html>
`

func faultyPage(doctype, head, body string) string {
	return doctype + strings.NewReplacer("%HEAD%", head, "%BODY%", body).Replace(faulty)
}

const doctype = `<!doctype html><html lang="en"><head>`

// inTheWay are what pages do that may disturb a measurement, meant or not. Head and
// body stand in the page; they add no fault.
var inTheWay = []struct{ name, doctype, head, body, hides string }{
	{name: "prototypes", head: `<script>
for (const name of Object.getOwnPropertyNames(Array.prototype)) if (typeof Array.prototype[name] === "function" && name !== "constructor") Array.prototype[name] = () => { throw Error(name) };
Array.prototype[Symbol.iterator] = () => { throw Error("iterator") };
Element.prototype.getBoundingClientRect = Element.prototype.getClientRects = () => ({ x: 0, y: 0, left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0 });
Element.prototype.closest = Element.prototype.matches = () => null;
Element.prototype.getAttribute = () => "mine";
window.getComputedStyle = () => ({ display: "none" });
Object.defineProperty = Object.getOwnPropertyDescriptor = () => { throw Error("no") };
window.Promise = window.Map = window.Set = window.WeakMap = function () { throw Error("no") };
window.requestAnimationFrame = window.setTimeout = window.queueMicrotask = () => 0;
JSON.stringify = JSON.parse = () => "{}";
Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw Error("no") };
window.CSSStyleSheet = window.MutationObserver = window.IntersectionObserver = undefined;
document.querySelectorAll = document.elementFromPoint = document.elementsFromPoint = document.createRange = () => null;
String.prototype.split = String.prototype.trim = RegExp.prototype.exec = () => null;
</script>`},
	{name: "frozen", body: `<script>
for (const name of ["documentElement", "body", "styleSheets", "adoptedStyleSheets", "fonts", "scrollingElement"])
  Object.defineProperty(document, name, { get() { throw Error("mine") }, set() { throw Error("mine") } });
for (const proto of [Node.prototype, Element.prototype, HTMLElement.prototype, Document.prototype, CSSStyleDeclaration.prototype, Array.prototype, Object.prototype])
  Object.freeze(proto);
for (const name of ["scrollX", "scrollY", "innerWidth", "innerHeight", "devicePixelRatio"])
  Object.defineProperty(window, name, { get: () => -1, set() { throw Error("mine") } });
Object.freeze(document);
</script>`},
	{name: "clobbered", body: `<form hidden><input name="children"><input name="parentNode"><input name="attributes"><input name="style"><input name="nodeType"></form>
<img name="body" alt="" hidden><img name="documentElement" alt="" hidden><a id="relook" name="getComputedStyle" hidden></a>`},
	{name: "shadows", body: `<x-open></x-open><x-closed></x-closed><script>
customElements.define("x-open", class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: "open" }).innerHTML = "<style>p { margin: 8px }</style><p>In the open</p><slot></slot>" } });
customElements.define("x-closed", class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: "closed" }).innerHTML = "<p>Behind closed doors</p>" } });
</script>`},
	{name: "frames", body: `<iframe title="own" src="frame.html" width="200" height="60"></iframe>
<iframe title="written" srcdoc="&lt;p style='width:900px'&gt;In a frame&lt;/p&gt;&lt;script&gt;parent.document.title = 'x'; top.frames.length&lt;/script&gt;" width="200" height="60"></iframe>
<iframe title="nested" srcdoc="&lt;iframe srcdoc='&amp;lt;p&amp;gt;deep'&gt;&lt;/iframe&gt;" width="200" height="60"></iframe>
<iframe title="closed" sandbox="allow-scripts" srcdoc="&lt;script&gt;try { top.document.title = 'x' } catch {}&lt;/script&gt;" width="200" height="60"></iframe>`},
	{name: "layouts", body: `<div style="display: contents"><p>No box of its own</p></div>
<p style="transform: scale(.9)">Scaled</p><p style="writing-mode: vertical-rl; height: 120px">Down and left</p>
<p style="zoom: 1.2">Zoomed</p><p style="rotate: 2deg; width: 200px">Turned</p>
<svg width="200" height="60" role="img" aria-label="Words"><foreignObject width="200" height="60"><p xmlns="http://www.w3.org/1999/xhtml">In a drawing</p></foreignObject></svg>
<math><mi>x</mi><mo>=</mo><mn>1</mn></math>`},
	{name: "broken CSS", head: `<style>
}}}} @media ((( { .wide { width: 10px } } p { color: ; width: calc(; } @layer ; @import "after.css"; .pale { colour: black; color: var( }
@container ( { .x { } } @scope (.a to { } } /* open
</style><style>@font-face { } @keyframes { } :::p { } p::nope { color: red } @namespace svg url(x); svg|a { color: red } .a:is(:not(:has(:nope))) { }</style>`},
	{name: "mutations", hides: diagnose.DeadControl, body: `<p id="log" hidden></p><script>
const log = document.getElementById("log");
const stir = () => { log.textContent += "."; if (log.textContent.length > 4000) log.textContent = "" };
new ResizeObserver(stir).observe(document.body);
new IntersectionObserver(stir).observe(document.body);
for (const kind of ["scroll", "focus", "blur", "resize", "mousemove", "pointerover", "selectionchange", "visibilitychange"])
  addEventListener(kind, stir, true);
matchMedia("(min-width: 1px)").onchange = stir;
</script>`},
	{name: "quirks", doctype: `<html lang="en"><head>`},
	{name: "hidden sheet", head: `<link rel="stylesheet" media="(min-width: 99999px)" href="away.css"><link rel="stylesheet" disabled href="away.css">
<link rel="alternate stylesheet" title="Other" href="away.css">`},
}

func hostileFiles(html string) fstest.MapFS {
	return fstest.MapFS{
		"page.html": {Data: []byte(html)}, "away.css": {Data: []byte(".wide { width: auto !important }")},
		"frame.html": {Data: []byte(`<!doctype html><p style="width: 900px">In a frame</p><script>
try { parent.document.querySelector(".wide").style.width; parent.Array.prototype.map = null } catch {}</script>`)},
	}
}

// faultsOf is what a diagnosis says of the faults of a page, but for numbers.
func faultsOf(d preview.Diagnosis) []string {
	var list []string
	for _, f := range d.Defects {
		s := fmt.Sprintf("%s %s %v", f.Rule, f.Severity, f.Views)
		if len(f.Elements) > 0 {
			s += " on " + f.Elements[0].XPath
		}
		if f.Cause != nil {
			s += " cause " + f.Cause.Text
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

func diagnoseAt(t *testing.T, files fstest.MapFS, profile preview.Profile) preview.Diagnosis {
	t.Helper()
	p := preview.Page{FS: files, Entry: "page.html"}
	views := []preview.View{{Width: 390, Height: 844}}
	tabs, done, err := browser.OpenTabs(t.Context(), p, preview.RenderOptions{Views: views})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	d, _, err := diagnose.Run(t.Context(), p, tabs, diagnose.Options{Profile: profile, Causes: true})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// No page can change a verdict or break the run.
func TestNoPageChangesAVerdict(t *testing.T) {
	for _, profile := range []preview.Profile{preview.ProfileFast, preview.ProfileStandard, preview.ProfileThorough} {
		t.Run(string(profile), func(t *testing.T) {
			t.Parallel()
			want := faultsOf(diagnoseAt(t, hostileFiles(faultyPage(doctype, "", "")), profile))
			t.Log(strings.Join(want, "\n"))
			if least := map[preview.Profile]int{preview.ProfileThorough: 7}[profile]; len(want) < max(5, least) {
				t.Fatalf("only %d faults of the page are found", len(want))
			}
			for _, c := range inTheWay {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					if c.doctype == "" {
						c.doctype = doctype
					}
					want := want
					if c.hides != "" { // what it does can't be told from what was looked for
						want = slices.DeleteFunc(slices.Clone(want), func(s string) bool { return strings.HasPrefix(s, c.hides+" ") })
					}
					d := diagnoseAt(t, hostileFiles(faultyPage(c.doctype, c.head, c.body)), profile)
					if got := faultsOf(d); !slices.Equal(got, want) {
						for _, f := range d.Defects {
							t.Log(f.Message)
						}
						t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
					}
				})
			}
		})
	}
}
