package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"relook/preview"
	"relook/preview/chrome"
)

// inBrowser compares relook's rendering with playwright-core's.
func inBrowser(ctx context.Context, c config) (rows []row, err error) {
	found, err := chrome.Find(ctx)
	if err != nil {
		return nil, err
	}
	r, err := startRival(ctx, found.Path, c)
	if err != nil {
		return nil, fmt.Errorf("starting playwright-core: %w", err)
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	b := chrome.New(chrome.Config{Path: found.Path})
	defer func() { err = errors.Join(err, b.Close()) }()
	page := preview.Page{FS: os.DirFS(filepath.Dir(c.page)), Entry: filepath.Base(c.page)}
	try, done, err := tryOut(ctx, b, page, "width: 1100px")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	d, err := medians(c.rounds,
		r.round,
		rendered(ctx, b, page, preview.RenderOptions{}),
		rendered(ctx, b, page, preview.RenderOptions{NoCauses: true}),
		rendered(ctx, b, page, preview.RenderOptions{Shots: preview.LastShots}),
		rendered(ctx, b, page, preview.RenderOptions{Views: preview.DefaultViews()[2:], Shots: preview.AllShots}),
		try,
	)
	if err != nil {
		return nil, err
	}
	theirs, render, judged, shots, moments, tried := d[0], d[1], d[2], d[3], d[4], d[5]
	return []row{
		{"playwright-core: three screenshots on a reused page", ms(theirs), "", true},
		{"relook: render, diagnosis and causes at three widths, warm", ms(render), "", true},
		{"the same without looking up causes, as the gate judges", ms(judged), "", true},
		{"relook: render, diagnosis and causes with three full-page shots", ms(shots), "", true},
		{"playwright-core's time / relook's render and diagnosis", fmt.Sprintf("%.1f", ratio(theirs, render)), "at least 3", ratio(theirs, render) >= 3},
		{"playwright-core's time / relook's without causes", fmt.Sprintf("%.1f", ratio(theirs, judged)), "", true},
		{"playwright-core's time / relook's with shots", fmt.Sprintf("%.1f", ratio(theirs, shots)), "", true},
		{"three temporal shots (0, 1, 2 s) at 1280 px, checks included", ms(moments), "under 300 ms", moments < 300*time.Millisecond},
		{"a declaration tried in place at three widths", ms(tried), "", true},
		{"fresh render and diagnosis / tried in place", fmt.Sprintf("%.1f", ratio(render, tried)), "at least 5", ratio(render, tried) >= 5},
	}, nil
}

// rendered measures a render.
func rendered(ctx context.Context, b *chrome.Browser, page preview.Page, o preview.RenderOptions) func() (time.Duration, error) {
	return timed(func() error {
		r, err := b.Render(ctx, page, o)
		if err != nil {
			return err
		}
		if !r.Diagnosis.Valid {
			return fmt.Errorf("the page is invalid: %s", r.Diagnosis.InvalidReason)
		}
		return nil
	})
}

// tryOut opens the page and gives what tries another value of one of its
// declarations, a new one each time, so that nothing can be remembered.
func tryOut(ctx context.Context, b *chrome.Browser, page preview.Page, decl string) (try func() (time.Duration, error), done func() error, err error) {
	src, err := page.Source()
	if err != nil {
		return nil, nil, err
	}
	at := strings.Index(src.String(), decl)
	if at < 0 {
		return nil, nil, fmt.Errorf("%s has no %q to try another value of", page.Entry, decl)
	}
	live, err := b.Open(ctx, page, preview.RenderOptions{})
	if err != nil {
		return nil, nil, err
	}
	property, _, _ := strings.Cut(decl, ":")
	value := 300
	return timed(func() error {
		value++
		_, err := live.Try(ctx, []preview.Edit{{
			File: page.Entry, Span: preview.Span{Start: at, End: at + len(decl)}, NewText: fmt.Sprintf("%s: %dpx", property, value),
		}})
		return err
	}), live.Close, nil
}
