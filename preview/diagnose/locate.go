package diagnose

import (
	"context"
	"fmt"
	"strings"

	"relook/preview"
	"relook/preview/stylesheet"
)

// Reading the rules of an element from the browser takes longer than all checks
// of a small page. Where one declaration alone sets the property in question, the
// script tells which rule it is in, and the sheet's own text where that stands.
// This holds only for pages without scripts: what is in the browser is what is in
// the files.

// An ask is a property of an element whose declaration is wanted.
type ask struct {
	Path     string `json:"path"`
	Property string `json:"property"`
}

// A place leads to the rule that declares it.
type place struct {
	Own      bool     `json:"own"`    // in the element's style attribute
	Href     string   `json:"href"`   // of the sheet
	Style    int      `json:"style"`  // else the number of its element among all style elements
	Styles   int      `json:"styles"` // how many there are
	Trail    [][2]int `json:"trail"`  // at each level: the number of the rule, and of how many
	Media    []string `json:"media"`  // outermost first
	Selector string   `json:"selector"`
}

// locate finds the declarations that inquiries want, as far as it is sure of
// them: it gives each such inquiry the rule with that declaration alone.
func (w *witness) locate(ctx context.Context, inquiries []*inquiry) error {
	var of []*inquiry
	asks := []ask{}
	for _, t := range inquiries {
		if t.more && !t.proved || t.found.property == "" || t.found.rule != unknown {
			continue
		}
		of = append(of, t)
		asks = append(asks, ask{t.draft.subjects[t.found.subject].XPath, t.found.property})
	}
	if len(asks) == 0 {
		return nil
	}
	var places []*place
	if err := call(ctx, w.tab, map[string]any{"entry": "places", "asks": asks}, &places); err != nil {
		return err
	}
	if len(places) != len(asks) {
		return fmt.Errorf("locating declarations: %d answers for %d questions", len(places), len(asks))
	}
	for i, t := range of {
		if places[i] == nil {
			continue
		}
		if rule, ok := w.ruleAt(asks[i], places[i]); ok {
			d, n := t.draft, t.found.subject
			d.subjects[n].Rules, d.hints[n] = []preview.StyleRule{rule}, nil
		}
	}
	return nil
}

// ruleAt reads the rule at a place, with the declaration that is asked for; not
// ok if the text is not what the browser has, or may be read in two ways.
func (w *witness) ruleAt(a ask, p *place) (preview.StyleRule, bool) {
	file, span, ok := w.sheetAt(a, p)
	if !ok {
		return preview.StyleRule{}, false
	}
	css := w.site.file(file).Slice(span)
	if w.site.foreign(file) || strings.Contains(css, "sourceMappingURL") {
		return preview.StyleRule{}, false // there is more to tell of it
	}
	rule := preview.StyleRule{Media: p.Media, Selector: p.Selector}
	body := stylesheet.Item{BodyEnd: len(css), End: len(css)}
	for depth, step := range p.Trail {
		var prelude string
		if body, prelude, ok = ruleIn(css, body, step); !ok {
			return rule, false
		}
		if depth == len(p.Trail)-1 {
			if plain(prelude) != plain(p.Selector) {
				return rule, false
			}
			rule.Selector = prelude
		}
	}
	decl, ok := onlyOne(css, body, a.Property)
	if !ok {
		return rule, false
	}
	decl.Span = preview.Span{Start: span.Start + decl.Span.Start, End: span.Start + decl.Span.End}
	rule.Whole = preview.SourceSpan{File: file, Span: preview.Span{Start: span.Start + body.Start, End: span.Start + body.End}}
	rule.Body = preview.SourceSpan{File: file, Span: preview.Span{Start: span.Start + body.BodyStart, End: span.Start + body.BodyEnd}}
	rule.Decls = []preview.Declaration{decl}
	return rule, plausible(decl) && !strings.Contains(strings.ToLower(decl.Value), "var(")
}

// sheetAt is the stretch of a file in which a sheet or a style attribute stands.
func (w *witness) sheetAt(a ask, p *place) (file string, span preview.Span, ok bool) {
	entry := w.site.file(w.entry)
	switch {
	case w.markup == nil || entry == nil:
		return "", span, false
	case p.Own:
		span, ok = w.markup.Attr(a.Path, "style")
		return w.entry, span, ok && !strings.Contains(entry.Slice(span), "&")
	case p.Href == "":
		styles := w.markup.Styles()
		if len(styles) != p.Styles || p.Style < 0 || p.Style >= len(styles) {
			return "", span, false
		}
		return w.entry, styles[p.Style], true
	}
	if file = w.tab.File(p.Href); file == "" {
		return "", span, false
	}
	text := w.site.file(file)
	if text == nil {
		return "", span, false
	}
	span.End = text.Len()
	if text.HasBOM() {
		span.Start = len("\ufeff")
	}
	return file, span, true
}

// ruleIn is the rule at a step of a trail, within the body of another item. Its
// siblings must be as many as the browser has: it leaves out what it can't read.
func ruleIn(css string, of stylesheet.Item, step [2]int) (rule stylesheet.Item, prelude string, ok bool) {
	n := -1
	var found *stylesheet.Item
	for _, it := range stylesheet.Scan(css[of.BodyStart:of.BodyEnd]) {
		it.Shift(of.BodyStart)
		if text := css[it.Start:it.End]; !it.Block && (!strings.HasPrefix(text, "@") || strings.HasPrefix(strings.ToLower(text), "@charset")) {
			continue
		}
		if n++; n == step[0] {
			found = &it
		}
	}
	if found == nil || n+1 != step[1] || !found.Block {
		return rule, "", false
	}
	return *found, css[found.Start:found.PreludeEnd], true
}

// onlyOne is the declaration of property in a body that has nothing else that may
// set it. Its Span is within css.
func onlyOne(css string, of stylesheet.Item, property string) (preview.Declaration, bool) {
	var found *stylesheet.Item
	for _, it := range stylesheet.Scan(css[of.BodyStart:of.BodyEnd]) {
		if it.Property == "" || kin(it.Property) != kin(property) && it.Property != "all" {
			continue
		}
		if found != nil || it.Property != property {
			return preview.Declaration{}, false
		}
		it.Shift(of.BodyStart)
		found = &it
	}
	if found == nil {
		return preview.Declaration{}, false
	}
	return preview.Declaration{
		Property: property, Value: css[found.ValueStart:found.ValueEnd], Important: found.Important, Wins: true,
		Span: preview.Span{Start: found.Start, End: found.End},
	}, true
}

// kin is the name that a shorthand shares with its longhands.
func kin(property string) string {
	switch property {
	case "top", "right", "bottom", "left":
		return "inset"
	case "line-height":
		return "font"
	case "row-gap", "column-gap":
		return "gap"
	case "justify-content", "justify-items", "justify-self", "align-content", "align-items", "align-self":
		return "place"
	}
	first, rest, _ := strings.Cut(property, "-")
	if first == "grid" && strings.HasSuffix(rest, "gap") {
		return "gap"
	}
	return first
}

// plain is a selector without what the browser writes in its own way.
func plain(selector string) string {
	return strings.NewReplacer(" ", "", "\n", "", "\r", "", "\t", "", "\f", "", `"`, "", "'", "").Replace(strings.ToLower(selector))
}
