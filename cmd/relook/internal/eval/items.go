package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"relook/agent/train/mutant"
	"relook/cmd/relook/internal/realpages"
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
		all = append(all, spread(list, w.most)...)
	}
	return all, nil
}

// spread takes n items out of a list, evenly; all for 0.
func spread(list []item, n int) []item {
	if n <= 0 || n >= len(list) {
		return list
	}
	var out []item
	for i := range n {
		out = append(out, list[i*len(list)/n])
	}
	return out
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
	made, err := readMutants(file)
	if errors.Is(err, fs.ErrNotExist) {
		if made, err = w.makeMutants(ctx, sources); err == nil {
			err = writeMutants(file, made)
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
	names, err := filepath.Glob(filepath.Join(w.clean, "*.html"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no clean pages in %s", w.clean)
	}
	var list []mutant.Source
	for _, name := range names {
		entry := filepath.Base(name)
		list = append(list, mutant.Source{Name: "clean/" + entry, Page: preview.Page{FS: os.DirFS(w.clean), Entry: entry}})
	}
	for _, name := range nearlyClean {
		if _, err := os.Stat(filepath.Join(w.corpus, name)); err == nil {
			list = append(list, mutant.Source{Name: "corpus/" + name, Page: preview.Page{FS: os.DirFS(w.corpus), Entry: name}})
		}
	}
	return list, nil
}

func (w *workshop) makeMutants(ctx context.Context, sources []mutant.Source) ([]mutant.Mutant, error) {
	var made []mutant.Mutant
	take := func(m mutant.Mutant) bool {
		made = append(made, m)
		fmt.Fprintf(os.Stderr, "\rmutants: %d made ", len(made))
		return true
	}
	g := &mutant.Generator{Renderer: w.judge, Sources: sources, Seed: w.seed}
	err := g.Singles(ctx, w.each, take)
	singles := made
	for _, level := range []int{2, 3} {
		if err == nil {
			err = g.Combine(ctx, singles, level, w.combined, take)
		}
	}
	fmt.Fprintln(os.Stderr)
	return made, err
}

func readMutants(file string) ([]mutant.Mutant, error) {
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

func writeMutants(file string, list []mutant.Mutant) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	for _, m := range list {
		if err := enc.Encode(m); err != nil {
			return fmt.Errorf("writing the mutants: %w", err)
		}
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
