// Package responsive is the suite of labelled layout failures: small pages, each
// with a comment at its beginning that says what is broken on it, where and why.
// It asks two things: is the failure found, and is it gone afterwards without
// anything else being worse.
package responsive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"relook/cmd/relook/internal/suite"
	"relook/preview"
	"relook/preview/previewtest"
)

// A Suite is the labelled pages of a folder. It is made by New.
type Suite struct{ kit suite.Kit }

// New returns the suite.
func New(kit suite.Kit) *Suite { return &Suite{kit} }

// layout are the rules that are about layout: the others' pages are left out.
var layout = map[string]bool{
	"sideways-scroll": true, "outside-viewport": true, "clipped-text": true, "spilled-text": true, "text-overlap": true,
	"covered-control": true, "siblings-collide": true, "child-protrudes": true, "lone-wrap": true, "narrow-range": true,
	"sticky-covers": true, "stretched-image": true, "text-too-narrow": true, "uneven-gaps": true, "lost-at-320": true,
	"lost-at-zoom": true, "longer-text": true,
}

// About implements suite.Suite.
func (s *Suite) About() suite.About {
	return suite.About{
		Name: "responsive", Title: "Labelled layout failures", Licence: "the project's own for testdata/diagnose",
		Source: "a folder of pages that begin with <!-- expect: RULE at WIDTHS on SELECTOR ... -->, such as testdata/diagnose",
		Metrics: []suite.Metric{
			{Name: "repaired", About: "pages on which the labelled failure is gone, and nothing else is worse", Most: 1},
			{Name: "found", About: "part of the labelled failures that are found on the page as it was: recall", Most: 1},
			{Name: "worse", About: "pages that came out worse than they went in", Most: 1, Less: true},
		},
		Left: []string{"Pages whose label is not about layout, or that must stay silent, are left out."},
	}
}

// Load reads the pages *.html of a folder.
func (s *Suite) Load(_ context.Context, path string) ([]suite.Item, []suite.Problem, error) {
	names, err := filepath.Glob(filepath.Join(path, "*.html"))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the labelled pages: %w", err)
	}
	var items []suite.Item
	var problems []suite.Problem
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, fmt.Errorf("reading a labelled page: %w", err)
		}
		entry := filepath.Base(name)
		label, err := previewtest.ParseLabel(string(source))
		if err != nil {
			problems = append(problems, suite.Problem{Item: entry, What: err.Error()})
			continue
		}
		if len(label.Defects) == 0 || !layout[label.Defects[0].Rule] {
			continue
		}
		items = append(items, suite.Item{
			ID: entry, Group: label.Defects[0].Rule, Request: "the page as it is, without its faults", Base: os.DirFS(path),
			Files: map[string]string{entry: string(source)}, Entry: entry, Given: true, Own: label,
		})
	}
	if len(items) == 0 {
		return nil, nil, suite.None("responsive", path, problems)
	}
	return items, problems, nil
}

// Ask implements suite.Suite. The pages are given: nobody is asked for one.
func (s *Suite) Ask(suite.Item, suite.Step) suite.Question { return suite.Question{} }

// Read implements suite.Suite.
func (s *Suite) Read(suite.Item, suite.Step, string) (map[string]string, error) {
	return nil, suite.Unusable("labelled pages are given, not written")
}

// Score implements suite.Suite.
func (s *Suite) Score(ctx context.Context, item suite.Item, at suite.Step) (suite.Score, error) {
	label := item.Own.(previewtest.Label)
	out := suite.Score{Values: map[string]float64{"repaired": 0, "found": 0, "worse": 0}}
	was, err := s.count(ctx, item.Page(item.Files), label)
	if err != nil {
		return out, err
	}
	out.Values["found"] = Recall(label, was)
	page := item.Page(at.Files)
	is, err := s.count(ctx, page, label)
	var input *preview.InputError
	if errors.As(err, &input) {
		out.Values["worse"], out.Note = 1, input.What
		return out, nil
	}
	if err != nil {
		return out, err
	}
	before, err := suite.Look(ctx, s.kit.Renderer, item.Page(item.Files))
	if err != nil {
		return out, err
	}
	after, err := suite.Look(ctx, s.kit.Renderer, page)
	if err != nil {
		return out, err
	}
	if out.Note = suite.Worse(before, after); out.Note != "" {
		out.Values["worse"] = 1
		return out, nil
	}
	if after.Usual.Diagnosis.Valid && out.Values["found"] == 1 && Recall(label, is) == 0 {
		out.Values["repaired"] = 1
	}
	return out, nil
}

// count is how many defects of each rule a page has, at the profile of its label.
func (s *Suite) count(ctx context.Context, page preview.Page, label previewtest.Label) (map[string]int, error) {
	r, err := s.kit.Renderer.Render(ctx, page, preview.RenderOptions{Profile: label.Profile, NoCauses: true})
	if err != nil {
		return nil, err
	}
	n := map[string]int{}
	for _, d := range r.Diagnosis.Defects {
		n[d.Rule]++
	}
	return n, nil
}

// Recall is the part of the labelled failures that are found, by their rules: found
// says how many each rule has.
func Recall(label previewtest.Label, found map[string]int) float64 {
	left := map[string]int{}
	for rule, n := range found {
		left[rule] = n
	}
	hit := 0
	for _, d := range label.Defects {
		if left[d.Rule] > 0 {
			left[d.Rule]--
			hit++
		}
	}
	return float64(hit) / float64(max(len(label.Defects), 1))
}
