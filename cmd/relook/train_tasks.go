package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"relook/agent/train"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/term"
)

// trainTasks reads the tasks of a run, and makes those that are missing. A file
// beside them says that they are whole.
func (a *app) trainTasks(c *cobra.Command, cfg train.Config, dir string, progress *term.Progress) (list []train.Task, err error) {
	if progress == nil {
		progress = term.NewProgress(a.err)
		defer progress.Close()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of the run: %w", err)
	}
	file, whole := filepath.Join(dir, "tasks.jsonl"), filepath.Join(dir, "tasks.md")
	if list, err = train.ReadTasks(file); err != nil {
		return nil, err
	}
	if _, err := os.Stat(whole); err == nil && len(list) > 0 {
		return list, nil
	}
	if list, err = a.makeTasks(c, cfg, file, list, progress); err != nil {
		return nil, err
	}
	card := taskCard(cfg, list)
	if err := os.WriteFile(whole, []byte(card), 0o644); err != nil {
		return nil, fmt.Errorf("writing the data card: %w", err)
	}
	_, err = fmt.Fprint(a.out, card)
	return list, err
}

func (a *app) makeTasks(c *cobra.Command, cfg train.Config, file string, list []train.Task, progress *term.Progress) (_ []train.Task, err error) {
	sources, err := cleanSources(cfg.Tasks.Clean)
	if err != nil {
		return nil, err
	}
	b, err := a.parts.renderer(config.Config{}, a.log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	// What a kill left behind of a last line is dropped.
	known := map[string]bool{}
	f, err := os.Create(file + ".partial")
	if err != nil {
		return nil, err
	}
	enc := json.NewEncoder(f)
	for _, t := range list {
		known[t.ID] = true
		if err := enc.Encode(t); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := os.Rename(f.Name(), file); err != nil {
		return nil, err
	}
	maker := train.Maker{
		Renderer: b, Sources: sources, Seed: uint64(cfg.Seed), Each: cfg.Tasks.Each, Combined: cfg.Tasks.Combined, Tries: 40,
	}
	err = maker.Make(c.Context(), known, func(t train.Task) error {
		list = append(list, t)
		progress.Say(fmt.Sprintf("%d tasks made", len(list)))
		return enc.Encode(t)
	})
	return list, err
}

// taskCard says what the tasks are.
func taskCard(cfg train.Config, list []train.Task) string {
	type count struct{ all, known, unseen int }
	by := map[string]*count{}
	held := map[string]bool{}
	learn := 0
	for _, t := range list {
		key := t.Operators[0]
		if t.Level > 1 {
			key = fmt.Sprintf("(%d together)", t.Level)
		}
		if by[key] == nil {
			by[key] = &count{}
		}
		by[key].all++
		held[key] = held[key] || t.HeldOut && t.Level == 1
		if len(t.Answers) > 0 {
			by[key].known++
		}
		if t.Unseen {
			by[key].unseen++
		}
		if t.Trains() {
			learn++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Tasks\n\nMade with seed %d of the clean pages in %s: %d, of which %d are learnt from. The answers were found by trying in the browser and are such as the gate admits. Held-out kinds, and the pages that are kept, are only measured with.\n\n", cfg.Seed, cfg.Tasks.Clean, len(list), learn)
	b.WriteString("| kind | tasks | with a known answer | on kept pages | held out |\n|---|---|---|---|---|\n")
	names := make([]string, 0, len(by))
	for name := range by {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		mark := ""
		if held[name] {
			mark = "yes"
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %s |\n", name, by[name].all, by[name].known, by[name].unseen, mark)
	}
	return b.String()
}
