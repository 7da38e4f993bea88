package edit

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"relook/preview"
)

// Diff returns the unified diff of a file with three lines of context, as
// `git apply` and `patch -p1` take it; "" when nothing changes. name is a slash
// path.
func Diff(name, before, after string) string {
	u, err := udiff.ToUnifiedDiff(label("a/"+name), label("b/"+name), before, udiff.Lines(before, after), udiff.DefaultContextLines)
	if err != nil {
		panic(err) // the edits between two texts always fit the first
	}
	renumber(u)
	return u.String()
}

// renumber sets where each hunk begins in the new file. udiff v0.4.1 does not
// count the lines that stay between two changes of one hunk: every hunk behind
// such a one would be off.
func renumber(u udiff.UnifiedDiff) {
	moved := 0
	for _, h := range u.Hunks {
		h.ToLine = h.FromLine + moved
		for _, l := range h.Lines {
			switch l.Kind {
			case udiff.Insert:
				moved++
			case udiff.Delete:
				moved--
			}
		}
	}
}

// label writes a path for a diff's header: quoted as git does when it holds a
// character that would end or break the line, closed with a tab when it holds a
// space.
func label(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return unicode.IsControl(r) || r == '"' || r == '\\' }) {
		return quote(path)
	}
	if strings.Contains(path, " ") {
		return path + "\t"
	}
	return path
}

func quote(path string) string {
	const digits = "01234567"
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(path) {
		switch c := path[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20 || c >= 0x7f:
			b.Write([]byte{'\\', digits[c>>6], digits[c>>3&7], digits[c&7]})
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Minimal returns the edits of the file that turn before into after: sorted,
// apart from each other, and each no longer than what changes between two lines
// that stay. Both must be valid UTF-8.
func Minimal(name, before, after string) []preview.Edit {
	var edits []preview.Edit
	for _, d := range udiff.Lines(before, after) {
		for _, p := range pairs(before[d.Start:d.End], d.New) {
			p.Start, p.End = p.Start+d.Start, p.End+d.Start
			if e := trim(before, p); e.Start != e.End || e.New != "" {
				edits = append(edits, preview.Edit{
					File: name, Span: preview.Span{Start: e.Start, End: e.End}, NewText: e.New,
				})
			}
		}
	}
	return edits
}

// pairs splits the replacement of lines by as many other lines into one for
// each line, so that what stays within the lines is not touched.
func pairs(before, after string) []udiff.Edit {
	old, changed := slices.Collect(strings.Lines(before)), slices.Collect(strings.Lines(after))
	if len(old) != len(changed) {
		return []udiff.Edit{{Start: 0, End: len(before), New: after}}
	}
	var edits []udiff.Edit
	at := 0
	for i, line := range old {
		edits = append(edits, udiff.Edit{Start: at, End: at + len(line), New: changed[i]})
		at += len(line)
	}
	return edits
}

// trim takes what is equal at both ends off a replacement.
func trim(before string, e udiff.Edit) udiff.Edit {
	old := before[e.Start:e.End]
	n := 0
	for n < len(old) && n < len(e.New) && old[n] == e.New[n] {
		n++
	}
	for n > 0 && (n < len(old) && !utf8.RuneStart(old[n]) || n < len(e.New) && !utf8.RuneStart(e.New[n])) {
		n--
	}
	old, e.Start, e.New = old[n:], e.Start+n, e.New[n:]
	n = 0
	for n < len(old) && n < len(e.New) && old[len(old)-1-n] == e.New[len(e.New)-1-n] {
		n++
	}
	for n > 0 && (!utf8.RuneStart(old[len(old)-n]) || !utf8.RuneStart(e.New[len(e.New)-n])) {
		n--
	}
	e.End, e.New = e.End-n, e.New[:len(e.New)-n]
	return e
}
