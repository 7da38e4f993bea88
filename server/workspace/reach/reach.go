// Package reach follows the references of a page without running it: which files
// of its workspace it may load. A name that stands in the source and is that of a
// file counts, whatever it is for: rather one page too many is looked at than one
// too few.
package reach

import (
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
)

const (
	// maxFiles and maxBytes bound what is read for one page.
	maxFiles = 2000
	maxBytes = 4 << 20 // of one file; a larger one is data
)

// reference is what may name a file: something quoted, in brackets of url(), or
// the value of an attribute without quotes.
var reference = regexp.MustCompile(`"([^"\n]{1,500})"|'([^'\n]{1,500})'|` + "`([^`\n]{1,500})`" + `|url\(\s*([^"')\s]{1,500})\s*\)|=([^\s"'>=]{1,500})`)

var links = regexp.MustCompile(`(?i)<(?:a|area|form)\s[^>]*>`)

// followed are the kinds of files that may name others.
var followed = map[string]bool{
	".html": true, ".htm": true, ".xhtml": true, ".svg": true, ".css": true,
	".js": true, ".mjs": true, ".json": true, ".webmanifest": true,
}

// Files are the files that a page may load, itself included. Those in also count
// as there even if they are not: they may have been deleted.
func Files(fsys fs.FS, page string, also map[string]bool) map[string]bool {
	f := &follower{fsys: fsys, page: page, also: also, found: map[string]bool{page: true}}
	for queue := []string{page}; len(queue) > 0 && len(f.found) < maxFiles; {
		name := queue[0]
		queue = append(queue[1:], f.follow(name)...)
	}
	return f.found
}

type follower struct {
	fsys  fs.FS
	page  string
	also  map[string]bool
	found map[string]bool
}

// follow lists what a file names that was not found before.
func (f *follower) follow(name string) []string {
	if !followed[strings.ToLower(path.Ext(name))] && name != f.page {
		return nil
	}
	info, err := fs.Stat(f.fsys, name)
	if err != nil || info.Size() > maxBytes {
		return nil
	}
	src, err := fs.ReadFile(f.fsys, name)
	if err != nil {
		return nil
	}
	text := string(src)
	if strings.Contains(strings.ToLower(path.Ext(name)), "htm") {
		text = links.ReplaceAllString(text, "") // they lead to other pages
	}
	var more []string
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		for _, part := range references(strings.Join(m[1:], "")) {
			if file := f.file(name, part); file != "" && !f.found[file] {
				f.found[file] = true
				more = append(more, file)
			}
		}
	}
	return more
}

// references parts a srcset, and leaves out what can't be a file's name.
func references(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		first, _, _ := strings.Cut(strings.TrimSpace(part), " ")
		if first != "" {
			out = append(out, first)
		}
	}
	if whole := strings.TrimSpace(s); len(out) > 1 || len(out) == 1 && out[0] != whole {
		out = append(out, whole) // a name with a space or a comma in it
	}
	return out
}

// file finds the file that is named in another: beside it, beside the page, or
// below a folder that "/" may mean. "" if there is none.
func (f *follower) file(from, ref string) string {
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return ""
	}
	dirs := []string{path.Dir(from), path.Dir(f.page)}
	if strings.HasPrefix(u.Path, "/") {
		dirs = dirs[:0]
		for dir := path.Dir(f.page); ; dir = path.Dir(dir) {
			dirs = append(dirs, dir)
			if dir == "." {
				break
			}
		}
	}
	for _, dir := range dirs {
		for _, end := range []string{"", ".js", ".css", "/index.js"} {
			name := path.Join(dir, u.Path+end)
			if !fs.ValidPath(name) {
				continue
			}
			if info, err := fs.Stat(f.fsys, name); f.also[name] || err == nil && info.Mode().IsRegular() {
				return name
			}
		}
	}
	return ""
}
