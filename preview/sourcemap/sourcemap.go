// Package sourcemap leads from a built style sheet back to the file that a person
// edits. It reads the maps that compilers of SCSS, Less and CSS write, and finds
// the declaration in the source to its last character. It reads only from the
// fs.FS that it is given.
package sourcemap

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/go-sourcemap/sourcemap"
	"github.com/sourcegraph/conc/panics"

	"relook/preview"
)

// maxBytes is the largest map that is read. Those of large frameworks take half
// a megabyte; reading this much takes a tenth of a second.
const maxBytes = 8 << 20

// A Map tells from where a style sheet was built.
type Map struct {
	// From is the first of its sources that is in the page's FS.
	From string

	files    fs.FS
	dir      string // of the map
	consumer *sourcemap.Consumer
	texts    map[string]*preview.Text
	sheet    string
}

var comment = regexp.MustCompile(`/\*[#@]\s*sourceMappingURL=(\S+?)\s*\*/`)

// Address is the address of the map that a style sheet names; "" for none. Browsers
// pass over some that compilers write, such as data URLs with an apostrophe.
func Address(css string) string {
	at := strings.LastIndex(css, "sourceMappingURL=")
	if at < 0 {
		return ""
	}
	all := comment.FindAllStringSubmatch(css[max(0, at-16):], -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1][1]
}

// Open reads the map at an address that the style sheet in file names: a data URL
// or the address of a file. It gives nil for a map that can't be read or is too
// large, and for one none of whose sources is in files and not file itself: then
// the sheet is all that there is to edit.
func Open(files fs.FS, file, address string) *Map {
	m, data := open(files, file, address)
	if m == nil {
		return nil
	}
	var err error
	// The library trusts the numbers in a map.
	if panics.Try(func() { m.consumer, err = sourcemap.Parse("", data) }) != nil || err != nil {
		m.consumer = nil // built from a source, but from which place of it can't be told
	}
	return m
}

// From is Map.From of the map that Open gives, "" for none. It costs less.
func From(files fs.FS, file, address string) string {
	if m, _ := open(files, file, address); m != nil {
		return m.From
	}
	return ""
}

func open(files fs.FS, file, address string) (*Map, []byte) {
	data, dir := read(files, file, address)
	if data == nil {
		return nil, nil
	}
	var listed struct {
		index
		Sections []struct{ Map index }
	}
	if json.Unmarshal(data, &listed) != nil {
		return nil, nil
	}
	m := &Map{files: files, dir: dir, sheet: file, texts: map[string]*preview.Text{}}
	for _, s := range append(listed.Sections, struct{ Map index }{listed.index}) {
		for _, source := range s.Map.Sources {
			if name := m.name(s.Map.SourceRoot, source); name != "" && m.From == "" {
				m.From = name
			}
		}
	}
	if m.From == "" {
		return nil, nil
	}
	return m, data
}

type index struct {
	SourceRoot string
	Sources    []string
}

// read gives a map's bytes and the folder that its sources are named from.
func read(files fs.FS, file, address string) ([]byte, string) {
	if strings.HasPrefix(address, "data:") {
		return unpack(address), path.Dir(file)
	}
	for _, name := range candidates(path.Dir(file), address) {
		info, err := fs.Stat(files, name)
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxBytes {
			continue
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, ""
		}
		if bytes.HasPrefix(data, []byte(")]}")) { // keeps other sites from running it
			_, data, _ = bytes.Cut(data, []byte("\n"))
		}
		return data, path.Dir(name)
	}
	return nil, ""
}

// unpack decodes a data URL.
func unpack(address string) []byte {
	kind, data, ok := strings.Cut(address, ",")
	if !ok || len(data) > maxBytes*4/3 {
		return nil
	}
	text, err := url.PathUnescape(data)
	if err != nil {
		return nil
	}
	if !strings.HasSuffix(kind, ";base64") {
		return []byte(text)
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}

// candidates are the files that an address in a file of the folder dir may stand
// for. Where "/" leads is not known: any folder on the way down to dir may be the
// site's root. What leads out of the workspace stands for nothing.
func candidates(dir, address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	p := u.Path
	switch {
	case u.Scheme == "webpack" || u.Scheme == "vite" || u.Scheme == "turbopack":
		p = path.Clean("/" + p)
	case u.Scheme != "" || u.Host != "" || p == "":
		return nil
	}
	var names []string
	if !strings.HasPrefix(p, "/") {
		names = append(names, path.Join(dir, p))
	} else {
		parts := strings.Split(dir, "/")
		for i := range len(parts) + 1 {
			names = append(names, path.Join(path.Join(parts[:i]...), strings.TrimLeft(p, "/")))
		}
	}
	valid := names[:0]
	for _, n := range names {
		if fs.ValidPath(n) {
			valid = append(valid, n)
		}
	}
	return valid
}

// name is the file that a map's source stands for; "" if it is not in the
// workspace.
func (m *Map) name(root, source string) string {
	if u, err := url.Parse(source); root != "" && err == nil && !u.IsAbs() && !strings.HasPrefix(source, "/") {
		source = strings.TrimSuffix(root, "/") + "/" + source
	}
	for _, n := range candidates(m.dir, source) {
		if info, err := fs.Stat(m.files, n); err == nil && info.Mode().IsRegular() && n != m.sheet && n != "." {
			return n
		}
	}
	return ""
}

// Find is where the declaration of a property stands in the source. The place in
// the sheet is zero-based, in UTF-16 units, as browsers and LSP count. Ok is false
// when the map does not lead to such a declaration, as one that is older than its
// source.
func (m *Map) Find(at preview.Position, property string) (place preview.SourceSpan, ok bool) {
	if m.consumer == nil {
		return place, false
	}
	var source string
	var line, column int
	if panics.Try(func() { source, _, line, column, ok = m.consumer.Source(at.Line+1, at.Character) }) != nil || !ok || line < 1 {
		return place, false
	}
	file := m.name("", source)
	if file == "" {
		return place, false
	}
	text, err := m.text(file)
	if err != nil || m.outdated(source, text) {
		return place, false
	}
	span, ok := declaration(file, text, text.Offset(preview.Position{Line: line - 1, Character: max(column, 0)}), property)
	return preview.SourceSpan{File: file, Span: span}, ok
}

// outdated says that the map holds another text of the source.
func (m *Map) outdated(source string, now *preview.Text) bool {
	then := m.consumer.SourceContent(source)
	lines := strings.NewReplacer("\r\n", "\n", "\ufeff", "")
	return then != "" && lines.Replace(then) != lines.Replace(now.String())
}

func (m *Map) text(file string) (*preview.Text, error) {
	if t, ok := m.texts[file]; ok {
		if t == nil {
			return nil, fmt.Errorf("reading %s: it can't be read", file)
		}
		return t, nil
	}
	t, err := preview.Page{FS: m.files}.Read(file)
	if err != nil {
		m.texts[file] = nil
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	m.texts[file] = &t
	return &t, nil
}
