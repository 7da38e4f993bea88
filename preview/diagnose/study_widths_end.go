package diagnose

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"relook/preview"
)

// maxAdded is how many widths at which no view is are shown for faults between
// the views: each takes a tab of its own.
const maxAdded = 2

// sighted are the keys of the faults that are seen at a view.
func (w *widthSearch) sighted(view int) map[string]bool {
	keys := map[string]bool{}
	for _, f := range w.readings[view].Findings {
		if slices.Contains(w.rules, f.Rule) {
			if _, ok := checkOf(f.Rule).judge(f, w.site, view); ok {
				keys[findingKey(f)] = true
			}
		}
	}
	return keys
}

// strange are the faults that hold when the page is loaded at a view's width and
// not when it is resized to it, or the other way round. Their ranges say nothing.
func (w *widthSearch) strange() map[string]bool {
	keys := map[string]bool{}
	for width, view := range w.index {
		sighted := w.sighted(view)
		for key := range sighted {
			if !w.sweep.seen[width][key].holds {
				keys[key] = true
			}
		}
		for key := range w.found[width] {
			if !sighted[key] {
				keys[key] = true
			}
		}
	}
	return keys
}

// conclude keeps the ranges of the faults that the views show, and adds what
// holds only between the views.
func (w *widthSearch) conclude(ctx context.Context) error {
	strange, ranges := w.strange(), w.sweep.ranges()
	known := map[string]bool{}
	for view := range w.readings {
		for key := range w.sighted(view) {
			known[key] = true
		}
	}
	var between []string
	for _, key := range slices.Sorted(maps.Keys(ranges)) {
		switch {
		case strings.HasPrefix(key, "? ") || strange[key]:
		case known[key]:
			w.widths.ranges[key] = ranges[key]
			w.widths.alike[key] = w.alike(key)
		default:
			between = append(between, key)
		}
	}
	between = w.adopt(between, ranges)
	more, err := w.addNarrow(ctx, ranges)
	if err != nil {
		return err
	}
	between = append(between, more...)
	for range maxAdded {
		if len(between) == 0 {
			return nil
		}
		if between, err = w.show(ctx, between, ranges); err != nil {
			return err
		}
	}
	return nil
}

// alike reports whether a fault of steadyRules measures the same at every width.
func (w *widthSearch) alike(key string) bool {
	var first map[string]float64
	for _, width := range slices.Sorted(maps.Keys(w.sweep.seen)) {
		f, ok := w.found[width][key]
		if !ok || !slices.Contains(steadyRules, f.Rule) {
			return false
		}
		if first == nil {
			first = f.Measure
		}
		for name, n := range f.Measure {
			if math.Abs(n-first[name]) > max(2, 0.05*first[name]) {
				return false
			}
		}
	}
	return true
}

// addNarrow finds the layouts of narrow ranges and puts them at the view that is
// in the range; it returns the keys of those in whose range no view is.
func (w *widthSearch) addNarrow(ctx context.Context, ranges map[string][]preview.WidthRange) ([]string, error) {
	found, err := w.findNarrow(ctx)
	if err != nil {
		return nil, err
	}
	var between []string
	for _, key := range slices.Sorted(maps.Keys(found)) {
		r := found[key]
		ranges[key] = []preview.WidthRange{r}
		at := slices.IndexFunc(w.plain, func(v preview.View) bool { return v.Width >= r.From && v.Width <= r.To })
		if at < 0 {
			between = append(between, key)
			continue
		}
		view := w.index[w.plain[at].Width]
		if ok, err := w.stillNarrow(ctx, w.tabs[view], w.found[r.From][key]); !ok || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		w.readings[view].Findings = append(w.readings[view].Findings, w.found[r.From][key])
		w.widths.ranges[key] = ranges[key]
	}
	return between, nil
}

// show adds a tab at the width at which most of the faults hold, the worst first,
// and returns those that are left. Where scripts run the page is loaded afresh
// there: a page that only fails when it is resized does not fail.
func (w *widthSearch) show(ctx context.Context, keys []string, ranges map[string][]preview.WidthRange) (left []string, err error) {
	width, c := w.busiest(keys), w.copy
	if len(w.added) > 0 {
		if c, err = w.tabs[w.base].Copy(ctx); err != nil {
			return nil, err
		}
	}
	here := slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		_, ok := w.found[width][key]
		return !ok
	})
	findings, err := w.confirm(ctx, c, width, here)
	if err != nil {
		if c != w.copy {
			c.Close()
		}
		return nil, err
	}
	for _, f := range findings {
		w.widths.ranges[findingKey(f)] = ranges[findingKey(f)]
	}
	w.added, w.tabs = append(w.added, c), append(w.tabs, c)
	w.views = append(w.views, w.viewAt(width))
	w.readings = append(w.readings, reading{Findings: findings})
	w.events = append(w.events, nil)
	return slices.DeleteFunc(keys, func(key string) bool { return slices.Contains(here, key) }), nil
}

// confirm brings a copy to a width and returns which of the faults it shows.
func (w *widthSearch) confirm(ctx context.Context, c Copy, width int, keys []string) ([]finding, error) {
	bring := c.Look
	if w.page.Scripted {
		bring = c.Load
	}
	if err := bring(ctx, w.viewAt(width)); err != nil {
		return nil, err
	}
	g, err := w.peek(ctx, c)
	if err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(g.Findings, func(f finding) bool { return !slices.Contains(keys, findingKey(f)) })
	for _, key := range keys {
		if f := w.found[width][key]; f.Rule == NarrowRange {
			ok, err := w.stillNarrow(ctx, c, f)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// busiest is the width at which most of the faults hold, and of those the one at
// which they are largest.
func (w *widthSearch) busiest(keys []string) int {
	best, most, worst := 0, 0, 0.0
	for _, width := range slices.Sorted(maps.Keys(w.sweep.seen)) {
		n, size := 0, 0.0
		for _, key := range keys {
			if t := w.sweep.seen[width][key]; t.holds {
				n, size = n+1, size+t.size
			}
		}
		if c := cmp.Or(cmp.Compare(n, most), cmp.Compare(size, worst)); c > 0 {
			best, most, worst = width, n, size
		}
	}
	return best
}

// adopt gives the ranges of faults that only change their shape to the fault whose
// shape they are, one that the views show if there is one: at one width the row is
// too wide, at another a card in it. It returns the rest.
func (w *widthSearch) adopt(between []string, ranges map[string][]preview.WidthRange) []string {
	for i := 0; i < len(between); {
		key, heir := between[i], ""
		for _, other := range slices.Concat(slices.Sorted(maps.Keys(w.widths.ranges)), between) {
			if heir == "" && other != key && w.sameFault(other, key, ranges) {
				heir = other
			}
		}
		if heir == "" {
			i++
			continue
		}
		ranges[heir] = union(ranges[heir], ranges[key])
		if w.widths.ranges[heir] != nil {
			w.widths.ranges[heir] = ranges[heir]
		}
		between = slices.Delete(between, i, i+1)
		i = 0 // its ranges may touch those of others now
	}
	return between
}

// sameFault: the same rule, at the same or at neighbouring widths, at elements of
// which one holds the other.
func (w *widthSearch) sameFault(one, other string, ranges map[string][]preview.WidthRange) bool {
	a, b := w.example(one), w.example(other)
	if a.Rule != b.Rule || !touch(ranges[one], ranges[other]) {
		return false
	}
	for _, p := range a.Elements {
		for _, q := range b.Elements {
			if strings.HasPrefix(p.XPath+"/", q.XPath+"/") || strings.HasPrefix(q.XPath+"/", p.XPath+"/") {
				return true
			}
		}
	}
	return false
}

// example is the finding of a fault at the narrowest width at which it holds.
func (w *widthSearch) example(key string) finding {
	for _, width := range slices.Sorted(maps.Keys(w.found)) {
		if f, ok := w.found[width][key]; ok {
			return f
		}
	}
	return finding{}
}

func touch(a, b []preview.WidthRange) bool {
	for _, p := range a {
		for _, q := range b {
			if p.From <= q.To+1 && q.From <= p.To+1 {
				return true
			}
		}
	}
	return false
}

func union(a, b []preview.WidthRange) []preview.WidthRange {
	list := slices.Concat(a, b)
	slices.SortFunc(list, func(p, q preview.WidthRange) int { return p.From - q.From })
	out := list[:1]
	for _, r := range list[1:] {
		last := &out[len(out)-1]
		if r.From <= last.To+1 {
			last.To = max(last.To, r.To)
		} else {
			out = append(out, r)
		}
	}
	return out
}
