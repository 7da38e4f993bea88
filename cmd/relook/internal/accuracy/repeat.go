package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"relook/cmd/relook/internal/realpages"
	"relook/preview"
)

// repetitions are what repeated renders of the same pages gave.
type repetitions struct {
	Pages       int             `json:"pages"`
	Times       int             `json:"times"`
	Profile     preview.Profile `json:"profile"`
	Differences []string        `json:"differences"` // one a render that differs from the page's first
}

// repeat renders each page so many times and compares the diagnoses, all but how
// long they took.
func repeat(ctx context.Context, b preview.Renderer, pages []realpages.Page, times int, profile preview.Profile) (repetitions, error) {
	all := make([][]string, len(pages))
	err := each(ctx, "repeated pages", len(pages), func(ctx context.Context, i int) error {
		var first preview.Diagnosis
		for n := range times {
			r, err := b.Render(ctx, pages[i].Page, preview.RenderOptions{Profile: profile, Timeout: patience})
			if err != nil {
				return fmt.Errorf("%s: %w", pages[i].Name, err)
			}
			d := r.Diagnosis
			d.Millis = 0
			if n == 0 {
				first = d
				continue
			}
			if what, err := differ(first, d); err != nil {
				return err
			} else if what != "" {
				all[i] = append(all[i], fmt.Sprintf("%s, render %d: %s", pages[i].Name, n+1, what))
			}
		}
		return nil
	})
	return repetitions{len(pages), times, profile, slices.Concat(all...)}, err
}

// differ names the first thing that two diagnoses of a page don't share, "" when
// they are the same.
func differ(a, b preview.Diagnosis) (string, error) {
	x, y, err := written(a, b)
	if err != nil || x == y {
		return "", err
	}
	for i := range max(len(a.Defects), len(b.Defects)) {
		if i >= len(a.Defects) {
			return "not in the first: " + b.Defects[i].Message, nil
		}
		if i >= len(b.Defects) {
			return "only in the first: " + a.Defects[i].Message, nil
		}
		one, other, err := written(a.Defects[i], b.Defects[i])
		if err != nil {
			return "", err
		}
		if one != other {
			return fmt.Sprintf("%s instead of %s", other, one), nil
		}
	}
	return y + " instead of " + x, nil
}

func written(a, b any) (string, string, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return "", "", err
	}
	y, err := json.Marshal(b)
	return string(x), string(y), err
}
