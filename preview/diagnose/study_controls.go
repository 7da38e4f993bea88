package diagnose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"relook/preview"
)

// Bounds on the trials of one page: a control takes 30 to 100 ms.
const (
	maxTrials   = 40
	maxCopies   = 8                // a click may spoil the copy for those after it
	trialBudget = 20 * time.Second // of wall time, for pages that answer slowly
)

// How long page time goes on: while the page is watched alone, so that what
// changes by itself is known; after an input; and once more where nothing
// happened yet, as handlers wait for timers.
const (
	watchAlone  = 1100 * time.Millisecond
	afterInput  = 300 * time.Millisecond
	afterSilent = 1200 * time.Millisecond
)

// A target is a control that is tried, as trials.js lists it.
type target struct {
	found
	Kind   string `json:"kind"`
	Key    string `json:"key"` // the same for those that look alike
	Role   string `json:"role"`
	Name   string `json:"name"`
	Tag    string `json:"tag"`
	Href   string `json:"href"`
	Depth  int    `json:"depth"`  // 0 for the root element
	Chosen bool   `json:"chosen"` // it stands for the state that the page is in
	Typed  string `json:"typed"`  // a text that it should take
}

// An aim is where a target can be clicked.
type aim struct {
	X        float64 `json:"x"`
	Y        float64 `json:"y"`
	Gone     bool    `json:"gone"`
	Covered  bool    `json:"covered"`
	Scrolled bool    `json:"scrolled"`
}

// An outcome is what an input changed.
type outcome struct {
	Mutations int  `json:"mutations"`
	Changed   bool `json:"changed"`
	Moved     bool `json:"moved"`
	deeds     []Deed
}

// tryControls uses every control in a copy of the page: at the widest view, and
// at the others those that the wider ones do not show.
func tryControls(ctx context.Context, s *site) error {
	for _, events := range s.events {
		// Without its script a control does nothing, and the script is what is at
		// fault.
		if slices.ContainsFunc(events, func(e Event) bool { return e.URL != "" && e.Resource == "Script" }) {
			return nil
		}
	}
	tried := map[string]bool{}
	for _, view := range s.widestFirst() {
		fresh := slices.ContainsFunc(s.readings[view].Inventory.Items, func(it preview.Item) bool {
			return it.Kind == preview.ItemControl && it.Visible && !tried[it.XPath]
		})
		if !fresh && len(tried) > 0 {
			continue
		}
		t := &trial{site: s, view: view, tried: tried, acts: map[string]bool{}, began: time.Now()}
		if err := t.run(ctx); err != nil {
			return fmt.Errorf("trying the controls at %s: %w", s.views[view].Name(), err)
		}
	}
	return nil
}

func (s *site) widestFirst() []int {
	order := make([]int, len(s.views))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.views[b].Width, s.views[a].Width) })
	return order
}

// A trial is that of all controls at one view.
type trial struct {
	site    *site
	view    int
	tried   map[string]bool // by XPath, at all views
	acts    map[string]bool // kinds and keys of which one did something
	copy    Copy            // nil until it is needed, and after it was spoilt
	copies  int
	used    bool // an input has done something in the copy
	targets []target
	noisy   bool              // the page changes by itself
	noise   map[DeedKind]bool // what it does by itself
	quiet   []int             // targets that did nothing
	began   time.Time
}

func (t *trial) run(ctx context.Context) error {
	defer t.spoil()
	if err := t.renew(ctx); err != nil {
		return ignoreGone(err)
	}
	all, n := t.targets, 0
	for i, target := range all {
		if t.tried[target.XPath] {
			continue
		}
		if n++; n > maxTrials || time.Since(t.began) > trialBudget {
			t.untried(n-1, len(all), target)
			break
		}
		t.tried[target.XPath] = true
		if err := t.try(ctx, i); err != nil {
			return ignoreGone(err)
		}
	}
	if slices.ContainsFunc(t.site.events[t.view], func(e Event) bool { return e.Kind == EventException }) {
		return nil // a script that failed on the way may have left them so, and is reported
	}
	for _, i := range t.quiet {
		if err := t.again(ctx, i); err != nil {
			return ignoreGone(err)
		}
	}
	return nil
}

// ignoreGone takes what a page does to its copies for what it is: no fault of the
// machine. What was found by then counts.
func ignoreGone(err error) error {
	if errors.Is(err, ErrNoCopy) || errors.Is(err, ErrLeft) || errors.Is(err, ErrHung) || errors.Is(err, errSpent) {
		return nil
	}
	return err
}

var errSpent = errors.New("all copies are used")

// renew makes a copy and watches it alone for a while.
func (t *trial) renew(ctx context.Context) error {
	t.spoil()
	if t.copies++; t.copies > maxCopies {
		return errSpent
	}
	c, err := t.site.tabs[t.view].Copy(ctx)
	if err != nil {
		return err
	}
	t.copy, t.used = c, false
	if err := call(ctx, c, map[string]any{"entry": "targets", "limits": t.site.scriptLimits()}, &t.targets); err != nil {
		return err
	}
	c.Deeds()
	if err := call(ctx, c, map[string]any{"entry": "learn", "on": true}, &t.noisy); err != nil {
		return err
	}
	if err := c.Pass(ctx, watchAlone); err != nil {
		return err
	}
	t.noise = map[DeedKind]bool{}
	for _, d := range c.Deeds() {
		t.noise[d.Kind] = true
	}
	return call(ctx, c, map[string]any{"entry": "learn", "on": false}, &t.noisy)
}

func (t *trial) spoil() {
	if t.copy != nil {
		t.copy.Close()
		t.copy = nil
	}
}

// take aims at a target, in a new copy if an earlier click hides or removed it.
// ok is false when it can't be reached even there.
func (t *trial) take(ctx context.Context, i int, more map[string]any) (a aim, ok bool, err error) {
	arg := map[string]any{"entry": "aim", "index": i}
	for k, v := range more {
		arg[k] = v
	}
	for fresh := false; ; fresh = true {
		if t.copy == nil {
			if err := t.renew(ctx); err != nil {
				return a, false, err
			}
			fresh = true
		}
		a, err = t.aimAt(ctx, arg)
		switch {
		case err == nil && !a.Gone && !a.Covered:
			return a, true, nil
		case err != nil && ctx.Err() != nil:
			return a, false, err
		case fresh || !t.used && err == nil:
			return a, false, nil
		}
		t.spoil()
	}
}

// aimAt aims again once what a scroll set off has happened.
func (t *trial) aimAt(ctx context.Context, arg map[string]any) (aim, error) {
	var a aim
	if err := call(ctx, t.copy, arg, &a); err != nil || !a.Scrolled || a.Gone {
		return a, err
	}
	if err := t.copy.Pass(ctx, afterInput); err != nil {
		return a, err
	}
	t.copy.Deeds()
	return a, call(ctx, t.copy, arg, &a)
}
