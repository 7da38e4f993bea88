package chrome

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"relook/preview"
	"relook/preview/diagnose"
)

// Render implements preview.Renderer.
func (b *Browser) Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	r, err := b.together(ctx, p, o.Defaulted())
	if err == nil {
		return r, nil
	}
	v, r, err := b.open(ctx, p, o, checked(o), !errors.Is(err, errGone))
	if err != nil {
		return nil, err
	}
	v.release()
	return r, nil
}

// checked are the options of the checks for a render.
func checked(o preview.RenderOptions) diagnose.Options {
	return diagnose.Options{Profile: o.Profile, Rules: o.Rules, Causes: !o.NoCauses}
}

// open renders a page and keeps it open. A browser that dies on the way is
// replaced once, if again: it may have been ended for a reason that has passed.
func (b *Browser) open(ctx context.Context, p preview.Page, o preview.RenderOptions, look diagnose.Options, again bool) (*viewing, *preview.Rendering, error) {
	if _, err := p.Source(); err != nil {
		return nil, nil, err
	}
	o = o.Defaulted()
	for ; ; again = false {
		v, r, err := b.try(ctx, p, o, look)
		switch {
		case err == nil:
			return v, r, nil
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case !errors.Is(err, errGone) || !again:
			return nil, nil, fmt.Errorf("rendering %s: %w", p.Entry, err)
		}
	}
}

func (b *Browser) try(ctx context.Context, p preview.Page, o preview.RenderOptions, look diagnose.Options) (*viewing, *preview.Rendering, error) {
	start := time.Now()
	v, err := b.view(ctx, p, o)
	if err != nil {
		return nil, nil, err
	}
	r, err := v.rendering(ctx, start, look)
	if err != nil {
		v.spoilt = true
		v.release()
		return nil, nil, err
	}
	return v, r, nil
}

// A viewing is a page that is loaded in a tab for each view.
type viewing struct {
	b       *Browser
	page    preview.Page
	options preview.RenderOptions
	site    *site
	tabs    []*Tab         // nil where a view failed
	seats   []diagnose.Tab // by view, where they share a tab
	shots   []preview.Shot
	spoilt  bool   // the tabs can't be used again
	invalid string // the first view's reason, "" when every view is valid
}

// view loads the page at every view, several at a time, and stops at the last
// moment. The caller releases what it gets.
func (b *Browser) view(ctx context.Context, p preview.Page, o preview.RenderOptions) (*viewing, error) {
	v := &viewing{b: b, page: p, options: o, site: newSite(p), tabs: make([]*Tab, len(o.Views))}
	reasons := make([]string, len(o.Views))
	shots := make([][]preview.Shot, len(o.Views))
	work := pool.New().WithMaxGoroutines(b.cfg.MaxTabs).WithContext(ctx).WithCancelOnError().WithFirstError()
	for i := range o.Views {
		work.Go(func(ctx context.Context) (err error) {
			v.tabs[i], shots[i], reasons[i], err = v.one(ctx, o.Views[i])
			return err
		})
	}
	if err := work.Wait(); err != nil {
		v.spoilt = true
		v.release()
		return nil, err
	}
	for i := range o.Views {
		v.shots = append(v.shots, shots[i]...)
		if v.invalid == "" {
			v.invalid = reasons[i]
		}
	}
	return v, nil
}

// one brings the page up at one view. The tab is nil if it is of no further use.
func (v *viewing) one(ctx context.Context, view preview.View) (t *Tab, shots []preview.Shot, reason string, err error) {
	t, err = v.b.acquire(ctx)
	if err != nil {
		return nil, nil, "", err
	}
	timed, cancel := context.WithTimeout(ctx, v.options.Timeout)
	defer cancel()
	t.mu.Lock()
	t.giveUp = cancel
	t.mu.Unlock()
	t.viewing = v
	shots, err = v.play(timed, t, view)
	if err == nil {
		reason, err = t.blank(timed)
	}
	if err != nil {
		reason, err = t.verdict(ctx, err, v.options.Timeout)
		v.b.drop(t)
		return nil, shots, reason, err
	}
	return t, shots, reason, nil
}

// play loads the page and lets page time go on to the last moment.
func (v *viewing) play(ctx context.Context, t *Tab, view preview.View) ([]preview.Shot, error) {
	if err := t.load(ctx, v.site, view, v.options.AllowHosts); err != nil {
		return nil, err
	}
	var shots []preview.Shot
	var now time.Duration
	for i, m := range v.options.Moments {
		if err := t.pass(ctx, m-now); err != nil {
			return shots, err
		}
		now = m
		if err := t.force(ctx); err != nil {
			return shots, err
		}
		last := i == len(v.options.Moments)-1
		if !last && t.scripted() {
			if err := diagnose.Glance(ctx, t); err != nil {
				return shots, err
			}
		}
		if v.options.Shots == preview.AllShots || v.options.Shots == preview.LastShots && last {
			s, err := t.shoot(ctx, m)
			if err != nil {
				return shots, err
			}
			shots = append(shots, s)
		}
	}
	t.update(func(s *state) { s.still = true })
	return shots, t.stayed()
}

// stayed fails when the page went on to another one: nothing that is found there
// could be repaired here.
func (t *Tab) stayed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	name, _, ok := t.site.file(t.state.url)
	if ok && name == t.site.page.Entry {
		return nil
	}
	if !ok {
		name = t.state.url
	}
	return errEnded{fmt.Sprintf("the page goes on to %s by itself: open that one instead", name)}
}

//go:embed blank.js
var blankScript string

// blank gives the reason why a page that shows nothing is invalid, "" for one
// that shows something.
func (t *Tab) blank(ctx context.Context) (string, error) {
	var blank bool
	if err := t.Eval(ctx, blankScript, nil, &blank); err != nil || !blank {
		return "", err
	}
	for _, e := range t.Events() {
		switch {
		case e.Kind == diagnose.EventException && e.File != "":
			return fmt.Sprintf("the page stays blank: a script fails at %s:%d: %s", e.File, e.Line+1, firstLine(e.Text)), nil
		case e.Kind == diagnose.EventException:
			return "the page stays blank: a script fails: " + firstLine(e.Text), nil
		case e.Resource == "Script" && e.File != "":
			return fmt.Sprintf("the page stays blank: its script %s could not be loaded: %s", path.Base(e.File), e.Text), nil
		case e.Resource == "Script":
			return fmt.Sprintf("the page stays blank: its script %s could not be loaded: %s", e.URL, e.Text), nil
		}
	}
	return "the page is blank: it has no text and paints nothing", nil
}

// thoroughTimes is how many times as long as a render thorough checks may take:
// they load the page again and again, and use every control.
const thoroughTimes = 12

// rendering runs the checks and puts the result together.
func (v *viewing) rendering(ctx context.Context, start time.Time, look diagnose.Options) (*preview.Rendering, error) {
	r := &preview.Rendering{Shots: v.shots, Files: v.site.files()}
	look.Files = r.Files
	if v.invalid == "" {
		timeout := v.options.Timeout
		if look.Profile.Covers(preview.ProfileThorough) {
			timeout *= thoroughTimes
		}
		timed, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		d, stock, err := v.b.cfg.Diagnose(timed, v.page, v.diagnosed(), look)
		if err != nil {
			if v.invalid, err = v.blame(ctx, err); err != nil {
				return nil, err
			}
		}
		r.Diagnosis, r.Inventories = d, stock
		v.spoilt = v.spoilt || len(d.LeftOut) > 0 // the page may be at it still
	}
	d := &r.Diagnosis
	d.Path = v.page.Entry
	d.Valid = v.invalid == ""
	d.InvalidReason = v.invalid
	if !d.Valid || d.Defects == nil {
		d.Defects = []preview.Defect{}
	}
	if !d.Valid {
		r.Inventories = nil
	}
	d.Millis = float64(time.Since(start).Microseconds()) / 1000
	return r, nil
}

// blame finds the tab whose page made the checks fail.
func (v *viewing) blame(ctx context.Context, failed error) (string, error) {
	var err error
	for _, t := range v.tabs {
		var reason string
		if reason, err = t.verdict(ctx, failed, v.options.Timeout); err == nil {
			return reason, nil
		}
	}
	return "", err
}

func (v *viewing) diagnosed() []diagnose.Tab {
	if v.seats != nil {
		return v.seats
	}
	var list []diagnose.Tab
	for _, t := range v.tabs {
		list = append(list, t)
	}
	return list
}

// release gives the tabs back. It may be called again.
func (v *viewing) release() {
	tabs := slices.DeleteFunc(v.tabs, func(t *Tab) bool { return t == nil })
	v.tabs = nil
	if v.invalid != "" || v.spoilt {
		v.b.drop(tabs...)
	} else {
		v.b.release(tabs...)
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
