package edit

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"relook/preview"
)

var (
	attributePattern = regexp.MustCompile(`^[a-z][a-z0-9:-]{0,63}$`)
	schemePattern    = regexp.MustCompile(`(?i)^(?:javascript|vbscript|data):`)
	// barePattern matches a value that may stand without quotes.
	barePattern = regexp.MustCompile(`^[A-Za-z0-9._/#?:-]*[A-Za-z0-9._#?:-]$`)
)

// CheckAttribute reports whether an attribute may be written into markup: it
// holds no code (event handlers, javascript: addresses, srcdoc), no style (see
// SetDeclaration) and keeps to MaxValueBytes.
func CheckAttribute(name, value string) error {
	name = strings.ToLower(name)
	switch {
	case !attributePattern.MatchString(name):
		return fmt.Errorf("%.80q is not the name of an attribute", name)
	case strings.HasPrefix(name, "on"), name == "srcdoc":
		return fmt.Errorf("attribute %s can run code", name)
	case name == "style":
		return errors.New("the style attribute is set by declarations")
	case len(value) > MaxValueBytes:
		return fmt.Errorf("value of attribute %s is longer than %d bytes", name, MaxValueBytes)
	case !utf8.ValidString(value), strings.ContainsFunc(value, unicode.IsControl):
		return fmt.Errorf("value of attribute %s holds a line end or control character", name)
	}
	// Browsers skip white space before an address, whichever attribute it is in,
	// and lists such as srcset and animation values hold several.
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' || r == '=' }) {
		if schemePattern.MatchString(part) {
			return fmt.Errorf("value of attribute %s is an address that can run code", name)
		}
	}
	return nil
}

// SetAttribute returns the edit that gives the start tag in src the attribute
// with value: in place of the value it has, in the same quotes, else behind the
// last attribute. It is an error when name or value is not safe (CheckAttribute)
// or tag is not a start tag, and ErrNoChange when the edit would change nothing.
func SetAttribute(src preview.Text, tag preview.SourceSpan, name, value string) (preview.Edit, error) {
	if err := CheckAttribute(name, value); err != nil {
		return preview.Edit{}, err
	}
	t, err := parseTag(src, tag)
	if err != nil {
		return preview.Edit{}, err
	}
	i := t.index(name)
	if i < 0 {
		quote, space := byte('"'), " "
		if n := len(t.attributes); n > 0 {
			last := t.attributes[n-1]
			if last.quote == '\'' {
				quote = last.quote
			}
			space = cmp.Or(spaceBefore(t.text[:last.start]), " ")
		}
		return t.edit(t.end, t.end, space+name+"="+quoted(value, quote)), nil
	}
	a := t.attributes[i]
	if a.valued && html.UnescapeString(t.text[a.valueStart:a.valueEnd]) == value {
		return preview.Edit{}, ErrNoChange
	}
	switch {
	case !a.valued:
		return t.edit(a.end, a.end, "="+quoted(value, '"')), nil
	case a.quote != 0:
		return t.edit(a.valueStart, a.valueEnd, escape(value, a.quote)), nil
	case barePattern.MatchString(value):
		return t.edit(a.valueStart, a.valueEnd, value), nil
	}
	return t.edit(a.valueStart, a.valueEnd, quoted(value, '"')), nil
}

// RemoveAttribute returns the edit that takes the attribute, with the space
// before it, out of the start tag. It is an error when the tag does not have it.
func RemoveAttribute(src preview.Text, tag preview.SourceSpan, name string) (preview.Edit, error) {
	t, err := parseTag(src, tag)
	if err != nil {
		return preview.Edit{}, err
	}
	i := t.index(name)
	if i < 0 {
		return preview.Edit{}, fmt.Errorf("the tag has no attribute %.80q", name)
	}
	a := t.attributes[i]
	return t.edit(a.start-len(spaceBefore(t.text[:a.start])), a.end, ""), nil
}

func quoted(value string, quote byte) string {
	return string(quote) + escape(value, quote) + string(quote)
}

// A startTag is a start tag cut into its attributes. Offsets are bytes from its
// angle bracket.
type startTag struct {
	at         preview.SourceSpan
	text       string
	attributes []attribute
	end        int // behind the last attribute, or the name if there is none
}

type attribute struct {
	name                 string // lower-case
	start, end           int
	valued               bool
	valueStart, valueEnd int  // without quotes
	quote                byte // 0 for none
}

func (t *startTag) index(name string) int {
	for i, a := range t.attributes { // browsers take the first of several
		if a.name == strings.ToLower(name) {
			return i
		}
	}
	return -1
}

func (t *startTag) edit(start, end int, text string) preview.Edit {
	return preview.Edit{
		File: t.at.File, NewText: text,
		Span: preview.Span{Start: t.at.Start + start, End: t.at.Start + end},
	}
}

var tagPattern = regexp.MustCompile(`^<[A-Za-z][^\s/>]*`)

// parseTag reads the tag as the HTML tokenizer does.
func parseTag(src preview.Text, at preview.SourceSpan) (*startTag, error) {
	bad := func(what string) (*startTag, error) {
		return nil, fmt.Errorf("start tag at byte %d of %s: %s: the file has changed", at.Start, at.File, what)
	}
	if err := checkSpan(src.String(), at.Span); err != nil {
		return bad(err.Error())
	}
	t := &startTag{at: at, text: src.Slice(at.Span)}
	t.end = len(tagPattern.FindString(t.text))
	if t.end == 0 || !strings.HasSuffix(t.text, ">") {
		return bad("is not there")
	}
	limit := len(t.text) - 1
	for i := t.end; i < limit; {
		if c := t.text[i]; isHTMLSpace(c) || c == '/' {
			i++
			continue
		}
		a, ok := parseAttribute(t.text[:limit], i)
		if !ok {
			return bad("is cut off")
		}
		t.attributes = append(t.attributes, a)
		i, t.end = a.end, a.end
	}
	return t, nil
}

// parseAttribute reads the attribute that begins at byte i of s.
func parseAttribute(s string, i int) (attribute, bool) {
	a := attribute{start: i}
	for i++; i < len(s) && !isHTMLSpace(s[i]) && s[i] != '/' && s[i] != '='; i++ {
		if s[i] == '>' {
			return a, false
		}
	}
	a.name, a.end = strings.ToLower(s[a.start:i]), i
	for i < len(s) && isHTMLSpace(s[i]) {
		i++
	}
	if i == len(s) || s[i] != '=' {
		return a, s[a.start] != '>'
	}
	for i++; i < len(s) && isHTMLSpace(s[i]); i++ {
	}
	a.valued, a.valueStart = true, i
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		n := strings.IndexByte(s[i+1:], s[i])
		if n < 0 {
			return a, false
		}
		a.quote, a.valueStart, a.valueEnd, a.end = s[i], i+1, i+1+n, i+n+2
		return a, true
	}
	for i < len(s) && !isHTMLSpace(s[i]) {
		if s[i] == '>' {
			return a, false
		}
		i++
	}
	a.valueEnd, a.end = i, i
	return a, true
}

func isHTMLSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
}
