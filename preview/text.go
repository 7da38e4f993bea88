package preview

import (
	"sort"
	"strings"
	"unicode/utf8"
)

const bom = "\ufeff"

// A Position is a place in a file as LSP counts it: zero-based line, and
// UTF-16 code units from the line's start.
type Position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// A Range is a half-open stretch of a file, as in LSP.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// A Span is a half-open stretch of a file in bytes from its start.
type Span struct{ Start, End int }

// Len is the number of bytes that s covers.
func (s Span) Len() int { return s.End - s.Start }

// Contains reports whether t lies within s.
func (s Span) Contains(t Span) bool { return s.Start <= t.Start && t.End <= s.End }

// Overlaps reports whether s and t share a byte.
func (s Span) Overlaps(t Span) bool { return s.Start < t.End && t.Start < s.End }

// A Text is the immutable content of a file that knows where its lines begin.
// Lines end at \n, \r\n or a lone \r, as in LSP. A byte order mark counts as
// one character of line 0, as editors over LSP don't show it but files hold it.
type Text struct {
	s     string
	lines []int // byte offset of each line's start
}

// NewText indexes the lines of s, which must be valid UTF-8.
func NewText(s string) Text {
	t := Text{s: s, lines: []int{0}}
	for i := 0; i < len(s); i++ {
		if s[i] == '\n' || s[i] == '\r' && (i+1 == len(s) || s[i+1] != '\n') {
			t.lines = append(t.lines, i+1)
		}
	}
	return t
}

// String returns the whole content, byte order mark included.
func (t Text) String() string { return t.s }

// Len is the length in bytes.
func (t Text) Len() int { return len(t.s) }

// HasBOM reports whether the content starts with a UTF-8 byte order mark.
func (t Text) HasBOM() bool { return strings.HasPrefix(t.s, bom) }

// Lines is the number of lines; a text that ends in a line end has an empty
// last line.
func (t Text) Lines() int { return len(t.lines) }

// Line returns line n, zero-based, without its line end; "" when there is none.
func (t Text) Line(n int) string {
	if n < 0 || n >= len(t.lines) {
		return ""
	}
	end := len(t.s)
	if n+1 < len(t.lines) {
		end = t.lines[n+1]
	}
	return strings.TrimRight(t.s[t.lines[n]:end], "\r\n")
}

// Offset converts p to a byte offset. A position past the end of its line is
// taken as the line's end, one past the last line as the text's end, as LSP
// asks. A position inside a surrogate pair is taken as the character's start.
func (t Text) Offset(p Position) int {
	if p.Line < 0 {
		return 0
	}
	if p.Line >= len(t.lines) {
		return len(t.s)
	}
	line, units := t.Line(p.Line), 0
	for i, r := range line {
		w := utf16Len(r)
		if units+w > p.Character {
			return t.lines[p.Line] + i
		}
		units += w
	}
	return t.lines[p.Line] + len(line)
}

// Position converts a byte offset; offsets outside the text are clamped.
func (t Text) Position(off int) Position {
	off = min(max(off, 0), len(t.s))
	n := sort.SearchInts(t.lines, off+1) - 1
	units := 0
	for _, r := range t.s[t.lines[n]:off] {
		units += utf16Len(r)
	}
	return Position{Line: n, Character: units}
}

// Range converts a span.
func (t Text) Range(s Span) Range {
	return Range{Start: t.Position(s.Start), End: t.Position(s.End)}
}

// Span converts a range.
func (t Text) Span(r Range) Span {
	return Span{Start: t.Offset(r.Start), End: t.Offset(r.End)}
}

// Slice returns the bytes of s, clamped to the text.
func (t Text) Slice(s Span) string {
	a := min(max(s.Start, 0), len(t.s))
	return t.s[a:min(max(s.End, a), len(t.s))]
}

func utf16Len(r rune) int {
	if r >= 0x10000 && r != utf8.RuneError {
		return 2
	}
	return 1
}

// Distance is how many bytes must be put in, taken out or changed to make b of a
// (Levenshtein).
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
