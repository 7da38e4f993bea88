package rules

import (
	"fmt"
	"slices"
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
		var done []breakpoint
		for _, b := range breakpoints(src.String()) {
			n := b.px
			if slices.Contains(done, b) {
				continue
			}
			done = append(done, b)
			to := 0
			switch {
			case b.side == "max" && n == r.From-1:
				to = r.To
			case b.side == "max" && n == r.To:
				to = r.From - 1
			case b.side == "min" && n == r.To+1:
				to = r.From
			case b.side == "min" && n == r.From:
				to = r.To + 1
			default:
				continue
			}
			wishes = append(wishes, wish{
				rank: len(wishes), edits: moveBreakpoint(name, src.String(), b.side, n, to),
				why: fmt.Sprintf("let the queries meet: %s-width: %dpx in place of %dpx", b.side, to, n),
			})
		}
	}
	return wishes
}
