package rules

import (
	"fmt"
	"slices"
	"strconv"

	"relook/preview"
)

// meet lets queries meet that leave a few widths between them, or overlap: the
// layout of one side begins or ends where that of the other does.
func meet(j *job) []wish {
	if len(j.defect.Widths) == 0 {
		return nil
	}
	r := j.defect.Widths[0]
	var wishes []wish
	for _, name := range append(j.cssFiles(), j.page.Entry) {
		src, ok := j.text(name)
		if !ok {
			continue
		}
		var done []string
		for _, m := range breakpointPattern.FindAllStringSubmatch(src.String(), 200) {
			n, err := strconv.Atoi(m[2])
			if err != nil || slices.Contains(done, m[1]+m[2]) {
				continue
			}
			done = append(done, m[1]+m[2])
			to := 0
			switch {
			case m[1] == "max" && n == r.From-1:
				to = r.To
			case m[1] == "max" && n == r.To:
				to = r.From - 1
			case m[1] == "min" && n == r.To+1:
				to = r.From
			case m[1] == "min" && n == r.From:
				to = r.To + 1
			default:
				continue
			}
			wishes = append(wishes, wish{
				rank: len(wishes), edits: moveQuery(name, src.String(), m[1], n, to),
				why: fmt.Sprintf("let the queries meet: %s-width: %dpx in place of %dpx", m[1], to, n),
			})
		}
	}
	return wishes
}

// moveQuery changes one width in the queries of one direction.
func moveQuery(name, src, side string, from, to int) []preview.Edit {
	var edits []preview.Edit
	for _, rule := range mediaPattern.FindAllStringIndex(src, 500) {
		for _, m := range breakpointPattern.FindAllStringSubmatchIndex(src[rule[0]:rule[1]], 10) {
			width := preview.Span{Start: rule[0] + m[4], End: rule[0] + m[5]}
			if src[rule[0]+m[2]:rule[0]+m[3]] == side && src[width.Start:width.End] == strconv.Itoa(from) {
				edits = append(edits, preview.Edit{File: name, Span: width, NewText: strconv.Itoa(to)})
			}
		}
	}
	return edits
}
