package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"relook/preview"
)

// A page is also looked at beside its views: where a defect begins and ends, and
// at widths that nobody named. There an edit must do what it does at the views,
// or nothing.

const (
	// maxAside bounds how many widths beside the views are looked at.
	maxAside = 8
	// besidePart is how far, as a part of a view's width, the widths next to it
	// lie.
	besidePart = 0.07
	// leastAside and mostAside bound the widths, px.
	leastAside, mostAside = 320, 1920
)

// asides are the widths beside the views: below the narrowest, above the widest,
// between neighbours, and the ends of the ranges in which the defects hold, just
// inside and just outside.
func asides(views []preview.View, defects []preview.Defect) []preview.View {
	base := slices.IndexFunc(views, func(v preview.View) bool { return v.State == "" && v.Media != "print" })
	if base < 0 {
		return nil
	}
	var known []preview.View
	for _, v := range views {
		like := views[base]
		like.Width, like.Height = v.Width, v.Height
		if v == like {
			known = append(known, v)
		}
	}
	slices.SortFunc(known, func(a, b preview.View) int { return a.Width - b.Width })
	first, last := known[0].Width, known[len(known)-1].Width
	// The narrowest width that people have is always looked at: there a repair for a
	// phone gives itself away.
	widths := []int{leastAside, first - int(besidePart*float64(first)), last + int(besidePart*float64(last))}
	for i := range known[1:] {
		widths = append(widths, (known[i].Width+known[i+1].Width)/2)
	}
	for _, d := range defects {
		for _, r := range d.Widths {
			widths = append(widths, r.From-1, r.From, r.To, r.To+1)
		}
	}
	var list []preview.View
	for _, w := range widths {
		if w < min(leastAside, first) || w > max(mostAside, last) || len(list) == maxAside {
			continue
		}
		v := known[0]
		for _, other := range known {
			if other.Width <= w {
				v = other
			}
		}
		v.Width = w
		if !slices.Contains(known, v) && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// look takes stock of the page as the trials will see it.
func (p *pass) look(ctx context.Context) error {
	if !p.base.Diagnosis.Valid || !p.closely() {
		return nil
	}
	if err := p.widen(ctx); err != nil {
		return err
	}
	plain, err := p.live.Try(ctx, nil)
	if err != nil {
		return fmt.Errorf("measuring the page in place: %w", err)
	}
	p.current = plain
	p.beyond = map[string]bool{}
	for _, d := range p.base.Diagnosis.Defects {
		if counterpart(plain.Diagnosis, d) == nil {
			p.beyond[d.Key()] = true
		}
	}
	return nil
}

// maxBetween is how many widths between the views are opened for defects that
// show there only.
const maxBetween = 2

// widen opens the page anew if defects show between the views only, with those
// widths added.
func (p *pass) widen(ctx context.Context) error {
	o := p.options(preview.NoShots)
	views := slices.Clone(o.Views)
	for _, d := range p.base.Diagnosis.Defects {
		for _, name := range d.Views {
			v, err := preview.ParseView(name)
			known := slices.ContainsFunc(views, func(o preview.View) bool { return o.Name() == name })
			if err == nil && !known && len(views) < len(o.Views)+maxBetween {
				views = append(views, v)
			}
		}
	}
	if len(views) == len(o.Views) {
		return nil
	}
	o.Views = views
	live, err := p.Renderer.Open(ctx, p.page, o)
	if err != nil {
		return err
	}
	old := p.live
	p.live = live
	return old.Close()
}

// targetsIn are the keys, in another diagnosis of the page, of the defects that
// keys name in the pass's own.
func (p *pass) targetsIn(d preview.Diagnosis, keys []string) []string {
	var list []string
	for _, f := range p.base.Diagnosis.Defects {
		if !slices.Contains(keys, f.Key()) {
			continue
		}
		for _, o := range d.Defects {
			if counterpart(preview.Diagnosis{Defects: []preview.Defect{f}}, o) != nil {
				list = append(list, o.Key())
			}
		}
	}
	return list
}

// aside judges what edits do at the widths beside the views. before is the page
// without the last of them, nil for as it was when the pass began; it returns
// the page with all of them.
func (p *pass) aside(ctx context.Context, before *preview.Rendering, edits []preview.Edit, targets []string) (Verdict, *preview.Rendering, error) {
	if before == nil {
		var err error
		if before, err = p.plainAside(ctx); err != nil || before == nil {
			return Verdict{Admitted: true}, nil, err
		}
	}
	page, _, err := p.edited(edits)
	if err != nil {
		return Verdict{}, nil, fmt.Errorf("applying the repairs: %w", err)
	}
	after, err := p.renderAside(ctx, page)
	if err != nil {
		return Verdict{}, nil, err
	}
	return p.gate.JudgeAside(Case{
		Before: before, After: after, Targets: p.targetsIn(before.Diagnosis, targets), Fresh: true,
	}), after, nil
}

// dropAside judges what was taken beside the views, and drops what does not hold
// there. It reports whether it dropped any: then the policies are asked again
// about what is left.
func (p *pass) dropAside(ctx context.Context) (dropped bool, err error) {
	if p.gate.Instructed || len(p.taken) <= p.asideTaken {
		return false, nil
	}
	p.note("verify", "looking beside the views")
	v, _, err := p.aside(ctx, nil, p.takenEdits(), p.takenTargets())
	if err != nil || v.Admitted {
		p.asideTaken = len(p.taken)
		return false, err
	}
	all := p.taken
	var now *preview.Rendering
	p.taken = nil
	for _, i := range all {
		a := &p.record.Attempts[i]
		beside := v
		if len(all) > 1 {
			var after *preview.Rendering
			if beside, after, err = p.aside(ctx, now, append(p.takenEdits(), a.Edits...), a.Targets); err != nil {
				return false, err
			}
			if beside.Admitted {
				p.taken, now = append(p.taken, i), after
				continue
			}
		}
		a.Verdict = beside
		for _, key := range a.Targets {
			delete(p.mended, key)
		}
	}
	p.asideTaken = len(p.taken)
	if len(p.taken) == len(all) {
		return false, nil // only together do they not hold: the fresh render decides
	}
	return true, p.retake(ctx)
}

// retake measures the page anew with what is left of what was taken.
func (p *pass) retake(ctx context.Context) error {
	after, err := p.live.Try(ctx, p.takenEdits())
	switch {
	case err == nil:
		after = likeTimed(after, p.current)
	case errors.Is(err, preview.ErrNotInPlace):
		var page preview.Page
		if page, _, err = p.edited(p.takenEdits()); err == nil {
			after, err = p.renderPlain(ctx, page)
		}
	}
	if err != nil {
		return fmt.Errorf("measuring what is left: %w", err)
	}
	p.current = after
	return nil
}

// plainAside is the page beside its views as it was when the pass began; nil
// where it has no such widths or does not render there.
func (p *pass) plainAside(ctx context.Context) (*preview.Rendering, error) {
	if p.asideBase != nil || p.noAside {
		return p.asideBase, nil
	}
	p.asideViews = asides(p.options(0).Views, p.targets())
	p.noAside = len(p.asideViews) == 0
	if p.noAside {
		return nil, nil
	}
	r, err := p.renderAside(ctx, p.page)
	if err != nil {
		return nil, err
	}
	if p.noAside = !r.Diagnosis.Valid; !p.noAside {
		p.asideBase = r
	}
	return p.asideBase, nil
}

// targets are the defects of the pass that are worth a repair.
func (p *pass) targets() []preview.Defect {
	return slices.DeleteFunc(slices.Clone(p.base.Diagnosis.Defects), func(d preview.Defect) bool { return d.Severity == preview.SeverityInfo })
}

func (p *pass) renderAside(ctx context.Context, page preview.Page) (*preview.Rendering, error) {
	o := p.options(preview.NoShots)
	o.Views = p.asideViews
	r, err := p.Renderer.Render(ctx, page, o)
	if err != nil {
		return nil, fmt.Errorf("rendering beside the views: %w", err)
	}
	return r, nil
}
