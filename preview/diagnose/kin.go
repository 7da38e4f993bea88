package diagnose

import (
	"slices"
	"strings"

	"relook/preview"
)

// One fault is told once, though checks see it from several sides: a text that
// runs out of its box lies on the next one, a row that is centred and too wide
// sticks out at both edges. It is one fault when one declaration makes it so.

// layoutRules are the rules of which one fault may show several.
var layoutRules = []string{
	SidewaysScroll, OutsideViewport, ClippedText, TextOverlap, CoveredControl, SpilledText, SiblingsCollide,
	ChildProtrudes, NarrowRange, LoneWrap, TextTooNarrow,
}

// kinSlack is by which part of a width a fault may go on where the one that stands
// for it has ended: the text sticks out of its box a little longer than the box out
// of the page.
const kinSlack = 0.1

// kindred leaves, of the layout faults that one declaration causes, the worst that
// shows wherever the others do. It names those.
func kindred(drafts []*draft) []*draft {
	order := slices.DeleteFunc(costliest(drafts, len(drafts)), func(d *draft) bool {
		return d.cause == nil || d.cause.Property == "" || d.ignored != nil || !slices.Contains(layoutRules, d.rule)
	})
	slices.SortStableFunc(order, func(a, b *draft) int { return a.severity().Rank() - b.severity().Rank() })
	told := map[*draft]bool{}
	for i, d := range order {
		for j, other := range order {
			if i == j || told[other] || other.severity().Rank() > d.severity().Rank() || !other.akin(d) || !other.covers(d) {
				continue
			}
			if j > i && other.severity() == d.severity() && d.covers(other) {
				continue // d is the worse of the two
			}
			told[d] = true
			other.also = append(other.also, append(d.also, d.rule)...)
			break
		}
	}
	return slices.DeleteFunc(drafts, func(d *draft) bool { return told[d] })
}

// akin reports whether one declaration causes both.
func (d *draft) akin(other *draft) bool {
	return d.cause.File == other.cause.File && d.cause.Range == other.cause.Range
}

// covers reports whether d shows wherever the other does.
func (d *draft) covers(other *draft) bool {
	if len(d.ranges) > 0 && len(other.ranges) > 0 {
		return !slices.ContainsFunc(other.ranges, func(r preview.WidthRange) bool {
			return !slices.ContainsFunc(d.ranges, func(own preview.WidthRange) bool {
				return float64(own.From)*(1-kinSlack) <= float64(r.From) && float64(r.To) <= float64(own.To)*(1+kinSlack)
			})
		})
	}
	return !slices.ContainsFunc(other.sightings, func(s sighting) bool {
		return !slices.ContainsFunc(d.sightings, func(own sighting) bool { return own.view == s.view })
	})
}

// gathered joins drafts of one rule about things that lie in each other: the page
// scrolls sideways because of a box at one width and of what is in it at another.
func gathered(drafts []*draft) []*draft {
	var out []*draft
	for _, d := range drafts {
		i := slices.IndexFunc(out, func(first *draft) bool { return first.sameAs(d) })
		if i < 0 {
			out = append(out, d)
			continue
		}
		out[i].join(d)
		if d.cause != nil && d.cause.Property != "" {
			out[i].cause = d.cause
		}
	}
	return out
}

// sameAs reports whether two drafts are one fault: of one rule, with one thing in
// the other, not with a cause of its own each, and where both show by the same
// measure.
func (d *draft) sameAs(other *draft) bool {
	if d.rule != other.rule || (d.ignored == nil) != (other.ignored == nil) {
		return false
	}
	if d.cause != nil && other.cause != nil && d.cause.Property != "" && other.cause.Property != "" {
		return false
	}
	var measure string
	switch d.rule {
	case SidewaysScroll:
		measure = "overflow_px"
	case CoveredControl:
	default:
		return false
	}
	if !slices.ContainsFunc(d.things(), func(a string) bool {
		return slices.ContainsFunc(other.things(), func(b string) bool { return holds(a, b) || holds(b, a) })
	}) {
		return false
	}
	for _, a := range d.sightings {
		for _, b := range other.sightings {
			if by := a.Measure[measure] - b.Measure[measure]; a.view == b.view && (by > 1 || by < -1) {
				return false
			}
		}
	}
	return true
}

// things are the XPaths of what makes the fault: of what is too wide, or of what
// lies on controls.
func (d *draft) things() []string {
	var list []string
	for _, s := range d.sightings {
		if d.rule != CoveredControl {
			list = append(list, s.Elements[0].XPath)
			continue
		}
		for _, o := range s.Others {
			if o.Role == "other" {
				list = append(list, o.XPath)
			}
		}
	}
	return list
}

// holds reports whether an element is or holds another, by their XPaths.
func holds(outer, inner string) bool {
	return inner == outer || strings.HasPrefix(inner, outer+"/")
}
