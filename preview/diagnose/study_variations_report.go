package diagnose

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"relook/preview"
	"relook/preview/markup"
)

// lost finds the texts and controls that could be seen in one reading and can't
// in a later one, for one of the reasons.
func (v *varier) lost(ctx context.Context, before, after reading, reasons ...string) ([]finding, error) {
	there, seen, was := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, it := range after.Inventory.Items {
		if it.Visible && written(it) {
			there[string(it.Kind)+it.Name] = true
			seen[string(it.Kind)+it.XPath] = true
		}
	}
	gone, appeared := []string{}, []string{}
	for _, it := range before.Inventory.Items {
		if it.Visible && written(it) {
			was[string(it.Kind)+it.XPath] = true
			if !seen[string(it.Kind)+it.XPath] && !there[string(it.Kind)+it.Name] && !slices.Contains(gone, it.XPath) {
				gone = append(gone, it.XPath)
			}
		}
	}
	for _, it := range after.Inventory.Items {
		if it.Visible && written(it) && !was[string(it.Kind)+it.XPath] {
			appeared = append(appeared, it.XPath)
		}
	}
	if len(gone) == 0 {
		return nil, nil
	}
	var found []finding
	arg := map[string]any{"entry": "lost", "limits": v.site.scriptLimits(), "paths": gone, "appeared": appeared}
	if err := call(ctx, v.copy, arg, &found); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(f finding) bool { return !slices.Contains(reasons, f.Words["reason"]) }), nil
}

// written says that an item is a control or a text with a word in it: signs and
// icons come and go.
func written(it preview.Item) bool {
	if it.Kind != preview.ItemText {
		return it.Kind == preview.ItemControl
	}
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, it.Name)
	return len(letters) > 1
}

// worst keeps the costliest findings, and of what makes the page scroll sideways
// the one that makes it most.
func (v *varier) worst(list []finding, view, most int) []finding {
	type judged struct {
		finding
		cost float64
	}
	var out []judged
	for _, f := range list {
		if verdict, ok := innerCheck(f.Rule).judge(f, v.site, view); ok {
			out = append(out, judged{f, cost(verdict)})
		}
	}
	slices.SortStableFunc(out, func(a, b judged) int {
		return cmp.Or(-cmp.Compare(a.cost, b.cost), strings.Compare(findingKey(a.finding), findingKey(b.finding)))
	})
	var kept []finding
	wide := false
	for _, j := range out {
		if len(kept) < most && !(wide && j.Rule == SidewaysScroll) {
			kept = append(kept, j.finding)
			wide = wide || j.Rule == SidewaysScroll
		}
	}
	return kept
}

// report adds findings as those of a variation, each with its cause, which can
// be tried only now.
func (v *varier) report(ctx context.Context, view int, as variation, found []finding) error {
	found = v.worst(found, view, mostVaried)
	if len(found) == 0 {
		return nil
	}
	if err := v.explain(ctx, view, found); err != nil {
		return err
	}
	if err := v.locate(ctx, view, found); err != nil {
		return err
	}
	for _, f := range found {
		f.Words["of"], f.Group, f.Rule = f.Rule, findingKey(f), as.id
		v.site.readings[view].Findings = append(v.site.readings[view].Findings, f)
	}
	return nil
}

// explain finds the causes in the copy as it is varied.
func (v *varier) explain(ctx context.Context, view int, found []finding) error {
	s := v.site
	if !s.options.Causes && !s.options.Evidence {
		return nil
	}
	if src, err := s.page.Source(); err == nil && s.markup == nil {
		s.markup = markup.Parse(src)
	}
	var drafts []*draft
	for _, f := range found {
		verdict, _ := innerCheck(f.Rule).judge(f, s, view)
		drafts = append(drafts, &draft{rule: f.Rule, check: innerCheck(f.Rule), site: s, sightings: []sighting{{view, f, verdict}}})
	}
	w := s.witness(v.copy)
	chosen, err := w.question(ctx, drafts)
	if err != nil {
		return err
	}
	for i, d := range drafts {
		found[i].settled = &settled{d.subjects, s.causeOf(d, chosen[d])}
	}
	return nil
}

// locate puts each element where it is in the view, unvaried: that is what
// pictures show.
func (v *varier) locate(ctx context.Context, view int, found []finding) error {
	paths := []string{}
	for _, f := range found {
		for _, e := range f.Elements {
			paths = append(paths, e.XPath)
		}
	}
	var all []*description
	arg := map[string]any{"entry": "subjects", "paths": paths, "properties": []string{}}
	if err := call(ctx, v.site.tabs[view], arg, &all); err != nil {
		return err
	}
	for _, f := range found {
		for i := range f.Elements {
			if d := all[0]; d != nil {
				f.Elements[i].Box = d.Box
			}
			all = all[1:]
		}
	}
	return nil
}
