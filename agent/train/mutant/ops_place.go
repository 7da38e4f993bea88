package mutant

import (
	"math/rand/v2"
	"strings"

	"relook/agent/edit"
	"relook/preview"
	"relook/preview/diagnose"
)

// placeOperators put something where it does not belong.
var placeOperators = []Operator{
	{Name: "negative-margin", About: "a text or box is pulled up by 28 to 60 px", Rules: lying,
		sites: forRules(func(r rule) bool { return r.plain() && (r.text(12) || r.holds(20)) },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "margin-top", "-"+px(rnd, 28, 60, 4))
			})},
	{Name: "pulled-left", About: "an item is pulled to the left by 40 to 90 px", Rules: append([]string{diagnose.OutsideViewport}, lying...), HeldOut: true,
		sites: forRules(func(r rule) bool { return r.plain() && (r.text(6) || r.holds(6)) },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "margin-left", "-"+px(rnd, 40, 90, 10))
			})},
	{Name: "pushed-out", About: "a box is moved to the right by 60 to 180 px", Rules: append(layout[:len(layout):len(layout)], diagnose.CoveredControl), HeldOut: true,
		sites: forRules(func(r rule) bool { return r.plain() && r.holds(20) && !r.sets("position") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "position", "relative", "left", px(rnd, 60, 180, 20))
			})},
	{Name: "absolute", About: "something in the flow becomes absolutely positioned", Rules: lying,
		sites: forRules(func(r rule) bool { return r.plain() && (r.text(12) || r.holds(12)) && !r.sets("position") },
			func(s *source, r rule, _ *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "position", "absolute")
			})},
	{Name: "fixed-bar", About: "a bar at the top becomes fixed, or its place is not kept", Rules: append([]string{diagnose.StickyCovers}, lying...),
		sites: forRules(func(r rule) bool { return r.plain() && r.only("header", "nav") },
			func(s *source, r rule, _ *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "position", "fixed", "top", "0", "left", "0", "right", "0")
			})},
	{Name: "tall-bar", About: "a bar that stays gets a height of 45 to 60 % of the screen", Rules: []string{diagnose.StickyCovers},
		sites: forRules(func(r rule) bool { return r.value("position") == "sticky" && r.value("top") == "0" },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "min-height", strings.TrimSuffix(px(rnd, 45, 60, 5), "px")+"vh")
			})},
	{Name: "cover", About: "a decoration over the content takes the clicks", Rules: []string{diagnose.CoveredControl},
		sites: dropping("pointer-events", "none")},
	{Name: "above", About: "a decoration is lifted above the content", Rules: []string{diagnose.CoveredControl}, HeldOut: true,
		sites: forRules(func(r rule) bool { return r.value("position") == "absolute" && r.sets("inset") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "z-index", strings.TrimSuffix(px(rnd, 3, 9, 1), "px"))
			})},
	{Name: "no-stacking", About: "position: relative is dropped from what stands on a decoration", Rules: []string{diagnose.CoveredControl},
		sites: dropping("position", "relative")},
	{Name: "uneven-gap", About: "one of several like items gets another margin", Rules: []string{diagnose.UnevenGaps},
		sites: forRules(func(r rule) bool {
			return len(r.Media) == 0 && len(r.matches) >= 3 && !strings.Contains(r.Selector, ":") && !strings.Contains(r.Selector, ",")
		}, oddGap)},
	{Name: "small-target", About: "links and buttons lose their padding and line height", Rules: []string{diagnose.TapTarget},
		sites: forRules(func(r rule) bool { return len(r.Media) == 0 && r.only("a", "button") && r.sets("padding") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "padding", "0", "line-height", "1", "font-size", px(rnd, 12, 15, 1))
			})},
	{Name: "no-focus-ring", About: "the mark of the focus is taken away", Rules: []string{diagnose.FocusNotVisible}, HeldOut: true, Profile: preview.ProfileThorough,
		sites: forRules(func(r rule) bool { return strings.Contains(r.Selector, ":focus") && r.sets("outline") },
			func(s *source, r rule, _ *rand.Rand) ([]preview.Edit, error) { return set(s, r, "outline", "none") })},
}

// oddGap gives the second of several like items a margin of its own.
func oddGap(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
	file := r.Body.File
	text := s.texts[file]
	sheet, ok := edit.SheetOf(edit.Sheets(file, text), r.StyleRule)
	if !ok {
		return nil, edit.ErrNoChange
	}
	margin := px(rnd, 16, 34, 2)
	end := preview.Span{Start: r.Whole.End, End: r.Whole.End}
	side := []string{"margin-left", "margin-top", "margin-bottom"}[rnd.IntN(3)]
	if !sheet.Contains(end) {
		return nil, edit.ErrNoChange
	}
	return within(file, end, "\n  "+r.Selector+":nth-child(2) { "+side+": "+margin+"; }"), nil
}
