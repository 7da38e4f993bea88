package suite

import (
	"context"
	"fmt"

	"relook/preview"
)

// unseenViews are widths at which no refinement looks: a repair that only suits
// the widths that it was judged at shows here.
var unseenViews = []preview.View{{Width: 320, Height: 844}, {Width: 600, Height: 900}, {Width: 1600, Height: 900}}

// A Sight is a page as a judge sees it that has no part in the work: at the usual
// views, and at those that no refinement looks at.
type Sight struct{ Usual, Unseen *preview.Rendering }

// Look takes a sight of a page.
func Look(ctx context.Context, r preview.Renderer, p preview.Page) (Sight, error) {
	usual, err := r.Render(ctx, p, preview.RenderOptions{NoCauses: true})
	if err != nil {
		return Sight{}, err
	}
	unseen, err := r.Render(ctx, p, preview.RenderOptions{NoCauses: true, Views: unseenViews})
	return Sight{usual, unseen}, err
}

// Worse says in what a page is worse than before, "" for nothing. It asks nothing
// of the gate.
func Worse(before, after Sight) string {
	for _, pair := range [][2]*preview.Rendering{{before.Usual, after.Usual}, {before.Unseen, after.Unseen}} {
		was, is := pair[0], pair[1]
		switch {
		case !was.Diagnosis.Valid:
			continue
		case !is.Diagnosis.Valid:
			return "it no longer renders"
		}
		for i, inv := range was.Inventories {
			if lost := missing(inv, is.Inventories[i]); lost != "" {
				return fmt.Sprintf("lost at %s: %.60s", inv.View, lost)
			}
		}
		if more := moreErrors(was.Diagnosis, is.Diagnosis); more != "" {
			return "new: " + more
		}
		if is.Diagnosis.Cost() > was.Diagnosis.Cost()+0.05 {
			return fmt.Sprintf("costs %.1f instead of %.1f", is.Diagnosis.Cost(), was.Diagnosis.Cost())
		}
	}
	return ""
}

// moreErrors names a rule that has more elements at fault at a view than before.
// Elements are counted, not compared: a rewrite may move them all.
func moreErrors(was, is preview.Diagnosis) string {
	count := func(d preview.Diagnosis) map[string]int {
		at := map[string]int{}
		for _, f := range d.Defects {
			if f.Severity != preview.SeverityError {
				continue
			}
			for _, v := range f.Views {
				n := 0
				for _, e := range f.Elements {
					if e.View == v {
						n++
					}
				}
				at[f.Rule+" at "+v] += max(1, n)
			}
		}
		return at
	}
	before, after := count(was), count(is)
	for _, k := range Names(after) {
		if after[k] > before[k] {
			return k
		}
	}
	return ""
}

// missing names a text that can't be seen or a control that can't be used any
// more, "" for none.
func missing(a, b preview.Inventory) string {
	have := map[string]int{}
	for _, i := range b.Items {
		if reachable(i) {
			have[string(i.Kind)+i.Name]++
		}
	}
	for _, i := range a.Items {
		if !reachable(i) {
			continue
		}
		k := string(i.Kind) + i.Name
		if have[k]--; have[k] < 0 {
			return i.Name
		}
	}
	return ""
}

func reachable(i preview.Item) bool {
	return i.Kind == preview.ItemText && i.Visible || i.Kind == preview.ItemControl && i.Hittable
}
