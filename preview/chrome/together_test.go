package chrome

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relook/preview"
)

// comparedPages is of how many labelled pages one is compared: each takes two
// renders with pictures.
const comparedPages = 2

// What is loaded once gives exactly what a load for each view gives.
func TestTogetherIsTheSame(t *testing.T) {
	var together int
	for _, dir := range []string{"../../testdata/diagnose", "../../examples"} {
		files, err := filepath.Glob(dir + "/*.html")
		if err != nil || len(files) == 0 {
			t.Fatalf("no pages in %s: %v", dir, err)
		}
		for i, file := range files {
			if i%comparedPages != 0 && dir != "../../examples" {
				continue
			}
			page := preview.Page{FS: os.DirFS(dir), Entry: filepath.Base(file)}
			o := preview.RenderOptions{Shots: preview.AllShots}.Defaulted()
			once, err := shared.together(t.Context(), page, o)
			if err != nil {
				continue
			}
			together++
			v, each, err := shared.open(t.Context(), page, o, checked(o), true)
			if err != nil {
				t.Fatal(err)
			}
			v.release()
			once.Diagnosis.Millis, each.Diagnosis.Millis = 0, 0
			if got, want := asJSON(t, once), asJSON(t, each); got != want {
				t.Errorf("%s: loaded once:\n%s\nloaded for each view:\n%s", file, got, want)
			}
		}
	}
	if together < 30/comparedPages {
		t.Errorf("only %d pages were loaded once", together)
	}
}

func asJSON(t *testing.T, r *preview.Rendering) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A page that depends on the size at which it was loaded is loaded at each view.
func TestNotTogether(t *testing.T) {
	const text = "<p>Some text to be seen</p>"
	tests := map[string]struct {
		page     string
		together bool
	}{
		"plain":                 {"<style>@media (max-width: 600px) { p { color: red } }</style>" + text, true},
		"script":                {text + "<script>let a</script>", false},
		"handler":               {`<p onclick="go()">Some text</p>`, false},
		"frame":                 {text + `<iframe src="other.html"></iframe>`, false},
		"pictures by width":     {text + `<img src="a.svg" srcset="a.svg 100w, b.svg 1000w" alt="">`, false},
		"refresh":               {`<meta http-equiv="refresh" content="1; url=other.html">` + text, false},
		"animation":             {"<style>@keyframes k { to { margin-left: 9px } } p { animation: k 1s infinite }</style>" + text, false},
		"animation when narrow": {"<style>@keyframes k { to { margin-left: 9px } } @media (max-width: 600px) { p { animation: k 1s infinite } }</style>" + text, false},
		"picture when narrow":   {"<style>@media (max-width: 600px) { p { background: url(a.svg) } }</style>" + text, false},
		"missing background":    {"<style>@media (min-width: 1000px) { p { background: url(none.svg) } }</style>" + text, false},
		"missing picture":       {text + `<img src="none.svg" alt="A dog">`, true},
		"missing style sheet":   {text + `<link rel="stylesheet" href="none.css">`, true},
		"sheet that remembers":  {text + `<link rel="stylesheet" href="visible.css">`, false},
		"transition":            {"<style>p { transition: 1s; width: 900px } @media (max-width: 600px) { p { width: 100px } }</style>" + text, true},
		"blank":                 {"<style>p { display: none }</style>" + text, false},
		"blank when narrow":     {"<style>@media (max-width: 600px) { p { display: none } }</style>" + text, false},
		"blank when wide":       {"<style>@media (min-width: 600px) { p { display: none } }</style>" + text, false},
	}
	const files = "-- other.html --\n<p>Other</p>\n-- visible.css --\np { content-visibility: auto }\n" +
		"-- a.svg --\n<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>\n-- b.svg --\n<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>\n"
	for name, test := range tests {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			page := archive(t, "-- page.html --\n<!doctype html>"+test.page+"\n"+files)
			o := preview.RenderOptions{}.Defaulted()
			_, err := shared.together(t.Context(), page, o)
			if got := err == nil; got != test.together {
				t.Fatalf("loaded once: %v, want %v", got, test.together)
			}
			r, err := shared.Render(t.Context(), page, preview.RenderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if bad := name == "refresh" || strings.HasPrefix(name, "blank"); r.Diagnosis.Valid == bad {
				t.Errorf("valid: %v (%s)", r.Diagnosis.Valid, r.Diagnosis.InvalidReason)
			}
		})
	}
}
