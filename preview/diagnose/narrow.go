package diagnose

import (
	"context"
	"maps"
	"slices"
	"strings"

	"relook/preview"
)

// maxNarrow is how many narrow ranges are compared with what is around them.
const maxNarrow = 4

// A part is how one element is laid out.
type part struct {
	Path    string `json:"path"`
	Parent  string `json:"parent"`
	Display string `json:"display"`
	Before  string `json:"before"` // the element before it, "" for none
	Lies    string `json:"lies"`   // where it lies to that one
}

// A shape is a layout: its parts by path.
type shape map[string]part

func (w *widthSearch) shapeOf(ctx context.Context, tab Tab) (shape, error) {
	var parts []part
	if err := call(ctx, tab, map[string]any{"entry": "shape", "limits": w.scriptLimits()}, &parts); err != nil {
		return nil, err
	}
	out := shape{}
	for _, p := range parts {
		out[p.Path] = p
	}
	return out, nil
}

func (w *widthSearch) shapeAt(ctx context.Context, width int) (shape, error) {
	if err := w.resize(ctx, width); err != nil {
		return nil, err
	}
	return w.shapeOf(ctx, w.copy)
}

// findNarrow finds layouts that are only there between two breakpoints that lie
// close together. It returns their ranges by key.
func (w *widthSearch) findNarrow(ctx context.Context) (map[string]preview.WidthRange, error) {
	out := map[string]preview.WidthRange{}
	ends := w.ends()
	compared := 0
	for i := 1; i < len(ends) && compared < maxNarrow; i++ {
		r := preview.WidthRange{From: ends[i-1] + 1, To: ends[i]}
		if r.To-r.From >= narrowMost || w.options.Rules[NarrowRange].Off {
			continue
		}
		compared++
		f, err := w.compareAround(ctx, r)
		if err != nil {
			return nil, err
		}
		if f != nil {
			out[findingKey(*f)] = r
			w.found[r.From][findingKey(*f)] = *f
			w.sweep.seen[r.From][findingKey(*f)] = trait{holds: true, size: f.Measure["count"]}
		}
	}
	return out, nil
}

// ends are the last widths before each breakpoint, those of containers included.
func (w *widthSearch) ends() []int {
	var ends []int
	all := w.bounds()
	for _, b := range w.page.Breakpoints {
		if b.Last >= all.From && b.Last < all.To && w.sweep.seen[b.Last+1] != nil {
			ends = append(ends, b.Last)
		}
	}
	for key, ranges := range w.sweep.ranges() {
		for _, r := range ranges {
			if strings.HasPrefix(key, "? ") && r.To < all.To {
				ends = append(ends, r.To)
			}
			if strings.HasPrefix(key, "? ") && r.From > all.From {
				ends = append(ends, r.From-1)
			}
		}
	}
	slices.Sort(ends)
	return slices.Compact(ends)
}

// compareAround compares the layout in a range with those on both sides of it;
// nil when it is like one of them.
func (w *widthSearch) compareAround(ctx context.Context, r preview.WidthRange) (*finding, error) {
	var shapes [3]shape
	for i, width := range []int{r.From - 1, r.From, r.To + 1} {
		var err error
		if shapes[i], err = w.shapeAt(ctx, width); err != nil {
			return nil, err
		}
	}
	how, swap, paths := unlike(shapes[0], shapes[1], shapes[2])
	if len(paths) == 0 {
		return nil, nil
	}
	// What is missing can be named where it is shown only.
	if how == narrowMissing {
		if err := w.resize(ctx, r.From-1); err != nil {
			return nil, err
		}
	}
	f, err := w.narrowFinding(ctx, how, paths, r)
	if f != nil {
		if swap {
			f.Words["swap"] = "yes"
		}
		w.middles[findingKey(*f)] = shapes[1]
	}
	return f, err
}

// stillNarrow reports whether a tab in a narrow range shows what the copy showed
// there: a page whose scripts got lost in being resized may not.
func (w *widthSearch) stillNarrow(ctx context.Context, tab Tab, f finding) (bool, error) {
	fresh, err := w.shapeOf(ctx, tab)
	if err != nil {
		return false, err
	}
	for _, e := range f.Elements {
		if fresh[e.XPath] != w.middles[findingKey(f)][e.XPath] {
			return false, nil
		}
	}
	return true, nil
}

func (w *widthSearch) narrowFinding(ctx context.Context, how string, paths []string, r preview.WidthRange) (*finding, error) {
	var about []*description
	arg := map[string]any{"entry": "subjects", "paths": paths[:min(len(paths), MaxElementsEach)], "properties": []string{}}
	if err := call(ctx, w.copy, arg, &about); err != nil {
		return nil, err
	}
	f := finding{
		Rule: NarrowRange, Group: how + " " + paths[0], Words: map[string]string{"how": how},
		Measure: map[string]float64{"range_px": float64(r.To - r.From + 1), "count": float64(len(paths))},
	}
	for i, a := range about {
		if a != nil {
			f.Elements = append(f.Elements, found{XPath: paths[i], Selector: a.Selector, Box: a.Box})
		}
	}
	if len(f.Elements) == 0 {
		return nil, nil
	}
	return &f, nil
}

// unlike lists the elements that are laid out in the middle as on neither side,
// outermost only, and how: what is missing counts before what is there in excess,
// and that before what is only elsewhere. Of a swap each side shows one part.
func unlike(left, middle, right shape) (how string, swap bool, paths []string) {
	kinds := map[string][]string{}
	all := maps.Clone(left)
	maps.Copy(all, middle)
	maps.Copy(all, right)
	for path := range all {
		if how := unlikeAt(left, middle, right, path); how != "" {
			kinds[how] = append(kinds[how], path)
		}
	}
	lost, doubled := swaps(left, middle, right)
	for _, how := range []string{narrowMissing, narrowExtra, narrowOther} {
		swapped := map[string][]string{narrowMissing: lost, narrowExtra: doubled}[how]
		if len(swapped) > 0 {
			return how, true, outermostOf(swapped)
		}
		if len(kinds[how]) > 0 {
			return how, false, outermostOf(kinds[how])
		}
	}
	return "", false, nil
}

func unlikeAt(left, middle, right shape, path string) string {
	l, inLeft := left[path]
	m, inMiddle := middle[path]
	r, inRight := right[path]
	switch {
	case inLeft && inRight && !inMiddle:
		return narrowMissing
	case !inLeft && !inRight && inMiddle:
		return narrowExtra
	case !inLeft || !inMiddle || !inRight:
		return ""
	case m.Display != l.Display && m.Display != r.Display,
		m.Before == l.Before && m.Before == r.Before && l.Lies == r.Lies && m.Lies != l.Lies:
		return narrowOther
	}
	return ""
}

// swaps finds parents that show one child on the left and another on the right,
// such as a menu button and a menu, and in the middle neither or both.
func swaps(left, middle, right shape) (lost, doubled []string) {
	type change struct{ gone, come []string } // from left to right
	byParent := map[string]*change{}
	at := func(parent string) *change {
		if byParent[parent] == nil {
			byParent[parent] = &change{}
		}
		return byParent[parent]
	}
	for path, p := range left {
		if _, ok := right[path]; !ok {
			at(p.Parent).gone = append(at(p.Parent).gone, path)
		}
	}
	for path, p := range right {
		if _, ok := left[path]; !ok {
			at(p.Parent).come = append(at(p.Parent).come, path)
		}
	}
	for _, c := range byParent {
		if len(c.gone) == 0 || len(c.come) == 0 {
			continue
		}
		both := slices.Concat(c.gone, c.come)
		shown := 0
		for _, path := range both {
			if _, ok := middle[path]; ok {
				shown++
			}
		}
		switch shown {
		case 0:
			lost = append(lost, both...)
		case len(both):
			doubled = append(doubled, both...)
		}
	}
	return lost, doubled
}

// outermostOf drops what lies in another of the elements, and sorts the rest.
func outermostOf(paths []string) []string {
	slices.Sort(paths)
	paths = slices.Compact(paths)
	var out []string
	for _, p := range paths {
		if !slices.ContainsFunc(paths, func(o string) bool { return o != p && strings.HasPrefix(p, o+"/") }) {
			out = append(out, p)
		}
	}
	return out
}
