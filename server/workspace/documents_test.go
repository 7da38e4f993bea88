package workspace

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"go.lsp.dev/uri"

	"relook/preview"
)

// The model is as plain as can be: a document is a list of characters, and a
// position is found by counting from its first one.
type model []rune

// at is the index of the character at a position.
func (m model) at(e Encoding, p preview.Position) int {
	i := 0
	if p.Line < 0 {
		return 0
	}
	for line := 0; line < p.Line; line++ {
		for i < len(m) && m[i] != '\n' && m[i] != '\r' {
			i++
		}
		switch {
		case i == len(m):
			return i
		case m[i] == '\r' && i+1 < len(m) && m[i+1] == '\n':
			i += 2
		default:
			i++
		}
	}
	for units := 0; i < len(m) && m[i] != '\n' && m[i] != '\r'; i++ {
		if units += width(e, m[i]); units > p.Character {
			break
		}
	}
	return i
}

func width(e Encoding, r rune) int {
	switch e {
	case UTF8:
		return utf8.RuneLen(r)
	case UTF32:
		return 1
	}
	return max(1, utf16.RuneLen(r))
}

func (m model) change(e Encoding, c Change) model {
	if c.Range == nil {
		return model(c.Text)
	}
	a, b := m.at(e, c.Range.Start), m.at(e, c.Range.End)
	a, b = min(a, b), max(a, b)
	return model(string(m[:a]) + c.Text + string(m[b:]))
}

var encodings = []Encoding{UTF8, UTF16, UTF32}

// pieces are what texts are made of: characters of every width, combining marks,
// joined emoji, and all line ends.
var pieces = []string{"a", "bc", "é", "e\u0301", "ß", "漢字", "😀", "👩\u200d👩\u200d👧", "🇩🇪", "\n", "\r\n", "\r", "\t", " ", "<p>", "\ufeff", "\u2028", "\x00"}

func randomText(r *rand.Rand, most int) string {
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

func randomPosition(r *rand.Rand) preview.Position {
	return preview.Position{Line: r.IntN(12) - 1, Character: r.IntN(14) - 1}
}

func TestChangesAgreeWithTheModel(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		e := encodings[r.IntN(3)]
		var docs Documents
		text := randomText(r, 30)
		docs.Open(Document{URI: "file:///a.html", Text: preview.NewText(text)})
		m := model(text)
		for version := range int32(12) {
			var changes []Change
			for range 1 + r.IntN(3) {
				c := Change{Text: randomText(r, 5)}
				if r.IntN(20) > 0 {
					c.Range = &preview.Range{Start: randomPosition(r), End: randomPosition(r)}
				}
				changes = append(changes, c)
				m = m.change(e, c)
			}
			doc, late, err := docs.Change("file:///a.html", version+1, e, changes)
			if err != nil || late {
				t.Fatalf("seed %d: late %t, %v", seed, late, err)
			}
			if doc.Text.String() != string(m) {
				t.Fatalf("seed %d, %s, %+v:\ngot  %q\nwant %q", seed, e, changes, doc.Text.String(), string(m))
			}
		}
	}
}

func TestPositionsComeBack(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		text := preview.NewText(randomText(r, 40))
		for _, e := range encodings {
			for i := range text.String() {
				p := e.Position(text, i)
				// The end of a line is before its line end: a place between \r and
				// \n has no position of its own.
				if back := e.Offset(text, p); back != i && !strings.HasPrefix(text.String()[back:], "\r\n") {
					t.Fatalf("seed %d, %s: byte %d is %+v, which is byte %d of %q", seed, e, i, p, back, text.String())
				}
				if e == UTF16 && p != text.Position(i) {
					t.Fatalf("utf-16 differs from preview.Text: %+v, %+v", p, text.Position(i))
				}
			}
		}
	}
}

func FuzzChange(f *testing.F) {
	f.Add("a😀\r\nb", 0, 1, 1, 0, "é", byte(0))
	f.Add("\ufeff<p>\r漢", 1, 3, 0, 0, "", byte(1))
	f.Add("", 5, 5, -1, -1, "\n", byte(2))
	f.Fuzz(func(t *testing.T, text string, line1, char1, line2, char2 int, with string, unit byte) {
		text, with = Clean(text), Clean(with)
		if line1 > 1000 || line2 > 1000 {
			return
		}
		e := encodings[int(unit)%3]
		c := Change{Text: with, Range: &preview.Range{
			Start: preview.Position{Line: line1, Character: char1}, End: preview.Position{Line: line2, Character: char2}}}
		got, err := apply(preview.NewText(text), e, []Change{c})
		if err != nil {
			t.Fatal(err)
		}
		if want := string(model(text).change(e, c)); got.String() != want {
			t.Errorf("got %q, want %q", got.String(), want)
		}
	})
}

func FuzzPosition(f *testing.F) {
	f.Add("a😀\r\nb", 3, 0, 2, byte(0))
	f.Add("\ufeff<p>\r漢e\u0301", 9, 1, 1, byte(1))
	f.Add("", 5, -1, 5, byte(2))
	f.Fuzz(func(t *testing.T, text string, at, line, character int, unit byte) {
		text = Clean(text)
		if line > 1000 {
			return
		}
		e, src := encodings[int(unit)%3], preview.NewText(text)
		p := preview.Position{Line: line, Character: character}
		if got, want := e.Offset(src, p), len(string(model(text)[:model(text).at(e, p)])); got != want {
			t.Errorf("%+v is byte %d of %q, want %d", p, got, text, want)
		}
		back := e.Offset(src, e.Position(src, at))
		if inside := min(max(at, 0), len(text)); back > inside || inside-back >= len("\U0010ffff") {
			t.Errorf("byte %d of %q comes back as %d", at, text, back)
		}
	})
}

func TestDocumentsStay(t *testing.T) {
	var docs Documents
	at := uri.URI("file:///a.html")
	docs.Open(Document{URI: at, Version: 3, Text: preview.NewText("one")})
	was, all := docs.Get(at), docs.All()
	if _, late, err := docs.Change(at, 3, UTF16, []Change{{Text: "two"}}); err != nil || !late {
		t.Errorf("a version that does not rise gives late %t, %v", late, err)
	}
	if was.Text.String() != "one" || all[at].Text.String() != "one" || docs.Get(at).Text.String() != "two" {
		t.Error("a snapshot changed")
	}
	docs.Close(at)
	if _, _, err := docs.Change(at, 4, UTF16, nil); err == nil || docs.Get(at) != nil {
		t.Error("a closed document could be changed")
	}
}

func TestAddressesOfOneFile(t *testing.T) {
	f := Folder{Root: "file:///c%3A/my%20site"}
	for _, at := range []uri.URI{"file:///C:/my%20site/a%20b.html", "file:///c%3A/my site/a b.html"} {
		if name, err := f.Path(at); err != nil || name != "a b.html" {
			t.Errorf("%s is %q, %v", at, name, err)
		}
	}
	if at := (Folder{Root: "file:///srv/my%20site/"}).URI("ü/a b#.html"); at != "file:///srv/my%20site/%C3%BC/a%20b%23.html" {
		t.Errorf("got %s", at)
	}
}
