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

// failing reads the widths off the views. ok is false when good views lie
// between bad ones, or none is bad.
func (j *job) failing() (f failing, ok bool) {
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

// queries are the media queries that hold where the defect shows and, as far as
// the views tell, nowhere else; none when it shows everywhere.
func (j *job) queries(src string) []string {
	f, ok := j.failing()
	if !ok {
		return nil
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
		return []string{below}
	case f.goodBelow > 0:
		return []string{above}
	}
	return nil
}

var breakpointPattern = regexp.MustCompile(`\(\s*(max|min)-width\s*:\s*(\d{2,4})px\s*\)`)

// upTo chooses the width at which a range that begins with from ends before to:
// the file's own breakpoint, else a usual one with some room, else from itself.
func upTo(src string, from, to int) int {
	best := 0
	for _, m := range breakpointPattern.FindAllStringSubmatch(src, 200) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			continue
		}
		if m[1] == "min" {
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
		for _, m := range breakpointPattern.FindAllStringSubmatch(src.String(), 200) {
			n, err := strconv.Atoi(m[2])
			if err != nil || slices.Contains(done, n) {
				continue
			}
			done = append(done, n)
			// Up to n the good layout holds, from n+1 (max) or n (min) the bad.
			if min := m[1] == "min"; n < f.goodBelow || n > f.least || n == f.goodBelow && min || n == f.least && !min {
				continue
			}
			to := upTo("", f.most, cmp.Or(f.goodOver, f.most*2))
			if m[1] == "min" {
				to++
			}
			edits := moveBreakpoint(name, src.String(), n, to)
			wishes = append(wishes, wish{
				rank: -causeBonus - 20, edits: edits,
				why: fmt.Sprintf("keep the narrow layout up to %d px in place of %d px", to, n),
			})
		}
	}
	return wishes
}

// moveBreakpoint changes one width in all @media rules of a file.
func moveBreakpoint(name, src string, from, to int) []preview.Edit {
	var edits []preview.Edit
	for _, rule := range mediaPattern.FindAllStringIndex(src, 500) {
		for _, m := range breakpointPattern.FindAllStringSubmatchIndex(src[rule[0]:rule[1]], 10) {
			span := preview.Span{Start: rule[0] + m[4], End: rule[0] + m[5]}
			if src[span.Start:span.End] == strconv.Itoa(from) {
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
