package chrome

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-rod/rod/lib/proto"

	"relook/preview"
)

// A sheetHeader is a style sheet of the page.
type sheetHeader struct {
	proto.CSSCSSStyleSheetHeader
	file   string // in the page's FS, "" if it is in none
	source *sheetSource
}

// A sheetSource is where a sheet's text stands in a file.
type sheetSource struct {
	text  preview.Text // of the whole file
	start preview.Position
	span  preview.Span
}

func (t *Tab) onSheet(e proto.CSSStyleSheetAdded) {
	t.update(func(s *state) {
		s.sheets = slices.DeleteFunc(s.sheets, func(h *sheetHeader) bool { return h.StyleSheetID == e.Header.StyleSheetID })
		s.sheets = append(s.sheets, &sheetHeader{CSSCSSStyleSheetHeader: *e.Header})
	})
}

func (t *Tab) onSheetGone(e proto.CSSStyleSheetRemoved) {
	t.update(func(s *state) {
		s.sheets = slices.DeleteFunc(s.sheets, func(h *sheetHeader) bool { return h.StyleSheetID == e.StyleSheetID })
	})
}

// style has the browser report style sheets. It costs a few milliseconds on
// large pages, so it is done when they are first asked for.
func (t *Tab) style(ctx context.Context) error {
	t.styling.Lock()
	defer t.styling.Unlock()
	if t.styled {
		return nil
	}
	c := t.in(ctx)
	depth := 0
	t.styled = true
	err := firstError(
		func() error { return proto.DOMEnable{}.Call(c) },
		func() error { return proto.CSSEnable{}.Call(c) },
		func() error { _, err := proto.DOMGetDocument{Depth: &depth}.Call(c); return err },
	)
	if err != nil {
		return fmt.Errorf("reading the style sheets: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.state.sheets {
		t.locate(h)
	}
	return nil
}

// unstyle takes style back.
func (t *Tab) unstyle(ctx context.Context) error {
	if !t.styled {
		return nil
	}
	t.styled = false
	c := t.in(ctx)
	return firstError(
		func() error { return proto.CSSDisable{}.Call(c) },
		func() error { return proto.DOMDisable{}.Call(c) },
	)
}

// locate finds the file that holds a sheet's text. A sheet that a script made
// or that does not stand in a file as the browser has it stays without one.
func (t *Tab) locate(h *sheetHeader) {
	if h.Origin != proto.CSSStyleSheetOriginRegular || h.IsConstructed || h.HasSourceURL {
		return
	}
	name, dir, ok := t.site.file(h.SourceURL)
	if !ok || dir || h.SourceURL == "" {
		return
	}
	text, err := t.site.text(name)
	if err != nil {
		return
	}
	src := &sheetSource{text: text, span: preview.Span{End: text.Len()}}
	if text.HasBOM() {
		src.span.Start = len("\ufeff")
	}
	if h.IsInline {
		src.start = preview.Position{Line: int(h.StartLine), Character: int(h.StartColumn)}
		src.span = preview.Span{Start: src.offset(0, 0)}
		end := strings.Index(strings.ToLower(text.String()[src.span.Start:]), "</style")
		if end < 0 {
			return
		}
		src.span.End = src.span.Start + end
	}
	h.file, h.source = name, src
}

// offset is the byte offset in the file of a place in the sheet, given as the
// browser counts: lines, and UTF-16 units without a byte order mark.
func (s *sheetSource) offset(line, column int) int {
	if line == 0 {
		column += s.start.Character
	}
	line += s.start.Line
	if line == 0 && s.text.HasBOM() {
		column++
	}
	return s.text.Offset(preview.Position{Line: line, Character: column})
}

// span is the stretch of the file that a range of the browser's stands for.
func (s *sheetSource) rangeSpan(r *proto.CSSSourceRange) preview.Span {
	return preview.Span{Start: s.offset(r.StartLine, r.StartColumn), End: s.offset(r.EndLine, r.EndColumn)}
}

// holds reports whether the file has text at span, line ends aside.
func (s *sheetSource) holds(span preview.Span, text string) bool {
	return span.Start <= span.End && normal(s.text.Slice(span)) == normal(text)
}

// normal has line ends as an HTML parser leaves them.
func normal(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// sheetOf is the header of the sheet with the given id, nil if unknown.
func (t *Tab) sheetOf(id proto.CSSStyleSheetID) *sheetHeader {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.state.sheets {
		if h.StyleSheetID == id {
			return h
		}
	}
	return nil
}
