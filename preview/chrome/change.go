package chrome

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/go-rod/rod/lib/proto"
	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"

	"relook/preview"
	"relook/preview/markup"
)

// A change is what must be done in each tab to try edits, and to take them back.
type change struct {
	tabs     map[*Tab]*tabChange
	reparsed []string // files whose sheets are set as a whole
}

type tabChange struct {
	set, reset []step
	made       int // steps of set that were made and not taken back
}

// A step is one call that changes the live page.
type step func(context.Context) error

//go:embed still.js
var stillScript string

// make makes the change in a tab.
func (c *tabChange) make(ctx context.Context, t *Tab) error {
	for _, s := range c.set {
		if err := s(ctx); err != nil {
			return err
		}
		c.made++
	}
	return t.Eval(ctx, stillScript, map[string]bool{}, nil)
}

// takeBack takes back the steps that were made, the last first.
func (c *tabChange) takeBack(ctx context.Context, t *Tab) error {
	for ; c.made > 0; c.made-- {
		if err := c.reset[c.made-1](ctx); err != nil {
			return err
		}
	}
	return t.Eval(ctx, stillScript, map[string]bool{}, nil)
}

func (c *change) add(t *Tab, set, reset step) {
	if c.tabs[t] == nil {
		c.tabs[t] = &tabChange{}
	}
	c.tabs[t].set = append(c.tabs[t].set, set)
	c.tabs[t].reset = append(c.tabs[t].reset, reset)
}

// plan works out how edits can be tried in place.
func (l *live) plan(edits []preview.Edit) (*change, error) {
	c := &change{tabs: map[*Tab]*tabChange{}}
	for _, t := range l.v.tabs {
		c.tabs[t] = &tabChange{}
	}
	byFile := map[string][]preview.Edit{}
	for _, e := range edits {
		if loads(e.NewText) {
			return nil, preview.ErrNotInPlace
		}
		byFile[e.File] = append(byFile[e.File], e)
	}
	for file, list := range byFile {
		slices.SortFunc(list, func(a, b preview.Edit) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
		for i := range list[1:] {
			if list[i].Span.Overlaps(list[i+1].Span) {
				return nil, fmt.Errorf("the edits of %s overlap", file)
			}
		}
		if err := l.planFile(c, file, list); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// loads reports whether CSS makes the browser load something, or ends its
// style element: what comes of that is seen only in a fresh render.
func loads(text string) bool {
	lower := strings.ToLower(text)
	return slices.ContainsFunc([]string{"url(", "image-set(", "@import", "@font-face", "</style"}, func(s string) bool {
		return strings.Contains(lower, s)
	})
}

// planFile plans the sorted edits of one file: each must lie in a style sheet or
// in a style attribute.
func (l *live) planFile(c *change, file string, edits []preview.Edit) error {
	done := make([]bool, len(edits))
	for _, t := range l.v.tabs {
		for _, h := range t.sheetsOf(file) {
			var within []preview.Edit
			for i, e := range edits {
				if h.source.span.Contains(e.Span) {
					within, done[i] = append(within, e), true
				}
			}
			if err := c.editSheet(t, h, within); err != nil {
				return err
			}
		}
	}
	for i, e := range edits {
		if done[i] {
			continue
		}
		if err := l.planAttribute(c, e); err != nil {
			return err
		}
	}
	return nil
}

// sheetsOf are the style sheets that stand in a file.
func (t *Tab) sheetsOf(file string) []*sheetHeader {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []*sheetHeader
	for _, h := range t.state.sheets {
		if h.source != nil && h.file == file {
			list = append(list, h)
		}
	}
	return list
}

// editSheet plans the edits of one sheet: rule by rule if each lies in the body
// of a rule, else by the sheet's whole text.
func (c *change) editSheet(t *Tab, h *sheetHeader, edits []preview.Edit) error {
	if len(edits) == 0 {
		return nil
	}
	old := h.source.text.Slice(h.source.span)
	bodies, ok := ruleBodies(old, h.source.span.Start, edits)
	if !ok {
		return c.replaceSheet(t, h, splice(old, h.source.span.Start, edits))
	}
	now := splice(old, h.source.span.Start, edits)
	c.add(t, t.styleTexts(h, old, bodies, func(b body) (preview.Span, string) { return b.old, b.newText }),
		t.styleTexts(h, now, bodies, func(b body) (preview.Span, string) { return b.now, b.oldText }))
	return nil
}

// styleTexts sets the bodies of rules. They are set from the last to the first,
// so that the places of those to come don't move.
func (t *Tab) styleTexts(h *sheetHeader, sheet string, bodies []body, pick func(body) (preview.Span, string)) step {
	text := preview.NewText(sheet)
	var edits []*proto.CSSStyleDeclarationEdit
	for _, b := range slices.Backward(bodies) {
		span, replacement := pick(b)
		r := text.Range(span)
		edits = append(edits, &proto.CSSStyleDeclarationEdit{
			StyleSheetID: h.StyleSheetID, Text: replacement,
			Range: &proto.CSSSourceRange{
				StartLine: r.Start.Line, StartColumn: r.Start.Character, EndLine: r.End.Line, EndColumn: r.End.Character,
			},
		})
	}
	return func(ctx context.Context) error {
		_, err := proto.CSSSetStyleTexts{Edits: edits}.Call(t.in(ctx))
		return err
	}
}

// replaceSheet plans to set the whole text of a sheet. One that loads fonts or
// pictures would load them anew.
func (c *change) replaceSheet(t *Tab, h *sheetHeader, text string) error {
	old := h.source.text.Slice(h.source.span)
	if loads(old) {
		return preview.ErrNotInPlace
	}
	if !slices.Contains(c.reparsed, h.file) {
		c.reparsed = append(c.reparsed, h.file)
	}
	set := func(text string) step {
		return func(ctx context.Context) error {
			_, err := proto.CSSSetStyleSheetText{StyleSheetID: h.StyleSheetID, Text: text}.Call(t.in(ctx))
			return err
		}
	}
	c.add(t, set(text), set(old))
	return nil
}

// same is the change that sets the sheets of file to the text that they have.
func (l *live) same(file string) (*change, error) {
	c := &change{tabs: map[*Tab]*tabChange{}}
	for _, t := range l.v.tabs {
		c.tabs[t] = &tabChange{}
		for _, h := range t.sheetsOf(file) {
			if err := c.replaceSheet(t, h, h.source.text.Slice(h.source.span)); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// planAttribute plans an edit of a style attribute of the page. The element must
// still have the attribute as it stands in the source.
func (l *live) planAttribute(c *change, e preview.Edit) error {
	m := l.v.site.markup()
	if e.File != l.v.page.Entry || m == nil {
		return preview.ErrNotInPlace
	}
	xpath, name, value, ok := m.AttrAt(e.Span)
	if !ok || name != "style" || strings.ContainsAny(e.NewText, `"'<>`) {
		return preview.ErrNotInPlace
	}
	text, err := l.v.site.text(e.File)
	if err != nil {
		return err
	}
	raw := text.Slice(value)
	old, now := markup.Unescape(raw), markup.Unescape(splice(raw, value.Start, []preview.Edit{e}))
	for _, t := range l.v.tabs {
		c.add(t, t.setAttribute(xpath, old, now), t.setAttribute(xpath, now, old))
	}
	return nil
}

const attributeScript = `(arg) => {
  const get = Element.prototype.getAttribute, set = Element.prototype.setAttribute;
  const children = Object.getOwnPropertyDescriptor(Element.prototype, "children").get;
  const name = Object.getOwnPropertyDescriptor(Element.prototype, "localName").get;
  let e = Object.getOwnPropertyDescriptor(Document.prototype, "documentElement").get.call(document);
  for (const [tag, n] of arg.path.slice(1)) {
    if (e) e = [...children.call(e)].filter((c) => name.call(c).toLowerCase() === tag)[n - 1];
  }
  if (!e || get.call(e, "style")?.replace(/\r\n?/g, "\n") !== arg.old.replace(/\r\n?/g, "\n")) return false;
  set.call(e, "style", arg.now);
  return true;
}`

func (t *Tab) setAttribute(xpath, old, now string) step {
	return func(ctx context.Context) error {
		var path [][2]any
		for part := range strings.SplitSeq(strings.Trim(xpath, "/"), "/") {
			var n int
			tag, index, _ := strings.Cut(part, "[")
			if _, err := fmt.Sscanf(index, "%d]", &n); err != nil {
				return fmt.Errorf("reading the path %s: %w", xpath, err)
			}
			path = append(path, [2]any{tag, n})
		}
		var ok bool
		err := t.Eval(ctx, attributeScript, map[string]any{"path": path, "old": old, "now": now}, &ok)
		if err == nil && !ok {
			return preview.ErrNotInPlace
		}
		return err
	}
}

// splice applies sorted edits to text, which begins at offset in its file.
func splice(text string, offset int, edits []preview.Edit) string {
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at : e.Span.Start-offset])
		b.WriteString(e.NewText)
		at = e.Span.End - offset
	}
	b.WriteString(text[at:])
	return b.String()
}

// A body is what stands between the braces of a rule, before and after edits.
type body struct {
	old, now         preview.Span // in the sheet's text
	oldText, newText string
}

// ruleBodies finds the rules in whose bodies the sorted edits lie, in order of
// their place. ok is false when an edit lies elsewhere or does not leave the
// body one.
func ruleBodies(sheet string, offset int, edits []preview.Edit) (list []body, ok bool) {
	blocks := innerBlocks(sheet)
	grown := 0
	for len(edits) > 0 {
		first := preview.Span{Start: edits[0].Span.Start - offset, End: edits[0].Span.End - offset}
		i := slices.IndexFunc(blocks, func(b preview.Span) bool { return b.Contains(first) })
		if i < 0 {
			return nil, false
		}
		n := 0
		for n < len(edits) && edits[n].Span.End-offset <= blocks[i].End {
			n++
		}
		b := body{old: blocks[i], oldText: sheet[blocks[i].Start:blocks[i].End]}
		b.newText = splice(b.oldText, offset+b.old.Start, edits[:n])
		if len(innerBlocks("{"+b.newText+"}")) != 1 || innerBlocks("{" + b.newText + "}")[0].Len() != len(b.newText) {
			return nil, false
		}
		b.now = preview.Span{Start: b.old.Start + grown, End: b.old.Start + grown + len(b.newText)}
		grown += len(b.newText) - len(b.oldText)
		list = append(list, b)
		edits = edits[n:]
	}
	return list, true
}

// innerBlocks finds what stands between braces that hold no other braces, and so
// are the bodies of rules. Comments and strings are skipped as CSS has it.
func innerBlocks(sheet string) []preview.Span {
	var list []preview.Span
	open, at := -1, 0
	l := css.NewLexer(parse.NewInputString(sheet))
	for {
		kind, data := l.Next()
		if kind == css.ErrorToken {
			return list
		}
		at += len(data)
		switch kind {
		case css.LeftBraceToken:
			open = at
		case css.RightBraceToken:
			if open >= 0 {
				list = append(list, preview.Span{Start: open, End: at - len(data)})
			}
			open = -1
		}
	}
}
