package chrome

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/sourcegraph/conc/pool"

	"relook/preview"
	"relook/preview/diagnose"
)

// A live is an opened page; it implements preview.Live.
type live struct {
	v      *viewing
	r      *preview.Rendering
	look   diagnose.Options // of the checks after an edit
	broken bool             // an edit could not be taken back
	proven map[string]bool  // files whose whole text can be set without harm
}

// Open implements preview.Renderer.
func (b *Browser) Open(ctx context.Context, p preview.Page, o preview.RenderOptions) (preview.Live, error) {
	look := checked(o)
	look.Evidence = true
	v, r, err := b.open(ctx, p, o, look, true)
	if err != nil {
		return nil, err
	}
	look = diagnose.Options{Profile: preview.ProfileFast, Rules: o.Rules, Ignored: []preview.Defect{}}
	look.Ignored = append(look.Ignored, r.Diagnosis.Ignored...)
	l := &live{v: v, r: r, look: look, proven: map[string]bool{}}
	if v.invalid != "" {
		return l, nil
	}
	err = l.each(ctx, func(ctx context.Context, t *Tab) error {
		if err := t.style(ctx); err != nil {
			return err
		}
		return t.Eval(ctx, stillScript, map[string]bool{"note": true}, nil)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", p.Entry, err), l.Close())
	}
	return l, nil
}

// Rendering implements preview.Live.
func (l *live) Rendering() *preview.Rendering { return l.r }

// Close implements preview.Live.
func (l *live) Close() error {
	l.v.spoilt = l.v.spoilt || l.broken
	l.v.release()
	return nil
}

// each runs do in every tab at once.
func (l *live) each(ctx context.Context, do func(context.Context, *Tab) error) error {
	work := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for _, t := range l.v.tabs {
		work.Go(func(ctx context.Context) error { return do(ctx, t) })
	}
	return work.Wait()
}

// Try implements preview.Live.
func (l *live) Try(ctx context.Context, edits []preview.Edit) (*preview.Rendering, error) {
	if l.v.invalid != "" || l.broken {
		return nil, preview.ErrNotInPlace
	}
	c, err := l.plan(edits)
	if err != nil {
		return nil, err
	}
	for _, file := range c.reparsed {
		if err := l.prove(ctx, file); err != nil {
			return nil, err
		}
	}
	return l.measure(ctx, c)
}

// measure makes the change, runs the checks and takes the change back.
func (l *live) measure(ctx context.Context, c *change) (*preview.Rendering, error) {
	start, whole := time.Now(), ctx
	ctx, cancel := context.WithTimeout(ctx, l.v.options.Timeout)
	defer cancel()
	blank := make([]string, len(l.v.tabs))
	err := l.each(ctx, func(ctx context.Context, t *Tab) error { return c.tabs[t].make(ctx, t) })
	var r *preview.Rendering
	if err == nil {
		if r, err = l.v.rendering(ctx, start, l.look); err == nil && r.Diagnosis.Valid {
			err = l.each(ctx, func(ctx context.Context, t *Tab) (err error) {
				blank[l.v.index(t)], err = t.blank(ctx)
				return err
			})
		}
	}
	if undo := l.undo(ctx, c); undo != nil {
		l.broken = true
		err = errors.Join(err, undo)
	}
	// CSS that the browser does not take for one rule, or that takes it too long: a
	// fresh render tells whether the page is to blame. After the latter it is not
	// known what was done and what was not.
	late := errors.Is(err, context.DeadlineExceeded) && whole.Err() == nil
	l.broken = l.broken || late
	if refused := new(cdp.Error); late || errors.As(err, &refused) {
		err = fmt.Errorf("%w: %w", preview.ErrNotInPlace, err)
	}
	if err != nil {
		return nil, fmt.Errorf("trying an edit in place: %w", err)
	}
	for _, reason := range blank {
		if reason != "" {
			r.Diagnosis = preview.Diagnosis{Path: l.v.page.Entry, InvalidReason: reason, Defects: []preview.Defect{}, Millis: r.Diagnosis.Millis}
			r.Inventories = nil
		}
	}
	r.Shots = nil
	return r, nil
}

// undo takes the change back, even when the caller has given up meanwhile.
func (l *live) undo(ctx context.Context, c *change) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTimeout)
	defer cancel()
	return l.each(ctx, func(ctx context.Context, t *Tab) error { return c.tabs[t].takeBack(ctx, t) })
}

// prove finds out whether setting the whole text of a style sheet leaves the
// page as it is: it does not when a script added rules, for example. The sheets
// of file are set to the text that they have, and the page must measure as
// before.
func (l *live) prove(ctx context.Context, file string) error {
	ok, known := l.proven[file]
	if !known {
		c, err := l.same(file)
		if err != nil {
			return err
		}
		r, err := l.measure(ctx, c)
		if err != nil {
			return err
		}
		ok = r.Diagnosis.Valid && math.Abs(r.Diagnosis.Cost()-l.r.Diagnosis.Cost()) < 1e-6 &&
			len(r.Diagnosis.Defects) == len(l.r.Diagnosis.Defects)
		l.proven[file] = ok
		l.broken = l.broken || !ok
	}
	if !ok {
		return preview.ErrNotInPlace
	}
	return nil
}

func (v *viewing) index(t *Tab) int {
	for i, u := range v.tabs {
		if u == t {
			return i
		}
	}
	return -1
}
