package rules

import (
	"cmp"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"relook/agent/edit"
	"relook/preview"
)

const (
	maxListed  = 5000 // files of the workspace that are looked at
	maxMatches = 6    // files proposed for one address
)

// missing mends an address of a file that is not there: a file of nearly the
// same name may be.
func missing(j *job) []wish {
	var wishes []wish
	for _, s := range j.subjects("element") {
		wishes = append(wishes, j.mendTag(s)...)
		t := &setter{job: j, s: s}
		t.mendBackground()
		wishes = append(wishes, t.wishes...)
	}
	return wishes
}

func (j *job) mendTag(s *preview.Subject) []wish {
	if s.StartTag == nil {
		return nil
	}
	src, ok := j.text(s.StartTag.File)
	if !ok {
		return nil
	}
	var wishes []wish
	for _, name := range []string{"src", "href", "poster", "data"} {
		old := j.attribute(s, name)
		for i, address := range j.mend(old, s.StartTag.File) {
			e, err := edit.SetAttribute(src, *s.StartTag, name, address)
			if err != nil {
				continue
			}
			wishes = append(wishes, wish{rank: i, why: "use " + address + ", which is there", edits: []preview.Edit{e}})
		}
	}
	return wishes
}

var urlPattern = regexp.MustCompile(`(?i)url\(\s*(["']?)([^"'()]+)["']?\s*\)`)

func (t *setter) mendBackground() {
	rule, d := winner(t.s, "background-image", "background")
	if d == nil {
		return
	}
	for _, m := range urlPattern.FindAllStringSubmatch(d.Value, 4) {
		for i, address := range t.mend(m[2], rule.Body.File) {
			value := strings.Replace(d.Value, m[0], "url("+m[1]+address+m[1]+")", 1)
			t.add(wish{
				rank: i, why: "use " + address + ", which is there", rule: rule,
				set: []preview.Declaration{{Property: d.Property, Value: value, Important: d.Important}}, everywhere: true,
			})
		}
	}
}

// mend returns addresses, best first, that are much like one that leads to no
// file of the workspace; from is the file that holds it.
func (f *files) mend(address, from string) []string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return nil
	}
	base := path.Dir(from)
	want := strings.TrimPrefix(path.Join("/", base, u.Path), "/")
	if strings.HasPrefix(u.Path, "/") {
		want = strings.TrimPrefix(path.Clean(u.Path), "/")
	}
	if _, err := fs.Stat(f.page.FS, want); err == nil {
		return nil
	}
	type match struct {
		name string
		rank int
	}
	var matches []match
	for _, name := range f.list() {
		if rank := likeness(name, want); rank >= 0 {
			matches = append(matches, match{name, rank})
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(len(a.name), len(b.name)))
	})
	var list []string
	for _, m := range matches[:min(len(matches), maxMatches)] {
		fixed := url.URL{Path: relative(base, m.name), RawQuery: u.RawQuery, Fragment: u.Fragment}
		switch {
		case strings.HasPrefix(u.Path, "/"):
			fixed.Path = "/" + m.name
		case strings.HasPrefix(u.Path, "./") && !strings.HasPrefix(fixed.Path, "../"):
			fixed.Path = "./" + fixed.Path
		}
		list = append(list, fixed.String())
	}
	return list
}

// kinds are the extensions that stand for one another.
var kinds = [][]string{
	{".jpg", ".jpeg", ".png", ".webp", ".svg", ".gif", ".avif"},
	{".js", ".mjs"}, {".woff2", ".woff", ".ttf", ".otf"}, {".mp4", ".webm"},
}

// Of a name of so many letters so many may be typed wrong.
const (
	typedLetters = 5
	typedWrong   = 1
)

// likeness ranks how well a file answers a wrong address: 0 is best, -1 not at
// all.
func likeness(name, want string) int {
	if strings.EqualFold(name, want) {
		return 0
	}
	ext, wantExt := strings.ToLower(path.Ext(name)), strings.ToLower(path.Ext(want))
	sameExt := ext == wantExt
	if !sameExt && !slices.ContainsFunc(kinds, func(k []string) bool { return slices.Contains(k, ext) && slices.Contains(k, wantExt) }) {
		return -1
	}
	stem, wantStem := foldStem(name), foldStem(want)
	rank := 1
	switch {
	case stem == wantStem && stem != "":
	case len(wantStem) >= typedLetters && preview.Distance(stem, wantStem) <= typedWrong:
		rank = 5
	default:
		return -1
	}
	if !strings.EqualFold(path.Dir(name), path.Dir(want)) {
		rank += 2
	}
	if !sameExt {
		rank++
	}
	return rank
}

// foldStem is a file's name without folder, extension, case and separators.
func foldStem(name string) string {
	base := path.Base(name)
	base = strings.TrimSuffix(base, path.Ext(base))
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(base))
}

// relative is the path that leads from a folder to a file.
func relative(folder, name string) string {
	var at []string
	if folder != "." {
		at = strings.Split(folder, "/")
	}
	to := strings.Split(name, "/")
	for len(at) > 0 && len(to) > 1 && at[0] == to[0] {
		at, to = at[1:], to[1:]
	}
	return strings.Repeat("../", len(at)) + strings.Join(to, "/")
}

// list names the files of the workspace, at most maxListed, in order.
func (f *files) list() []string {
	if f.listed {
		return f.names
	}
	f.listed = true
	seen := 0
	_ = fs.WalkDir(f.page.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil: // a folder that can't be read holds no answer
			return nil
		case seen == maxListed:
			return fs.SkipAll
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || foreign(name+"/x")):
			return fs.SkipDir
		case entry.Type().IsRegular():
			seen++
			f.names = append(f.names, name)
		}
		return nil
	})
	return f.names
}
