package edit

import (
	"strings"

	"relook/preview"
	"relook/preview/stylesheet"
)

// maxNesting bounds how deep rules within rules are followed.
const maxNesting = 16

// Rules are the style rules of a file, in order: those of a style sheet, or of
// all <style> elements of a page. It reads the text alone, so no declaration is
// said to win and selectors stand as they are written. Rules nested in other
// style rules are left out, as is what stands in @keyframes and the like.
func Rules(name string, src preview.Text) []preview.StyleRule {
	var rules []preview.StyleRule
	for _, sheet := range Sheets(name, src) {
		rules = append(rules, rulesIn(name, src.Slice(sheet), sheet.Start, nil)...)
	}
	return rules
}

// Groups are the whole @media rules at the top of a file's sheets, each from its
// at sign to its closing brace.
func Groups(name string, src preview.Text) []preview.Span {
	var groups []preview.Span
	for _, sheet := range Sheets(name, src) {
		css := src.Slice(sheet)
		for _, it := range stylesheet.Scan(css) {
			if it.Block && strings.HasPrefix(strings.ToLower(css[it.Start:it.PreludeEnd]), "@media") {
				groups = append(groups, preview.Span{Start: sheet.Start + it.Start, End: sheet.Start + it.End})
			}
		}
	}
	return groups
}

// rulesIn reads css, which begins at byte base of the file.
func rulesIn(name, css string, base int, media []string) []preview.StyleRule {
	if len(media) > maxNesting {
		return nil
	}
	span := func(start, end int) preview.SourceSpan {
		return preview.SourceSpan{File: name, Span: preview.Span{Start: base + start, End: base + end}}
	}
	var rules []preview.StyleRule
	for _, it := range stylesheet.Scan(css) {
		if !it.Block {
			continue
		}
		prelude := strings.TrimSpace(css[it.Start:it.PreludeEnd])
		body := css[it.BodyStart:it.BodyEnd]
		switch lower := strings.ToLower(prelude); {
		case strings.HasPrefix(lower, "@media"), strings.HasPrefix(lower, "@supports"), strings.HasPrefix(lower, "@layer"):
			within := media
			if condition, ok := strings.CutPrefix(lower, "@media"); ok {
				within = append(within[:len(within):len(within)], strings.TrimSpace(condition))
			}
			rules = append(rules, rulesIn(name, body, base+it.BodyStart, within)...)
		case strings.HasPrefix(prelude, "@"):
		default:
			rules = append(rules, preview.StyleRule{
				Selector: prelude, Media: media,
				Whole: span(it.Start, it.End), Body: span(it.BodyStart, it.BodyEnd),
				Decls: declarations(body, base+it.BodyStart),
			})
		}
	}
	return rules
}

// declarations reads a rule's body, which begins at byte base of the file.
func declarations(body string, base int) []preview.Declaration {
	var decls []preview.Declaration
	for _, it := range stylesheet.Scan(body) {
		if it.Property != "" {
			decls = append(decls, preview.Declaration{
				Property: it.Property, Value: body[it.ValueStart:it.ValueEnd], Important: it.Important,
				Span: preview.Span{Start: base + it.Start, End: base + it.End},
			})
		}
	}
	return decls
}
