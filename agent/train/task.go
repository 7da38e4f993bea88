package train

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"os"
	"slices"

	"relook/agent"
	"relook/agent/edit"
	"relook/agent/train/mutant"
	"relook/preview"
)

// A Task is a broken page to repair, with what the policy is told of it.
type Task struct {
	ID        string            `json:"id"`
	Source    string            `json:"source"` // the clean page's name
	Entry     string            `json:"entry"`
	Files     map[string]string `json:"files"` // broken texts by name, over the source's
	Operators []string          `json:"operators"`
	Level     int               `json:"level"` // defects put in
	Seed      uint64            `json:"seed"`
	// HeldOut is true for operators that are never trained on, Unseen for pages
	// that are not.
	HeldOut bool   `json:"heldOut,omitempty"`
	Unseen  bool   `json:"unseen,omitempty"`
	Prompt  string `json:"prompt"`
	// Answers are those that the gate admitted, the best first. None means that no
	// answer in the policy's form is known: such a task is only for evaluation.
	Answers []Answer `json:"answers,omitempty"`
}

// An Answer is a reply that was tried in the browser.
type Answer struct {
	Text   string  `json:"text"`
	Reward float64 `json:"reward"`
}

// Page is the broken page, over the files of its source.
func (t Task) Page(source mutant.Source) preview.Page {
	return preview.Page{FS: preview.Overlay(source.Page.FS, t.Files), Entry: t.Entry}
}

// Trains reports whether the task may be learnt from.
func (t Task) Trains() bool { return !t.HeldOut && !t.Unseen && len(t.Answers) > 0 }

// Unseen reports whether pages of a source are kept for evaluation: about one in
// five, by its name alone, so that it stays so when pages are added.
func Unseen(source string) bool {
	h := fnv.New32a()
	h.Write([]byte(source)) // never fails
	return h.Sum32()%5 == 1
}

// A Maker makes tasks out of clean pages.
type Maker struct {
	Renderer preview.Renderer
	Sources  []mutant.Source
	Seed     uint64
	Each     int // mutants of each operator
	Combined int // mutants of two, and of three defects
	Tries    int // answers tried for a task; default 40
	Told     func(made int)
}

// Make makes tasks, calls yield with each that is new, and leaves out those whose
// ids are known.
func (m Maker) Make(ctx context.Context, known map[string]bool, yield func(Task) error) error {
	var singles []mutant.Mutant
	var failed error
	take := func(x mutant.Mutant) bool {
		if x.Content {
			return true // no change of styles repairs it
		}
		id := fmt.Sprintf("%d/%s", m.Seed, x.ID)
		if len(x.Operators) == 1 {
			singles = append(singles, x)
		}
		if known[id] {
			return true
		}
		var t *Task
		if t, failed = m.task(ctx, id, x); failed == nil && t != nil {
			failed = yield(*t)
		}
		return failed == nil
	}
	g := &mutant.Generator{Renderer: m.Renderer, Sources: m.Sources, Seed: m.Seed}
	err := g.Singles(ctx, m.Each, take)
	for _, level := range []int{2, 3} {
		if err == nil && failed == nil && m.Combined > 0 {
			err = g.Combine(ctx, singles, level, m.Combined, take)
		}
	}
	return errors.Join(err, failed)
}

// task opens a mutant and looks for its answers; nil if the policy is shown
// nothing of it.
func (m Maker) task(ctx context.Context, id string, x mutant.Mutant) (t *Task, err error) {
	source := m.Sources[slices.IndexFunc(m.Sources, func(s mutant.Source) bool { return s.Name == x.Source })]
	t = &Task{
		ID: id, Source: x.Source, Entry: x.Entry, Files: x.Files, Operators: x.Operators, Level: len(x.Operators),
		Seed: m.Seed, HeldOut: x.HeldOut, Unseen: Unseen(x.Source),
	}
	bench, err := OpenBench(ctx, m.Renderer, t.Page(source), agent.DefaultGate())
	if err != nil || bench == nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	if bench.Repair.Empty() {
		return nil, nil
	}
	t.Prompt = bench.Repair.Prompt()
	t.Answers, err = bench.Teach(ctx, wishes(x, source), m.Tries)
	return t, err
}

// ReadTasks reads a file of tasks, one a line. A last line that was cut off is
// left out.
func ReadTasks(file string) ([]Task, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the tasks: %w", err)
	}
	defer f.Close()
	var list []Task
	for dec := json.NewDecoder(bufio.NewReaderSize(f, 1<<20)); dec.More(); {
		var t Task
		if err := dec.Decode(&t); err != nil {
			break
		}
		list = append(list, t)
	}
	return list, nil
}

// A wish is a declaration that may mend a page.
type wish struct{ selector, property, value string }

// wishes are what the clean page says where the broken one says something else.
func wishes(x mutant.Mutant, source mutant.Source) []wish {
	var list []wish
	for _, name := range slices.Sorted(maps.Keys(x.Files)) {
		text, err := source.Page.Read(name)
		if err != nil {
			continue // a file that the clean page lacks says nothing
		}
		broken := map[string]bool{}
		for _, r := range edit.Rules(name, preview.NewText(x.Files[name])) {
			for _, d := range r.Decls {
				broken[r.Selector+" "+d.Property+" "+d.Value] = true
			}
		}
		for _, r := range edit.Rules(name, text) {
			for _, d := range r.Decls {
				if !broken[r.Selector+" "+d.Property+" "+d.Value] {
					list = append(list, wish{r.Selector, d.Property, d.Value})
				}
			}
		}
	}
	return list
}
