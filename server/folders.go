package server

import (
	"context"
	"io/fs"
	"log/slog"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/server/workspace"
)

// A folder is one that the editor has open, or the one around a single file.
type folder struct {
	workspace.Folder
	dir  string // on disk
	disk Disk

	mu       sync.Mutex
	settings Settings

	walk  sync.Mutex  // held while the folder is searched
	pages []string    // the HTML files in it; guarded by walk
	fresh atomic.Bool // whether pages is what is on disk
}

func (f *folder) close(log *slog.Logger) {
	if err := f.disk.Close(); err != nil {
		log.Warn("closing a folder", "dir", f.dir, "err", err)
	}
}

func (f *folder) get() Settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.settings
}

// snapshot is the folder as it is now, with what is open laid over it.
func (f *folder) snapshot(open map[uri.URI]*workspace.Document) fs.FS {
	texts := map[uri.URI]string{}
	for at, doc := range open {
		texts[at] = doc.Text.String()
	}
	return workspace.Folder{Root: f.Root, FS: f.disk.Snapshot()}.Snapshot(texts)
}

// localPath is the path on disk of a file's address.
func localPath(at uri.URI) string {
	p := workspace.CleanPath(at)
	if len(p) >= 3 && p[0] == '/' && p[2] == ':' {
		p = p[1:]
	}
	return filepath.FromSlash(p)
}

// openFolders opens what the editor says it has open. Editors of before LSP 3.6
// name one folder, and in another way.
func (s *server) openFolders(p *lsp.InitializeParams) {
	list, _ := p.WorkspaceFolders.Get()
	if len(list) == 0 {
		//lint:ignore SA1019 some editors say nothing else
		old, older := p.RootURI, p.RootPath
		if path, _ := older.Get(); old != nil {
			list = []lsp.WorkspaceFolder{{URI: *old}}
		} else if path != "" {
			list = []lsp.WorkspaceFolder{{URI: uri.File(path)}}
		}
	}
	for _, f := range list {
		s.openFolder(f.URI)
	}
}

// openFolder opens a folder; nil if it can't be.
func (s *server) openFolder(root uri.URI) *folder {
	root = uri.URI(strings.Clone(string(root)))
	dir := localPath(root)
	if dir == "" {
		s.log.Warn("a folder is not on this machine's disk", "uri", string(root))
		return nil
	}
	disk, err := s.cfg.Open(dir)
	if err != nil {
		s.log.Warn("a folder can't be opened", "dir", dir, "err", err)
		return nil
	}
	f := &folder{Folder: workspace.Folder{Root: root}, dir: dir, disk: disk}
	s.read(f)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, old := range s.folders {
		if old.dir == dir {
			f.close(s.log)
			return old
		}
	}
	s.folders = append(s.folders, f)
	clear(s.orphans)
	return f
}

// DidChangeWorkspaceFolders implements lsp.Server.
func (s *server) DidChangeWorkspaceFolders(_ context.Context, p *lsp.DidChangeWorkspaceFoldersParams) error {
	for _, f := range p.Event.Removed {
		s.closeFolder(f.URI)
	}
	for _, f := range p.Event.Added {
		s.openFolder(f.URI)
	}
	s.spawn(s.configure)
	return nil
}

// closeFolder forgets a folder and its pages. What is still open of it becomes
// single files when it changes.
func (s *server) closeFolder(root uri.URI) {
	dir := localPath(root)
	s.mu.Lock()
	var gone *folder
	for i, f := range s.folders {
		if f.dir == dir {
			gone = f
			s.folders = slices.Delete(s.folders, i, i+1)
			break
		}
	}
	var pages []*page
	for _, p := range s.pages {
		if p.folder == gone {
			pages = append(pages, p)
		}
	}
	s.mu.Unlock()
	if gone == nil {
		return
	}
	for _, p := range pages {
		s.forget(p)
	}
	gone.close(s.log)
}

// place is the folder that a document lies in, and its path there: the innermost
// of the editor's folders, else one of its own. ok is false for what is not on
// disk.
func (s *server) place(at uri.URI) (f *folder, name string, ok bool) {
	s.mu.Lock()
	for _, g := range s.folders {
		if n, err := g.Path(at); err == nil && (f == nil || len(n) < len(name)) {
			f, name = g, n
		}
	}
	s.mu.Unlock()
	if f != nil {
		return f, name, true
	}
	file := localPath(at)
	if file == "" {
		return nil, "", false
	}
	if f = s.openFolder(uri.File(s.cfg.Root(file))); f == nil {
		return nil, "", false
	}
	name, err := f.Path(at)
	return f, name, err == nil
}

// isPage reports whether a file is a page of its own.
func isPage(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm", ".xhtml":
		return true
	}
	return false
}

// Bounds of the search for pages.
const (
	maxPages   = 500
	maxEntries = 50_000
)

// entries are the HTML files of the folder.
func (f *folder) entries() []string {
	f.walk.Lock()
	defer f.walk.Unlock()
	if f.fresh.Swap(true) {
		return f.pages
	}
	f.pages = nil
	seen := 0
	err := fs.WalkDir(f.disk.Snapshot(), ".", func(name string, d fs.DirEntry, err error) error {
		if seen++; seen > maxEntries || len(f.pages) >= maxPages {
			return fs.SkipAll
		}
		base := path.Base(name)
		switch {
		case err != nil && d != nil && d.IsDir():
			return fs.SkipDir
		case err != nil:
			return nil
		case d.IsDir() && name != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "bower_components"):
			return fs.SkipDir
		case !d.IsDir() && isPage(name):
			f.pages = append(f.pages, name)
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return f.pages
}

// changed drops what is known of the files on disk.
func (f *folder) changed() { f.fresh.Store(false) }
