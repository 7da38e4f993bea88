package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"relook/agent"
	"relook/agent/rules"
	"relook/preview"
	"relook/preview/chrome"
)

// refining measures the self-edit loop in a warm browser: how many candidates it
// can try, and how long a refinement by rules takes.
func refining(ctx context.Context, c config) (rows []row, err error) {
	found, err := chrome.Find(ctx)
	if err != nil {
		return nil, err
	}
	b := chrome.New(chrome.Config{Path: found.Path})
	defer func() { err = errors.Join(err, b.Close()) }()
	try, done, err := tryOut(ctx, b, sized(usual), "padding: 20px")
	if err != nil {
		return nil, err
	}
	page := preview.Page{FS: os.DirFS(filepath.Dir(c.page)), Entry: filepath.Base(c.page)}
	d, err := medians(c.rounds, try)
	if err = errors.Join(err, done()); err != nil {
		return nil, err
	}
	perSecond := float64(time.Second) / float64(d[0])
	rounds := max(3, c.rounds/3)
	d, err = medians(rounds, refined(ctx, b, page, preview.ProfileFast), refined(ctx, b, page, preview.ProfileStandard))
	if err != nil {
		return nil, err
	}
	return []row{
		{fmt.Sprintf("candidates scored a second, three views, %d elements", usual), fmt.Sprintf("%.0f", perSecond), "at least 30", perSecond >= 30},
		{"refinement by rules, fast, warm, " + c.page, ms(d[0]), "under 1000 ms", d[0] < time.Second},
		{"refinement by rules, standard, warm, " + c.page, ms(d[1]), "", true},
	}, nil
}

// refined measures a refinement, which must repair something.
func refined(ctx context.Context, b *chrome.Browser, page preview.Page, profile preview.Profile) func() (time.Duration, error) {
	return timed(func() error {
		t, err := agent.Refine(ctx, agent.Config{Renderer: b, Policies: []agent.Policy{rules.New()}, Profile: profile}, page)
		if err == nil && t.Status != agent.Improved {
			err = fmt.Errorf("refining %s: %s", page.Entry, t.Status)
		}
		return err
	})
}
