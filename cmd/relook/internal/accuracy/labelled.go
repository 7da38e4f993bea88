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
	outcome
}

// An outcome is what was found on a labelled page.
type outcome struct {
	// Found says for each expected defect whether it was found, Errors how many of
	// them at error level; Extra are the defects that nobody expected.
	Found  []bool           `json:"found"`
	Errors int              `json:"errors"`
	Extra  []preview.Defect `json:"extra"`
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

func diagnoseLabelled(ctx context.Context, b *chrome.Browser, dir string, pages []labelledPage) ([]outcome, error) {
	all := make([]outcome, len(pages))
	err := each(ctx, "labelled pages", len(pages), func(ctx context.Context, i int) (err error) {
		if all[i], err = diagnoseOne(ctx, b, preview.Page{FS: os.DirFS(dir), Entry: pages[i].name}, pages[i].label); err != nil {
			return fmt.Errorf("%s: %w", pages[i].name, err)
		}
		return nil
	})
	return all, err
}

func diagnoseOne(ctx context.Context, b *chrome.Browser, page preview.Page, label previewtest.Label) (p outcome, err error) {
	o := preview.RenderOptions{Profile: label.Profile, Timeout: patience}
	tabs, done, err := b.OpenTabs(ctx, page, o)
	if err != nil {
		return p, err
	}
	defer done()
	d, _, err := diagnose.Run(ctx, page, tabs, diagnose.Options{Profile: label.Profile, Causes: true})
	if err != nil {
		return p, err
	}
	left := slices.Clone(d.Defects)
	for _, e := range label.Defects {
		at := -1
		for i, defect := range left {
			ok, err := e.Fits(ctx, defect, tabs[0].Eval)
			if err != nil {
				return p, err
			}
			if ok {
				at = i
				break
			}
		}
		p.Found = append(p.Found, at >= 0)
		if at >= 0 {
			if left[at].Severity == preview.SeverityError {
				p.Errors++
			}
			left = slices.Delete(left, at, at+1)
		}
	}
	p.Extra = left
	return p, nil
}
