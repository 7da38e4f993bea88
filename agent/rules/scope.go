package rules

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"relook/preview"
)

// usual are the widths at which pages commonly break, for a file that has none
// of its own.
var usual = []int{480, 600, 767, 900, 1023, 1199}

// failing is the span of view widths in which the defect shows, with the nearest widths at
// which it does not; 0 where there is none.
type failing struct {
	least, most         int
	goodBelow, goodOver int
}

// failing is read off the widths that were searched, else off the views. ok is
// false when good widths lie between bad ones, or none is bad.
func (j *job) failing() (f failing, ok bool) {
	if ranges := j.defect.Widths; len(ranges) > 0 {
		return between(ranges[0], leastSearched, mostSearched), len(ranges) == 1
	}
	views := slices.Clone(j.views)
	slices.SortStableFunc(views, func(a, b preview.View) int { return cmp.Compare(a.Width, b.Width) })
	for _, v := range views {
		bad := slices.Contains(j.defect.Views, v.Name())
		switch {
		case bad && f.goodOver > 0:
			return f, false
		case bad && f.least == 0:
			f.least, f.most = v.Width, v.Width
		case bad:
			f.most = v.Width
		case f.least == 0:
			f.goodBelow = v.Width
		case v.Width > f.most && f.goodOver == 0:
			f.goodOver = v.Width
		}
	}
	// The same width may be good in one view and bad in another (dark, print).
	return f, f.least > 0 && f.goodBelow < f.least
}

// Searches of the widths go so far, in px: a range that ends there may go on.
const (
	leastSearched = 320
	mostSearched  = 1440
)

func between(r preview.WidthRange, least, most int) failing {
	f := failing{least: r.From, most: r.To}
	if r.From > least {
		f.goodBelow = r.From - 1
	}
	if r.To < most {
		f.goodOver = r.To + 1
	}
	return f
}

// queries are the media queries that hold where the defect shows and, as far as
// is known, nowhere else; none when it shows everywhere. The file's own
// breakpoint comes before the exact range: it moves more, and reads better.
func (j *job) queries(src string) []string {
	f, ok := j.failing()
	if !ok {
		return nil
	}
	if len(j.defect.Widths) > 0 {
		return exactly(src, f)
	}
	below := fmt.Sprintf("(max-width: %dpx)", upTo(src, f.most, f.goodOver))
	above := fmt.Sprintf("(min-width: %dpx)", f.least)
	if f.goodBelow > 0 {
		above = fmt.Sprintf("(min-width: %dpx)", upTo(src, f.goodBelow, f.least)+1)
	}
	switch {
	case f.goodBelow > 0 && f.goodOver > 0:
		return []string{below, above + " and " + below}
	case f.goodOver > 0:
		return slices.Compact([]string{below, fmt.Sprintf("(max-width: %dpx)", f.most+nextTo(f.most))})
	case f.goodBelow > 0:
		return slices.Compact([]string{above, fmt.Sprintf("(min-width: %dpx)", f.least-nextTo(f.least))})
	}
	return nil
}

// nextTo is how many px beyond a view a range is taken to go on that was not
// searched.
func nextTo(width int) int { return width / 16 }

// ownReach is how far beyond a range, as a part of its end, the file's own
// breakpoint may lie.
const ownReach = 0.2

// exactly are the queries for a range that was searched.
func exactly(src string, f failing) []string {
	most := fmt.Sprintf("(max-width: %dpx)", f.most)
	var queries []string
	switch own := upTo(src, f.most, f.most+int(ownReach*float64(f.most))); {
	case f.goodBelow > 0 && f.goodOver > 0:
		least := fmt.Sprintf("(min-width: %dpx)", f.least)
		if own > f.most && own < f.most+int(ownReach*float64(f.most)) {
			queries = append(queries, fmt.Sprintf("(max-width: %dpx)", own))
		}
		queries = append(queries, least+" and "+most)
	case f.goodOver > 0:
		if own > f.most {
			queries = append(queries, fmt.Sprintf("(max-width: %dpx)", own))
		}
		queries = append(queries, most)
	case f.goodBelow > 0:
		if n := ownFrom(src, f.least); n > 0 {
			queries = append(queries, fmt.Sprintf("(min-width: %dpx)", n))
		}
		queries = append(queries, fmt.Sprintf("(min-width: %dpx)", f.least))
	}
	return slices.Compact(queries)
}

// ownFrom is the file's own breakpoint from which on a range may begin a little
// before least; 0 for none.
func ownFrom(src string, least int) int {
	best := 0
	for _, b := range breakpoints(src) {
		n := b.px
		if b.side == "max" {
			n++
		}
		if n < least && n >= least-int(ownReach*float64(least)) && n > best {
			best = n
		}
	}
	return best
}

var breakpointPattern = regexp.MustCompile(`\(\s*(max|min)-width\s*:\s*(\d{2,4})px\s*\)`)

// A breakpoint is a width that a query of a file names.
type breakpoint struct {
	side string // "min" or "max"
	px   int
}

// breakpoints are those of a file, in order.
func breakpoints(src string) []breakpoint {
	var list []breakpoint
	for _, m := range breakpointPattern.FindAllStringSubmatch(src, 200) {
		if n, err := strconv.Atoi(m[2]); err == nil {
			list = append(list, breakpoint{m[1], n})
		}
	}
	return list
}

// upTo chooses the width at which a range that begins with from ends before to:
// the file's own breakpoint, else a usual one with some room, else from itself.
func upTo(src string, from, to int) int {
	best := 0
	for _, b := range breakpoints(src) {
		n := b.px
		if b.side == "min" {
			n--
		}
		if n >= from && n < to && (best == 0 || n < best) {
			best = n
		}
	}
	if best > 0 {
		return best
	}
	for _, n := range usual {
		if n >= from+from/10 && n < to {
			return n
		}
	}
	return from
}

var mediaPattern = regexp.MustCompile(`@media[^{};]*`)

// shift proposes to move a breakpoint of the sheets: when the page is fine at a
// narrower view, the narrow layout may simply begin too late.
func (j *job) shift() []wish {
	f, ok := j.failing()
	if !ok || f.goodBelow == 0 {
		return nil
	}
	var wishes []wish
	for _, name := range j.sheetFiles() {
		src, ok := j.text(name)
		if !ok {
			continue
		}
		var done []int
		for _, b := range breakpoints(src.String()) {
			n := b.px
			if slices.Contains(done, n) {
				continue
			}
			done = append(done, n)
			// Up to n the good layout holds, from n+1 (max) or n (min) the bad.
			if min := b.side == "min"; n < f.goodBelow || n > f.least || n == f.goodBelow && min || n == f.least && !min {
				continue
			}
			to := upTo("", f.most, cmp.Or(f.goodOver, f.most*2))
			if b.side == "min" {
				to++
			}
			edits := moveBreakpoint(name, src.String(), "", n, to)
			wishes = append(wishes, wish{
				rank: -causeBonus - 20, edits: edits,
				why: fmt.Sprintf("keep the narrow layout up to %d px in place of %d px", to, n),
			})
		}
	}
	return wishes
}

// moveBreakpoint changes one width in all @media rules of a file; in the queries of
// one side only, if side is not "".
func moveBreakpoint(name, src, side string, from, to int) []preview.Edit {
	var edits []preview.Edit
	for _, rule := range mediaPattern.FindAllStringIndex(src, 500) {
		for _, m := range breakpointPattern.FindAllStringSubmatchIndex(src[rule[0]:rule[1]], 10) {
			span := preview.Span{Start: rule[0] + m[4], End: rule[0] + m[5]}
			if (side == "" || src[rule[0]+m[2]:rule[0]+m[3]] == side) && src[span.Start:span.End] == strconv.Itoa(from) {
				edits = append(edits, preview.Edit{File: name, Span: span, NewText: strconv.Itoa(to)})
			}
		}
	}
	return edits
}

// sheetFiles are the files that hold rules of the defect's subjects.
func (j *job) sheetFiles() []string {
	var names []string
	for _, s := range j.subjects("element", "child", "other", "parent") {
		for _, r := range s.Rules {
			if name := r.Body.File; name != "" && r.Selector != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
