package playwright

import (
	"bufio"
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// A Status is how a test ended.
type Status string

const (
	Passed   Status = "passed"
	Failed   Status = "failed"
	TimedOut Status = "timed out"
	Skipped  Status = "skipped" // by the test itself
	// Hung is a test that still ran when the time for the suite was up.
	Hung Status = "hung"
	// NotRun is a test whose turn never came.
	NotRun Status = "not run"
)

// A Result is what came of one test.
type Result struct {
	File   string // below tests, such as "task-1.spec.js"
	Title  string // with the titles of what it stands in: "menu > opens"
	Status Status
	Error  string // the first line of what went wrong; "" if it passed
	Millis float64
}

// Name is the test's full name.
func (r Result) Name() string { return r.File + " > " + r.Title }

// A Report is what came of a run.
type Report struct {
	Results []Result // in the order of the files
	// Hung says that the time for the suite was up and the runner was killed.
	Hung bool
	// Problems are errors outside of tests, such as a test file that can't be read.
	Problems []string
	// Output is what the runner printed for people, without colours, progress and
	// paths of this machine.
	Output string
}

// Passed reports whether there were tests and all of them passed.
func (r Report) Passed() bool {
	return len(r.Results) > 0 && !r.Hung && len(r.Problems) == 0 &&
		!slices.ContainsFunc(r.Results, func(t Result) bool { return t.Status != Passed && t.Status != Skipped })
}

// Tests says for each test by its full name whether it passed. Skipped ones are
// left out.
func (r Report) Tests() map[string]bool {
	tests := map[string]bool{}
	for _, t := range r.Results {
		if t.Status != Skipped {
			tests[t.Name()] = t.Status == Passed
		}
	}
	return tests
}

// Note is a sentence for people: why the first test that did not pass did not,
// and that the suite hung. "" if all is well.
func (r Report) Note() string {
	var notes []string
	for _, t := range r.Results {
		if t.Status == Hung {
			notes = append(notes, "the tests hung in "+t.Name())
		}
	}
	if r.Hung && len(notes) == 0 {
		notes = append(notes, "the tests hung")
	}
	notes = append(notes, r.Problems...)
	for _, t := range r.Results {
		if t.Status == Failed || t.Status == TimedOut {
			notes = append(notes, t.Name()+": "+t.Error)
			break
		}
	}
	return strings.Join(notes, "; ")
}

// An event is a line of reporter.cjs.
type event struct {
	Event, File, Title, Status, Error string
	Millis                            float64
}

// readEvents makes a report of the events that were written by then. A last line
// that was cut off by a kill does not count.
func readEvents(data []byte) Report {
	var report Report
	at := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		if e.Event == "error" {
			report.Problems = append(report.Problems, firstLine(e.Error))
		}
		if e.Title == "" {
			continue
		}
		t := Result{File: e.File, Title: e.Title, Status: NotRun}
		i, known := at[t.Name()]
		if !known {
			i = len(report.Results)
			at[t.Name()] = i
			report.Results = append(report.Results, t)
		}
		switch e.Event {
		case "begun":
			report.Results[i].Status = Hung
		case "ended": // the last try counts: no other follows one that passed
			report.Results[i].Status = statusOf(e.Status)
			report.Results[i].Error, report.Results[i].Millis = firstLine(e.Error), e.Millis
		}
	}
	return report
}

func statusOf(s string) Status {
	switch s {
	case "passed":
		return Passed
	case "timedOut":
		return TimedOut
	case "skipped":
		return Skipped
	}
	return Failed
}

// firstLine is the first line that says something, without colours.
func firstLine(s string) string {
	for line := range strings.Lines(colours.ReplaceAllString(s, "")) {
		if line = strings.TrimSpace(line); line != "" {
			return line[:min(len(line), 300)]
		}
	}
	return ""
}

var (
	colours  = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")
	progress = regexp.MustCompile(`^\[\d+/\d+`)
)

// plain makes the runner's output what a model or a person is shown.
func plain(output []byte, dir string) string {
	text := strings.ReplaceAll(colours.ReplaceAllString(string(output), ""), dir, ".")
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" && !progress.MatchString(line) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
