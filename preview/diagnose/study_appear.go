package diagnose

import (
	"context"
	"errors"
	"fmt"
	"time"

	"relook/preview"
)

// appearStudy scrolls a copy of the page through, as a visitor would, and sees
// which of the words that were to come in by themselves did not.
var appearStudy = study{name: "what comes in when it is scrolled to", profile: preview.ProfileStandard, run: studyAppear}

// What is scrolled to is given as long to come in as the page was at first.
const (
	appearStep = 400 * time.Millisecond // at each stop
	appearRest = 1200 * time.Millisecond
	appearStop = 12 // stops at most: then the page is scrolled by more than a screen
)

// What was seen of a fault in one view holds for the others.
func studyAppear(ctx context.Context, s *site) error {
	tried := map[string]bool{} // by group: whether it stays invisible
	for view := range s.readings {
		if refusedScript(s.events[view]) {
			continue
		}
		var all, open []*finding
		for i := range s.readings[view].Findings {
			f := &s.readings[view].Findings[i]
			if f.Rule != NeverAppears || f.Words["proof"] != "" {
				continue
			}
			all = append(all, f)
			if _, ok := tried[f.Group]; !ok {
				open = append(open, f)
			}
		}
		if len(open) > 0 {
			if err := scrollThrough(ctx, s.tabs[view], open, tried); err != nil {
				return fmt.Errorf("scrolling through a copy of the page: %w", err)
			}
		}
		for _, f := range all {
			if tried[f.Group] {
				f.Words["proof"] = "scrolled"
			}
		}
	}
	return nil
}

// scrollThrough notes which findings' elements stay invisible.
func scrollThrough(ctx context.Context, tab Tab, open []*finding, unseenGroups map[string]bool) error {
	c, err := tab.Copy(ctx)
	if errors.Is(err, ErrNoCopy) {
		return nil
	}
	if err != nil {
		return err
	}
	defer c.Close()
	var places []float64
	var paths []string
	for _, f := range open {
		paths = append(paths, f.Elements[0].XPath)
		at := f.Elements[0].Box.Y - float64(tab.View().Height)/3
		if n := len(places); len(places) < appearStop && (n == 0 || at-places[n-1] > float64(tab.View().Height)/2 || at < places[n-1]) {
			places = append(places, at)
		}
	}
	for _, y := range places {
		if err := c.Eval(ctx, scrollScript, map[string]any{"y": y}, nil); err != nil {
			return err
		}
		if err := c.Pass(ctx, appearStep); err != nil {
			return err
		}
	}
	if err := c.Pass(ctx, appearRest); err != nil {
		return err
	}
	var unseen []bool
	if err := call(ctx, c, map[string]any{"entry": "unseen", "paths": paths}, &unseen); err != nil {
		return err
	}
	for i, f := range open {
		unseenGroups[f.Group] = i < len(unseen) && unseen[i]
	}
	return nil
}

// scrollScript scrolls as a wheel would: by way of events, and with no motion
// that page time would have to wait for.
const scrollScript = `(arg) => { scrollTo({ left: 0, top: Math.max(0, arg.y), behavior: "instant" }); }`
