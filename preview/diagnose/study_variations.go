package diagnose

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"relook/preview"
)

// mostVaried is how many findings of a variation are reported for a view: the
// worst. More of them have few causes, which the first ones show.
const mostVaried = 5

// losing are the rules that say that something can't be read or used. Only they
// count in a variation: a page that looks less tidy in one is no worse for it.
var losing = []string{SidewaysScroll, OutsideViewport, ClippedText, TextOverlap, CoveredControl}

// maxVaried is how many elements a page may have: it is read ten times more.
const maxVaried = 4000

// studyVariations looks at a copy of the page in the ways in which other people
// do, and reports what they lose. What shows in the unvaried page as well is
// left out.
func studyVariations(ctx context.Context, s *site) error {
	wide, narrow := s.extremes()
	if wide < 0 || s.readings[wide].Elements > maxVaried {
		return nil
	}
	c, err := s.tabs[wide].Copy(ctx)
	if errors.Is(err, ErrNoCopy) {
		return nil
	}
	if err != nil {
		return err
	}
	defer c.Close()
	v := &varier{site: s, copy: c, known: told{}}
	for _, r := range s.readings {
		v.known.add(r.Findings)
	}
	if err := v.all(ctx, wide, narrow); err != nil {
		// A copy that went on to another page or crashed has no more to tell. What
		// else goes wrong shows in the copy or in the page's own tab as well.
		if c.Eval(ctx, aliveScript, nil, nil) != nil {
			return s.tabs[wide].Eval(ctx, aliveScript, nil, nil)
		}
		return err
	}
	return nil
}

// aliveScript fails in a page that is gone.
const aliveScript = "() => 0"

// extremes are the indexes of the widest and the narrowest view on a screen.
func (s *site) extremes() (wide, narrow int) {
	wide, narrow = -1, -1
	for i, v := range s.views[:len(s.views)-len(s.added)] {
		if v.Media == "print" || v.State != "" {
			continue
		}
		if wide < 0 || v.Width > s.views[wide].Width {
			wide = i
		}
		if narrow < 0 || v.Width < s.views[narrow].Width {
			narrow = i
		}
	}
	return wide, narrow
}

// A varier looks at a copy in one way after the other.
type varier struct {
	site  *site
	copy  Copy
	known told // what shows without any variation
}

// told are the findings that need not be told again: those of the same group,
// and those of the same rule at the same element.
type told map[string]bool

func (t told) add(list []finding) {
	for _, f := range list {
		t[findingKey(f)] = true
		for _, e := range f.Elements {
			t[f.Rule+" at "+e.XPath] = true
		}
	}
}

// unheard are those of list that are not yet told, which they are from then on.
func (t told) unheard(list []finding) []finding {
	var out []finding
	for _, f := range list {
		if t[findingKey(f)] || len(f.Elements) > 0 && t[f.Rule+" at "+f.Elements[0].XPath] {
			continue
		}
		out = append(out, f)
	}
	t.add(out)
	return out
}

// all looks in every way, those first that leave the view as it is.
func (v *varier) all(ctx context.Context, wide, narrow int) error {
	steps := []func() error{
		func() error { return v.texts(ctx, wide, v.site.readings[wide]) },
		func() error { return v.mirror(ctx, wide) },
		func() error { return v.zoom(ctx, wide) },
		func() error { return v.small(ctx, wide) },
		func() error { return v.narrow(ctx, wide, narrow) },
		func() error { return v.system(ctx, wide) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (v *varier) read(ctx context.Context, rules ...string) (reading, error) {
	var r reading
	of := append([]string{}, rules...) // none is an empty list
	err := call(ctx, v.copy, map[string]any{"entry": "read", "limits": v.site.scriptLimits(), "rules": of, "ignored": v.site.ignoredElements()}, &r)
	return r, err
}

// look reads the copy at another view.
func (v *varier) look(ctx context.Context, as preview.View, rules ...string) (reading, error) {
	if err := v.copy.Look(ctx, as); err != nil {
		return reading{}, err
	}
	return v.read(ctx, rules...)
}

// change varies the page itself; "" takes the last change back.
func (v *varier) change(ctx context.Context, what string) error {
	var done bool
	return call(ctx, v.copy, map[string]any{"entry": "vary", "limits": v.site.scriptLimits(), "what": what}, &done)
}

// narrow looks at the narrowest view as well, where there is least room for text.
func (v *varier) narrow(ctx context.Context, wide, narrow int) error {
	if narrow == wide {
		return nil
	}
	base, err := v.look(ctx, v.site.views[narrow], losing...)
	if err != nil {
		return err
	}
	v.known.add(base.Findings)
	return v.texts(ctx, narrow, base)
}

// texts looks at the page with longer text and with wider text spacing. What
// both break is told once. WCAG lets wide text scroll.
func (v *varier) texts(ctx context.Context, view int, base reading) error {
	heard := maps.Clone(v.known)
	for _, w := range []struct {
		what  string
		as    variation
		rules []string
	}{
		{"longer", longerText, losing},
		{"spacing", textSpacing, losing[1:]},
	} {
		if err := v.change(ctx, w.what); err != nil {
			return err
		}
		r, err := v.read(ctx, w.rules...)
		if err != nil {
			return err
		}
		found := heard.unheard(r.Findings)
		unvaried(found, base, r)
		if err := v.report(ctx, view, w.as, found); err != nil {
			return err
		}
	}
	return v.change(ctx, "")
}

// unvaried puts the page's own words in place of those that were varied.
func unvaried(found []finding, base, varied reading) {
	key := func(it preview.Item) string { return string(it.Kind) + it.XPath }
	was, own := map[string]string{}, map[string]string{}
	for _, it := range base.Inventory.Items {
		was[key(it)] = it.Name
	}
	for _, it := range varied.Inventory.Items {
		own[it.Name] = was[key(it)]
	}
	for _, f := range found {
		for _, word := range []string{"text", "name", "a", "b"} {
			if name := own[f.Words[word]]; name != "" {
				f.Words[word] = name
			}
		}
	}
}

// mirror looks at the page from right to left. Of a page that shows no sign of
// being meant for that the worst is told, and only as an information.
func (v *varier) mirror(ctx context.Context, view int) error {
	var meant bool
	if err := call(ctx, v.copy, map[string]any{"entry": "meantForRTL"}, &meant); err != nil {
		return err
	}
	if err := v.change(ctx, "rtl"); err != nil {
		return err
	}
	r, err := v.read(ctx, losing...)
	if err != nil {
		return err
	}
	found := maps.Clone(v.known).unheard(r.Findings)
	if !meant {
		found = v.worst(found, view, 1)
		for i := range found {
			found[i].Words["unmeant"] = "yes"
		}
	}
	if err := v.report(ctx, view, rightToLeft, found); err != nil {
		return err
	}
	return v.change(ctx, "")
}

// zoom looks at the page at 200 %: half as wide and half as high. What a narrower
// window loses is the business of the search of widths, so the findings are
// compared with a window of that width and full height.
func (v *varier) zoom(ctx context.Context, view int) error {
	as := v.site.views[view]
	if as.Width/2 < smallWidth {
		return nil
	}
	as.Width, as.Height = as.Width/2, max(as.Height/2, 1)
	as.Scale = 2 * max(as.Scale, 1)
	tall := as
	tall.Height = v.site.views[view].Height
	base, err := v.look(ctx, tall, losing...)
	if err != nil {
		return err
	}
	heard := maps.Clone(v.known)
	heard.add(base.Findings)
	r, err := v.look(ctx, as, losing...)
	if err != nil {
		return err
	}
	low, err := v.lost(ctx, base, r, "cut", "fixed", "page")
	if err != nil {
		return err
	}
	hidden, err := v.lost(ctx, v.site.readings[view], r, "hidden")
	if err != nil {
		return err
	}
	found := slices.Concat(heard.unheard(r.Findings), hidden)
	found = slices.DeleteFunc(found, func(f finding) bool { return explained(f, low) })
	found = append(found, low...)
	v.known.add(hidden) // 320 px hide it as well
	return v.report(ctx, view, atZoom, found)
}

// explained reports whether a finding comes of what loses more: a page that
// can't be scrolled loses what lies beyond each edge, and a box that cuts off
// whole things cuts through others.
func explained(f finding, low []finding) bool {
	return slices.ContainsFunc(low, func(l finding) bool {
		if f.Rule == OutsideViewport {
			return l.Words["reason"] == "page"
		}
		a, b := f.Elements[0].XPath+"/", l.Elements[0].XPath+"/"
		return f.Rule == ClippedText && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
	})
}

// smallWidth is the width of WCAG 1.4.10: a window of 1,280 px at 400 %.
const smallWidth = 320

// small looks at the page at 320 px for what is left out there and for text that
// has to be scrolled both ways.
func (v *varier) small(ctx context.Context, view int) error {
	as := v.site.views[view]
	if as.Width <= smallWidth {
		return nil
	}
	as.Width = smallWidth
	r, err := v.look(ctx, as, ruleTwoWay)
	if err != nil {
		return err
	}
	hidden, err := v.lost(ctx, v.site.readings[view], r, "hidden")
	if err != nil {
		return err
	}
	return v.report(ctx, view, at320, maps.Clone(v.known).unheard(append(r.Findings, hidden...)))
}

// system looks at the page as the settings of a visitor's system may ask for: in
// the dark scheme and with reduced motion. A page that does not care for them
// stays as it is, and nothing is new. Scripts ask when they start, so a page
// with scripts is loaded again; both are looked at in one, to load it once.
func (v *varier) system(ctx context.Context, view int) error {
	was := v.site.views[view]
	as := was
	as.Scheme, as.Motion = "dark", "reduce"
	var scripted bool
	if err := call(ctx, v.copy, map[string]any{"entry": "scripted"}, &scripted); err != nil {
		return err
	}
	again := v.copy.Look
	if scripted {
		again = v.copy.Load
	}
	if err := again(ctx, as); err != nil {
		if errors.Is(err, ErrNoCopy) {
			return nil
		}
		return err
	}
	r, err := v.read(ctx, LowContrast)
	if err != nil {
		return err
	}
	if was.Scheme != as.Scheme {
		if err := v.dark(ctx, view, r); err != nil {
			return err
		}
	}
	if was.Motion == as.Motion {
		return nil
	}
	found, err := v.lost(ctx, v.site.readings[view], r, "unseen", "moved")
	if err != nil {
		return err
	}
	return v.report(ctx, view, reducedMotion, found)
}

// dark reports the texts and pictures that can't be seen in the dark scheme.
func (v *varier) dark(ctx context.Context, view int, r reading) error {
	found, err := v.pictures(ctx, view)
	if err != nil {
		return err
	}
	found = append(found, maps.Clone(v.known).unheard(r.Findings)...)
	return v.report(ctx, view, darkScheme, found)
}
