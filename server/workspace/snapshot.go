package workspace

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"go.lsp.dev/uri"

	"relook/preview"
)

// A Folder is one workspace folder of an editor.
type Folder struct {
	Root uri.URI // of the folder
	FS   fs.FS   // its files
}

// CleanPath is one way to write the address of a file, of the several that editors
// use for the same: escaped or not, with a drive's letter large or small. "" if
// it is no file.
func CleanPath(doc uri.URI) string {
	u, err := url.Parse(string(doc))
	if err != nil || u.Scheme != "file" || u.Opaque != "" || strings.Contains(u.Path, "\x00") {
		return ""
	}
	p := u.Path
	if len(p) >= 3 && p[0] == '/' && p[2] == ':' {
		p = "/" + strings.ToLower(p[1:2]) + p[2:]
	}
	if u.Host != "" && u.Host != "localhost" {
		p = "//" + u.Host + p
	}
	return p
}

// Path is the slash path of a document below the folder. It is an error when
// the document lies elsewhere.
func (f Folder) Path(doc uri.URI) (string, error) {
	at, root := CleanPath(doc), CleanPath(f.Root)
	rest, ok := strings.CutPrefix(at, strings.TrimSuffix(root, "/")+"/")
	if at == "" || root == "" || !ok || !fs.ValidPath(rest) {
		return "", fmt.Errorf("%s is not in the workspace folder %s", doc, f.Root)
	}
	return rest, nil
}

// URI is the address of the file with a slash path below the folder.
func (f Folder) URI(name string) uri.URI {
	u, err := url.Parse(string(f.Root))
	if err != nil {
		return f.Root
	}
	u.Path, u.RawPath = path.Join(u.Path, name), ""
	return uri.URI(u.String())
}

// Snapshot is the folder with the open documents' texts laid over it. Documents
// of other folders are left out.
func (f Folder) Snapshot(open map[uri.URI]string) fs.FS {
	texts := map[string]string{}
	for doc, text := range open {
		if name, err := f.Path(doc); err == nil {
			texts[name] = text
		}
	}
	return preview.Overlay(f.FS, texts)
}
