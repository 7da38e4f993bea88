package preview

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestPageSourceSaysWhatIsWrong(t *testing.T) {
	files := fstest.MapFS{
		"good.html":    {Data: []byte("\ufeff<p>ä</p>")},
		"dir/x.html":   {Data: []byte("x")},
		"empty.html":   {Data: []byte(" \n")},
		"bom.html":     {Data: []byte("\ufeff")},
		"binary.html":  {Data: []byte("a\x00b")},
		"latin1.html":  {Data: []byte("caf\xe9")},
		"device.html":  {Data: []byte("x"), Mode: fs.ModeDevice},
		"huge/big.htm": {Data: make([]byte, MaxPageBytes+1)},
	}
	if text, err := (Page{files, "good.html"}).Source(); err != nil || !text.HasBOM() {
		t.Errorf("good.html: %v", err)
	}
	for name, want := range map[string]string{
		"none.html":    "no such file",
		"dir":          "is a directory",
		"empty.html":   "is empty",
		"bom.html":     "is empty",
		"binary.html":  "is a binary file",
		"latin1.html":  "is not valid UTF-8",
		"device.html":  "is not a regular file",
		"huge/big.htm": "more than the 20 MB",
		"../up.html":   "is outside of the workspace",
	} {
		_, err := Page{files, name}.Source()
		var bad *InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || bad.Mend == "" {
			t.Errorf("%s: %v, want %q and a mend", name, err, want)
		}
	}
}

func TestOverlay(t *testing.T) {
	base := fstest.MapFS{"a.html": {Data: []byte("a")}, "b.css": {Data: []byte("b")}}
	over := Overlay(Overlay(base, map[string]string{"a.html": "A", "new.js": "n"}), map[string]string{"b.css": "B"})
	for name, want := range map[string]string{"a.html": "A", "b.css": "B", "new.js": "n"} {
		if got, err := fs.ReadFile(over, name); err != nil || string(got) != want {
			t.Errorf("%s reads %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := fs.ReadFile(over, "c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("c: %v", err)
	}
	if got, _ := fs.ReadFile(base, "a.html"); string(got) != "a" {
		t.Errorf("the base was changed: %q", got)
	}
}

func TestParseViews(t *testing.T) {
	views, err := ParseViews("390x844, 768x1024@2+dark+print,390x844,1280x800+hover")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range views {
		names = append(names, v.Name())
		if back, err := ParseView(v.Name()); err != nil || back != v {
			t.Errorf("%s comes back as %v, %v", v.Name(), back, err)
		}
	}
	if got := strings.Join(names, " "); got != "390x844 768x1024@2+dark+print 1280x800+hover" {
		t.Errorf("views are %s", got)
	}
	for _, bad := range []string{"", "390", "390x", "0x10", "390x99999", "390x844+blue", "-1x3", "390x844@9"} {
		if v, err := ParseViews(bad); err == nil {
			t.Errorf("%q is taken as %v", bad, v)
		}
	}
}

func TestParseMoments(t *testing.T) {
	got, err := ParseMoments("0s,1s, 1500ms")
	if err != nil || len(got) != 3 || got[2] != 1500*time.Millisecond {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "1", "-1s", "2s,1s", "1s,1s", "2m"} {
		if got, err := ParseMoments(bad); err == nil {
			t.Errorf("%q is taken as %v", bad, got)
		}
	}
}
