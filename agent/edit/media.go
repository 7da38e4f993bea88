package edit

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"relook/preview"
	"relook/preview/stylesheet"
)

// AddMediaRule returns the edit that makes decls hold for the rule's selector
// where media, such as "(max-width: 767px)", matches. They go to the end of the
// last @media block with the same condition if the file has one behind the rule
// at the same level, into a rule for the same selector if that block has one;
// else into a new block right behind the rule. Either way they stand after the
// rule, and so win over it.
//
// sheet is the style sheet that holds the rule: the content of a <style> element
// or a whole file. A style attribute can't be given a media rule.
func AddMediaRule(src preview.Text, sheet preview.Span, rule preview.StyleRule, media string, decls []preview.Declaration) (preview.Edit, error) {
	if rule.Selector == "" {
		return preview.Edit{}, errors.New("a style attribute can't hold a media rule")
	}
	if err := checkMedia(media); err != nil {
		return preview.Edit{}, err
	}
	w, siblings, i, err := newWriter(src, sheet, rule, decls)
	if err != nil {
		return preview.Edit{}, err
	}
	w.media = media
	for j := len(siblings) - 1; j > i; j-- {
		if b := siblings[j]; b.Block && sameMedia(w.css[b.Start:b.PreludeEnd], media) {
			c, err := w.extend(b)
			return w.edit(c), err
		}
	}
	return w.edit(w.insert(w.block)), nil
}

// AddRule returns the edit that puts a rule for selector, with decls, behind
// another rule, written as that one is. selector must be a simple one, such as
// ".plans img". Sheet is as in AddMediaRule.
func AddRule(src preview.Text, sheet preview.Span, after preview.StyleRule, selector string, decls []preview.Declaration) (preview.Edit, error) {
	if len(selector) > MaxValueBytes || !plainPattern.MatchString(selector) {
		return preview.Edit{}, fmt.Errorf("%.80q is not a simple selector", selector)
	}
	w, _, _, err := newWriter(src, sheet, after, decls)
	if err != nil {
		return preview.Edit{}, err
	}
	w.head = selector
	return w.edit(w.insert(func(indent string, multiline bool) string {
		return strings.TrimPrefix(w.rule(indent, multiline), indent)
	})), nil
}

// newWriter finds rule in its sheet, among its siblings at index i.
func newWriter(src preview.Text, sheet preview.Span, rule preview.StyleRule, decls []preview.Declaration) (w *mediaWriter, siblings []stylesheet.Item, i int, err error) {
	if _, err := body(src, rule); err != nil {
		return nil, nil, 0, err
	}
	if err := checkSpan(src.String(), sheet); err != nil {
		return nil, nil, 0, fmt.Errorf("style sheet in %s: %w", rule.Body.File, err)
	}
	if rule.Selector == "" || !sheet.Contains(rule.Body.Span) {
		return nil, nil, 0, fmt.Errorf("rule %.80q is not in the style sheet that was named", rule.Selector)
	}
	if decls, err = checked(decls); err != nil {
		return nil, nil, 0, err
	}
	f := fragment{file: rule.Body.File, span: sheet, css: src.Slice(sheet)}
	siblings, i = find(f.css, 0, stylesheet.Scan(f.css), rule.Body.Start-sheet.Start)
	if i < 0 {
		return nil, nil, 0, fmt.Errorf("rule %.80q is not at its place in %s: the file has changed", rule.Selector, f.file)
	}
	own := siblings[i]
	w = &mediaWriter{fragment: f, own: own, decls: decls, style: f.style(src)}
	w.indent = indentAt(src.String(), sheet.Start+own.Start)
	w.head = spacePattern.ReplaceAllString(strings.TrimSpace(stripComments(w.css[own.Start:own.PreludeEnd])), " ")
	return w, siblings, i, nil
}

// find returns the items among which the block whose body begins at byte at
// stands, with offsets into css, and its index; -1 if there is none. base is
// where the items were scanned from.
func find(css string, base int, items []stylesheet.Item, at int) ([]stylesheet.Item, int) {
	for i := range items {
		items[i].Shift(base)
	}
	for i, it := range items {
		if !it.Block || at < it.BodyStart || at > it.BodyEnd {
			continue
		}
		if it.BodyStart == at {
			return items, i
		}
		return find(css, it.BodyStart, stylesheet.Scan(css[it.BodyStart:it.BodyEnd]), at)
	}
	return nil, -1
}

var (
	spacePattern    = regexp.MustCompile(`\s+`)
	queryPattern    = regexp.MustCompile(`\s*([:,()])\s*`)
	selectorPattern = regexp.MustCompile(`\s*([,>+~])\s*`)
	plainPattern    = regexp.MustCompile(`^[A-Za-z.#][A-Za-z0-9_.# >-]*$`)
	screenPattern   = regexp.MustCompile(`^(?:only )?(?:screen|all) and ?`)
)

// sameMedia reports whether prelude is an @media rule that holds on a screen
// when media does.
func sameMedia(prelude, media string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(prelude), "@media")
	return ok && foldMedia(rest) == foldMedia(media)
}

// foldMedia and foldSelector take out the white space that means nothing.
func foldMedia(s string) string {
	s = spacePattern.ReplaceAllString(strings.TrimSpace(strings.ToLower(s)), " ")
	return screenPattern.ReplaceAllString(queryPattern.ReplaceAllString(s, "$1"), "")
}

func foldSelector(s string) string {
	return selectorPattern.ReplaceAllString(spacePattern.ReplaceAllString(strings.TrimSpace(s), " "), "$1")
}

// A mediaWriter writes rules like one rule of a sheet.
type mediaWriter struct {
	fragment                 // the whole sheet
	own      stylesheet.Item // the rule
	head     string
	media    string
	decls    []preview.Declaration
	style    style
	indent   string // of the rule
}

// extend adds to an @media block that is there.
func (w *mediaWriter) extend(b stylesheet.Item) (change, error) {
	content := w.css[b.BodyStart:b.BodyEnd]
	items := stylesheet.Scan(content)
	for i := len(items) - 1; i >= 0; i-- {
		if it := items[i]; it.Block && foldSelector(content[it.Start:it.PreludeEnd]) == foldSelector(w.head) {
			return w.extendRule(b.BodyStart+it.BodyStart, content[it.BodyStart:it.BodyEnd])
		}
	}
	at := b.BodyStart
	indent := indentAt(w.css, b.Start) + w.style.unit
	if n := len(items); n > 0 {
		at = b.BodyStart + items[n-1].End
		at += commentOnLine(w.css[at:b.BodyEnd])
		indent = indentAt(w.css, b.BodyStart+items[n-1].Start)
	}
	if !strings.ContainsAny(content, "\r\n") {
		space := " "
		if w.compact() {
			space = ""
		}
		return change{at, at, space + w.rule("", false)}, nil
	}
	return change{at, at, w.style.eol + w.rule(indent, w.multiline())}, nil
}

// extendRule sets the declarations in a rule that is there; at is where its body
// begins.
func (w *mediaWriter) extendRule(at int, body string) (change, error) {
	changes, err := setAll(body, w.style, w.decls)
	if err != nil {
		return change{}, err
	}
	start, end := changes[0].start, changes[len(changes)-1].end
	after := applyAll(body, changes)
	return change{at + start, at + end, after[start : len(after)-(len(body)-end)]}, nil
}

// insert puts what write writes, its first line without indentation, behind the
// rule.
func (w *mediaWriter) insert(write func(indent string, multiline bool) string) change {
	at := w.own.End
	rest := w.css[at:]
	at += commentOnLine(rest)
	blank := strings.TrimLeft(w.css[at:], " \t")
	if !strings.ContainsAny(w.css, "\r\n") || blank != "" && leadingEOL(blank) == "" {
		space := spaceBefore(w.css[:w.own.Start])
		if space == "" && !w.compact() || strings.ContainsAny(space, "\r\n") {
			space = " "
		}
		return change{w.own.End, w.own.End, space + write("", false)}
	}
	gap := w.style.eol
	if eol := leadingEOL(blank); eol != "" && leadingEOL(strings.TrimLeft(blank[len(eol):], " \t")) != "" {
		gap += w.style.eol // the author parts rules by an empty line
	}
	return change{at, at, gap + w.indent + write(w.indent, w.multiline())}
}

// block writes the whole @media block, its first line without indentation.
func (w *mediaWriter) block(indent string, multiline bool) string {
	if w.compact() && !multiline {
		return "@media " + queryPattern.ReplaceAllString(w.media, "$1") + "{" + w.rule("", false) + "}"
	}
	if !multiline {
		return "@media " + w.media + " { " + w.rule("", false) + " }"
	}
	eol := w.style.eol
	return "@media " + w.media + " {" + eol + w.rule(indent+w.style.unit, true) + eol + indent + "}"
}

// rule writes the rule with its declarations.
func (w *mediaWriter) rule(indent string, multiline bool) string {
	var b strings.Builder
	brace := stripComments(w.css[w.own.PreludeEnd:w.own.BodyStart])
	if strings.ContainsAny(brace, "\r\n") {
		brace = w.style.eol + indent + "{"
	}
	b.WriteString(indent + w.head + brace)
	for i, d := range w.decls {
		switch {
		case multiline:
			b.WriteString(w.style.eol + indent + w.style.unit + d.Property + ": " + d.Value + important(d, " ") + ";")
		case w.compact():
			if i > 0 {
				b.WriteString(";")
			}
			b.WriteString(d.Property + ":" + d.Value + important(d, ""))
		default:
			b.WriteString(" " + d.Property + ": " + d.Value + important(d, " ") + ";")
		}
	}
	switch {
	case multiline:
		b.WriteString(w.style.eol + indent)
	case !w.compact():
		b.WriteString(" ")
	}
	b.WriteString("}")
	return b.String()
}

func stripComments(s string) string {
	var b strings.Builder
	for _, t := range stylesheet.Tokenize(s) {
		if text := s[t.Start:t.End]; !strings.HasPrefix(text, "/*") {
			b.WriteString(text)
		}
	}
	return b.String()
}

// multiline reports whether the author wrote the rule over several lines.
func (w *mediaWriter) multiline() bool {
	return strings.ContainsAny(w.css[w.own.BodyStart:w.own.BodyEnd], "\r\n")
}

// compact reports whether the author wrote the rule without any space.
func (w *mediaWriter) compact() bool {
	body := w.css[w.own.BodyStart:w.own.BodyEnd]
	return w.own.PreludeEnd+1 == w.own.BodyStart && !strings.ContainsAny(body[:min(1, len(body))], " \t\r\n")
}
