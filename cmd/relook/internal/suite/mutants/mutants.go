// Package mutants is relook's own suite: clean pages that were broken in a known
// way. A page is repaired when nothing is found on it that is not found on the
// clean one, and nothing else is worse.
package mutants

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"relook/agent"
	"relook/agent/train/mutant"
	"relook/cmd/relook/internal/suite"
	"relook/preview"
)

// Config says which mutants are made.
type Config struct {
	Each     int // of one defect by each operator; default 1
	Combined int // of two defects, and as many of three; default 0
	Seed     uint64
}

// A Suite is the mutants of a folder of clean pages. It is made by New.
type Suite struct {
	kit suite.Kit
	cfg Config
}

// New returns the suite.
func New(kit suite.Kit, cfg Config) *Suite {
	cfg.Each = max(cfg.Each, 1)
	return &Suite{kit, cfg}
}

// About implements suite.Suite.
func (s *Suite) About() suite.About {
	return suite.About{
		Name: "mutants", Title: "Mutants", Licence: "the project's own",
		Source: "a folder of clean pages, such as testdata/clean; the mutants are made of them",
		Metrics: []suite.Metric{
			{Name: "repaired", About: "pages on which nothing is left of what was put in, and nothing is worse", Most: 1},
			{Name: "removed", About: "part of the findings that were put in that are gone", Most: 1},
			{Name: "worse", About: "pages that came out worse than they went in", Most: 1, Less: true},
		},
	}
}

// own is what is known of a mutant.
type own struct {
	mutant mutant.Mutant
	clean  []mutant.Finding
}

// Load makes the mutants of the clean pages (*.html) in the folder path. The same
// seed gives the same ones.
func (s *Suite) Load(ctx context.Context, path string) ([]suite.Item, []suite.Problem, error) {
	sources, err := Sources(path)
	if err != nil {
		return nil, nil, err
	}
	made, err := Make(ctx, s.kit.Renderer, sources, s.cfg, nil)
	if err != nil {
		return nil, nil, err
	}
	clean := map[string][]mutant.Finding{}
	var items []suite.Item
	for _, m := range made {
		at := slices.IndexFunc(sources, func(x mutant.Source) bool { return x.Name == m.Source })
		if _, ok := clean[m.Source]; !ok {
			if clean[m.Source], err = mutant.Find(ctx, s.kit.Renderer, sources[at].Page, preview.ProfileFast); err != nil {
				return nil, nil, err
			}
		}
		items = append(items, suite.Item{
			ID: m.ID, Group: fmt.Sprintf("%d defects", len(m.Operators)), Request: "the page as it is, without its faults", Base: sources[at].Page.FS,
			Files: m.Files, Entry: m.Entry, Given: true, Own: own{m, clean[m.Source]},
		})
	}
	items, problems := suite.Unique(items)
	if len(items) == 0 {
		return nil, nil, suite.None("mutants", path, problems)
	}
	return items, problems, nil
}

// Sources are the clean pages of a folder.
func Sources(dir string) ([]mutant.Source, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no clean pages in %s", dir)
	}
	var list []mutant.Source
	for _, name := range names {
		entry := filepath.Base(name)
		list = append(list, mutant.Source{Name: "clean/" + entry, Page: preview.Page{FS: os.DirFS(dir), Entry: entry}})
	}
	return list, nil
}

// Make makes mutants. told, if set, is told how many there are.
func Make(ctx context.Context, r preview.Renderer, sources []mutant.Source, cfg Config, told func(n int)) ([]mutant.Mutant, error) {
	var made []mutant.Mutant
	take := func(m mutant.Mutant) bool {
		made = append(made, m)
		if told != nil {
			told(len(made))
		}
		return true
	}
	g := &mutant.Generator{Renderer: r, Sources: sources, Seed: cfg.Seed}
	err := g.Singles(ctx, cfg.Each, take)
	singles := made
	for _, level := range []int{2, 3} {
		if err == nil && cfg.Combined > 0 {
			err = g.Combine(ctx, singles, level, cfg.Combined, take)
		}
	}
	return made, err
}

// Read reads mutants that were made before.
func Read(file string) ([]mutant.Mutant, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("reading the mutants: %w", err)
	}
	defer f.Close()
	var list []mutant.Mutant
	for dec := json.NewDecoder(bufio.NewReader(f)); dec.More(); {
		var m mutant.Mutant
		if err := dec.Decode(&m); err != nil {
			return nil, fmt.Errorf("reading the mutants of %s: %w", file, err)
		}
		list = append(list, m)
	}
	return list, nil
}

// Write writes mutants for Read.
func Write(file string, list []mutant.Mutant) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	for _, m := range list {
		if err := enc.Encode(m); err != nil {
			return fmt.Errorf("writing the mutants: %w", err)
		}
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

// Left is what is still found on a page that was not on the clean one.
func Left(d preview.Diagnosis, clean []mutant.Finding) []mutant.Finding {
	return slices.DeleteFunc(mutant.Findings(d), func(f mutant.Finding) bool { return slices.Contains(clean, f) })
}

// Ask implements suite.Suite. Mutants are given: nobody is asked for one.
func (s *Suite) Ask(suite.Item, suite.Step) suite.Question { return suite.Question{} }

// Read implements suite.Suite.
func (s *Suite) Read(item suite.Item, at suite.Step, reply string) (map[string]string, error) {
	return nil, &agent.UnusableError{Reason: "mutants are made, not written"}
}

// Score implements suite.Suite.
func (s *Suite) Score(ctx context.Context, item suite.Item, at suite.Step) (suite.Score, error) {
	known := item.Own.(own)
	after, err := suite.Look(ctx, s.kit.Renderer, item.Page(at.Files))
	if err != nil {
		var input *preview.InputError
		if errors.As(err, &input) {
			return suite.Score{Values: map[string]float64{"repaired": 0, "removed": 0, "worse": 1}, Note: input.What}, nil
		}
		return suite.Score{}, err
	}
	before, err := suite.Look(ctx, s.kit.Renderer, item.Page(item.Files))
	if err != nil {
		return suite.Score{}, err
	}
	was, left := Left(before.Usual.Diagnosis, known.clean), Left(after.Usual.Diagnosis, known.clean)
	worse := suite.Worse(before, after)
	return Scored(after.Usual.Diagnosis.Valid, len(was), len(left), worse), nil
}

// Scored is the score of a page on which were findings were put in and left are
// left.
func Scored(valid bool, were, left int, worse string) suite.Score {
	out := suite.Score{Values: map[string]float64{"repaired": 0, "removed": 0, "worse": 0}, Note: worse}
	if worse != "" {
		out.Values["worse"] = 1
	}
	if !valid {
		return out
	}
	if were > 0 {
		out.Values["removed"] = 1 - float64(left)/float64(were)
	}
	if left == 0 && worse == "" {
		out.Values["repaired"] = 1
	}
	return out
}
