package server

import (
	"path"
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
	start, form := at.Start, "/* relook-ignore "+rule+" */"
	if file == w.p.entry {
		w.element("/html[1]") // parses the page
		within := func(list []preview.Span) bool {
			for _, span := range list {
				if span.Contains(at) {
					return true
				}
			}
			return false
		}
		switch {
		case within(w.tags.Styles()):
		case within(w.tags.Scripts()):
			return nil
		default:
			tag, ok := w.tag(at)
			if !ok {
				return nil
			}
			start, form = tag.Start, "<!-- relook-ignore "+rule+" -->"
		}
	} else if !strings.EqualFold(path.Ext(file), ".css") {
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
