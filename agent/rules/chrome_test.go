package rules_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"relook/agent"
	"relook/agent/edit"
	"relook/agent/rules"
	"relook/preview"
	"relook/preview/chrome"
)

// TestRepairsExample tries the candidates on the example page in a real browser,
// as the loop does: each defect is mended by one of the first few.
func TestRepairsExample(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	browser := chrome.New(chrome.Config{})
	defer browser.Close()
	page := preview.Page{FS: os.DirFS("../../examples"), Entry: "pricing.html"}
	live, err := browser.Open(ctx, page, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	before := live.Rendering()
	if !before.Diagnosis.Valid || len(before.Diagnosis.Defects) == 0 {
		t.Fatalf("the example has no defect: %+v", before.Diagnosis)
	}
	tries := map[string]int{} // candidates tried for a defect
	mended := map[string]string{}
	task := agent.Task{Page: page, Diagnosis: before.Diagnosis, Views: preview.DefaultViews()}
	err = rules.New().Propose(ctx, task, func(c agent.Candidate) bool {
		target := c.Targets[0]
		if mended[target] != "" {
			return true
		}
		tries[target]++
		after, err := try(ctx, browser, live, page, c.Edits)
		if err != nil {
			t.Error(err)
			return false
		}
		v := agent.DefaultGate().Judge(agent.Case{Before: before, After: after, Targets: c.Targets})
		if v.Admitted {
			mended[target] = c.Why
		} else {
			t.Logf("%s: %q: %s", target, c.Why, v.Reason)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range before.Diagnosis.Defects {
		n, why := tries[d.Key()], mended[d.Key()]
		t.Logf("%s: %q after %d tries", d.Key(), why, n)
		if why == "" || n > 12 {
			t.Errorf("%s was not mended by one of the first 12 candidates (%d tried, mended by %q)", d.Key(), n, why)
		}
	}
}

// try measures the edits in the live page, or in a fresh render of the edited
// page where that can't be.
func try(ctx context.Context, browser *chrome.Browser, live preview.Live, page preview.Page, edits []preview.Edit) (*preview.Rendering, error) {
	after, err := live.Try(ctx, edits)
	if !errors.Is(err, preview.ErrNotInPlace) {
		return after, err
	}
	texts, err := edit.ApplyAll(page.Read, edits)
	if err != nil {
		return nil, err
	}
	page.FS = preview.Overlay(page.FS, texts)
	return browser.Render(ctx, page, preview.RenderOptions{})
}
