package workspace

import (
	"fmt"
	"io/fs"
	"strings"

	"go.lsp.dev/uri"

	"relook/preview"
)

// A Folder is one workspace folder of an editor.
type Folder struct {
	Root uri.URI // of the folder
	FS   fs.FS   // its files
}

// Path is the slash path of a document below the folder. It is an error when
// the document lies elsewhere.
func (f Folder) Path(doc uri.URI) (string, error) {
	root := strings.TrimSuffix(string(f.Root), "/") + "/"
	rest, ok := strings.CutPrefix(string(doc), root)
	if !ok {
		return "", fmt.Errorf("%s is not in the workspace folder %s", doc, f.Root)
	}
	u, err := uri.Parse("file:///" + rest)
	if err != nil {
		return "", fmt.Errorf("reading the address %s: %w", doc, err)
	}
	name := strings.TrimPrefix(u.Path(), "/")
	if !fs.ValidPath(name) {
		return "", fmt.Errorf("%s is not in the workspace folder %s", doc, f.Root)
	}
	return name, nil
}

// Snapshot is the folder with the open documents' texts laid over it, by
// document address. Documents of other folders are left out.
func (f Folder) Snapshot(open map[uri.URI]string) fs.FS {
	texts := map[string]string{}
	for doc, text := range open {
		if name, err := f.Path(doc); err == nil {
			texts[name] = text
		}
	}
	return preview.Overlay(f.FS, texts)
}
