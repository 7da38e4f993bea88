package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/preview"
)

// maxHovered is how many defects are told of in one hover text.
const maxHovered = 3

// Hover implements lsp.Server: what is wrong at a place, with the element as it
// is painted and as it would be.
func (s *server) Hover(_ context.Context, p *lsp.HoverParams) (*lsp.Hover, error) {
	at := lsp.Range{Start: p.Position, End: p.Position}
	type found struct {
		item
		m *mend
	}
	var list []found
	s.mu.Lock()
	c := s.client_
	for _, page := range s.byView() {
		if page.result == nil || page.result.gen != page.gen {
			continue
		}
		for _, i := range page.result.items[p.TextDocument.URI] {
			if i.defect != nil && touches(i.diag.Range, at) && len(list) < maxHovered {
				m := page.mend
				if m != nil && m.gen != page.gen {
					m = nil
				}
				list = append(list, found{i, m})
			}
		}
	}
	s.mu.Unlock()
	if len(list) == 0 {
		return nil, nil
	}
	var parts []string
	for n, f := range list {
		// Two pictures are all that fits into a hover text.
		parts = append(parts, s.hoverText(f.item, f.m, c.markdown, n == 0))
	}
	kind, line := lsp.MarkupKindPlainText, "\n\n"
	if c.markdown {
		kind, line = lsp.MarkupKindMarkdown, "\n\n---\n\n"
	}
	return &lsp.Hover{Range: ptr(list[0].diag.Range), Contents: &lsp.MarkupContent{Kind: kind, Value: strings.Join(parts, line)}}, nil
}

func (s *server) hoverText(i item, m *mend, markdown, pictured bool) string {
	d := i.defect
	var b strings.Builder
	if !markdown {
		fmt.Fprintf(&b, "%s: %s\n%s", d.Rule, d.Message, numbers(*d))
		return b.String()
	}
	fmt.Fprintf(&b, "**%s** · %s", d.Rule, d.Severity)
	f := fixOf(m, d.Key())
	// Pictures first: editors show the message beside the hover text anyway, and
	// what stands below must be scrolled to.
	if pictured && m != nil && m.trace != nil {
		b.WriteString(pictures(m, f, *d))
	}
	if f != nil {
		fmt.Fprintf(&b, "\n\n**Repair:** %s. %s.", escape(f.title), escape(strings.TrimSuffix(f.proof, ".")))
	}
	fmt.Fprintf(&b, "\n\n%s\n\n_%s_", escape(d.Message), escape(numbers(*d)))
	if link := s.web.rule(d.Rule); link != "" {
		fmt.Fprintf(&b, "\n\n[What %s means](%s)", d.Rule, link)
	}
	return b.String()
}

// pictures are the element before and, with a repair, after.
func pictures(m *mend, f *fix, d preview.Defect) string {
	for _, e := range d.Elements {
		before := crop(lastShot(m.trace.Before, e.View), e.Box)
		if before == "" {
			continue
		}
		text := fmt.Sprintf("\n\n![%s before](%s)", altText(e.Selector), before)
		if f == nil || f.after == nil {
			return text
		}
		after := crop(lastShot(f.after, e.View), boxAfter(f.after, e.View, e.XPath, e.Box))
		if after == "" {
			return text
		}
		return text + fmt.Sprintf(" → ![%s after](%s)\n\nat %s", altText(e.Selector), after, e.View)
	}
	return ""
}

func altText(selector string) string {
	return strings.NewReplacer("[", "", "]", "", "\n", " ").Replace(selector)
}

// numbers are those that prove a defect, and where it holds.
func numbers(d preview.Defect) string {
	var parts []string
	for _, r := range d.Widths {
		parts = append(parts, fmt.Sprintf("from %d to %d px wide", r.From, r.To))
	}
	if len(d.Widths) == 0 && len(d.Views) > 0 {
		parts = append(parts, "at "+strings.Join(d.Views, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Measure)) {
		parts = append(parts, strings.ReplaceAll(name, "_", " ")+" "+strconv.FormatFloat(d.Measure[name], 'f', -1, 32))
	}
	return strings.Join(parts, "; ")
}

// escape keeps text of a page from being taken for Markdown. Code marks stay.
func escape(s string) string {
	return strings.NewReplacer("<", "&lt;", "[", "\\[", "]", "\\]", "*", "\\*", "_", "\\_", "!", "\\!").Replace(s)
}

// CodeLens implements lsp.Server: how many defects a page has, where the person
// has switched that on.
func (s *server) CodeLens(_ context.Context, p *lsp.CodeLensParams) ([]lsp.CodeLens, error) {
	at := uri.URI(strings.Clone(string(p.TextDocument.URI)))
	list := []lsp.CodeLens{}
	for _, page := range s.known(at) {
		name, err := page.folder.Path(at)
		if err != nil || name != page.entry || !page.folder.get().CodeLens {
			continue
		}
		s.mu.Lock()
		if r := page.result; r != nil && r.gen == page.gen && len(r.diagnosis.Defects) > 0 {
			title := plural(len(r.diagnosis.Defects), "defect")
			lens := lsp.CodeLens{Command: command(title, commandShowPreview, map[string]any{"uri": at})}
			if m := page.mend; m != nil && m.gen == page.gen && m.all != nil {
				data := actionData{Page: at, Number: page.gen, Fix: allFixes}
				lens.Command = command(title+", repair "+strconv.Itoa(len(m.all.keys)), commandApply, data)
			}
			list = append(list, lens)
		}
		s.mu.Unlock()
	}
	return list, nil
}

// DocumentLink implements lsp.Server: from an element at fault to its cause in
// another file.
func (s *server) DocumentLink(_ context.Context, p *lsp.DocumentLinkParams) ([]lsp.DocumentLink, error) {
	at := uri.URI(strings.Clone(string(p.TextDocument.URI)))
	list := []lsp.DocumentLink{}
	for _, page := range s.known(at) {
		if name, err := page.folder.Path(at); err != nil || name != page.entry {
			continue
		}
		s.mu.Lock()
		r, fresh := page.result, page.result != nil && page.result.gen == page.gen
		s.mu.Unlock()
		if !fresh {
			continue
		}
		shown, open := s.snapshot(page)
		w := s.placer(page, shown, open)
		for other, items := range r.items {
			for _, i := range items {
				if other == at || i.defect == nil || len(i.defect.Elements) == 0 {
					continue
				}
				tag, ok := w.element(i.defect.Elements[0].XPath)
				if !ok {
					continue
				}
				start := i.diag.Range.Start
				list = append(list, lsp.DocumentLink{
					Range:   w.rng(page.entry, tag),
					Target:  ptr(uri.URI(fmt.Sprintf("%s#L%d,%d", other, start.Line+1, start.Character+1))),
					Tooltip: ptr("What causes " + i.defect.Rule),
				})
			}
		}
	}
	slices.SortFunc(list, func(a, b lsp.DocumentLink) int {
		if before(a.Range.Start, b.Range.Start) {
			return -1
		}
		return strings.Compare(string(*a.Target), string(*b.Target))
	})
	return list, nil
}
