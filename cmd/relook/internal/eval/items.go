package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"relook/agent/train/mutant"
	"relook/cmd/relook/internal/realpages"
	"relook/cmd/relook/internal/suite"
	"relook/cmd/relook/internal/suite/mutants"
	"relook/preview"
)

// An item is a page to repair.
type item struct {
	id, set string
	page    preview.Page
	mutant  *mutant.Mutant // nil for a page as somebody wrote it
	clean   []mutant.Finding
}

// hash tells the page's text from an earlier one.
func (i item) hash() string {
	h := sha256.New()
	if text, err := i.page.Source(); err == nil {
		h.Write([]byte(text.String()))
	}
	if i.mutant != nil {
		for _, name := range sortedKeys(i.mutant.Files) {
			h.Write([]byte(i.mutant.Files[name]))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// items are those of the sets that are asked for.
func (w *workshop) items(ctx context.Context) ([]item, error) {
	var all []item
	for _, set := range w.sets {
		var list []item
		var err error
		switch set {
		case "mutants":
			list, err = w.mutants(ctx)
		case "corpus":
			list, err = pageItems(set, func() ([]realpages.Page, error) { return realpages.Corpus(w.corpus) })
		case "drafts":
			list, err = pageItems(set, func() ([]realpages.Page, error) { return realpages.Drafts(ctx, w.drafts) })
		default:
			err = fmt.Errorf("there is no set %q: choose among mutants, corpus, drafts", set)
		}
		if err != nil {
			return nil, err
		}
		w.current[set] = map[string]string{}
		for _, it := range list {
			w.current[set][it.id] = it.hash()
		}
		all = append(all, suite.Spread(list, w.most)...)
	}
	return all, nil
}

func pageItems(set string, read func() ([]realpages.Page, error)) ([]item, error) {
	pages, err := read()
	var list []item
	for _, p := range pages {
		list = append(list, item{id: p.Name, set: set, page: p.Page})
	}
	return list, err
}

// mutants makes the mutants, or reads those that were made with the same flags.
func (w *workshop) mutants(ctx context.Context) ([]item, error) {
	sources, err := w.cleanPages()
	if err != nil {
		return nil, err
	}
	stamp := sha256.New()
	fmt.Fprintln(stamp, w.seed, w.each, w.combined)
	for _, op := range mutant.Operators() {
		fmt.Fprintln(stamp, op.Name)
	}
	for _, s := range sources {
		stamp.Write([]byte(item{page: s.Page}.hash()))
	}
	file := filepath.Join(w.dir, "mutants-"+hex.EncodeToString(stamp.Sum(nil)[:6])+".jsonl")
	if w.fresh {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("forgetting the mutants: %w", err)
		}
	}
	made, err := mutants.Read(file)
	if errors.Is(err, fs.ErrNotExist) {
		cfg := mutants.Config{Each: w.each, Combined: w.combined, Seed: w.seed}
		made, err = mutants.Make(ctx, w.judge, sources, cfg, func(n int) { fmt.Fprintf(os.Stderr, "\rmutants: %d made ", n) })
		fmt.Fprintln(os.Stderr)
		if err == nil {
			err = mutants.Write(file, made)
		}
	}
	if err != nil {
		return nil, err
	}
	var list []item
	for _, m := range made {
		at := slices.IndexFunc(sources, func(s mutant.Source) bool { return s.Name == m.Source })
		if at < 0 {
			return nil, fmt.Errorf("%s: there is no source %s any more: remove the file", file, m.Source)
		}
		list = append(list, item{id: "mutant/" + m.ID, set: "mutants", page: m.Page(sources[at]), mutant: &m})
	}
	if err := w.writeCard(made, sources); err != nil {
		return nil, err
	}
	return list, w.addClean(ctx, list, sources)
}

// addClean tells each mutant what is found on the page that it was made of.
func (w *workshop) addClean(ctx context.Context, list []item, sources []mutant.Source) error {
	clean := map[string][]mutant.Finding{}
	for _, s := range sources {
		found, err := mutant.Find(ctx, w.judge, s.Page, preview.ProfileFast)
		if err != nil {
			return err
		}
		clean[s.Name] = found
	}
	for i := range list {
		list[i].clean = clean[list[i].mutant.Source]
	}
	return nil
}

// nearlyClean are the real pages of the corpus that hold styles worth breaking
// and next to no defects.
var nearlyClean = []string{
	"simonw__tools/side-panel-dialog.html",
	"mdn__css-examples/css-cookbook/card.html",
	"mdn__css-examples/css-cookbook/columns-multicol.html",
	"bradtraversy__50projects50days/testimonial-box-switcher/index.html",
}

func (w *workshop) cleanPages() ([]mutant.Source, error) {
	list, err := mutants.Sources(w.clean)
	if err != nil {
		return nil, err
	}
	for _, name := range nearlyClean {
		if _, err := os.Stat(filepath.Join(w.corpus, name)); err == nil {
			list = append(list, mutant.Source{Name: "corpus/" + name, Page: preview.Page{FS: os.DirFS(w.corpus), Entry: name}})
		}
	}
	return list, nil
}
