package diagnose_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"relook/preview"
)

// A frameset has no body and no text of its own: it is looked at like any page.
func TestFrameset(t *testing.T) {
	files := fstest.MapFS{
		"page.html": {Data: []byte(`<html lang="en"><head><title>Frames</title></head><frameset cols="50%,50%"><frame src="a.html" title="Left"><frame src="page.html" title="Itself"></frameset></html>`)},
		"a.html":    {Data: []byte(`<p style="width: 2000px">Wide</p><script>top.document.title = "x"</script>`)},
	}
	for _, profile := range []preview.Profile{preview.ProfileFast, preview.ProfileThorough} {
		r, err := browser.Render(t.Context(), preview.Page{FS: files, Entry: "page.html"}, preview.RenderOptions{Profile: profile})
		if err != nil {
			t.Fatalf("%s: %v", profile, err)
		}
		if d := r.Diagnosis; d.Valid == (d.InvalidReason != "") {
			t.Errorf("%s: got %+v", profile, d)
		}
	}
}

// A stuckFS hands out a style sheet only when it is let go.
type stuckFS struct {
	fstest.MapFS
	letGo chan struct{}
}

func (f stuckFS) Open(name string) (fs.File, error) {
	f.wait(name)
	return f.MapFS.Open(name)
}

func (f stuckFS) ReadFile(name string) ([]byte, error) {
	f.wait(name)
	return f.MapFS.ReadFile(name)
}

func (f stuckFS) Stat(name string) (fs.FileInfo, error) { return f.MapFS.Stat(name) }

func (f stuckFS) wait(name string) {
	if strings.HasSuffix(name, ".css") {
		<-f.letGo
	}
}

// A sheet that never comes makes the page invalid, in its time, and the reason
// tells so.
func TestSheetThatNeverComes(t *testing.T) {
	files := stuckFS{fstest.MapFS{
		"page.html": {Data: []byte(`<!doctype html><title>t</title><link rel="stylesheet" href="never.css"><p>Words`)},
		"never.css": {Data: []byte("p { color: red }")},
	}, make(chan struct{})}
	timer := time.AfterFunc(20*time.Second, func() { close(files.letGo) }) // the disk comes back
	defer func() {
		if timer.Stop() {
			close(files.letGo)
		}
	}()
	r, err := browser.Render(t.Context(), preview.Page{FS: files, Entry: "page.html"}, preview.RenderOptions{
		Views: []preview.View{{Width: 390, Height: 844}}, Timeout: 3 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Diagnosis.Valid || !strings.Contains(r.Diagnosis.InvalidReason, "a file that it waits for never came") {
		t.Errorf("got %+v", r.Diagnosis)
	}
}
