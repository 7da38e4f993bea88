package rules

import (
	"strings"

	"relook/preview"
)

// What shows only while something has the focus or the pointer has a cause, and
// nothing else is known of it: the declaration at fault is rewritten in place.

// focus gives the ring back that shows where the focus is.
func focus(j *job) []wish {
	c := j.defect.Cause
	if c == nil || c.Property == "" {
		return nil
	}
	wishes := []wish{
		j.rewrite(0, "show the browser's ring where the focus is", c.Property+": revert"),
		j.rewrite(4, "show the browser's ring where the focus is", ""),
	}
	if c.Property == "outline" && strings.Contains(c.Selector, ":focus") {
		wishes = append(wishes, j.rewrite(2, "show a ring where the focus is", "outline: 2px solid currentColor; outline-offset: 2px"))
	}
	return some(wishes)
}

// hover keeps things as they are under the pointer.
func hover(j *job) []wish {
	c := j.defect.Cause
	if c == nil || c.Property == "" {
		return nil
	}
	_, value, _ := strings.Cut(strings.TrimRight(c.Text, "; \t\n"), ":")
	value = strings.TrimSpace(value)
	var wishes []wish
	switch way := j.word("way"); way {
	case "pale":
		return some(append(j.underPointer(c, value), j.rewrite(8, "leave the colour as it is", "")))
	case "vanishes":
		if to := map[string]string{"opacity": "1", "visibility": "visible"}[c.Property]; to != "" {
			wishes = append(wishes, j.rewrite(0, "let it be seen under the pointer", c.Property+": "+to))
		}
	case "jumps":
		wishes = append(wishes, j.stayPut(c.Property, value)...)
	}
	return some(append(wishes, j.rewrite(6, "leave it as it is under the pointer", "")))
}

// stayPut are ways to show the same without taking room.
func (j *job) stayPut(property, value string) []wish {
	fields := strings.Fields(value)
	switch {
	case property == "border" && len(fields) > 1:
		inside := "outline: " + value
		if px, ok := absolute(fields[0]); ok {
			inside += "; outline-offset: -" + trimmed(px) + "px"
		}
		return []wish{j.rewrite(0, "draw the line inside, where it takes no room", inside)}
	case property == "border-width" && len(fields) == 1:
		return []wish{j.rewrite(0, "draw the line inside, where it takes no room", "box-shadow: inset 0 0 0 "+value+" currentColor")}
	case property == "font-weight":
		return []wish{j.rewrite(0, "make the letters heavier where they take no room", "text-shadow: 0 0 0.65px currentColor")}
	case property == "margin-top" || property == "margin-left":
		move := map[string]string{"margin-top": "translateY", "margin-left": "translateX"}[property]
		return []wish{j.rewrite(0, "move it without moving what is around it", "transform: "+move+"("+value+")")}
	case (property == "top" || property == "left") && len(fields) == 1:
		move := map[string]string{"top": "translateY", "left": "translateX"}[property]
		return []wish{j.rewrite(0, "move it without moving what is around it", "transform: "+move+"("+value+")")}
	}
	return nil
}

// underPointer are colours in closed form.
func (j *job) underPointer(c *preview.Cause, value string) []wish {
	required := j.defect.Measure["required_ratio"]
	text, ok := parseColour(j.word("color"))
	behind, okBehind := parseColour(j.word("background"))
	if !ok || !okBehind || required < 1 || required > 21 {
		return nil
	}
	move, stay := text.Color, behind.Color
	if strings.HasPrefix(c.Property, "background") {
		move, stay = stay, move
	}
	to, ok := reach(move, stay, required*slack)
	if !ok {
		return nil
	}
	return []wish{j.rewrite(0, "make it "+shade(move, to)+" under the pointer", c.Property+": "+to.Hex())}
}

// rewrite puts text in the place of the declaration that is the cause; "" takes
// it out.
func (j *job) rewrite(rank int, why, to string) wish {
	c := j.defect.Cause
	src, ok := j.text(c.File)
	if !ok {
		return wish{}
	}
	span := src.Span(c.Range)
	old := src.Slice(span)
	if strings.HasSuffix(strings.TrimSpace(old), ";") && to != "" {
		to += ";"
	}
	if to == "" {
		span = alone(src.String(), span)
	}
	return wish{rank: rank, why: why, edits: []preview.Edit{{File: c.File, Span: span, NewText: to}}}
}

// alone widens the span of a declaration to its semicolon, and to its line where
// it has one to itself.
func alone(text string, span preview.Span) preview.Span {
	if span.End < len(text) && text[span.End] == ';' {
		span.End++
	}
	start, end := span.Start, span.End
	for start > 0 && (text[start-1] == ' ' || text[start-1] == '\t') {
		start--
	}
	for end < len(text) && (text[end] == ' ' || text[end] == '\t' || text[end] == '\r') {
		end++
	}
	if start > 0 && text[start-1] == '\n' && end < len(text) && text[end] == '\n' {
		return preview.Span{Start: start, End: end + 1}
	}
	return span
}

// some drops wishes that could not be worked out.
func some(wishes []wish) []wish {
	var list []wish
	for _, w := range wishes {
		if w.edits != nil {
			list = append(list, w)
		}
	}
	return list
}
