package chrome

import (
	"testing"

	"relook/preview"
)

// A page must see nothing of the one that was in its tab before.
func TestIsolation(t *testing.T) {
	page := archive(t, `-- index.html --
<style>p { color: red }</style>
<p id=p>text</p><p id=d></p><p id=c></p><script>
const req = indexedDB.open("db", 1);
const seen = [localStorage.length, sessionStorage.length, document.cookie, window.name, history.length, window.left, location.href,
  navigator.onLine, performance.getEntriesByType("navigation").length, document.referrer, innerWidth, Date.now()];
p.textContent = JSON.stringify(seen);
req.onupgradeneeded = () => d.textContent = "new db";
localStorage.a = sessionStorage.b = document.cookie = window.name = window.left = "x";
history.pushState(1, "", "?y"); history.pushState(1, "", "?z");
caches.has("c").then((has) => { c.textContent = "cache " + has; caches.open("c") });
console.error("noise");
</script>`)
	b := New(Config{MaxTabs: 1})
	defer b.Close()
	var first string
	var target any
	for i := range 4 {
		tabs, done, err := b.OpenTabs(t.Context(), page, preview.RenderOptions{Views: phone})
		if err != nil {
			t.Fatal(err)
		}
		tab := tabs[0].(*Tab)
		got := eval[string](t, tab, `() => [p, d, c].map((e) => e.textContent) + " " + Object.keys(globalThis).includes("mine")`)
		eval[any](t, tab, `() => { globalThis.mine = 1 }`)
		if len(tabs[0].Events()) != 1 {
			t.Errorf("events: %+v", tabs[0].Events())
		}
		if i == 0 {
			first, target = got, tab.target
			t.Log(got)
		}
		if got != first {
			t.Errorf("use %d of a tab shows\n%s\nthe first\n%s", i+1, got, first)
		}
		if target != tab.target {
			t.Errorf("use %d is in another tab: it was not reused", i+1)
		}
		done()
	}
}
