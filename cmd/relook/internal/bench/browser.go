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
	theirs, err := playwright(ctx, found.Path, c)
	if err != nil {
		return nil, fmt.Errorf("measuring playwright-core: %w", err)
	}
	b := chrome.New(chrome.Config{Path: found.Path})
	defer func() { err = errors.Join(err, b.Close()) }()
	page := preview.Page{FS: os.DirFS(filepath.Dir(c.page)), Entry: filepath.Base(c.page)}

	render, err := timeRender(ctx, b, page, c.rounds, preview.RenderOptions{})
	if err != nil {
		return nil, err
	}
	judged, err := timeRender(ctx, b, page, c.rounds, preview.RenderOptions{NoCauses: true})
	if err != nil {
		return nil, err
	}
	shots, err := timeRender(ctx, b, page, c.rounds, preview.RenderOptions{Shots: preview.LastShots})
	if err != nil {
		return nil, err
	}
	moments, err := timeRender(ctx, b, page, c.rounds, preview.RenderOptions{Views: preview.DefaultViews()[2:], Shots: preview.AllShots})
	if err != nil {
		return nil, err
	}
	try, err := timeTry(ctx, b, page, c.rounds)
	if err != nil {
		return nil, err
	}
	return []row{
		{"playwright-core: three screenshots on a reused page", ms(theirs), "", true},
		{"relook: render, diagnosis and causes at three widths, warm", ms(render), "", true},
		{"the same without looking up causes, as the gate judges", ms(judged), "", true},
		{"relook: render, diagnosis and causes with three full-page shots", ms(shots), "", true},
		{"playwright-core's time / relook's render and diagnosis", fmt.Sprintf("%.1f", ratio(theirs, render)), "at least 3", ratio(theirs, render) >= 3},
		{"playwright-core's time / relook's without causes", fmt.Sprintf("%.1f", ratio(theirs, judged)), "", true},
		{"playwright-core's time / relook's with shots", fmt.Sprintf("%.1f", ratio(theirs, shots)), "", true},
		{"three temporal shots (0, 1, 2 s) at 1280 px, checks included", ms(moments), "under 300 ms", moments < 300*time.Millisecond},
		{"a declaration tried in place at three widths", ms(try), "", true},
		{"fresh render and diagnosis / tried in place", fmt.Sprintf("%.1f", ratio(render, try)), "at least 5", ratio(render, try) >= 5},
	}, nil
}

func timeRender(ctx context.Context, b *chrome.Browser, page preview.Page, n int, o preview.RenderOptions) (time.Duration, error) {
	return median(n, func() error {
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

// timeTry tries a new value each time, so that nothing can be remembered.
func timeTry(ctx context.Context, b *chrome.Browser, page preview.Page, n int) (d time.Duration, err error) {
	src, err := page.Source()
	if err != nil {
		return 0, err
	}
	const decl = "width: 1100px"
	at := strings.Index(src.String(), decl)
	if at < 0 {
		return 0, fmt.Errorf("%s has no %q to try another value of", page.Entry, decl)
	}
	live, err := b.Open(ctx, page, preview.RenderOptions{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, live.Close()) }()
	width := 300
	return median(n, func() error {
		width++
		_, err := live.Try(ctx, []preview.Edit{{
			File: page.Entry, Span: preview.Span{Start: at, End: at + len(decl)}, NewText: fmt.Sprintf("width: %dpx", width),
		}})
		return err
	})
}
