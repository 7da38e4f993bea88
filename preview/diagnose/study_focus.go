package diagnose

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"slices"
	"time"

	"relook/preview"
)

// Bounds on the way of the focus. A stop that is looked at takes two pictures, so
// of each sort of control only the first is.
const (
	maxStops = 80
	maxRings = 24
	maxParts = 9 // stops within one control: a field for date and time has eight
)

// The picture of a control with its surroundings: rings, underlines and labels
// are within 24 px of it.
const lookAround = 24

// A difference of less than a tenth of the scale in every channel can't be seen
// on common screens, and fewer than 8 pixels are no sign to anybody.
const (
	seenChannel = 26
	seenPixels  = 8
)

// focusSettles is the page time in which focus styles fade in or out.
const focusSettles = 300 * time.Millisecond

// A stop is where the focus is, as focus.js tells it.
type stop struct {
	found
	Left     bool   `json:"left"` // nothing has the focus
	ID       int    `json:"id"`   // the same for the same element
	Key      string `json:"key"`
	Role     string `json:"role"`
	Tag      string `json:"tag"`
	Name     string `json:"name"`
	Shown    bool   `json:"shown"`
	Look     box    `json:"look"`
	Caret    bool   `json:"caret"`
	Frame    bool   `json:"frame"`
	Own      bool   `json:"own"`
	Modal    bool   `json:"modal"`
	HiddenIn string `json:"hiddenIn"`
}

// tabThrough presses Tab through a copy of the page at the widest view.
func tabThrough(ctx context.Context, s *site) error {
	view := s.widestFirst()[0]
	c, err := s.tabs[view].Copy(ctx)
	if err != nil {
		return ignoreGone(err)
	}
	defer c.Close()
	w := &walk{site: s, view: view, copy: c, looked: map[string]bool{}, bad: map[string]bool{}}
	if err := w.run(ctx); err != nil {
		return ignoreGone(fmt.Errorf("following the focus at %s: %w", s.views[view].Name(), err))
	}
	return nil
}

// A walk is one journey of the focus.
type walk struct {
	site   *site
	view   int
	copy   Copy
	stops  []stop
	looked map[string]bool // keys of controls that were looked at
	bad    map[string]bool // those of them whose focus can't be seen
}

func (w *walk) run(ctx context.Context) error {
	var expected int
	if err := call(ctx, w.copy, map[string]any{"entry": "journey", "limits": w.site.scriptLimits()}, &expected); err != nil {
		return err
	}
	parts := 0
	for len(w.stops) < maxStops {
		at, err := w.tab(ctx)
		if err != nil {
			return err
		}
		if at.Left && len(w.stops) == 0 {
			// The first Tab may be spent on entering the page.
			if at, err = w.tab(ctx); err != nil {
				return err
			}
		}
		if n := len(w.stops); n > 0 && !at.Left && at.ID == w.stops[n-1].ID && parts < maxParts {
			parts++
			continue
		}
		parts = 0
		if again := slices.IndexFunc(w.stops, func(s stop) bool { return s.ID == at.ID }); at.Left || again >= 0 || at.Frame {
			w.trapped(at, again, expected)
			return nil
		}
		w.stops = append(w.stops, at)
		if err := w.look(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) tab(ctx context.Context) (stop, error) {
	if err := w.copy.Press(ctx, KeyTab); err != nil {
		return stop{}, err
	}
	return w.where(ctx)
}

func (w *walk) where(ctx context.Context) (at stop, err error) {
	return at, call(ctx, w.copy, map[string]any{"entry": "stop", "limits": w.site.scriptLimits()}, &at)
}

// trapped reports a journey that ends too soon: at says where it is, again which
// stop it came back to.
func (w *walk) trapped(at stop, again, expected int) {
	left := expected - len(w.stops)
	switch {
	case left <= 0 || at.Frame || at.Modal:
		return
	case at.Left && len(w.stops) == 0:
		w.report(FocusTrap, stop{found: found{XPath: "/html[1]", Selector: "html"}}, "dead", "dead", nil)
	case !at.Left && again > 0, !at.Left && again == 0 && len(w.stops) == 1:
		w.report(FocusTrap, w.stops[again], "trap", "trap "+w.stops[again].Key, nil)
	default:
		return // it left the page at its end
	}
	f := &w.site.readings[w.view].Findings
	(*f)[len(*f)-1].Measure["unreached"] = float64(left)
}

// look compares a control with and without the focus.
func (w *walk) look(ctx context.Context, at stop) error {
	if !at.Own || at.Caret && at.Shown || at.Frame {
		return nil
	}
	key := at.Key
	if !at.Shown {
		key = "hidden " + at.HiddenIn
	}
	if !w.looked[key] {
		if len(w.looked) >= maxRings {
			return nil
		}
		w.looked[key] = true
		same, now, err := w.compare(ctx)
		if err != nil || !same || now.ID != at.ID || now.Shown != at.Shown {
			return err
		}
		w.bad[key] = true
	}
	if !w.bad[key] {
		return nil
	}
	if !at.Shown {
		w.report(FocusNotVisible, at, "hidden", "hidden", nil)
		return nil
	}
	cause, err := w.ringless(ctx, at)
	if err != nil {
		return err
	}
	w.report(FocusNotVisible, at, "same", "same "+key, cause)
	return nil
}

// compare tells whether the focused control looks the same once the focus is
// gone, and gives it back. now is the stop once its styles have settled.
func (w *walk) compare(ctx context.Context) (same bool, now stop, err error) {
	if err := w.copy.Pass(ctx, focusSettles); err != nil {
		return false, now, err
	}
	if now, err = w.where(ctx); err != nil || now.Left {
		return false, now, err
	}
	area := box{X: now.Look.X - lookAround, Y: now.Look.Y - lookAround, Width: now.Look.Width + 2*lookAround, Height: now.Look.Height + 2*lookAround}
	with, err := w.copy.Picture(ctx, area)
	if err != nil {
		return false, now, err
	}
	var done bool
	if err := call(ctx, w.copy, map[string]any{"entry": "blur"}, &done); err != nil || !done {
		return false, now, err
	}
	if err := w.copy.Pass(ctx, focusSettles); err != nil {
		return false, now, err
	}
	without, err := w.copy.Picture(ctx, area)
	if err != nil {
		return false, now, err
	}
	if err := call(ctx, w.copy, map[string]any{"entry": "unblur"}, &done); err != nil {
		return false, now, err
	}
	return done && !with.Bounds().Empty() && alike(with, without), now, nil
}

// alike reports whether nobody could tell two pictures of the same place apart.
func alike(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	n, r := 0, a.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if p, q := a.At(x, y), b.At(x, y); p != q && stands(p, q) {
				if n++; n >= seenPixels {
					return false
				}
			}
		}
	}
	return true
}

// stands reports whether a colour stands out from another as a sign must: more
// than what is merely visible.
func stands(p, q color.Color) bool {
	r1, g1, b1, _ := p.RGBA()
	r2, g2, b2, _ := q.RGBA()
	far := func(x, y uint32) bool { return max(x, y)-min(x, y) > seenChannel<<8 }
	return far(r1, r2) || far(g1, g2) || far(b1, b2)
}

// ringless is the declaration that takes the browser's own ring away, nil if none
// does: without it there is one.
func (w *walk) ringless(ctx context.Context, at stop) (*preview.Cause, error) {
	rules, err := w.copy.Styles(ctx, elementScript, map[string]any{"entry": "focused"})
	if err != nil {
		return nil, err
	}
	rules = slices.DeleteFunc(rules, func(r preview.StyleRule) bool { return r.Body.File == "" })
	for _, property := range []string{"outline", "outline-style", "outline-width", "outline-color"} {
		if c := w.site.declares(rules, property); c != nil && c.Property == property {
			proved, err := w.rings(ctx, at.XPath, property)
			if err != nil || proved {
				return c, err
			}
		}
	}
	return nil, nil
}

// ring makes each of the properties that may take the ring away harmless.
var ring = map[string]string{"outline": "auto", "outline-style": "auto", "outline-width": "3px", "outline-color": "Highlight"}

// rings tells whether the focused control has a ring once the property is harmless.
func (w *walk) rings(ctx context.Context, xpath, property string) (bool, error) {
	var results []*struct {
		Base  float64   `json:"base"`
		After []float64 `json:"after"`
	}
	arg := map[string]any{"entry": "prove", "limits": w.site.scriptLimits(), "proven": provenPart, "cases": []map[string]any{{
		"rule": FocusNotVisible, "elements": []string{xpath}, "others": []other{}, "detail": "",
		"tries": []map[string]any{{"xpath": xpath, "overrides": map[string]string{property: ring[property]}}},
	}}}
	if err := call(ctx, w.copy, arg, &results); err != nil {
		return false, err
	}
	return len(results) == 1 && results[0] != nil && results[0].Base == 1 && len(results[0].After) == 1 && results[0].After[0] == 0, nil
}

func (w *walk) report(rule string, at stop, way, group string, cause *preview.Cause) {
	r := &w.site.readings[w.view]
	if cause != nil {
		place := root(cause)
		group = fmt.Sprintf("%s %s %d:%d", way, place.File, place.Range.Start.Line, place.Range.Start.Character)
		cause = w.site.ours(cause, at.XPath)
	}
	i := slices.IndexFunc(r.Findings, func(f finding) bool { return f.Rule == rule && f.Group == group })
	if i >= 0 {
		f := &r.Findings[i]
		f.Measure["count"]++
		if len(f.Elements) < MaxElementsEach {
			f.Elements = append(f.Elements, at.found)
		}
		return
	}
	words := map[string]string{"way": way, "role": at.Role, "name": at.Name, "tag": at.Tag}
	if at.Caret {
		words["caret"] = "yes"
	}
	r.Findings = append(r.Findings, finding{
		Rule: rule, Group: group, Elements: []found{at.found}, Measure: map[string]float64{"count": 1}, Words: words, settled: known(cause),
	})
}
