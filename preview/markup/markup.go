// Package markup finds elements in HTML source. A browser tells which element
// is at fault but not where its start tag stands; parsing the source as a
// browser does, with every tag marked by its offset, tells. The package is pure.
package markup

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"relook/preview"
)

// A Markup is the elements of one HTML file by XPath. Elements that a script
// makes, or that the browser adds by itself such as an implied tbody, are not in
// the file and not in it.
type Markup struct {
	src  preview.Text
	tags map[string]preview.Span // start tags by XPath
	list []tag                   // the same in order of their place

	comments, styles, scripts []preview.Span // see Comments, Styles, Scripts
}

type tag struct {
	xpath string
	span  preview.Span
}

// marker is the attribute that carries a tag's offset through the parser. It
// stands first in its tag, so one that the page wrote itself is dropped.
const marker = "data-relook-offset"

// Parse reads an HTML file. Any text will do: like a browser it makes the best
// of errors. A file that nests too deeply for the parser gives an empty Markup.
func Parse(src preview.Text) *Markup {
	m := &Markup{src: src, tags: map[string]preview.Span{}}
	source, ends := m.mark()
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return m
	}
	for xpath, n := range Elements(doc) {
		if span, ok := marked(n, ends); ok {
			m.tags[xpath] = span
			m.list = append(m.list, tag{xpath, span})
		}
	}
	slices.SortFunc(m.list, func(a, b tag) int { return cmp.Compare(a.span.Start, b.span.Start) })
	return m
}

const bom = "\ufeff"

// mark adds the marker to every start tag, tells where each tag ends, and notes
// where comments, style sheets and scripts stand.
func (m *Markup) mark() (marked string, ends map[int]int) {
	var b strings.Builder
	src, within := m.src.String(), ""
	ends = map[int]int{}
	at := 0
	if strings.HasPrefix(src, bom) {
		at = len(bom) // a browser drops it; left in, it would be text before the doctype
	}
	z := html.NewTokenizer(strings.NewReader(src[at:]))
	for {
		kind := z.Next()
		raw := string(z.Raw())
		if kind == html.ErrorToken {
			// What is left is a tag or comment that never ends.
			b.WriteString(src[min(at, len(src)):])
			return b.String(), ends
		}
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			n := 1 + nameLen(raw)
			fmt.Fprintf(&b, `%s %s="%d" %s`, raw[:n], marker, at, raw[n:])
			ends[at] = at + len(raw)
			within = strings.ToLower(raw[1:n])
		} else {
			b.WriteString(raw)
			m.note(kind, within, raw, preview.Span{Start: at, End: at + len(raw)})
			within = ""
		}
		at += len(raw)
	}
}

// note keeps the place of a comment, or of what a style or script tag holds.
func (m *Markup) note(kind html.TokenType, within, raw string, at preview.Span) {
	switch {
	case kind == html.CommentToken && strings.HasPrefix(raw, "<!--"):
		m.comments = append(m.comments, at)
	case kind == html.TextToken && within == "style":
		m.styles = append(m.styles, at)
	case kind == html.TextToken && within == "script":
		m.scripts = append(m.scripts, at)
	}
}

// nameLen is the length of the name of the tag raw.
func nameLen(raw string) int {
	return strings.IndexAny(raw[1:]+">", space+"/>")
}

// Elements are the elements below n, each with its XPath, in the order of the
// source. What a template holds is no part of the document. It recurses no deeper
// than the parser nests, which is bounded.
func Elements(n *html.Node) iter.Seq2[string, *html.Node] {
	return func(yield func(string, *html.Node) bool) { elements(n, "", yield) }
}

func elements(n *html.Node, path string, yield func(string, *html.Node) bool) bool {
	count := map[string]int{}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		name := strings.ToLower(c.Data)
		count[name]++
		xpath := path + "/" + name + "[" + strconv.Itoa(count[name]) + "]"
		if !yield(xpath, c) || name != "template" && !elements(c, xpath, yield) {
			return false
		}
	}
	return true
}

func marked(n *html.Node, ends map[int]int) (preview.Span, bool) {
	for _, a := range n.Attr {
		if a.Key == marker {
			start, err := strconv.Atoi(a.Val)
			end, ok := ends[start]
			return preview.Span{Start: start, End: end}, ok && err == nil
		}
	}
	return preview.Span{}, false
}

// StartTag is the start tag of the element at xpath, such as
// "/html[1]/body[1]/div[2]": lower-case names, each with its one-based place
// among the siblings of the same name. ok is false if the file has none.
func (m *Markup) StartTag(xpath string) (span preview.Span, ok bool) {
	span, ok = m.tags[xpath]
	return span, ok
}

// Comments are the comments, from "<!--" to the end, in order.
func (m *Markup) Comments() []preview.Span { return m.comments }

// Styles are the style sheets that the file holds, without their tags.
func (m *Markup) Styles() []preview.Span { return m.styles }

// Scripts are the scripts that the file holds, without their tags.
func (m *Markup) Scripts() []preview.Span { return m.scripts }

// Next is the first start tag that begins at or after the byte at; ok is false
// if there is none.
func (m *Markup) Next(at int) (span preview.Span, ok bool) {
	i, _ := slices.BinarySearchFunc(m.list, at, func(t tag, at int) int { return cmp.Compare(t.span.Start, at) })
	if i == len(m.list) {
		return preview.Span{}, false
	}
	return m.list[i].span, true
}

// Within are the XPaths of the elements whose start tags begin within span, in
// order.
func (m *Markup) Within(span preview.Span) []string {
	i, _ := slices.BinarySearchFunc(m.list, span.Start, func(t tag, at int) int { return cmp.Compare(t.span.Start, at) })
	var paths []string
	for ; i < len(m.list) && m.list[i].span.Start < span.End; i++ {
		paths = append(paths, m.list[i].xpath)
	}
	return paths
}

// With are the XPaths of the elements that have an attribute, in order. name is
// lower-case.
func (m *Markup) With(name string) []string {
	var paths []string
	for _, t := range m.list {
		for _, a := range attributes(m.src.String(), t.span) {
			if a.name == name {
				paths = append(paths, t.xpath)
			}
		}
	}
	return paths
}

// Attr is the value of an attribute of the element at xpath, without quotes and
// as it stands in the source, entities and all. name is lower-case. ok is false
// if there is no such attribute or it has no value.
func (m *Markup) Attr(xpath, name string) (value preview.Span, ok bool) {
	span, ok := m.tags[xpath]
	if !ok {
		return preview.Span{}, false
	}
	for _, a := range attributes(m.src.String(), span) {
		if a.name == name {
			return a.value, a.hasValue
		}
	}
	return preview.Span{}, false
}

// AttrAt finds the attribute whose value contains span, bounds included.
func (m *Markup) AttrAt(span preview.Span) (xpath, name string, value preview.Span, ok bool) {
	i, found := slices.BinarySearchFunc(m.list, span.Start, func(t tag, at int) int { return cmp.Compare(t.span.Start, at) })
	if !found {
		i--
	}
	if i < 0 || !m.list[i].span.Contains(span) {
		return "", "", preview.Span{}, false
	}
	for _, a := range attributes(m.src.String(), m.list[i].span) {
		if a.hasValue && a.value.Contains(span) {
			return m.list[i].xpath, a.name, a.value, true
		}
	}
	return "", "", preview.Span{}, false
}

// Unescape is the attribute value that a browser reads from source text.
func Unescape(s string) string { return html.UnescapeString(s) }
