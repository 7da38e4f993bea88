package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"relook/preview"
	"relook/preview/chrome"
	"relook/preview/diagnose"
	"relook/preview/previewtest"
)

// A labelledPage is a page of testdata with what was found on it.
type labelledPage struct {
	name  string
	label previewtest.Label
	// found says for each expected defect whether it was found; extra are the
	// defects that nobody expected.
	found []bool
	extra []preview.Defect
}

func readLabelled(dir string) ([]labelledPage, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no labelled pages in %s", dir)
	}
	var pages []labelledPage
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading a labelled page: %w", err)
		}
		label, err := previewtest.ParseLabel(string(source))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		pages = append(pages, labelledPage{name: filepath.Base(name), label: label})
	}
	return pages, nil
}

func diagnoseLabelled(ctx context.Context, b *chrome.Browser, dir string, pages []labelledPage) error {
	return each(ctx, "labelled pages", len(pages), func(ctx context.Context, i int) error {
		if err := diagnoseOne(ctx, b, preview.Page{FS: os.DirFS(dir), Entry: pages[i].name}, &pages[i]); err != nil {
			return fmt.Errorf("%s: %w", pages[i].name, err)
		}
		return nil
	})
}

func diagnoseOne(ctx context.Context, b *chrome.Browser, page preview.Page, p *labelledPage) error {
	o := preview.RenderOptions{Profile: p.label.Profile}
	tabs, done, err := b.OpenTabs(ctx, page, o)
	if err != nil {
		return err
	}
	defer done()
	d, _, err := diagnose.Run(ctx, page, tabs, diagnose.Options{Profile: p.label.Profile, Causes: true})
	if err != nil {
		return err
	}
	left := slices.Clone(d.Defects)
	for _, e := range p.label.Defects {
		at := -1
		for i, defect := range left {
			ok, err := e.Fits(ctx, defect, tabs[0].Eval)
			if err != nil {
				return err
			}
			if ok {
				at = i
				break
			}
		}
		p.found = append(p.found, at >= 0)
		if at >= 0 {
			left = slices.Delete(left, at, at+1)
		}
	}
	p.extra = left
	return nil
}
