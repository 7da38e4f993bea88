package diagnose

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"

	"relook/preview"
	"relook/preview/markup"
)

// ignoreWord is how everything begins that says what is to be ignored.
const ignoreWord = "relook-ignore"

// maxIgnores is how many directives of a page are heeded, and for how many
// elements: each is looked up, and compared with each defect.
const maxIgnores = 2000

const ignoreAttr = "data-" + ignoreWord

// A directive is one place where a person said what is not to be reported: a
// comment, or an element with data-relook-ignore.
type directive struct {
	file   string
	text   *preview.Text
	span   preview.Span // where it stands
	covers preview.Span // what it holds for
	whole  bool         // it holds for the whole file
	xpath  string       // of the element that bears the attribute
	rules  []string     // none is every rule
	reason string
	used   bool
}

// of reports whether the directive is about a rule.
func (d *directive) of(rule string) bool {
	return len(d.rules) == 0 || slices.Contains(d.rules, rule)
}

func (d *directive) ignore() *preview.Ignore {
	d.used = true
	return &preview.Ignore{File: d.file, Range: d.text.Range(d.span), Reason: d.reason}
}

// readIgnores finds the directives in the page and in the files that it asked
// for.
func (s *site) readIgnores() {
	files := append([]string{s.page.Entry}, s.options.Files...)
	slices.Sort(files[1:])
	for _, name := range slices.Compact(files) {
		text := s.file(name)
		if text == nil || !strings.Contains(text.String(), ignoreWord) {
			continue
		}
		sc := &ignoreScan{file: name, text: text}
		all := preview.Span{End: text.Len()}
		switch {
		case name == s.page.Entry:
			s.parse()
			sc.markup(s.markup)
		case path.Ext(name) == ".css":
			sc.sheet(all)
		case path.Ext(name) == ".js" || path.Ext(name) == ".mjs":
			sc.script(all)
		}
		s.ignores = append(s.ignores, sc.found...)
		s.ignores = s.ignores[:min(len(s.ignores), maxIgnores)]
	}
}

// An ignoreScan looks for directives in one file.
type ignoreScan struct {
	file  string
	text  *preview.Text
	found []*directive
}

func (sc *ignoreScan) markup(m *markup.Markup) {
	src := sc.text.String()
	for _, at := range m.Comments() {
		body := strings.TrimSuffix(strings.TrimPrefix(sc.text.Slice(at), "<!--"), "-->")
		sc.comment(body, at, func() (preview.Span, bool) { return m.Next(at.End) })
	}
	for _, at := range m.Styles() {
		sc.sheet(at)
	}
	for _, at := range m.Scripts() {
		sc.script(at)
	}
	for _, xpath := range m.With(ignoreAttr) {
		tag, _ := m.StartTag(xpath)
		d := &directive{file: sc.file, text: sc.text, span: tag, xpath: xpath}
		if value, ok := m.Attr(xpath, ignoreAttr); ok {
			d.rules = names(markup.Unescape(src[value.Start:value.End]))
		}
		sc.found = append(sc.found, d)
	}
}

// comment takes the body of a comment if it is a directive. One that stands
// alone on its line is about what comes next, another about its own line.
func (sc *ignoreScan) comment(body string, at preview.Span, next func() (preview.Span, bool)) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(body), ignoreWord)
	if !ok {
		return
	}
	rest, whole := strings.CutPrefix(rest, "-file")
	if rest != "" && !strings.ContainsAny(rest[:1], " \t\r\n:") {
		return // another word
	}
	rules, reason, _ := strings.Cut(rest, ":")
	d := &directive{file: sc.file, text: sc.text, span: at, whole: whole, rules: names(rules), reason: foldSpace(reason)}
	first := sc.lines(preview.Span{Start: at.Start, End: at.Start})
	switch {
	case whole:
	case strings.TrimSpace(sc.text.Slice(preview.Span{Start: first.Start, End: at.Start})) != "":
		d.covers = sc.lines(at)
	default:
		d.covers, _ = next()
	}
	sc.found = append(sc.found, d)
}

// lines widens a span to whole lines.
func (sc *ignoreScan) lines(at preview.Span) preview.Span {
	first, last := sc.text.Position(at.Start).Line, sc.text.Position(at.End).Line
	return preview.Span{
		Start: sc.text.Offset(preview.Position{Line: first}),
		End:   sc.text.Offset(preview.Position{Line: last + 1}),
	}
}

// names reads a list of rules, parted by commas or spaces.
func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || strings.ContainsRune(" \t\r\n\f", r) })
}

// sheet looks at a style sheet.
func (sc *ignoreScan) sheet(at preview.Span) {
	src := sc.text.Slice(at)
	if !strings.Contains(src, ignoreWord) {
		return
	}
	var tokens []cssToken
	l := css.NewLexer(parse.NewInputString(src))
	for pos := at.Start; ; {
		kind, data := l.Next()
		if kind == css.ErrorToken {
			break
		}
		tokens = append(tokens, cssToken{kind, preview.Span{Start: pos, End: pos + len(data)}})
		pos += len(data)
	}
	for i, t := range tokens {
		if t.kind == css.CommentToken {
			body := strings.TrimSuffix(strings.TrimPrefix(sc.text.Slice(t.span), "/*"), "*/")
			sc.comment(body, t.span, func() (preview.Span, bool) { return nextItem(tokens[i+1:]) })
		}
	}
}

type cssToken struct {
	kind css.TokenType
	span preview.Span
}

// nextItem is the declaration or rule that comes first in tokens.
func nextItem(tokens []cssToken) (preview.Span, bool) {
	item, begun, depth := preview.Span{}, false, 0
	for _, t := range tokens {
		if !begun {
			if t.kind == css.WhitespaceToken || t.kind == css.CommentToken {
				continue
			}
			item.Start, begun = t.span.Start, true
		}
		switch t.kind {
		case css.LeftBraceToken:
			depth++
		case css.RightBraceToken:
			if depth--; depth < 0 {
				return item, item.End > item.Start
			}
		}
		item.End = t.span.End
		if depth == 0 && (t.kind == css.RightBraceToken || t.kind == css.SemicolonToken) {
			return item, true
		}
	}
	return item, begun
}

var scriptComment = regexp.MustCompile(`(?://|/\*)[ \t]*(` + ignoreWord + `[^\n*]*)`)

// script looks at a script, line by line.
func (sc *ignoreScan) script(at preview.Span) {
	for _, m := range scriptComment.FindAllStringSubmatchIndex(sc.text.Slice(at), -1) {
		span := preview.Span{Start: at.Start + m[0], End: at.Start + m[1]}
		body := sc.text.Slice(preview.Span{Start: at.Start + m[2], End: at.Start + m[3]})
		sc.comment(body, span, func() (preview.Span, bool) {
			end := sc.lines(span).End
			return sc.lines(preview.Span{Start: end, End: end}), true
		})
	}
}
