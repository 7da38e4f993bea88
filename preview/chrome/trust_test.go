package chrome

import (
	"strings"
	"testing"

	"relook/preview"
)

// The scripts of a page that is not trusted don't run, in any form, and the tab
// is as before for the next page.
func TestNoScripts(t *testing.T) {
	page := archive(t, `-- index.html --
<!doctype html><meta name=viewport content="width=device-width"><p id=p>still</p><button onclick="">b</button>
<img src=none.png onerror="p.textContent = 'attribute'" alt="">
<script>p.textContent = "inline"; console.error("ran")</script>
<script src=a.js></script><script type=module src=m.js></script>
<iframe srcdoc="<script>parent.p.textContent = 'frame'</script>"></iframe>
-- a.js --
p.textContent = "file"
-- m.js --
document.getElementById("p").textContent = "module"`)
	b := New(Config{MaxTabs: 1})
	defer b.Close()
	for _, off := range []bool{true, false, true} {
		r, err := b.Render(t.Context(), page, preview.RenderOptions{Views: phone, NoScripts: off})
		if err != nil {
			t.Fatal(err)
		}
		still, ran := false, false
		for _, i := range r.Inventories[0].Items {
			still = still || i.Name == "still"
		}
		for _, d := range r.Diagnosis.Defects {
			ran = ran || strings.Contains(d.Message, "ran")
		}
		if still != off || ran == off {
			t.Errorf("without scripts %t: the text is untouched %t, the console was written to %t: %+v", off, still, ran, r.Diagnosis.Defects)
		}
	}
}
