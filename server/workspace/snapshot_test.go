package workspace

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"go.lsp.dev/uri"
)

func TestSnapshotShowsUnsavedText(t *testing.T) {
	f := Folder{Root: "file:///home/ann/my%20site", FS: fstest.MapFS{
		"a b/index.html": {Data: []byte("saved")},
		"style.css":      {Data: []byte("body{}")},
	}}
	snap := f.Snapshot(map[uri.URI]string{
		"file:///home/ann/my%20site/a%20b/index.html": "unsaved",
		"file:///home/ann/other/index.html":           "elsewhere",
	})
	for name, want := range map[string]string{"a b/index.html": "unsaved", "style.css": "body{}"} {
		got, err := fs.ReadFile(snap, name)
		if err != nil || string(got) != want {
			t.Errorf("%s reads %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestPathStaysInside(t *testing.T) {
	f := Folder{Root: "file:///home/ann/site"}
	for _, doc := range []uri.URI{
		"file:///home/ann/site2/index.html",
		"file:///home/ann/site/../secret.html",
		"file:///home/ann/site/%2e%2e/secret.html",
		"untitled:Untitled-1",
	} {
		if name, err := f.Path(doc); err == nil {
			t.Errorf("%s is taken as %q", doc, name)
		}
	}
}
