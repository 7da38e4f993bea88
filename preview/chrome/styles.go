package chrome

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-rod/rod/lib/proto"

	"relook/preview"
	"relook/preview/markup"
	"relook/preview/sourcemap"
)

// The protocol's types for matched styles, as far as they are used. rod's own
// can't tell "not parsed" from "not said".
type (
	matchedStyles struct {
		Inline *cssStyle   `json:"inlineStyle"`
		Rules  []ruleMatch `json:"matchedCSSRules"`
		// By ancestor, the parent first.
		Inherited []struct {
			Rules []ruleMatch `json:"matchedCSSRules"`
		} `json:"inherited"`
	}
	ruleMatch struct {
		Rule cssRule `json:"rule"`
	}
	cssRule struct {
		Sheet     proto.CSSStyleSheetID     `json:"styleSheetId"`
		Origin    proto.CSSStyleSheetOrigin `json:"origin"`
		Selectors struct {
			Text string `json:"text"`
			List []struct {
				Range *proto.CSSSourceRange `json:"range"`
			} `json:"selectors"`
		} `json:"selectorList"`
		Style cssStyle `json:"style"`
		Media []struct {
			Text string `json:"text"`
		} `json:"media"`
		Layers []struct { // the innermost first
			Text string `json:"text"`
		} `json:"layers"`
	}
	cssStyle struct {
		Text       string                `json:"cssText"`
		Range      *proto.CSSSourceRange `json:"range"`
		Properties []cssProperty         `json:"cssProperties"`
	}
	cssProperty struct {
		Name      string                `json:"name"`
		Value     string                `json:"value"`
		Important bool                  `json:"important"`
		Disabled  bool                  `json:"disabled"`
		ParsedOk  *bool                 `json:"parsedOk"` // absent when it is
		Range     *proto.CSSSourceRange `json:"range"`
		Longhands []struct {
			Name string `json:"name"`
		} `json:"longhandProperties"`
	}
)

// xpathScript names an element as relook does: lower-case names, each with its
// place among the siblings of the same name. It reads through the prototypes, as
// a form's fields may hide the properties of the form.
const xpathScript = `function () {
  const get = (proto, name) => { const f = Object.getOwnPropertyDescriptor(proto, name).get; return (n) => f.call(n); };
  const parent = get(Node.prototype, "parentNode"), name = get(Element.prototype, "localName");
  const before = get(Element.prototype, "previousElementSibling");
  let path = "";
  for (let e = this; e && e.nodeType === 1; e = parent(e)) {
    let n = 1;
    for (let s = before(e); s; s = before(s)) if (name(s).toLowerCase() === name(e).toLowerCase()) n++;
    path = "/" + name(e).toLowerCase() + "[" + n + "]" + path;
  }
  return path;
}`

// Styles implements diagnose.Tab.
func (t *Tab) Styles(ctx context.Context, fn string, arg any) ([]preview.StyleRule, error) {
	if err := t.style(ctx); err != nil {
		return nil, err
	}
	element, err := t.run(ctx, fn, arg, false)
	if err != nil {
		return nil, err
	}
	if element.ObjectID == "" || element.Subtype != proto.RuntimeRemoteObjectSubtypeNode {
		return nil, fmt.Errorf("reading the styles of an element: the script gave no element")
	}
	defer t.forget(element.ObjectID)
	node, err := proto.DOMRequestNode{ObjectID: element.ObjectID}.Call(t.in(ctx))
	if err != nil {
		return nil, fmt.Errorf("finding an element: %w", err)
	}
	var m matchedStyles
	if err := t.call(ctx, "CSS.getMatchedStylesForNode", proto.CSSGetMatchedStylesForNode{NodeID: node.NodeID}, &m); err != nil {
		return nil, fmt.Errorf("reading the styles of an element: %w", err)
	}
	var c cascade
	if m.Inline != nil && len(m.Inline.Properties) > 0 {
		rule, err := t.inlineRule(ctx, element.ObjectID, m.Inline)
		if err != nil {
			return nil, err
		}
		c.add(rule, m.Inline.Properties)
	}
	t.addRules(&c, m.Rules)
	rules := c.decided()
	t.define(rules, &m)
	return rules, nil
}

// addRules adds the author rules that match, which come weakest first.
func (t *Tab) addRules(c *cascade, matches []ruleMatch) {
	for _, match := range slices.Backward(matches) {
		if r := &match.Rule; r.Origin == proto.CSSStyleSheetOriginRegular {
			c.add(t.rule(r), r.Style.Properties)
		}
	}
}

// forget lets the browser free an object. Nothing waits for it.
func (t *Tab) forget(id proto.RuntimeRemoteObjectID) {
	t.wg.Go(func() {
		// It fails only when the page is gone, and the object with it.
		_ = proto.RuntimeReleaseObject{ObjectID: id}.Call(t.in(t.base))
	})
}

// rule converts a rule of a style sheet, without its declarations.
func (t *Tab) rule(r *cssRule) styled {
	s := styled{StyleRule: preview.StyleRule{Selector: r.Selectors.Text}}
	for _, m := range slices.Backward(r.Media) { // innermost first
		if text := strings.TrimSpace(m.Text); text != "" {
			s.Media = append(s.Media, text)
		}
	}
	var layers []string
	for _, l := range slices.Backward(r.Layers) {
		layers = append(layers, l.Text)
	}
	s.layer = strings.Join(layers, ".")
	h := t.sheetOf(r.Sheet)
	if h != nil {
		s.Address = h.SourceURL
	}
	if h == nil || h.source == nil || r.Style.Range == nil {
		return s
	}
	body := h.source.rangeSpan(r.Style.Range)
	if !h.source.holds(body, r.Style.Text) {
		return s // a script changed the sheet, or the file is not what the browser read
	}
	whole := preview.Span{Start: body.Start, End: body.End}
	for _, sel := range r.Selectors.List {
		if sel.Range != nil {
			whole.Start = min(whole.Start, h.source.rangeSpan(sel.Range).Start)
		}
	}
	if strings.HasPrefix(h.source.text.String()[body.End:], "}") {
		whole.End++
	}
	s.Body, s.Whole = preview.SourceSpan{File: h.file, Span: body}, preview.SourceSpan{File: h.file, Span: whole}
	s.place, s.slice = h.source.rangeSpan, h.source.text.Slice
	if m := t.site.origin(h); m != nil {
		s.BuiltFrom, s.origin = m.From, m
	}
	return s
}

// inlineRule converts the style attribute of an element. Its place is the
// attribute's value in the page's source, if that is what the element has now
// and no entity makes the two differ.
func (t *Tab) inlineRule(ctx context.Context, id proto.RuntimeRemoteObjectID, style *cssStyle) (styled, error) {
	var s styled
	res, err := proto.RuntimeCallFunctionOn{ObjectID: id, FunctionDeclaration: xpathScript, ReturnByValue: true}.Call(t.in(ctx))
	if err != nil {
		return s, fmt.Errorf("finding an element's path: %w", err)
	}
	m := t.site.markup()
	if m == nil || style.Range == nil {
		return s, nil
	}
	value, ok := m.Attr(res.Result.Value.Str(), "style")
	if !ok {
		return s, nil
	}
	text, err := t.site.text(t.site.page.Entry)
	if err != nil {
		return s, nil
	}
	raw := text.Slice(value)
	if raw != markup.Unescape(raw) || normal(raw) != normal(style.Text) {
		return s, nil
	}
	s.Body = preview.SourceSpan{File: t.site.page.Entry, Span: value}
	s.Whole = s.Body
	inner := preview.NewText(raw)
	s.slice = text.Slice
	s.place = func(r *proto.CSSSourceRange) preview.Span {
		return preview.Span{
			Start: value.Start + inner.Offset(preview.Position{Line: r.StartLine, Character: r.StartColumn}),
			End:   value.Start + inner.Offset(preview.Position{Line: r.EndLine, Character: r.EndColumn}),
		}
	}
	return s, nil
}

// A styled is a rule in the making. place converts the browser's ranges; nil if
// the rule is in no file, else slice reads that file.
type styled struct {
	preview.StyleRule
	place  func(*proto.CSSSourceRange) preview.Span
	slice  func(preview.Span) string
	origin *sourcemap.Map // nil if the rule was not built
	layer  string         // "" for none
}

// sourceOf is where a declaration stands in what its sheet was built from.
func (s *styled) sourceOf(p cssProperty) *preview.SourceSpan {
	if s.origin == nil {
		return nil
	}
	place, ok := s.origin.Find(preview.Position{Line: p.Range.StartLine, Character: p.Range.StartColumn}, p.Name)
	if !ok {
		return nil
	}
	return &place
}

// A cascade decides which declarations win. Rules are added strongest first.
type cascade struct {
	rules   []preview.StyleRule
	winners map[string]winner // by longhand
}

type winner struct {
	rule, decl int
	important  bool
	layer      string
	inline     bool
}

// add takes a rule with its declarations in source order. The last of a rule
// beats the others, the first rule beats the others, and !important beats all:
// among important ones the stronger rule wins too, save for cascade layers, where
// the order is reversed.
func (c *cascade) add(s styled, properties []cssProperty) {
	if c.winners == nil {
		c.winners = map[string]winner{}
	}
	at := len(c.rules)
	for _, p := range properties {
		if p.Disabled || p.ParsedOk != nil && !*p.ParsedOk || p.Range == nil {
			continue
		}
		d := s.declaration(p)
		for _, name := range longhands(d.Property, p) {
			now := winner{at, len(s.Decls), p.Important, s.layer, s.Selector == ""}
			if w, taken := c.winners[name]; !taken || now.beats(w) {
				c.winners[name] = now
			}
		}
		s.Decls = append(s.Decls, d)
	}
	c.rules = append(c.rules, s.StyleRule)
}

// beats compares a declaration with one that was added before.
func (w winner) beats(before winner) bool {
	switch {
	case w.important != before.important:
		return w.important
	case w.rule == before.rule:
		return true
	}
	return w.important && w.layer != before.layer && !before.inline
}

// declaration converts a declaration of the rule.
func (s *styled) declaration(p cssProperty) preview.Declaration {
	d := preview.Declaration{
		Property:  strings.ToLower(p.Name),
		Value:     strings.TrimSpace(bangImportant(p.Value)),
		Important: p.Important,
	}
	if strings.HasPrefix(p.Name, "--") {
		d.Property = p.Name
	}
	for _, l := range p.Longhands {
		d.Parts = append(d.Parts, l.Name)
	}
	if s.place != nil {
		d.Span = s.place(p.Range)
		d.Span.End = d.Span.Start + len(strings.TrimRight(s.slice(d.Span), " \t\r\n\f"))
		d.Source = s.sourceOf(p)
	}
	return d
}

// decided marks the winners and gives the rules, strongest first.
func (c *cascade) decided() []preview.StyleRule {
	for _, name := range slices.Sorted(maps.Keys(c.winners)) {
		w := c.winners[name]
		d := &c.rules[w.rule].Decls[w.decl]
		if d.Wins = true; len(d.Parts) > 0 {
			d.Decides = append(d.Decides, name)
		}
	}
	return c.rules
}

func longhands(name string, p cssProperty) []string {
	if len(p.Longhands) == 0 {
		return []string{name}
	}
	var list []string
	for _, l := range p.Longhands {
		list = append(list, l.Name)
	}
	return list
}

// bangImportant takes "!important" off a value.
func bangImportant(value string) string {
	if i := strings.LastIndexByte(value, '!'); i >= 0 && strings.EqualFold(strings.TrimSpace(value[i+1:]), "important") {
		return value[:i]
	}
	return value
}
