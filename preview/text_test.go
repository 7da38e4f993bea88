package preview

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextPositions(t *testing.T) {
	text := NewText("\ufeffa€\r\n😀x\re\u0301\n\nlast")
	tests := []struct {
		offset int
		want   Position
	}{
		{0, Position{0, 0}},
		{3, Position{0, 1}},  // after the byte order mark
		{7, Position{0, 3}},  // after €
		{9, Position{1, 0}},  // after \r\n
		{13, Position{1, 2}}, // the emoji is two UTF-16 units
		{15, Position{2, 0}}, // after a lone \r
		{18, Position{2, 2}}, // a combining mark is a unit of its own
		{19, Position{3, 0}},
		{20, Position{4, 0}},
		{24, Position{4, 4}},
		{99, Position{4, 4}},
	}
	for _, tt := range tests {
		if got := text.Position(tt.offset); got != tt.want {
			t.Errorf("Position(%d) = %v, want %v", tt.offset, got, tt.want)
		}
		if got := text.Offset(tt.want); got != min(tt.offset, text.Len()) {
			t.Errorf("Offset(%v) = %d, want %d", tt.want, got, tt.offset)
		}
	}
}

func TestTextOffsetClamps(t *testing.T) {
	text := NewText("ab\r\n😀")
	for p, want := range map[Position]int{
		{0, 99}: 2, // the line's end, before its line end
		{1, 1}:  4, // inside a surrogate pair
		{9, 0}:  8,
		{-1, 0}: 0,
	} {
		if got := text.Offset(p); got != want {
			t.Errorf("Offset(%v) = %d, want %d", p, got, want)
		}
	}
}

func FuzzTextRoundTrip(f *testing.F) {
	f.Add("a\r\nb\rc\n€😀")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		text := NewText(s)
		for i := range s {
			if strings.HasPrefix(s[i:], "\n") && i > 0 && s[i-1] == '\r' {
				continue // between \r and \n is no position
			}
			if got := text.Offset(text.Position(i)); got != i {
				t.Fatalf("offset %d of %q comes back as %d", i, s, got)
			}
		}
	})
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"team", "team", 0}, {"team", "tem", 1}, {"team", "steam", 1}, {"riseup", "raiseup", 1}, {"abc", "", 3}, {"kitten", "sitting", 3}} {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
