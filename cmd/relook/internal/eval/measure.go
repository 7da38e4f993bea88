package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"relook/agent/train/mutant"
	"relook/preview"
)

// unseenViews are widths at which no refinement looks: a repair that only suits
// the widths that it was judged at shows here.
var unseenViews = []preview.View{{Width: 320, Height: 844}, {Width: 600, Height: 900}, {Width: 1600, Height: 900}}

// measureAll runs every arm on every item that it has not been run on.
func (w *workshop) measureAll(ctx context.Context, items []item) error {
	for _, a := range w.arms {
		names := []string{""}
		if a.ask {
			names = w.config.models
		}
		for _, name := range names {
			p := progress{what: a.name + " " + name, all: len(items), start: time.Now()}
			for _, it := range items {
				if w.late() {
					p.end("time is up, the rest is left for the next run")
					return nil
				}
				fresh, err := w.measure(ctx, a, name, it)
				if err != nil {
					return fmt.Errorf("%s with %s: %w", it.id, a.name, err)
				}
				p.step(fresh)
			}
			p.end("done")
		}
	}
	return nil
}

// measure runs one arm on one item, unless that was done before.
func (w *workshop) measure(ctx context.Context, a arm, modelName string, it item) (fresh bool, err error) {
	r := record{Item: it.id, Set: it.set, Arm: a.name, Model: modelName, Page: it.hash()}
	if _, ok := w.store.have[r.key()]; ok {
		return false, nil
	}
	if it.mutant != nil {
		r.Operators, r.HeldOut, r.Content = it.mutant.Operators, it.mutant.HeldOut, it.mutant.Content
	}
	start := time.Now()
	out, err := w.repair(ctx, a, modelName, it.page)
	if err != nil {
		return true, err
	}
	r.Millis = float64(time.Since(start).Milliseconds())
	r.Tokens, r.Stopped, r.Files = out.tokens, out.stopped, out.files
	if err := w.verdict(ctx, it, out.files, &r); err != nil {
		return true, err
	}
	return true, w.store.add(r)
}

// verdict compares the page before and after in the judging browser.
func (w *workshop) verdict(ctx context.Context, it item, files map[string]string, r *record) error {
	before, err := w.look(ctx, it.page)
	if err != nil {
		return err
	}
	after := before
	if len(files) > 0 {
		repaired := preview.Page{FS: preview.Overlay(it.page.FS, files), Entry: it.page.Entry}
		if after, err = w.look(ctx, repaired); err != nil {
			return err
		}
		r.Worse = worse(before, after)
	}
	was, is := before.usual.Diagnosis, after.usual.Diagnosis
	r.Before, r.After = worth(was), worth(is)
	r.CostBefore, r.CostAfter = was.Cost(), is.Cost()
	left := mutant.Findings(is)
	if it.mutant != nil {
		left = slices.DeleteFunc(left, func(f mutant.Finding) bool { return slices.Contains(it.clean, f) })
	}
	ids := map[string]bool{}
	for _, f := range left {
		ids[f.Rule] = true
	}
	r.Left = sortedKeys(ids)
	r.Full = is.Valid && len(left) == 0 && r.Worse == ""
	return nil
}

// A sight is a page as the judge saw it: at the usual views, and at those that
// no refinement looks at.
type sight struct{ usual, unseen *preview.Rendering }

func (w *workshop) look(ctx context.Context, p preview.Page) (sight, error) {
	usual, err := w.judge.Render(ctx, p, preview.RenderOptions{NoCauses: true})
	if err != nil {
		return sight{}, err
	}
	unseen, err := w.judge.Render(ctx, p, preview.RenderOptions{NoCauses: true, Views: unseenViews})
	return sight{usual, unseen}, err
}

func worth(d preview.Diagnosis) int {
	return d.Count(preview.SeverityError) + d.Count(preview.SeverityWarning)
}

// worse says in what a page is worse than before, "" for nothing. It asks
// nothing of the gate.
func worse(before, after sight) string {
	for _, pair := range [][2]*preview.Rendering{{before.usual, after.usual}, {before.unseen, after.unseen}} {
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
	for _, k := range sortedKeys(after) {
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

// progress tells how far a long step is, on one line of a terminal.
type progress struct {
	what   string
	all, n int
	fresh  int // items that took time
	start  time.Time
}

func (p *progress) step(fresh bool) {
	p.n++
	if fresh {
		p.fresh++
	}
	left := "?"
	if p.fresh > 0 {
		each := time.Since(p.start) / time.Duration(p.fresh)
		left = (each * time.Duration(p.all-p.n)).Round(time.Second).String()
	}
	fmt.Fprintf(os.Stderr, "\r%s: %d of %d, %s left   ", p.what, p.n, p.all, left)
}

func (p *progress) end(how string) {
	fmt.Fprintf(os.Stderr, "\r%s: %d of %d, %s      \n", p.what, p.n, p.all, how)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
