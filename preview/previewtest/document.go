package previewtest

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
	"golang.org/x/net/html"

	"relook/preview"
	"relook/preview/markup"
)

// A document is a parsed page with its style sheets.
type document struct {
	page    preview.Page
	src     preview.Text
	root    *html.Node
	markup  *markup.Markup
	sheets  []sheet
	rules   []rule
	missing []string // files that the page asks for and that are not there
	endless bool
}

// A sheet is CSS in a file of the page.
type sheet struct {
	file string
	span preview.Span
}

// A rule is a style rule, its conditions and its place in the sources.
type rule struct {
	preview.StyleRule
	order int
}

func parseDocument(p preview.Page, src preview.Text) *document {
	d := &document{page: p, src: src, markup: markup.Parse(src)}
	root, err := html.Parse(strings.NewReader(strings.TrimPrefix(src.String(), "\ufeff")))
	if err != nil {
		root = &html.Node{Type: html.DocumentNode}
	}
	d.root = root
	d.walk(root, "")
	for _, s := range d.sheets {
		d.parseSheet(s)
	}
	return d
}

// walk collects style sheets, scripts and what they ask for.
func (d *document) walk(n *html.Node, xpath string) {
	switch {
	case n.Type != html.ElementNode:
	case n.Data == "style":
		if tag, ok := d.markup.StartTag(xpath); ok {
			if i := strings.Index(d.src.String()[tag.End:], "</style"); i >= 0 {
				d.sheets = append(d.sheets, sheet{d.page.Entry, preview.Span{Start: tag.End, End: tag.End + i}})
			}
		}
	case n.Data == "link" && attr(n, "rel") == "stylesheet":
		name := path.Join(path.Dir(d.page.Entry), attr(n, "href"))
		if text, err := d.page.Read(name); err == nil {
			d.sheets = append(d.sheets, sheet{name, preview.Span{End: text.Len()}})
		} else {
			d.missing = append(d.missing, name)
		}
	case n.Data == "script" && n.FirstChild != nil && strings.Contains(n.FirstChild.Data, "for(;;)"):
		d.endless = true
	}
	for c, path := range children(n, xpath) {
		d.walk(c, path)
	}
}

// children are the child elements of n with their XPaths.
func children(n *html.Node, xpath string) func(func(*html.Node, string) bool) {
	return func(yield func(*html.Node, string) bool) {
		count := map[string]int{}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			count[c.Data]++
			if !yield(c, xpath+"/"+c.Data+"["+strconv.Itoa(count[c.Data])+"]") {
				return
			}
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// parseSheet reads rules with their places: a prelude up to a brace is a
// selector, or an at-rule whose rules follow.
func (d *document) parseSheet(s sheet) {
	text, err := d.page.Read(s.file)
	if err != nil {
		return
	}
	l := css.NewLexer(parse.NewInputString(text.Slice(s.span)))
	at, start := s.span.Start, s.span.Start // here, and the start of a prelude
	var media []string
	for {
		kind, data := l.Next()
		at += len(data)
		switch kind {
		case css.ErrorToken:
			return
		case css.CommentToken:
			if strings.TrimSpace(text.Slice(preview.Span{Start: start, End: at - len(data)})) == "" {
				start = at
			}
		case css.RightBraceToken:
			media = media[:max(len(media)-1, 0)]
			start = at
		case css.LeftBraceToken:
			prelude := text.Slice(preview.Span{Start: start, End: at - 1})
			trimmed := strings.TrimSpace(prelude)
			if condition, ok := strings.CutPrefix(trimmed, "@media"); ok {
				media = append(media, strings.TrimSpace(condition))
				start = at
				continue
			}
			whole := start + strings.Index(prelude, trimmed)
			body := preview.Span{Start: at, End: at}
			for depth := 1; depth > 0; {
				kind, data := l.Next()
				if kind == css.ErrorToken {
					return
				}
				body.End, at = at, at+len(data)
				if kind == css.LeftBraceToken {
					depth++
				} else if kind == css.RightBraceToken {
					depth--
				}
			}
			start = at
			if !strings.HasPrefix(trimmed, "@") {
				d.rules = append(d.rules, rule{order: len(d.rules), StyleRule: preview.StyleRule{
					Selector: trimmed, Media: slices.Clone(media), Decls: declarations(text, body),
					Whole: preview.SourceSpan{File: s.file, Span: preview.Span{Start: whole, End: at}},
					Body:  preview.SourceSpan{File: s.file, Span: body},
				}})
			}
		}
	}
}

// declarations reads the body of a rule or a style attribute.
func declarations(text preview.Text, body preview.Span) []preview.Declaration {
	var list []preview.Declaration
	at := body.Start
	for part := range strings.SplitAfterSeq(text.Slice(body), ";") {
		name, value, ok := strings.Cut(strings.TrimSuffix(part, ";"), ":")
		start := at + len(part) - len(strings.TrimLeft(part, " \t\r\n"))
		at += len(part)
		if !ok {
			continue
		}
		value, important := strings.CutSuffix(strings.TrimSpace(value), "!important")
		list = append(list, preview.Declaration{
			Property: strings.ToLower(strings.TrimSpace(name)), Value: strings.TrimSpace(value), Important: important,
			Span: preview.Span{Start: start, End: start + len(strings.TrimSpace(part))},
		})
	}
	return list
}

// styles are the rules that match n at a width, strongest first, the style
// attribute included, and the values that they come to.
func (d *document) styles(n *html.Node, xpath string, width int) ([]preview.StyleRule, map[string]string) {
	var matched []rule
	for _, r := range d.rules {
		if specificity(r.Selector, n) >= 0 && applies(r.Media, width) {
			matched = append(matched, r)
		}
	}
	slices.SortStableFunc(matched, func(a, b rule) int {
		if x, y := specificity(a.Selector, n), specificity(b.Selector, n); x != y {
			return y - x
		}
		return b.order - a.order
	})
	var rules []preview.StyleRule
	if value, ok := d.markup.Attr(xpath, "style"); ok {
		at := preview.SourceSpan{File: d.page.Entry, Span: value}
		rules = append(rules, preview.StyleRule{Whole: at, Body: at, Decls: declarations(d.src, value)})
	}
	for _, r := range matched {
		r.Decls = slices.Clone(r.Decls)
		rules = append(rules, r.StyleRule)
	}
	return rules, cascade(rules)
}

// cascade marks the winning declarations and gives the values.
func cascade(rules []preview.StyleRule) map[string]string {
	values := map[string]string{}
	for _, important := range []bool{true, false} {
		for i := range rules {
			for j := range slices.Backward(rules[i].Decls) {
				d := &rules[i].Decls[j]
				if _, taken := values[d.Property]; !taken && d.Important == important {
					values[d.Property], d.Wins = d.Value, true
				}
			}
		}
	}
	return values
}

// specificity of the best selector of a list that matches n, -1 for none.
func specificity(list string, n *html.Node) int {
	best := -1
	for selector := range strings.SplitSeq(list, ",") {
		best = max(best, matches(strings.TrimSpace(selector), n))
	}
	return best
}

func matches(selector string, n *html.Node) int {
	weight := 0
	for selector != "" {
		end := 1 + strings.IndexAny(selector[1:]+".", ".#")
		part := selector[:end]
		selector = selector[end:]
		switch {
		case part == "*":
		case part[0] == '#' && attr(n, "id") == part[1:]:
			weight += 10000
		case part[0] == '.' && slices.Contains(strings.Fields(attr(n, "class")), part[1:]):
			weight += 100
		case part == n.Data:
			weight++
		default:
			return -1
		}
	}
	return weight
}

// applies evaluates media conditions at a width.
func applies(media []string, width int) bool {
	for _, m := range media {
		for term := range strings.SplitSeq(m, " and ") {
			name, value, _ := strings.Cut(strings.Trim(term, "() "), ":")
			px, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), "px"), 64)
			if name == "max-width" && float64(width) > px || name == "min-width" && float64(width) < px || name == "print" {
				return false
			}
		}
	}
	return true
}
