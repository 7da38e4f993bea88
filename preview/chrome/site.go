package chrome

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"relook/preview"
	"relook/preview/markup"
	"relook/preview/sourcemap"
)

// Origin is where a page believes to be. Browsers trust *.localhost as they do
// https, and nothing has to resolve the name.
const origin = "http://relook.localhost"

// maxFileBytes is the largest file that is handed to a page.
const maxFileBytes = 64 << 20

// A site is a page's workspace as a web site.
type site struct {
	page  preview.Page
	roots []string // folders that may be meant by "/", the likeliest first

	mu     sync.Mutex
	texts  map[string]preview.Text
	parsed *markup.Markup
	given  map[string]bool                       // files that were handed out
	maps   map[preview.SourceSpan]*sourcemap.Map // by sheet, nil where there is none that can be used
}

func newSite(p preview.Page) *site {
	s := &site{page: p, roots: []string{"."}, texts: map[string]preview.Text{}, given: map[string]bool{}, maps: map[preview.SourceSpan]*sourcemap.Map{}}
	// A page in site/public/ that asks for /style.css is meant to be served
	// from a folder on the way down to it.
	parts := strings.Split(path.Dir(p.Entry), "/")
	for i := range parts {
		if dir := path.Join(parts[:i+1]...); dir != "." {
			s.roots = append(s.roots, dir)
		}
	}
	return s
}

// url is the address of the page.
func (s *site) url() string {
	return origin + (&url.URL{Path: "/" + s.page.Entry}).EscapedPath()
}

// file finds the file that an address stands for. ok is false when the address
// lies outside of the workspace; a file that does not exist is named all the
// same. dir is true for a folder's address without the final slash, which a
// server redirects.
func (s *site) file(address string) (name string, dir, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false, false
	}
	if u.Scheme+"://"+u.Host == origin {
		name, dir = s.local(strings.TrimPrefix(u.Path, "/"))
		return name, dir, true
	}
	name, ok = s.packaged(u)
	return name, false, ok
}

// local finds the file that a path on the site stands for.
func (s *site) local(want string) (name string, dir bool) {
	if want == s.page.Entry {
		return want, false
	}
	folder := want == "" || strings.HasSuffix(want, "/")
	want = strings.TrimSuffix(want, "/")
	for _, root := range s.roots {
		name := path.Join(root, want)
		if want != "" && !fs.ValidPath(want) || !fs.ValidPath(name) {
			break
		}
		info, err := fs.Stat(s.page.FS, name)
		switch {
		case err != nil:
		case info.IsDir() && folder:
			return path.Join(name, "index.html"), false
		case info.IsDir():
			return name, true
		case !folder:
			return name, false
		}
	}
	return want, false
}

// read returns a file and its media type. An error is one of fs.
func (s *site) read(name string) ([]byte, string, error) {
	if !fs.ValidPath(name) {
		return nil, "", fs.ErrNotExist
	}
	info, err := fs.Stat(s.page.FS, name)
	switch {
	case err != nil:
		return nil, "", err
	case !info.Mode().IsRegular():
		return nil, "", fs.ErrNotExist
	case info.Size() > maxFileBytes:
		return nil, "", fmt.Errorf("is larger than %d MB", maxFileBytes>>20)
	}
	b, err := fs.ReadFile(s.page.FS, name)
	if err != nil {
		return nil, "", err
	}
	t := mediaType(name, b)
	if name == s.page.Entry && !slices.Contains([]string{".xhtml", ".xml", ".svg"}, strings.ToLower(path.Ext(name))) {
		t = "text/html; charset=utf-8"
	}
	return b, t, nil
}

// give notes that a file is handed out.
func (s *site) give(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given[name] = true
}

// files lists what was handed out so far.
func (s *site) files() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.given))
}

// why words the failure to read a file.
func why(err error) (status int, text string) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 404, "no such file"
	case errors.Is(err, fs.ErrPermission):
		return 403, "the file may not be read"
	}
	return 500, "the file can't be read: " + err.Error()
}

// text reads a file as text, once.
func (s *site) text(name string) (preview.Text, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.texts[name]; ok {
		return t, nil
	}
	t, err := s.page.Read(name)
	if err == nil {
		s.texts[name] = t
	}
	return t, err
}

// markup is the parsed source of the page, made once.
func (s *site) markup() *markup.Markup {
	text, err := s.text(s.page.Entry)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parsed == nil && err == nil {
		s.parsed = markup.Parse(text)
	}
	return s.parsed
}

// origin is the source map of a style sheet, read once; nil if it has none that
// leads to files of the person's.
func (s *site) origin(h *sheetHeader) *sourcemap.Map {
	if h.source == nil || preview.ForeignFile(h.file) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := preview.SourceSpan{File: h.file, Span: h.source.span}
	m, known := s.maps[key]
	if !known {
		if address := sourcemap.Address(h.source.text.Slice(h.source.span)); address != "" {
			m = sourcemap.Open(s.page.FS, h.file, address)
		}
		s.maps[key] = m
	}
	return m
}
