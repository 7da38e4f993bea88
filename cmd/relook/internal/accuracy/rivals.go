package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"relook/cmd/relook/internal/npm"
	"relook/preview/previewtest"
)

// The tools that relook is compared with, as they are on npm.
const (
	playwrightVersion = "1.64.1"
	axeVersion        = "4.14.1"
)

//go:embed axe.mjs
var axeScript []byte

//go:embed layout-doctor.mjs
var layoutDoctorScript []byte

// A rival is another tool with what it says of the labelled pages.
type rival struct {
	name string
	// covers are relook's rules by the tool's own: what it claims to find.
	covers map[string][]string
	// told is what it found, by page.
	told map[string][]told
}

// A told is a finding of another tool, at error level or the like.
type told struct {
	Rule  string `json:"rule"`  // its own
	Width int    `json:"width"` // of the view in which it was found
	// Matches lists the selectors of the page's label that the element, or one
	// that it lies in or holds, matches.
	Matches []string `json:"matches"`
}

// What the tools' rules correspond to.
var (
	axeCovers = map[string][]string{
		"low-contrast": {"color-contrast"},
		"missing-alt":  {"image-alt", "input-image-alt", "area-alt", "role-img-alt", "svg-img-alt", "object-alt"},
		"missing-label": {"label", "select-name", "button-name", "link-name", "input-button-name", "aria-input-field-name",
			"aria-toggle-field-name", "aria-command-name"},
		"tap-target": {"target-size"},
	}
	layoutDoctorCovers = map[string][]string{
		"sideways-scroll":  {"horizontal-scroll", "viewport-overflow"},
		"outside-viewport": {"viewport-overflow", "horizontal-scroll"},
		"clipped-text":     {"content-clipped"},
		"text-overlap":     {"text-overlap"},
		"spilled-text":     {"container-overflow", "text-overlap"},
		"child-protrudes":  {"container-overflow"},
		"siblings-collide": {"text-overlap", "element-collision"},
		"unfilled-text":    {"placeholder-left", "draft-text-left"},
		"broken-image":     {"broken-reference"},
		"failed-request":   {"broken-reference"},
		"low-contrast":     {"invisible-text"},
	}
)

// askRivals runs the other tools on the labelled pages, in the same browser.
func askRivals(ctx context.Context, browser string, c config, pages []labelledPage) ([]rival, error) {
	var rivals []rival
	one := func(step string, r rival, script []byte, checkout string) error {
		dir, err := npm.Install(ctx, "rivals", "playwright-core@"+playwrightVersion, "axe-core@"+axeVersion)
		if err != nil {
			return err
		}
		r.told, err = kept(c, step, func() (map[string][]told, error) {
			return ask(ctx, dir, step+".mjs", script, browser, c, counting(pages, r.covers), checkout)
		})
		if err != nil {
			return fmt.Errorf("running %s: %w", r.name, err)
		}
		rivals = append(rivals, r)
		return nil
	}
	if c.does("axe-core") {
		if err := one("axe-core", rival{name: "axe-core " + axeVersion, covers: axeCovers}, axeScript, ""); err != nil {
			return nil, err
		}
	}
	if c.does("layout-doctor") && c.layoutDoctor != "" {
		if err := one("layout-doctor", rival{name: "layout-doctor-mcp", covers: layoutDoctorCovers}, layoutDoctorScript, c.layoutDoctor); err != nil {
			return nil, err
		}
	}
	return rivals, nil
}

// counting are the pages that count in a comparison: those with a fault that the
// tool covers, and the look-alikes.
func counting(pages []labelledPage, covers map[string][]string) []labelledPage {
	var list []labelledPage
	for _, p := range pages {
		if len(p.label.Defects) == 0 || slices.ContainsFunc(p.label.Defects, func(e previewtest.Expected) bool { return covers[e.Rule] != nil }) {
			list = append(list, p)
		}
	}
	return list
}

// ask runs a script of ours, which lies in the folder of its packages, and hands
// it the pages with their labels' selectors.
func ask(ctx context.Context, dir, name string, script []byte, browser string, c config, pages []labelledPage, checkout string) (map[string][]told, error) {
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, script, 0o644); err != nil {
		return nil, err
	}
	root, err := filepath.Abs(c.labelled)
	if err != nil {
		return nil, err
	}
	type job struct {
		Page      string   `json:"page"`
		Selectors []string `json:"selectors"`
	}
	jobs := []job{}
	for _, p := range pages {
		j := job{Page: p.name, Selectors: []string{}}
		for _, e := range p.label.Defects {
			if e.Selector != "" {
				j.Selectors = append(j.Selectors, e.Selector)
			}
		}
		jobs = append(jobs, j)
	}
	arg, err := json.Marshal(map[string]any{"browser": browser, "root": root, "jobs": jobs, "checkout": checkout})
	if err != nil {
		return nil, err
	}
	in := filepath.Join(dir, name+".json")
	if err := os.WriteFile(in, arg, 0o644); err != nil {
		return nil, err
	}
	node := exec.CommandContext(ctx, "node", file, in)
	node.Stderr = os.Stderr
	out, err := node.Output()
	if err != nil {
		return nil, err
	}
	result := map[string][]told{}
	if err := json.Unmarshal(out, &result); err != nil {
		return nil, fmt.Errorf("reading its answer: %w", err)
	}
	return result, nil
}
