package workspace

import (
	"unicode/utf8"

	"relook/preview"
)

// An Encoding is the unit in which a client counts the characters of a line.
type Encoding string

// The encodings of LSP. The zero Encoding is UTF16.
const (
	UTF8  Encoding = "utf-8"
	UTF16 Encoding = "utf-16"
	UTF32 Encoding = "utf-32"
)

// units is how many characters r counts as.
func (e Encoding) units(r rune, bytes int) int {
	switch {
	case e == UTF8:
		return bytes
	case e != UTF32 && r >= 0x10000:
		return 2
	}
	return 1
}

// Offset is the byte offset of a position in a text. As in preview.Text.Offset a
// position past the end of its line is its end, one past the last line the
// text's end, and one inside of a character the character's start.
func (e Encoding) Offset(t preview.Text, p preview.Position) int {
	if p.Line < 0 {
		return 0
	}
	if p.Line >= t.Lines() {
		return t.Len()
	}
	start := t.Offset(preview.Position{Line: p.Line})
	line, count := t.Line(p.Line), 0
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		if count += e.units(r, size); count > p.Character {
			return start + i
		}
		i += size
	}
	return start + len(line)
}

// Position is the position of a byte offset in a text; of one inside of a
// character, that of the character's start.
func (e Encoding) Position(t preview.Text, offset int) preview.Position {
	offset = min(max(offset, 0), t.Len())
	for s := t.String(); offset > 0 && offset < len(s) && !utf8.RuneStart(s[offset]); {
		offset--
	}
	at := t.Position(offset)
	start := t.Offset(preview.Position{Line: at.Line})
	at.Character = 0
	for s := t.Slice(preview.Span{Start: start, End: offset}); s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		at.Character += e.units(r, size)
		s = s[size:]
	}
	return at
}

// Span is the bytes of a range. A range whose end lies before its start is taken
// the other way round.
func (e Encoding) Span(t preview.Text, r preview.Range) preview.Span {
	a, b := e.Offset(t, r.Start), e.Offset(t, r.End)
	return preview.Span{Start: min(a, b), End: max(a, b)}
}

// Range is the range of a span.
func (e Encoding) Range(t preview.Text, s preview.Span) preview.Range {
	return preview.Range{Start: e.Position(t, s.Start), End: e.Position(t, s.End)}
}
