package previewtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"relook/preview"
	"relook/preview/markup"
)

// A Fake renders a small part of HTML and CSS without a browser, the same way
// each time. It knows: block layout with width, min-width, max-width and height
// in px, % and min(), color and background as #hex, display, overflow-x on the
// page; rules by tag, class, id and combinations of them without combinators;
// @media with min-width and max-width; style elements, linked style sheets and
// style attributes. It runs no scripts, save that one with for(;;) never ends if
// scripts may run.
//
// It finds sideways-scroll, low-contrast, broken-image and failed-request, and
// takes stock of texts, pictures, controls and painted boxes. The zero value is
// ready for use.
type Fake struct{}

// Render implements preview.Renderer.
func (Fake) Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	src, err := p.Source()
	if err != nil {
		return nil, err
	}
	o = o.Defaulted()
	doc := parseDocument(p, src)
	r := &preview.Rendering{Files: []string{p.Entry}, Diagnosis: preview.Diagnosis{Path: p.Entry, Valid: true, Defects: []preview.Defect{}, Millis: 1}}
	if doc.endless && !o.NoScripts {
		r.Diagnosis.Valid = false
		r.Diagnosis.InvalidReason = fmt.Sprintf("the page did not finish within %v: a script never ends", o.Timeout)
		return r, nil
	}
	found := findings{byKey: map[string]*preview.Defect{}, doc: doc}
	for _, v := range o.Views {
		l := doc.layout(v)
		if l.blank() {
			r.Diagnosis.Valid, r.Diagnosis.InvalidReason = false, "the page is blank: it has no text and paints nothing"
			r.Inventories, r.Diagnosis.Defects = nil, []preview.Defect{}
			return r, nil
		}
		found.check(l)
		r.Inventories = append(r.Inventories, l.inventory())
		shots, err := l.shots(o)
		if err != nil {
			return nil, err
		}
		r.Shots = append(r.Shots, shots...)
	}
	r.Diagnosis.Defects = append(r.Diagnosis.Defects, found.defects()...)
	r.Diagnosis.Sort()
	return r, nil
}

// Open implements preview.Renderer.
func (f Fake) Open(ctx context.Context, p preview.Page, o preview.RenderOptions) (preview.Live, error) {
	r, err := f.Render(ctx, p, o)
	if err != nil {
		return nil, err
	}
	return &fakeLive{page: p, options: o, rendering: r}, nil
}

type fakeLive struct {
	page      preview.Page
	options   preview.RenderOptions
	rendering *preview.Rendering
}

// Rendering implements preview.Live.
func (l *fakeLive) Rendering() *preview.Rendering { return l.rendering }

// Close implements preview.Live.
func (l *fakeLive) Close() error { return nil }

// Try implements preview.Live: edits of style sheets and style attributes can be
// tried.
func (l *fakeLive) Try(ctx context.Context, edits []preview.Edit) (*preview.Rendering, error) {
	if !l.rendering.Diagnosis.Valid {
		return nil, preview.ErrNotInPlace
	}
	texts := map[string]string{}
	edits = slices.SortedFunc(slices.Values(edits), func(a, b preview.Edit) int { return b.Span.Start - a.Span.Start })
	for i, e := range edits {
		src, err := l.page.Read(e.File)
		var missing *preview.InputError
		if errors.As(err, &missing) || err == nil && !styled(l.page, src, e) {
			return nil, preview.ErrNotInPlace
		}
		if err != nil {
			return nil, err
		}
		for _, other := range edits[:i] {
			if other.File == e.File && other.Span.Overlaps(e.Span) {
				return nil, fmt.Errorf("the edits of %s overlap", e.File)
			}
		}
		if _, ok := texts[e.File]; !ok {
			texts[e.File] = src.String()
		}
		texts[e.File] = texts[e.File][:e.Span.Start] + e.NewText + texts[e.File][e.Span.End:]
	}
	o := l.options
	o.Shots = preview.NoShots
	return Fake{}.Render(ctx, preview.Page{FS: preview.Overlay(l.page.FS, texts), Entry: l.page.Entry}, o)
}

// styled reports whether e lies in CSS that the page uses.
func styled(p preview.Page, src preview.Text, e preview.Edit) bool {
	if strings.Contains(e.NewText, "</") || strings.Contains(e.NewText, "url(") {
		return false
	}
	page, err := p.Source()
	if err != nil {
		return false
	}
	for _, s := range parseDocument(p, page).sheets {
		if s.file == e.File && s.span.Contains(e.Span) {
			return true
		}
	}
	if e.File != p.Entry || strings.ContainsAny(e.NewText, `"'<>`) {
		return false
	}
	_, name, _, ok := markup.Parse(src).AttrAt(e.Span)
	return ok && name == "style"
}

func (l *layout) shots(o preview.RenderOptions) ([]preview.Shot, error) {
	var at []time.Duration
	switch o.Shots {
	case preview.AllShots:
		at = o.Moments
	case preview.LastShots:
		at = o.Moments[len(o.Moments)-1:]
	}
	var shots []preview.Shot
	for _, m := range at {
		s, err := l.shot(m)
		if err != nil {
			return nil, fmt.Errorf("taking a shot: %w", err)
		}
		shots = append(shots, s)
	}
	return shots, nil
}
