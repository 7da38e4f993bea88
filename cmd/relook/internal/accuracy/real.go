package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"relook/cmd/relook/internal/realpages"
	"relook/preview"
	"relook/preview/chrome"
)

// realReports checks the real pages and the drafts.
func realReports(ctx context.Context, b *chrome.Browser, c config) ([]report, error) {
	pages, err := realPages(ctx, c)
	if err != nil {
		return nil, err
	}
	pages = slices.DeleteFunc(pages, func(p realpages.Page) bool { return !strings.Contains(p.Name, c.match) })
	byPage := make([][]report, len(pages))
	err = each(ctx, "real pages", len(pages), func(ctx context.Context, i int) (err error) {
		if byPage[i], err = reportsOf(ctx, b, pages[i], c.crops); err != nil {
			return fmt.Errorf("%s: %w", pages[i].Name, err)
		}
		return nil
	})
	return slices.Concat(byPage...), err
}

// reportsOf checks one page, and takes a picture of each defect in its first view.
// A defect that holds at none of the default views has a view of its own.
func reportsOf(ctx context.Context, b *chrome.Browser, p realpages.Page, crops string) ([]report, error) {
	r, err := b.Render(ctx, p.Page, preview.RenderOptions{Profile: preview.ProfileStandard, Timeout: patience})
	if err != nil || len(r.Diagnosis.Defects) == 0 {
		return nil, err
	}
	views, err := firstViews(r.Diagnosis)
	if err != nil {
		return nil, err
	}
	tabs, done, err := b.OpenTabs(ctx, p.Page, preview.RenderOptions{Views: views, Timeout: patience})
	if err != nil {
		return nil, err
	}
	defer done()
	var all []report
	for i, d := range r.Diagnosis.Defects {
		tab := tabs[slices.IndexFunc(views, func(v preview.View) bool { return v.Name() == d.Views[0] })]
		one, picture, err := reportOf(ctx, p.Name, d, tab)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
		if crops != "" {
			if err := writeCrop(crops, i, one, picture); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// firstViews are the first views of all defects.
func firstViews(d preview.Diagnosis) ([]preview.View, error) {
	var list []preview.View
	for _, one := range d.Defects {
		v, err := preview.ParseView(one.Views[0])
		if err != nil {
			return nil, err
		}
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list, nil
}

func realPages(ctx context.Context, c config) ([]realpages.Page, error) {
	pages, err := realpages.Corpus(c.corpus)
	if err != nil {
		return nil, err
	}
	drafts, err := realpages.Drafts(ctx, c.drafts)
	return append(pages, drafts...), err
}
