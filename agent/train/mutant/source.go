package mutant

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"relook/agent/edit"
	"relook/preview"
	"relook/preview/markup"
)

// A Source is a clean page that mutants are made of.
type Source struct {
	Name string // such as "clean/landing.html"; unique among sources
	Page preview.Page
}

// A source is a clean page as text: its rules, and what they match.
type source struct {
	entry  string
	texts  map[string]preview.Text // the page and its own style sheets
	rules  []rule
	markup *markup.Markup
	tags   []tag
	words  []preview.Span // text between tags, of at least a few words
}

// A rule is a style rule with the elements that its selector matches.
type rule struct {
	preview.StyleRule
	matches []element
}

// An element is what an operator wants to know of one.
type element struct {
	name     string // lower-case
	own      int    // characters of its own text
	all      int    // characters of all its text
	children int    // elements
}

// A tag is a start tag of the page.
type tag struct {
	preview.SourceSpan
	name       string
	attributes []html.Attribute
}

func (t tag) has(name string) bool {
	return slices.ContainsFunc(t.attributes, func(a html.Attribute) bool { return a.Key == name })
}

func (t tag) get(name string) string {
	for _, a := range t.attributes {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// readSource reads the page and the style sheets that it links to.
func readSource(p preview.Page) (*source, error) {
	text, err := p.Source()
	if err != nil {
		return nil, err
	}
	s := &source{entry: p.Entry, texts: map[string]preview.Text{p.Entry: text}, markup: markup.Parse(text)}
	doc, err := html.Parse(strings.NewReader(text.String()))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", p.Entry, err)
	}
	names := []string{p.Entry}
	for _, link := range cascadia.QueryAll(doc, cascadia.MustCompile(`link[rel~="stylesheet"][href]`)) {
		name := path.Join(path.Dir(p.Entry), attribute(link, "href"))
		if sheet, err := p.Read(name); err == nil && s.texts[name].Len() == 0 {
			s.texts[name] = sheet
			names = append(names, name)
		}
	}
	for _, name := range names {
		for _, r := range edit.Rules(name, s.texts[name]) {
			s.rules = append(s.rules, rule{r, matching(doc, r.Selector)})
		}
	}
	s.readTags()
	return s, nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// matching are the elements that a selector matches, none if it can't be read or
// needs a state.
func matching(doc *html.Node, selector string) []element {
	selector, _, _ = strings.Cut(selector, "::")
	m, err := cascadia.Parse(selector)
	if err != nil {
		group, err := cascadia.ParseGroup(selector)
		if err != nil {
			return nil
		}
		return elements(cascadia.QueryAll(doc, group))
	}
	return elements(cascadia.QueryAll(doc, m))
}

func elements(nodes []*html.Node) []element {
	var list []element
	for _, n := range nodes {
		e := element{name: n.Data}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch c.Type {
			case html.TextNode:
				e.own += len(strings.Join(strings.Fields(c.Data), " "))
			case html.ElementNode:
				e.children++
			}
		}
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				e.all += len(strings.Join(strings.Fields(d.Data), " "))
			}
		}
		list = append(list, e)
	}
	return list
}

// readTags lists the start tags of the body and the texts between them.
func (s *source) readTags() {
	text := s.texts[s.entry].String()
	z, at := html.NewTokenizer(strings.NewReader(text)), 0
	body, within := false, ""
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		start := at
		at += len(z.Raw())
		span := preview.Span{Start: start, End: at}
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			body = body || t.Data == "body"
			within = t.Data
			if body && t.Data != "body" {
				s.tags = append(s.tags, tag{preview.SourceSpan{File: s.entry, Span: span}, t.Data, t.Attr})
			}
		case html.TextToken:
			word := strings.TrimSpace(text[start:at])
			if body && len(word) >= 12 && within != "script" && within != "style" && !strings.Contains(word, "&") {
				from := start + strings.Index(text[start:at], word)
				s.words = append(s.words, preview.Span{Start: from, End: from + len(word)})
			}
		case html.EndTagToken:
			within = ""
		}
	}
}

// value is what the rule sets property to, "" for nothing.
func (r rule) value(property string) string {
	v := ""
	for _, d := range r.Decls {
		if d.Property == property {
			v = d.Value
		}
	}
	return v
}

func (r rule) sets(property string) bool { return r.value(property) != "" }

// plain reports whether the rule holds at every width and for elements of the
// body as they stand: no media condition, pseudo-class or pseudo-element.
func (r rule) plain() bool {
	return len(r.Media) == 0 && !strings.Contains(r.Selector, ":") && len(r.matches) > 0 && !r.matchesAny("body", "html")
}

func (r rule) matchesAny(names ...string) bool {
	return slices.ContainsFunc(r.matches, func(e element) bool { return slices.Contains(names, e.name) })
}

// only reports whether the rule styles these elements and no others.
func (r rule) only(names ...string) bool {
	return len(r.matches) > 0 && !slices.ContainsFunc(r.matches, func(e element) bool { return !slices.Contains(names, e.name) })
}

// text reports whether the rule styles running text of at least n characters.
func (r rule) text(n int) bool {
	return slices.ContainsFunc(r.matches, func(e element) bool { return e.own >= n })
}

// holds reports whether the rule styles boxes with at least n characters in all.
func (r rule) holds(n int) bool {
	return slices.ContainsFunc(r.matches, func(e element) bool { return e.all >= n && e.children > 0 })
}

// files are the names of the texts, sorted.
func (s *source) files() []string { return slices.Sorted(maps.Keys(s.texts)) }
