// Package suite runs benchmarks: each page of a suite is drafted by a model or
// given, improved by an arm, and scored as the suite's authors score it.
//
// The way through it: suite.go has what an adapter to a benchmark implements and
// what it is given; the adapters are the packages below. arm.go has the ways in
// which a page is made, run.go runs them over the items, store.go keeps what came
// of each so that a run goes on after a kill, stats.go is the arithmetic and
// table.go sums up. Judges that look at pictures are in judge.go.
//
// A bad page, a bad row and a judge that answers prose are data: they are named
// with their item, counted, and the rest goes on. Errors are for the machine.
package suite

import (
	"context"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"time"

	"relook/preview"
)

// A Suite is a benchmark. Its adapter knows the published data format and the
// original protocol; it is safe for use by several goroutines.
type Suite interface {
	// About says what the suite is.
	About() About
	// Load reads the items at path, which the person gave. A row that can't be
	// used is a Problem and the rest goes on; an error means that nothing there
	// is of this suite (no such file, another format, another version).
	Load(ctx context.Context, path string) ([]Item, []Problem, error)
	// Ask is what the model is told at a step, in the words of the original.
	Ask(item Item, at Step) Question
	// Read takes the files out of a reply. now are the files before the reply; the
	// answer has all files that there are then, changed or not. A reply that holds
	// no page is an *agent.UnusableError.
	Read(item Item, at Step, reply string) (map[string]string, error)
	// Score scores the files at a step. What is wrong with the page is in the
	// Score; an error is the machine's, and the item is run again the next time.
	Score(ctx context.Context, item Item, at Step) (Score, error)
}

// A Series is a suite whose items have several turns, such as Web-Bench: a turn is
// begun when the one before is Done, and tried again with Score.Context when it is
// not. An item of any other Suite has one turn and one try.
type Series interface {
	Suite
	// Turns is how many turns an item has, and Tries how often each is tried.
	Turns(item Item) int
	Tries(item Item) int
	// Total is the item's score. steps are those that were run, in order, each with
	// its score.
	Total(item Item, steps []Scored) Score
}

// About says what a suite is and how its numbers are to be read.
type About struct {
	Name    string // as on the command line, such as "web-bench"
	Title   string // as its authors call it
	Licence string // of the data
	Source  string // where the data is to be had, in words
	// Metrics are the names of Score.Values, the main one first: it is what arms are
	// compared by. Each is a number where more is better, unless it is in Costs.
	Metrics []Metric
	// Left says in sentences what of the original protocol is not reproduced.
	Left []string
}

// A Metric is one of the numbers of a suite.
type Metric struct {
	Name  string // such as "score"
	About string // what it is, for the table's legend
	// Most is the best that can be had, such as 1 or 100; 0 if there is none.
	Most float64
	// Less says that less is better.
	Less bool
}

// An Item is one task of a suite.
type Item struct {
	ID    string // unique in its suite
	Group string // part of the suite for which numbers are also told by itself; ""
	// Request is what the page shall be, in words; critics are told it.
	Request string
	// Base are files that stay as they are: assets, or a whole site; nil for none.
	Base fs.FS
	// Files are those that are there at the start, by slash path; nil for none.
	Files map[string]string
	// Entry is the page that is looked at, such as "index.html".
	Entry string
	// Given says that Files are a draft: a model need not write one, and the arm
	// "base" is the page as it stands.
	Given bool
	// Own is the adapter's. It is not kept.
	Own any
}

// Page is the item's page with files in the place of its own.
func (i Item) Page(files map[string]string) preview.Page {
	base := i.Base
	if base == nil {
		base = empty{}
	}
	return preview.Page{FS: preview.Overlay(base, files), Entry: i.Entry}
}

// A Step is a try at a turn of an item. An item with one turn has the zero Step,
// but for its Files.
type Step struct {
	Turn, Try int // from 0
	// Files are all files as they are at the step: before the reply in Ask and Read,
	// and after it in Score.
	Files map[string]string
	// Context is what the score of the try before said of what went wrong; "" for a
	// first try.
	Context string
	// Last are the files that the try before ended with; nil for a first try.
	Last map[string]string
}

// A Scored is a step and what came of it.
type Scored struct {
	Step
	Score Score
}

// A Question is what a model is asked.
type Question struct {
	System, Prompt string
	Images         [][]byte // PNG; for models that see
}

// A Score is what a page is worth.
type Score struct {
	// Values are numbers by Metric.Name. One that could not be had is absent, with
	// the reason in Missing: it is never taken for 0.
	Values  map[string]float64 `json:"values,omitempty"`
	Missing map[string]string  `json:"missing,omitempty"`
	// Tests are those of the suite that interact with the page, by their full names.
	// nil if it has none; whether they hang or can't begin is in Note.
	Tests map[string]bool `json:"tests,omitempty"`
	// Note is a sentence about the page for people: why it got so little; "" for
	// nothing to say.
	Note string `json:"note,omitempty"`
	// Judgements are what judges said, one for each judge.
	Judgements []Judgement `json:"judgements,omitempty"`
	// Done says that the turn is accomplished; Context is what the model is told
	// when it is not and is tried again. Only for a Series.
	Done    bool   `json:"done,omitempty"`
	Context string `json:"context,omitempty"`
}

// Passed is how many tests passed, of how many that ran.
func (s Score) Passed() (passed, run int) {
	for _, ok := range s.Tests {
		if ok {
			passed++
		}
	}
	return passed, len(s.Tests)
}

// Retry reports whether some number is missing that another run may have: a
// judge's. Such an item is not finished.
func (s Score) Retry() bool {
	return slices.ContainsFunc(s.Judgements, func(j Judgement) bool { return j.Problem != "" })
}

// A Judgement is what one judge said of a page.
type Judgement struct {
	Judge string `json:"judge"` // its name, such as "ollama:qwen2.5vl:7b"
	// Score is on the suite's own scale; it counts only if Problem is "".
	Score float64 `json:"score"`
	// Parts are the scores of the checklist's lines, in their order; nil if the
	// suite has none.
	Parts []float64 `json:"parts,omitempty"`
	// Problem is why there is no score: answers that could not be used.
	Problem string  `json:"problem,omitempty"`
	Tries   int     `json:"tries,omitempty"` // questions asked for it
	Millis  float64 `json:"ms,omitempty"`
}

// A Problem is something wrong with the data of an item.
type Problem struct {
	Item string `json:"item"` // its id, else where it stands, such as "line 7"
	What string `json:"what"` // a sentence
}

func (p Problem) String() string { return p.Item + ": " + p.What }

// A Kit is what adapters work with.
type Kit struct {
	// Renderer looks at pages. It has no part in making them.
	Renderer preview.Renderer
	// Browser is the path of the browser, for test runners that start their own.
	Browser string
	// Judges are asked for scores that only eyes can give; none if there are none.
	Judges []Judge
	// Dir is a folder for files that tests need. An adapter makes folders of its own
	// in it for every call, and removes them.
	Dir string
	// Limit is how long the tests of one page may take.
	Limit time.Duration
	Log   *slog.Logger
}

// empty is a file system without files.
type empty struct{}

func (empty) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Unique drops items whose id was there before, and those without one, and tells
// each.
func Unique(items []Item) ([]Item, []Problem) {
	var kept []Item
	var problems []Problem
	have := map[string]bool{}
	for n, it := range items {
		switch {
		case it.ID == "":
			problems = append(problems, Problem{Item: "row " + strconv.Itoa(n+1), What: "it has no id"})
		case have[it.ID]:
			problems = append(problems, Problem{Item: it.ID, What: "it is there twice; the first one counts"})
		default:
			have[it.ID] = true
			kept = append(kept, it)
		}
	}
	return kept, problems
}

// Names are the keys of a map, sorted.
func Names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
