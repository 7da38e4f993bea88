package baseline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relook/preview"
)

func wide() preview.Defect {
	return preview.Defect{
		Rule: "sideways-scroll", Message: "By 710 px.", Elements: []preview.Element{{Selector: ".plans", XPath: "/a[1]"}},
		Cause: &preview.Cause{File: "a.css", Text: "width: 1100px", Property: "width", Selector: ".plans", Range: preview.Range{Start: preview.Position{Line: 4}}},
	}
}

// What a small edit changes does not count; what makes it another defect does.
func TestFingerprint(t *testing.T) {
	base := Fingerprint(wide(), "a.css")
	for name, c := range map[string]struct {
		change func(*preview.Defect)
		same   bool
	}{
		"line":     {func(d *preview.Defect) { d.Cause.Range.Start.Line = 90 }, true},
		"value":    {func(d *preview.Defect) { d.Cause.Text = "width: 1200px" }, true},
		"message":  {func(d *preview.Defect) { d.Message = "By 2,100 px." }, true},
		"element":  {func(d *preview.Defect) { d.Elements = nil }, true},
		"rule":     {func(d *preview.Defect) { d.Rule = "clipped-text" }, false},
		"selector": {func(d *preview.Defect) { d.Cause.Selector = ".plan" }, false},
		"property": {func(d *preview.Defect) { d.Cause.Property = "min-width" }, false},
		"no cause": {func(d *preview.Defect) { d.Cause = nil }, false},
	} {
		d := wide()
		c.change(&d)
		if got := Fingerprint(d, "a.css") == base; got != c.same {
			t.Errorf("%s: the same is %v", name, got)
		}
	}
	if Fingerprint(wide(), "b.css") == base {
		t.Error("another file is the same")
	}
	one, two := preview.Defect{Rule: "console-error", Message: "It failed 3 times."}, preview.Defect{Rule: "console-error", Message: "It failed 12 times."}
	if Fingerprint(one, "a.html") != Fingerprint(two, "b.html") {
		t.Error("numbers in a message count")
	}
}

func TestUpdateAndSplit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "b.json")
	other := wide()
	other.Cause.Selector = ".other"
	page := Page{Name: "a.html", Names: func(s string) string { return s }, Defects: []preview.Defect{wide(), wide(), other}}
	b, err := Load(file, true)
	if err != nil {
		t.Fatal(err)
	}
	if added, gone := b.Update(page); added != 2 || gone != 0 {
		t.Errorf("%d added, %d gone", added, gone)
	}
	if err := b.Save(file); err != nil {
		t.Fatal(err)
	}
	if b, err = Load(file, false); err != nil {
		t.Fatal(err)
	}
	page.Defects[0].Rule = "clipped-text"
	if fresh, known := b.Split(page); len(fresh) != 1 || len(known) != 2 || fresh[0].Rule != "clipped-text" {
		t.Errorf("fresh %v, known %v", fresh, known)
	}
	page.Name = "b.html"
	if fresh, _ := b.Split(page); len(fresh) != 3 {
		t.Errorf("what is known of one page is known of another: %v", fresh)
	}
	if gone := b.Forget(filepath.Dir(file)); gone != 2 || len(b.Known) != 0 {
		t.Errorf("%d forgotten of a page that is gone, %v left", gone, b.Known)
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(bad, []byte("[]"), 0o644); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none.json"): "no such baseline", dir: "is not a file", bad: "is not a baseline",
	} {
		_, err := Load(file, false)
		var input *preview.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", file, err, want)
		}
	}
}
