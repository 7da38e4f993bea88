package rules_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"relook/agent"
	"relook/agent/edit"
	"relook/agent/rules"
	"relook/preview"
	"relook/preview/chrome"
	"relook/preview/diagnose"
)

var agreeOnAll = flag.Bool("agree-on-all", false, "compare verdicts in place and afresh on all pages, which takes an hour")

// timed are the rules of which trials in place can't tell: the loop renders what
// is to mend them afresh.
var timed = []string{
	diagnose.LayoutShift, diagnose.FlashInvisible, diagnose.FontNotLoaded, diagnose.ConsoleError, diagnose.FailedRequest,
}

// likeTimed is what the loop makes of a trial in place before it is judged: the
// timed defects are as they were.
func likeTimed(after, before *preview.Rendering) *preview.Rendering {
	out := *after
	out.Diagnosis.Defects = slices.DeleteFunc(slices.Clone(out.Diagnosis.Defects), func(d preview.Defect) bool { return slices.Contains(timed, d.Rule) })
	for _, d := range before.Diagnosis.Defects {
		if slices.Contains(timed, d.Rule) {
			out.Diagnosis.Defects = append(out.Diagnosis.Defects, d)
		}
	}
	return &out
}

// Of each page so many candidates are compared, and unless all are asked for, one
// page in so many.
const (
	comparedEach = 8
	comparedIn   = 24
	leastAgreed  = 0.99
)

// spoilers make defects: what a page does right is done wrong in a copy.
var spoilers = []struct{ pattern, replacement string }{
	{`max-width:\s*100%`, "width: 1100px"},
	{`flex-wrap:\s*wrap`, "flex-wrap: nowrap; white-space: nowrap"},
	{`min-height:\s*(\d+)px`, "height: 24px; overflow: hidden"},
	{`margin-top:\s*\d+px`, "margin-top: -24px"},
	{`color:\s*#[0-4][0-9a-f]{2}(?:[0-9a-f]{3})?\b`, "color: #bbbbbb"},
	{`max-width:\s*(\d+)(px|rem|em)`, "width: $1$2"},
}

// spoilt are copies of a page, each with one thing done wrong.
func spoilt(page preview.Page) []preview.Page {
	src, err := page.Source()
	if err != nil {
		return nil
	}
	var list []preview.Page
	for _, s := range spoilers {
		at := regexp.MustCompile(s.pattern).FindStringSubmatchIndex(src.String())
		if at == nil {
			continue
		}
		now := src.String()[:at[0]] + string(regexp.MustCompile(s.pattern).ExpandString(nil, s.replacement, src.String(), at)) + src.String()[at[1]:]
		list = append(list, preview.Page{FS: preview.Overlay(page.FS, map[string]string{page.Entry: now}), Entry: page.Entry})
	}
	return list
}

// pagesToCompare are labelled pages, real ones where there are some, and copies
// of them with defects.
func pagesToCompare(t *testing.T) []preview.Page {
	t.Helper()
	var all []preview.Page
	for _, dir := range []string{"../../examples", "../../testdata/diagnose", "../../../shared/data/corpus"} {
		root := os.DirFS(dir)
		err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && filepath.Ext(name) == ".html" && !strings.Contains(name, "node_modules") {
				page := preview.Page{FS: root, Entry: name}
				all = append(append(all, page), spoilt(page)...)
			}
			return nil // a folder that is not there holds no pages
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if *agreeOnAll {
		return all
	}
	var some []preview.Page
	for i, page := range all {
		if i%comparedIn == 0 {
			some = append(some, page)
		}
	}
	return some
}

// TestInPlaceAgreesWithFresh compares what the gate says of candidates tried in
// the live page with what it says of a fresh render.
func TestInPlaceAgreesWithFresh(t *testing.T) {
	browser := chrome.New(chrome.Config{})
	t.Cleanup(func() {
		if err := browser.Close(); err != nil {
			t.Error(err)
		}
	})
	compared, agreed := 0, 0
	for _, page := range pagesToCompare(t) {
		n, same := comparePage(t, browser, page)
		compared, agreed = compared+n, agreed+same
	}
	t.Logf("%d of %d verdicts agree", agreed, compared)
	if compared < 60 || float64(agreed) < leastAgreed*float64(compared) {
		t.Errorf("%d of %d verdicts agree, want %.0f %% of at least 60", agreed, compared, 100*leastAgreed)
	}
}

func comparePage(t *testing.T, browser *chrome.Browser, page preview.Page) (compared, agreed int) {
	t.Helper()
	live, err := browser.Open(t.Context(), page, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	before := live.Rendering()
	if !before.Diagnosis.Valid {
		return 0, 0
	}
	task := agent.Task{Page: page, Views: preview.DefaultViews(), Diagnosis: before.Diagnosis}
	task.Diagnosis.Defects = slices.DeleteFunc(slices.Clone(task.Diagnosis.Defects), func(d preview.Defect) bool { return slices.Contains(timed, d.Rule) })
	gate := agent.DefaultGate()
	err = rules.New().Propose(t.Context(), task, func(c agent.Candidate) bool {
		after, err := live.Try(t.Context(), c.Edits)
		if errors.Is(err, preview.ErrNotInPlace) {
			return true
		}
		if err != nil {
			t.Error(err)
			return false
		}
		inPlace := gate.Judge(agent.Case{Before: before, After: likeTimed(after, before), Targets: c.Targets})
		texts, err := edit.ApplyAll(page.Read, c.Edits)
		if err != nil {
			t.Error(err)
			return false
		}
		edited := preview.Page{FS: preview.Overlay(page.FS, texts), Entry: page.Entry}
		render, err := browser.Render(t.Context(), edited, preview.RenderOptions{NoCauses: true})
		if err != nil {
			t.Error(err)
			return false
		}
		fresh := gate.Judge(agent.Case{Before: before, After: render, Targets: c.Targets, Fresh: true})
		compared++
		if inPlace.Admitted == fresh.Admitted {
			agreed++
		} else {
			t.Logf("%s: %q: in place %v (%s), afresh %v (%s)", page.Entry, c.Why, inPlace.Admitted, inPlace.Reason, fresh.Admitted, fresh.Reason)
		}
		return compared < comparedEach
	})
	if err != nil {
		t.Error(err)
	}
	return compared, agreed
}
