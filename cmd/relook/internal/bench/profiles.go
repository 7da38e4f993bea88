package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"relook/preview"
	"relook/preview/chrome"
	"relook/preview/diagnose"
)

const (
	usual     = 60 // elements of a small page
	percent95 = 0.95
)

// profiles measures the checks by profile, and how their time grows.
func profiles(ctx context.Context, c config) (rows []row, err error) {
	found, err := chrome.Find(ctx)
	if err != nil {
		return nil, err
	}
	b := chrome.New(chrome.Config{Path: found.Path})
	bare := chrome.New(chrome.Config{Path: found.Path, Diagnose: nothing})
	defer func() { err = errors.Join(err, b.Close(), bare.Close()) }()
	small := sized(usual)
	fast, plain := rendered(ctx, b, small, preview.RenderOptions{}), rendered(ctx, bare, small, preview.RenderOptions{})
	times, err := spread(4*c.rounds, fast, plain)
	if err != nil {
		return nil, err
	}
	p50, p95, without := at(times[0], 0.5), at(times[0], percent95), at(times[1], 0.5)
	rows = append(rows,
		row{fmt.Sprintf("fast, three views, %d elements, warm: p50", usual), ms(p50), "under 150 ms", p50 < 150*time.Millisecond},
		row{"the same: p95", ms(p95), "under 400 ms", p95 < 400*time.Millisecond},
		row{"the same / the renders without checks", fmt.Sprintf("%.1f", ratio(p50, without)), "at most 1.3", ratio(p50, without) <= 1.3},
	)
	examined := preview.Page{FS: os.DirFS(filepath.Dir(c.page)), Entry: filepath.Base(c.page)}
	d, err := medians(max(3, c.rounds/3),
		rendered(ctx, b, small, preview.RenderOptions{Profile: preview.ProfileStandard}),
		rendered(ctx, b, examined, preview.RenderOptions{Profile: preview.ProfileStandard}),
	)
	if err != nil {
		return nil, err
	}
	rows = append(rows,
		row{fmt.Sprintf("standard, %d elements without a fault", usual), ms(d[0]), "under 1500 ms", d[0] < 1500*time.Millisecond},
		row{"of it more than fast, the search through the widths above all", ms(d[0] - p50), "under 1000 ms", d[0]-p50 < time.Second},
		row{"standard, examples/pricing.html", ms(d[1]), "under 1500 ms", d[1] < 1500*time.Millisecond},
	)
	grown, err := growth(ctx, b, bare)
	return append(rows, grown...), err
}

// growth measures the checks on pages of more and more elements, and compares how
// the time grows with n log n.
func growth(ctx context.Context, b, bare *chrome.Browser) (rows []row, err error) {
	var before, first time.Duration
	var last int
	for _, n := range []int{10, 100, 1000, 10000} {
		page := sized(n)
		d, err := medians(3, rendered(ctx, b, page, preview.RenderOptions{}), rendered(ctx, bare, page, preview.RenderOptions{}))
		if err != nil {
			return nil, err
		}
		checks := d[0] - d[1]
		r := row{fmt.Sprintf("fast, %d elements: checks at three views, the render aside", n), ms(checks), "", true}
		if n > 100 { // below, what is the same for every page is all there is
			most := float64(n) * math.Log(float64(n)) / (float64(last) * math.Log(float64(last)))
			grew := ratio(checks, before)
			r.what += fmt.Sprintf(", %.1f times the time for %d", grew, last)
			r.bar, r.ok = fmt.Sprintf("at most %.1f times", most), grew <= most
		}
		if n == 10 {
			first = checks
		}
		rows, before, last = append(rows, r), max(checks, first), n
	}
	return rows, nil
}

// nothing stands in for the checks where only the render is measured.
func nothing(_ context.Context, page preview.Page, _ []diagnose.Tab, _ diagnose.Options) (preview.Diagnosis, []preview.Inventory, error) {
	return preview.Diagnosis{Path: page.Entry, Valid: true, Defects: []preview.Defect{}}, nil, nil
}

// spread does all things in turn, n rounds after two to warm up, and gives the
// times of each, shortest first.
func spread(n int, things ...func() (time.Duration, error)) ([][]time.Duration, error) {
	times := make([][]time.Duration, len(things))
	for round := range n + 2 {
		for i, f := range things {
			d, err := f()
			if err != nil {
				return nil, err
			}
			if round >= 2 {
				times[i] = append(times[i], d)
			}
		}
	}
	for _, list := range times {
		slices.Sort(list)
	}
	return times, nil
}

// at is the time that a part of a sorted list stays within.
func at(sorted []time.Duration, part float64) time.Duration {
	return sorted[min(len(sorted)-1, int(part*float64(len(sorted))))]
}
