package server

import (
	"path"
	"slices"
	"strings"

	"relook/preview"
)

// ignore is the edit that has a defect ignored: a comment before the declaration
// or the element at which it is shown, which changes nothing that is painted. nil
// where that can't be told: in scripts a comment may fall into a string.
func (w *placer) ignore(rule, file string, at preview.Span) *preview.Edit {
	text := w.text(file)
	if text == nil {
		return nil
	}
	start, form, ok := w.ignoring(rule, file, at)
	if !ok {
		return nil
	}
	src := text.String()
	indent := src[strings.LastIndexAny(src[:start], "\r\n")+1 : start]
	alone := strings.TrimSpace(indent) == ""
	if head := strings.ToLower(src[:start]); form[0] == '<' && (strings.Contains(head, "<pre") || !alone) {
		return &preview.Edit{File: file, Span: preview.Span{Start: start, End: start}, NewText: form}
	}
	end := " "
	if alone {
		end = "\n" + indent
		if strings.Contains(src, "\r\n") {
			end = "\r" + end
		}
	}
	return &preview.Edit{File: file, Span: preview.Span{Start: start, End: start}, NewText: form + end}
}

// ignoring is where a comment goes, and the comment.
func (w *placer) ignoring(rule, file string, at preview.Span) (start int, form string, ok bool) {
	css := "/* relook-ignore " + rule + " */"
	if file != w.p.entry {
		return at.Start, css, strings.EqualFold(path.Ext(file), ".css")
	}
	w.element("/html[1]") // parses the page
	within := func(list []preview.Span) bool {
		return slices.ContainsFunc(list, func(span preview.Span) bool { return span.Contains(at) })
	}
	switch {
	case within(w.tags.Styles()):
		return at.Start, css, true
	case within(w.tags.Scripts()):
		return 0, "", false
	}
	tag, ok := w.tag(at)
	return tag.Start, "<!-- relook-ignore " + rule + " -->", ok
}

// tag is the start tag of the page that begins or lies at a place.
func (w *placer) tag(at preview.Span) (preview.Span, bool) {
	if tag, ok := w.tags.Next(at.Start); ok && tag.Start == at.Start {
		return tag, true
	}
	if xpath, _, _, ok := w.tags.AttrAt(at); ok {
		return w.tags.StartTag(xpath)
	}
	return preview.Span{}, false
}
