package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"relook/cmd/relook/internal/suite"
	"relook/cmd/relook/internal/suite/mutants"
	"relook/preview"
)

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
	if _, ok := w.store.Get(r.key()); ok {
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
	return true, w.store.Add(r)
}

// verdict compares the page before and after in the judging browser.
func (w *workshop) verdict(ctx context.Context, it item, files map[string]string, r *record) error {
	before, err := suite.Look(ctx, w.judge, it.page)
	if err != nil {
		return err
	}
	after := before
	if len(files) > 0 {
		repaired := preview.Page{FS: preview.Overlay(it.page.FS, files), Entry: it.page.Entry}
		if after, err = suite.Look(ctx, w.judge, repaired); err != nil {
			return err
		}
		r.Worse = suite.Worse(before, after)
	}
	was, is := before.Usual.Diagnosis, after.Usual.Diagnosis
	r.Before, r.After = worth(was), worth(is)
	r.CostBefore, r.CostAfter = was.Cost(), is.Cost()
	left := mutants.Left(is, it.clean)
	ids := map[string]bool{}
	for _, f := range left {
		ids[f.Rule] = true
	}
	r.Left = sortedKeys(ids)
	r.Full = is.Valid && len(left) == 0 && r.Worse == ""
	return nil
}

func worth(d preview.Diagnosis) int {
	return d.Count(preview.SeverityError) + d.Count(preview.SeverityWarning)
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
