package chrome

import (
	"context"
	_ "embed"
	"errors"
	"image"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"relook/preview"
	"relook/preview/diagnose"
)

// Loading a page takes longer than all checks of it. A page without scripts is
// the same whether it is loaded at a size or brought to it later, if nothing in it
// depends on the size it was loaded at and nothing remembers how it was. Such a
// page is loaded once and brought to each view in turn. What is not sure to be
// such a page is loaded at every view.

// fickle are parts of a page that run, move, load by the size of the view, or
// remember how they were.
var fickle = regexp.MustCompile(`(?i)<(script|iframe|frame|object|embed|portal|fencedframe|video|audio|canvas|marquee|picture|source|animate\w*|set)\b` +
	`|srcset|http-equiv|shadowroot|autofocus|xml-stylesheet` +
	`|content-visibility|contain-intrinsic|position-try|scroll-snap|scroll-start|scroll-initial|view-transition|-webkit-marquee`)

// still reports whether the page's own source has nothing fickle in it.
func still(p preview.Page) bool {
	if ext := strings.ToLower(path.Ext(p.Entry)); ext != ".html" && ext != ".htm" {
		return false
	}
	src, err := p.Source()
	return err == nil && !scripts.MatchString(src.String()) && !fickle.MatchString(src.String())
}

// alike reports whether views differ by their size only.
func alike(views []preview.View) bool {
	return !slices.ContainsFunc(views, func(v preview.View) bool {
		v.Width, v.Height = views[0].Width, views[0].Height
		return v != views[0]
	})
}

// together renders a page that is loaded once for all views. An error means that
// it can't be done or went wrong: then each view must have a load of its own.
func (b *Browser) together(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	if len(o.Views) < 2 || o.Profile != preview.ProfileFast || !alike(o.Views) || !still(p) {
		return nil, errUnsteady
	}
	start := time.Now()
	t, err := b.acquire(ctx)
	if err != nil {
		return nil, err
	}
	v := &viewing{b: b, page: p, options: o, site: newSite(p), tabs: []*Tab{t}}
	defer v.release()
	timed, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	r, err := v.inTurn(timed, t, start)
	if err != nil {
		v.spoilt = true
		b.cfg.Log.Debug("the page is loaded at every view", "page", p.Entry, "because", err)
	}
	return r, err
}

var errUnsteady = errors.New("it is not as if it had been loaded at its size")

// inTurn loads the page and has each view read. It begins with the last view, as
// diagnose.Run does.
func (v *viewing) inTurn(ctx context.Context, t *Tab, start time.Time) (*preview.Rendering, error) {
	t.mu.Lock()
	t.giveUp = func() {}
	t.mu.Unlock()
	t.viewing, t.inert = v, len(v.options.AllowHosts) == 0
	views := v.options.Views
	if err := t.load(ctx, v.site, views[len(views)-1], v.options.AllowHosts); err != nil {
		return nil, err
	}
	if err := t.stayed(); err != nil {
		return nil, err
	}
	// Page time does not go on to the last moment: there is nothing to see it.
	t.update(func(s *state) { s.still = true })
	asked := t.asked()
	missing, ok := t.missing()
	if !ok {
		return nil, errUnsteady
	}
	if err := t.steady(ctx, map[string]any{"asked": asked, "missing": missing}); err != nil {
		return nil, err
	}
	if v.options.Shots == preview.AllShots {
		// Such as a GIF, which is another picture at each moment.
		var page aboutShot
		if err := t.Eval(ctx, shotScript, nil, &page); err != nil {
			return nil, err
		}
		if page.Moves {
			return nil, errUnsteady
		}
	}
	for _, view := range views {
		v.seats = append(v.seats, &seat{tab: t, view: view, asked: len(asked)})
	}
	look := checked(v.options)
	look.InTurn = true
	r, err := v.rendering(ctx, start, look)
	if err != nil {
		return nil, err
	}
	if !r.Diagnosis.Valid {
		return nil, errUnsteady
	}
	r.Shots, err = v.shootInTurn(ctx)
	return r, err
}

// shootInTurn takes the shots of each view that are wanted. Nothing moves on a page
// that is loaded once, so that one picture shows every moment.
func (v *viewing) shootInTurn(ctx context.Context) ([]preview.Shot, error) {
	if v.options.Shots == preview.NoShots {
		return nil, nil
	}
	var shots []preview.Shot
	for _, tab := range v.seats {
		s, ok := tab.(*seat)
		if !ok {
			return nil, errUnsteady
		}
		s.tab.last = nil // it was taken at another size
		if err := s.look(ctx); err != nil {
			return nil, err
		}
		moments := v.options.Moments
		if v.options.Shots == preview.LastShots {
			moments = moments[len(moments)-1:]
		}
		shot, err := s.tab.shoot(ctx, 0)
		if err != nil {
			return nil, err
		}
		for _, shot.At = range moments {
			shots = append(shots, shot)
		}
	}
	return shots, nil
}

// asked are the addresses of all that the page has asked for.
func (t *Tab) asked() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.state.asked)
}

// missing are the pictures that are not to be had. It is not ok if something else
// is missing that the page may not ask for at another size, such as a font.
func (t *Tab) missing() (images []string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	images = []string{}
	for _, f := range t.state.events {
		switch f.Resource {
		case "Stylesheet":
		case "Image":
			images = append(images, f.URL)
		default:
			return nil, false
		}
	}
	return images, !t.state.fickle
}

//go:embed steady.js
var steadyScript string

var steadyOrBlank = "(arg) => { const blank = (\n" + blankScript + "\n); return (\n" + steadyScript + "\n)(arg); }"

// steady fails when the page is not as if it had been loaded at its size. The
// first time it is told what was asked for.
func (t *Tab) steady(ctx context.Context, arg map[string]any) error {
	arg["width"], arg["height"] = t.view.Width, t.view.Height
	var ok bool
	if err := t.Eval(ctx, steadyOrBlank, arg, &ok); err != nil {
		return err
	}
	if !ok {
		return errUnsteady
	}
	return nil
}

// A seat is a tab as one of several views sees it; it implements diagnose.Tab.
// The seats of a tab take turns: the tab is brought to a seat's view when that is
// used.
type seat struct {
	tab   *Tab
	view  preview.View
	asked int  // the requests that the page makes at any size
	taken bool // the tab has been at the view
}

// look brings the tab to the seat's view. The first time, the page must not ask
// for anything more.
func (s *seat) look(ctx context.Context) error {
	t := s.tab
	if t.view == s.view {
		return nil
	}
	t.view = s.view
	if err := t.metrics().Call(t.in(ctx)); err != nil {
		return err
	}
	if err := t.steady(ctx, map[string]any{}); err != nil || s.taken {
		return err
	}
	s.taken = true
	if len(t.asked()) != s.asked {
		return errUnsteady
	}
	return nil
}

// View implements diagnose.Tab.
func (s *seat) View() preview.View { return s.view }

// File implements diagnose.Tab.
func (s *seat) File(address string) string { return s.tab.File(address) }

// Events implements diagnose.Tab.
func (s *seat) Events() []diagnose.Event { return s.tab.Events() }

// Eval implements diagnose.Tab.
func (s *seat) Eval(ctx context.Context, fn string, arg, result any) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	return s.tab.Eval(ctx, fn, arg, result)
}

// Styles implements diagnose.Tab.
func (s *seat) Styles(ctx context.Context, fn string, arg any) ([]preview.StyleRule, error) {
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	return s.tab.Styles(ctx, fn, arg)
}

// Picture implements diagnose.Tab.
func (s *seat) Picture(ctx context.Context, box preview.Box) (image.Image, error) {
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	return s.tab.Picture(ctx, box)
}

// Copy implements diagnose.Tab.
func (s *seat) Copy(ctx context.Context) (diagnose.Copy, error) {
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	return s.tab.Copy(ctx)
}
