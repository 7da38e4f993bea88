package model

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
)

// scoped is the same change made only where the defect shows: under a max-width
// query, when the page is fine at greater widths. The zero Candidate means that
// there is none.
func (s *session) scoped(a answer, plain agent.Candidate) agent.Candidate {
	f, rule := s.digest.defects[a.D-1], s.digest.rules[a.R-1]
	failing, fine := widths(f.Defect, s.task.Views)
	if failing == 0 || fine == 0 || rule.Selector == "" || len(rule.Media) > 0 {
		return agent.Candidate{}
	}
	src, err := s.source(rule.Body.File)
	if err != nil {
		return agent.Candidate{}
	}
	sheet, ok := edit.SheetOf(edit.Sheets(rule.Body.File, src), rule)
	if !ok {
		return agent.Candidate{}
	}
	width := breakpoint(src.String(), failing, fine)
	e, err := edit.AddMediaRule(src, sheet, rule, fmt.Sprintf("(max-width: %dpx)", width),
		[]preview.Declaration{{Property: a.P, Value: a.V}})
	if err != nil {
		s.policy.cfg.Log.Debug("no scoped edit", "rule", rule.Selector, "because", err)
		return agent.Candidate{}
	}
	return agent.Candidate{
		Edits:   []preview.Edit{e},
		Targets: plain.Targets,
		Why:     fmt.Sprintf("%s up to %d px wide", plain.Why, width),
	}
}

// widths returns the greatest width at which the defect shows and the least
// width beyond it at which it doesn't; 0 for none, or when it doesn't show at
// all narrower views alike.
func widths(f preview.Defect, views []preview.View) (failing, fine int) {
	sorted := slices.Clone(views)
	slices.SortFunc(sorted, func(a, b preview.View) int { return cmp.Compare(a.Width, b.Width) })
	// Where the widths were searched their end is exact.
	if n := len(f.Widths); n > 0 && len(sorted) > 0 {
		if last := f.Widths[n-1].To; last < sorted[len(sorted)-1].Width {
			return last, last + 1
		}
		return 0, 0
	}
	for _, v := range sorted {
		shows := slices.Contains(f.Views, v.Name())
		switch {
		case shows && fine > 0:
			return 0, 0
		case shows:
			failing = v.Width
		case failing > 0 && fine == 0 && v.Width > failing:
			fine = v.Width
		}
	}
	return failing, fine
}

var maxWidthQuery = regexp.MustCompile(`@media[^{}]{0,200}\(max-width:\s*(\d{2,4})px\)`)

// breakpoint prefers a width that the file itself breaks at.
func breakpoint(src string, failing, fine int) int {
	best := 0
	for _, m := range maxWidthQuery.FindAllStringSubmatch(src, 100) {
		n, err := strconv.Atoi(m[1])
		if err == nil && n >= failing && n < fine && (best == 0 || n < best) {
			best = n
		}
	}
	return cmp.Or(best, failing)
}
