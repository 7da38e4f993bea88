package server

import (
	"cmp"
	"context"
	"io/fs"
	"maps"
	"slices"

	"github.com/bmatcuk/doublestar/v4"
	"go.lsp.dev/uri"

	"relook/preview"
	"relook/server/workspace"
	"relook/server/workspace/reach"
)

type pageKey struct {
	folder *folder
	entry  string
}

// A page is an HTML file that somebody looks at, or whose files somebody edits.
// All but its key is guarded by server.mu.
type page struct {
	pageKey
	gen     uint64          // counts the changes of what it shows
	viewed  uint64          // when it was looked at last, by server.viewing; 0 for never
	files   map[string]bool // what it may load; nil while that is not known
	job     context.CancelFunc
	result  *result // of the last look, of this gen or an earlier one
	mend    *mend   // what was found to repair it, of this gen or an earlier one
	by      uri.URI // the document whose change made this gen; "" for none
	watched bool    // whether the client wants its pictures
	failed  error   // why this gen can't be looked at
	change  chan struct{}
}

// has reports whether a document is one of the page's files. Before they are
// known any file of its folder may be.
func (p *page) has(at uri.URI) bool {
	name, err := p.folder.Path(at)
	return err == nil && (name == p.entry || p.files[name] || p.files == nil && !isPage(name))
}

// changed wakes those who wait for the page. The caller holds server.mu.
func (p *page) changed() {
	close(p.change)
	p.change = make(chan struct{})
}

// drop cancels what runs for the page. The caller holds server.mu.
func (p *page) drop() {
	if p.job != nil {
		p.job()
		p.job = nil
	}
}

// page finds a page, or begins one.
func (s *server) page(f *folder, entry string, view bool) *page {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := pageKey{f, entry}
	p := s.pages[key]
	if p == nil {
		p = &page{pageKey: key, change: make(chan struct{})}
		s.pages[key] = p
	}
	if view {
		s.viewing++
		p.viewed = s.viewing
	}
	return p
}

// forget drops a page and its diagnostics.
func (s *server) forget(p *page) {
	s.mu.Lock()
	p.drop()
	p.gen++
	delete(s.pages, p.pageKey)
	p.changed()
	at := p.shownAt()
	s.mu.Unlock()
	s.dirty.add(at...)
}

// known are the pages that a document belongs to, as far as they are open, the
// most recently viewed first.
func (s *server) known(at uri.URI) []*page {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*page
	for _, p := range s.pages {
		if p.has(at) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *page) int {
		return cmp.Or(-cmp.Compare(a.viewed, b.viewed), cmp.Compare(a.entry, b.entry))
	})
	return list
}

// maxFor is how many pages are looked at for a file that is not one.
const maxFor = 3

// touched bumps the pages that a document belongs to. For one that was opened
// and is no page the folder is searched, too. It is not searched at each change:
// a page that begins to load the document is itself changed.
func (s *server) touched(at uri.URI, why reason) {
	list := s.known(at)
	for _, p := range list {
		s.bumpBy(p, why, at)
	}
	if why != becauseOpened || isPage(workspace.CleanPath(at)) {
		return
	}
	s.spawn(func() {
		for _, p := range s.find(at) {
			if !slices.Contains(list, p) {
				s.bump(p, becauseOpened)
			}
		}
	})
}

// find finds the pages that a document belongs to: itself, those that
// relook.toml names, those that are open, else those of the folder that reach it.
func (s *server) find(at uri.URI) []*page {
	f, name, ok := s.place(at)
	if !ok {
		return nil
	}
	if isPage(name) {
		return []*page{s.page(f, name, false)}
	}
	if list := s.named(f, name); len(list) > 0 {
		return list
	}
	fsys := f.snapshot(s.docs.All())
	s.learn(f, fsys)
	if list := s.known(at); len(list) > 0 {
		return list
	}
	list := s.reaching(f, fsys, name)
	if len(list) == 0 {
		s.mu.Lock()
		s.orphans[at] = true
		s.mu.Unlock()
	}
	return list
}

// reaching are the pages of a folder that may load a file.
func (s *server) reaching(f *folder, fsys fs.FS, name string) []*page {
	var list []*page
	for _, entry := range f.entries() {
		if len(list) == maxFor || s.ctx.Err() != nil {
			break
		}
		if files := reach.Files(fsys, entry, nil); files[name] {
			p := s.page(f, entry, false)
			s.setFiles(p, files)
			list = append(list, p)
		}
	}
	return list
}

// named are the pages that the settings name for a file.
func (s *server) named(f *folder, name string) []*page {
	var list []*page
	set := f.get()
	for _, pattern := range slices.Sorted(maps.Keys(set.Pages)) {
		if ok, err := doublestar.Match(pattern, name); err != nil || !ok {
			continue
		}
		for _, entry := range set.Pages[pattern] {
			if !fs.ValidPath(entry) || len(list) == maxFor {
				continue
			}
			p := s.page(f, entry, false)
			s.mu.Lock()
			if p.files == nil {
				p.files = map[string]bool{}
			}
			p.files[name] = true
			s.mu.Unlock()
			list = append(list, p)
		}
	}
	return list
}

// learn finds out what the open pages of a folder may load, where that is not
// known yet.
func (s *server) learn(f *folder, fsys fs.FS) {
	s.mu.Lock()
	var unknown []*page
	for _, p := range s.pages {
		if p.folder == f && p.files == nil {
			unknown = append(unknown, p)
		}
	}
	s.mu.Unlock()
	for _, p := range unknown {
		s.setFiles(p, reach.Files(fsys, p.entry, nil))
	}
}

// setFiles notes what a page may load. What the settings name stays.
func (s *server) setFiles(p *page, files map[string]bool) {
	for pattern, entries := range p.folder.get().Pages {
		if !slices.Contains(entries, p.entry) {
			continue
		}
		for at := range s.docs.All() {
			name, err := p.folder.Path(at)
			if ok, bad := doublestar.Match(pattern, name); err == nil && bad == nil && ok {
				files[name] = true
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.files = files
}

// addFiles is setFiles before a page is rendered: what it loaded when it was
// rendered last counts as well.
func (s *server) addFiles(p *page, files map[string]bool) {
	all := maps.Clone(files)
	s.mu.Lock()
	maps.Copy(all, p.files)
	s.mu.Unlock()
	s.setFiles(p, all)
}

// snapshot is the page as it is rendered: with all that is open laid over the disk.
func (s *server) snapshot(p *page) (preview.Page, map[uri.URI]*workspace.Document) {
	open := s.docs.All()
	return preview.Page{FS: p.folder.snapshot(open), Entry: p.entry}, open
}
