package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"relook/cmd/relook/internal/realpages"
	"relook/preview"
	"relook/preview/chrome"
)

var times = flag.Int("repeats", 3, "how many times TestSameEveryTime renders each page")

// TestSameEveryTime: two renders of the same page give the same diagnosis, of pages
// with scripts, pictures, animations and faults between the views. `make accuracy`
// does it many times, and over real pages.
func TestSameEveryTime(t *testing.T) {
	b := chrome.New(chrome.Config{})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	var pages []realpages.Page
	for _, name := range []string{
		"told-height", "told-nested", "widths-script-late", "contrast-background", "shift-image", "quiet-marquee", "console-two",
	} {
		page := preview.Page{FS: os.DirFS("../../../../testdata/diagnose"), Entry: name + ".html"}
		pages = append(pages, realpages.Page{Page: page, Name: name})
	}
	r, err := repeat(t.Context(), b, pages, *times, preview.ProfileStandard)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Differences) > 0 {
		t.Error(strings.Join(r.Differences, "\n"))
	}
}

func TestDiffer(t *testing.T) {
	one := preview.Diagnosis{Path: "a.html", Valid: true, Defects: []preview.Defect{{Rule: "text-overlap", Message: "One lies on the other."}}}
	none, longer := one, one
	none.Defects = nil
	longer.Defects = append(longer.Defects[:1:1], preview.Defect{Rule: "lone-wrap", Message: "It stands alone."})
	invalid := one
	invalid.Valid = false
	for _, c := range []struct {
		name string
		with preview.Diagnosis
		want string
	}{
		{"itself", one, ""},
		{"nothing", none, "only in the first: One lies on the other."},
		{"more", longer, "not in the first: It stands alone."},
		{"an invalid one", invalid, `"valid":false`},
	} {
		got, err := differ(one, c.with)
		if err != nil {
			t.Fatal(err)
		}
		if got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("with %s: %q, want %q", c.name, got, c.want)
		}
	}
}
