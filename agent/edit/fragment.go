package edit

import (
	"errors"
	"fmt"
	"html"
	"strings"
	"unicode/utf8"

	"relook/preview"
)

// A change replaces a stretch of a fragment's CSS.
type change struct {
	start, end int
	text       string
}

func (c change) apply(s string) string { return s[:c.start] + c.text + s[c.end:] }

// A fragment is CSS in its file: the body of a rule as it stands there, or the
// value of a style attribute with its character references decoded.
type fragment struct {
	file string
	span preview.Span // in the file
	css  string
	// offsets maps each byte of css, and its end, to the file; nil when css is
	// the file's own text.
	offsets []int
	quote   byte // of a style attribute: ' or ", or a space for none; 0 for a rule
}

// body returns the fragment between the braces or quotes of rule.
func body(src preview.Text, rule preview.StyleRule) (fragment, error) {
	f := fragment{file: rule.Body.File, span: rule.Body.Span}
	if f.file == "" {
		return f, fmt.Errorf("rule %.80q is not in a file of the page", rule.Selector)
	}
	if err := checkSpan(src.String(), f.span); err != nil {
		return f, fmt.Errorf("rule %.80q in %s: %w", rule.Selector, f.file, err)
	}
	f.css = src.Slice(f.span)
	before, after := byteAt(src, f.span.Start-1), byteAt(src, f.span.End)
	if rule.Selector != "" {
		if before != '{' || after != '}' && after != '<' && after != 0 {
			return f, fmt.Errorf("rule %.80q is not at its place in %s: the file has changed", rule.Selector, f.file)
		}
		return f, nil
	}
	switch {
	case before == '"' || before == '\'':
		if after != before {
			return f, fmt.Errorf("the style attribute is not at its place in %s: the file has changed", f.file)
		}
		f.quote = before
	case before == '=' || before == ' ' || before == '\t' || before == '\n':
		f.quote = ' '
	default:
		return f, fmt.Errorf("the style attribute is not at its place in %s: the file has changed", f.file)
	}
	return f, f.decode()
}

func byteAt(src preview.Text, i int) byte {
	if i < 0 || i >= src.Len() {
		return 0
	}
	return src.String()[i]
}

// decode replaces the character references in f.css and notes where each byte
// came from.
func (f *fragment) decode() error {
	raw := f.css
	if !strings.Contains(raw, "&") {
		return nil
	}
	var b strings.Builder
	for i := 0; i < len(raw); {
		n := 1
		text := raw[i : i+1]
		if raw[i] == '&' {
			if end := strings.IndexByte(raw[i:min(i+32, len(raw))], ';'); end > 0 {
				if s := html.UnescapeString(raw[i : i+end+1]); s != raw[i:i+end+1] {
					n, text = end+1, s
				}
			}
		}
		for range len(text) {
			f.offsets = append(f.offsets, f.span.Start+i)
		}
		b.WriteString(text)
		i += n
	}
	f.offsets = append(f.offsets, f.span.End)
	if f.css = b.String(); html.UnescapeString(raw) != f.css || !utf8.ValidString(f.css) {
		return errors.New("the style attribute holds a character reference without a semicolon")
	}
	return nil
}

// edit turns a change of f's CSS into an edit of its file.
func (f *fragment) edit(c change) preview.Edit {
	if f.quote == ' ' {
		text := strings.ReplaceAll(escape(c.apply(f.css), '"'), "\n", " ")
		return preview.Edit{File: f.file, Span: f.span, NewText: `"` + text + `"`}
	}
	span := preview.Span{Start: f.span.Start + c.start, End: f.span.Start + c.end}
	if f.offsets != nil {
		span = preview.Span{Start: f.offsets[c.start], End: f.offsets[c.end]}
	}
	if f.quote != 0 {
		c.text = escape(c.text, f.quote)
	}
	return preview.Edit{File: f.file, Span: span, NewText: c.text}
}

// escape writes s for an attribute that stands between quote.
func escape(s string, quote byte) string {
	s = strings.ReplaceAll(s, "&", "&amp;")
	if quote == '\'' {
		return strings.ReplaceAll(s, "'", "&#39;")
	}
	return strings.ReplaceAll(s, `"`, "&quot;")
}

// A style is how the author of a file writes rules.
type style struct {
	eol       string // line end
	unit      string // one step of indentation
	attribute bool   // whether it is a style attribute
}

// style returns the style of src for f.
func (f *fragment) style(src preview.Text) style {
	return style{eol: lineEnd(src.String()), unit: indentUnit(src.String()), attribute: f.quote != 0}
}

// indentAt returns the indentation of the line that holds offset at.
func indentAt(s string, at int) string {
	line := s[strings.LastIndexAny(s[:at], "\r\n")+1:]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// lineEnd returns the line end that s uses first, "\n" if it has none.
func lineEnd(s string) string {
	i := strings.IndexAny(s, "\r\n")
	switch {
	case i < 0 || s[i] == '\n':
		return "\n"
	case strings.HasPrefix(s[i:], "\r\n"):
		return "\r\n"
	}
	return "\r"
}

// indentUnit guesses one step of indentation of s: a tab if a line begins with
// one, else the least number of spaces that a line begins with, from 2 to 8.
func indentUnit(s string) string {
	least := 0
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, "\t") {
			return "\t"
		}
		rest := strings.TrimLeft(line, " ")
		n := len(line) - len(rest)
		if n >= 2 && n <= 8 && strings.TrimSpace(rest) != "" && (least == 0 || n < least) {
			least = n
		}
	}
	if least == 0 {
		least = 2
	}
	return strings.Repeat(" ", least)
}
