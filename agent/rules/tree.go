package rules

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"relook/agent/edit"
	"relook/preview"
	"relook/preview/markup"
)

// A tree is the page's markup, for repairs that write attributes.
type tree struct {
	file   string
	markup *markup.Markup
	byPath map[string]*html.Node
	paths  map[*html.Node]string
	ids    map[string]*html.Node
	order  []*html.Node // elements in the order of the source
}

// tree parses the page's own file, once.
func (f *files) tree() *tree {
	if f.parsed != nil {
		return f.parsed
	}
	f.parsed = &tree{file: f.page.Entry, byPath: map[string]*html.Node{}, paths: map[*html.Node]string{}, ids: map[string]*html.Node{}}
	src, ok := f.text(f.page.Entry)
	if !ok {
		return f.parsed
	}
	f.parsed.markup = markup.Parse(src)
	if root, err := html.Parse(strings.NewReader(strings.TrimPrefix(src.String(), "\ufeff"))); err == nil {
		f.parsed.note(root)
	}
	return f.parsed
}

func (t *tree) note(root *html.Node) {
	for xpath, n := range markup.Elements(root) {
		t.byPath[xpath], t.paths[n] = n, xpath
		t.order = append(t.order, n)
		if id := get(n, "id"); id != "" && t.ids[id] == nil {
			t.ids[id] = n
		}
	}
}

// tag is where an element's start tag stands; ok is false if it has none in the
// file.
func (t *tree) tag(n *html.Node) (preview.SourceSpan, bool) {
	if t.markup == nil || n == nil {
		return preview.SourceSpan{}, false
	}
	span, ok := t.markup.StartTag(t.paths[n])
	return preview.SourceSpan{File: t.file, Span: span}, ok
}

func get(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// maxWords is the most text of an element that is looked at, in bytes.
const maxWords = 400

// words is the text in an element, white space folded.
func words(n *html.Node) string {
	var b strings.Builder
	gather(n, &b)
	return strings.Join(strings.Fields(b.String()), " ")
}

func gather(n *html.Node, b *strings.Builder) {
	for c := n.FirstChild; c != nil && b.Len() < maxWords; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data[:min(len(c.Data), maxWords)])
		case c.Type == html.ElementNode && !slices.Contains([]string{"script", "style", "template", "select", "textarea"}, c.Data):
			b.WriteString(" ")
			gather(c, b)
			b.WriteString(" ")
		}
	}
}

// before is the nearest element before n among its siblings, nil for none.
func before(n *html.Node) *html.Node {
	for s := n.PrevSibling; s != nil; s = s.PrevSibling {
		if s.Type == html.ElementNode {
			return s
		}
	}
	return nil
}

// An attribute is one to be written.
type attribute struct{ name, value string }

// An element is one of a defect's elements in the markup.
type element struct {
	node *html.Node
	tree *tree
}

func (e element) get(name string) string { return get(e.node, name) }

// faulty are the defect's elements in the markup, each once; nil when one of them
// is not in the file or not all are listed: then no repair would reach them all.
func (j *job) faulty() []element {
	t := j.tree()
	var list []element
	seen := map[string]bool{}
	for _, e := range j.defect.Elements {
		if seen[e.XPath] {
			continue
		}
		seen[e.XPath] = true
		n := t.byPath[e.XPath]
		if _, ok := t.tag(n); !ok {
			return nil
		}
		list = append(list, element{n, t})
	}
	if int(j.defect.Measure["count"]) > len(list) {
		return nil
	}
	return list
}

// attributes are the edits that give each of the defect's elements what want asks
// for; nil when it has nothing for one of them.
func (j *job) attributes(want func(element) []attribute) []preview.Edit {
	var edits []preview.Edit
	for _, e := range j.faulty() {
		list := want(e)
		if len(list) == 0 {
			return nil
		}
		for _, a := range list {
			more, err := j.write(e.node, a)
			if err != nil {
				return nil
			}
			edits = append(edits, more)
		}
	}
	return edits
}

// write gives an element an attribute.
func (j *job) write(n *html.Node, a attribute) (preview.Edit, error) {
	tag, ok := j.tree().tag(n)
	if !ok {
		return preview.Edit{}, edit.ErrNoChange
	}
	src, _ := j.text(tag.File)
	return edit.SetAttribute(src, tag, a.name, a.value)
}
