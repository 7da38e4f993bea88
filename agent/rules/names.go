package rules

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"relook/agent/edit"
	"relook/preview"
)

// Words for who can't see are only taken from what the page says already: they
// are never made up.

// alt names pictures: after the same picture elsewhere on the page, and where it
// is all that a link shows, after the other links to the same place or the title
// of the page that it leads to.
func alt(j *job) []wish {
	kind := j.word("kind")
	edits := j.attributes(func(e element) []attribute {
		if kind == "drawing" {
			return nil
		}
		said := e.tree.saidOf(e.node)
		if said == "" && (kind == "control" || kind == "area") {
			said = j.leadsTo(linkOf(e.node))
		}
		if said == "" {
			return nil
		}
		return []attribute{{"alt", said}}
	})
	if len(edits) == 0 {
		return nil
	}
	return []wish{{why: "say what the page itself says of it elsewhere", edits: edits}}
}

// saidOf is the alternative text of the same picture at another place.
func (t *tree) saidOf(n *html.Node) string {
	src := get(n, "src")
	if src == "" {
		return ""
	}
	for _, other := range t.order {
		if other != n && get(other, "src") == src {
			if said := strings.TrimSpace(get(other, "alt")); said != "" {
				return said
			}
		}
	}
	return ""
}

// linkOf is the link that n is or stands in, nil for none.
func linkOf(n *html.Node) *html.Node {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && (n.Data == "a" || n.Data == "area") && get(n, "href") != "" {
			return n
		}
	}
	return nil
}

// maxTitle is the longest title of a page, in bytes, that is taken as a name.
const maxTitle = 120

var titlePattern = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// leadsTo says where a link leads: in the words of another link to the same
// place, else by the title of the page of this workspace that it leads to.
func (j *job) leadsTo(link *html.Node) string {
	if link == nil {
		return ""
	}
	href := strings.TrimSpace(get(link, "href"))
	u, err := url.Parse(href)
	if err != nil || href == "" || strings.HasPrefix(href, "#") {
		return ""
	}
	for _, other := range j.tree().order {
		if other != link && other.Data == "a" && strings.TrimSpace(get(other, "href")) == href {
			if said := words(other); said != "" && len(said) <= maxTitle {
				return said
			}
		}
	}
	if u.Scheme != "" || u.Host != "" || u.Path == "" {
		return ""
	}
	name := strings.TrimPrefix(path.Join("/", path.Dir(j.page.Entry), u.Path), "/")
	if strings.HasPrefix(u.Path, "/") {
		name = strings.TrimPrefix(path.Clean(u.Path), "/")
	}
	src, err := j.page.Read(name)
	if err != nil {
		return ""
	}
	m := titlePattern.FindStringSubmatch(src.String())
	if m == nil {
		return ""
	}
	said := strings.Join(strings.Fields(html.UnescapeString(m[1])), " ")
	if len(said) > maxTitle {
		return ""
	}
	return said
}

// label ties fields to the words that stand beside them, and names controls by
// what the page says of them elsewhere.
func label(j *job) []wish {
	switch j.word("kind") {
	case "hint":
		edits := j.attributes(func(e element) []attribute {
			if hint := strings.TrimSpace(e.get("placeholder")); hint != "" {
				return []attribute{{"aria-label", hint}}
			}
			return nil
		})
		if len(edits) == 0 {
			return nil
		}
		return []wish{{why: "name the field by the hint that it shows", edits: edits}}
	case "action":
		edits := j.attributes(func(e element) []attribute {
			for _, name := range []string{"data-label", "data-title", "data-tooltip", "data-tip", "data-original-title"} {
				if said := strings.TrimSpace(e.get(name)); said != "" {
					return []attribute{{"aria-label", said}}
				}
			}
			if said := j.leadsTo(linkOf(e.node)); said != "" {
				return []attribute{{"aria-label", said}}
			}
			return nil
		})
		if len(edits) == 0 {
			return nil
		}
		return []wish{{why: "name it by what the page itself says of it", edits: edits}}
	}
	return j.tie()
}

// tie connects each field with the words beside it.
func (j *job) tie() []wish {
	var edits []preview.Edit
	used := map[string]bool{}
	for _, e := range j.faulty() {
		more := j.tieOne(e, used)
		if len(more) == 0 {
			return nil
		}
		edits = append(edits, more...)
	}
	if len(edits) == 0 {
		return nil
	}
	return []wish{{why: "tie the words beside the field to it", edits: edits}}
}

func (j *job) tieOne(e element, used map[string]bool) []preview.Edit {
	beside := e.beside()
	if beside == nil {
		return nil
	}
	if beside.Data == "label" {
		id := cmp.Or(e.get("id"), e.tree.fresh(cmp.Or(get(beside, "for"), e.get("name"), words(beside)), used))
		return j.writeAll(e.node, attribute{"id", id}, beside, attribute{"for", id})
	}
	id := cmp.Or(get(beside, "id"), e.tree.fresh(words(beside)+" label", used))
	return j.writeAll(e.node, attribute{"aria-labelledby", id}, beside, attribute{"id", id})
}

// writeAll gives two elements an attribute each; what they have already is left.
func (j *job) writeAll(a *html.Node, of attribute, b *html.Node, and attribute) []preview.Edit {
	var edits []preview.Edit
	for _, w := range []struct {
		n *html.Node
		a attribute
	}{{a, of}, {b, and}} {
		e, err := j.write(w.n, w.a)
		switch {
		case err == nil:
			edits = append(edits, e)
		case err != edit.ErrNoChange:
			return nil
		}
	}
	return edits
}

// beside is the element whose words stand right before the field, as a label
// would: a label that points nowhere, the element before it, the cell before its
// own, or what holds nothing but the field and words; nil for none.
func (e element) beside() *html.Node {
	for _, n := range e.tree.order {
		to := get(n, "for")
		if n.Data == "label" && to != "" && e.tree.ids[to] == nil && to == cmp.Or(e.get("id"), e.get("name")) && words(n) != "" {
			return n
		}
	}
	if n := before(e.node); n != nil {
		if saysOnly(n) && (n.Data != "label" || e.tree.ids[get(n, "for")] == nil) {
			return n
		}
		return nil
	}
	parent := e.node.Parent
	if parent == nil || parent.Type != html.ElementNode {
		return nil
	}
	if n := before(parent); (parent.Data == "td" || parent.Data == "dd") && n != nil && saysOnly(n) {
		return n
	}
	if parent.Data != "form" && parent.Data != "body" && fields(parent) == 1 && words(parent) != "" && len(words(parent)) <= maxTitle {
		return parent
	}
	return nil
}

// saysOnly reports whether an element holds words, few enough for a name, and
// nothing to use.
func saysOnly(n *html.Node) bool {
	said := words(n)
	return said != "" && len(said) <= maxTitle && fields(n) == 0
}

// fields counts what can be used in an element.
func fields(n *html.Node) int {
	count := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			if slices.Contains([]string{"input", "select", "textarea", "button", "a"}, c.Data) {
				count++
			}
			count += fields(c)
		}
	}
	return count
}

var notInID = regexp.MustCompile(`[^a-z0-9]+`)

// fresh makes an id of words that the page does not have yet.
func (t *tree) fresh(from string, used map[string]bool) string {
	base := strings.Trim(notInID.ReplaceAllString(strings.ToLower(from), "-"), "-")
	if len(base) > 32 {
		base = strings.Trim(base[:32], "-")
	}
	if base == "" || base[0] >= '0' && base[0] <= '9' {
		base = "field-" + base
	}
	id := strings.Trim(base, "-")
	for n := 2; t.ids[id] != nil || used[id]; n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	used[id] = true
	return id
}
