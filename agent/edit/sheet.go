package edit

import (
	"path"
	"strings"

	"golang.org/x/net/html"

	"relook/preview"
)

// Sheets returns the style sheets that stand in a file: all of it for CSS, the
// content of each <style> element for a page. A file that holds none gives nil.
func Sheets(name string, src preview.Text) []preview.Span {
	switch strings.ToLower(path.Ext(name)) {
	case ".css":
		return []preview.Span{{End: src.Len()}}
	case ".html", ".htm", ".xhtml", ".svg":
	default:
		return nil
	}
	var sheets []preview.Span
	tokens, at, open := html.NewTokenizer(strings.NewReader(src.String())), 0, false
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		start := at
		at += len(tokens.Raw())
		if kind == html.TextToken && open {
			sheets = append(sheets, preview.Span{Start: start, End: at})
		}
		name, _ := tokens.TagName()
		open = kind == html.StartTagToken && string(name) == "style"
	}
	return sheets
}

// SheetOf is the one of sheets, as Sheets gives them, that holds the rule; ok is
// false when none does.
func SheetOf(sheets []preview.Span, rule preview.StyleRule) (sheet preview.Span, ok bool) {
	for _, s := range sheets {
		if s.Contains(rule.Body.Span) {
			return s, true
		}
	}
	return preview.Span{}, false
}
