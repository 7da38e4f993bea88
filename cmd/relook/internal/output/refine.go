package output

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"relook/agent"
	"relook/agent/edit"
	"relook/agent/trace"
	"relook/preview"
)

// Names says how files are named in what is written out: Path in JSON and
// messages, Patch in diffs.
type Names struct {
	Path, Patch func(file string) string
}

// Trace converts the trace of a refinement of page to what is written out.
func Trace(t *agent.Trace, page preview.Page, names Names) (Refine, error) {
	path := names.Path(page.Entry)
	r := Refine{
		Schema: RefineSchema, Path: path, Status: string(t.Status),
		Before: Diagnosis(t.Before.Diagnosis, path, names.Path),
		After:  Diagnosis(t.After.Diagnosis, path, names.Path),
		Passes: []Pass{},
		Millis: t.Millis, PolicyMillis: t.PolicyMillis, Critique: trace.CritiqueOf(t.Critique),
	}
	var err error
	if r.Edits, err = Edits(page.Read, t.Edits, names.Path); err != nil {
		return r, err
	}
	if r.Diff, err = Diff(t, page, names.Patch); err != nil {
		return r, err
	}
	// The edits of a pass refer to the files as the passes before left them.
	for _, p := range t.Passes {
		pass, err := passOf(p, page, names.Path)
		if err != nil {
			return r, err
		}
		r.Passes = append(r.Passes, pass)
		if page, err = After(p, page); err != nil {
			return r, err
		}
	}
	return r, nil
}

func passOf(p agent.Pass, page preview.Page, name func(string) string) (Pass, error) {
	out := Pass{
		Policy: p.Policy, Candidates: []Candidate{},
		Admitted: orEmpty(p.Admitted), Dropped: orEmpty(p.Dropped),
	}
	// What the gate rejected may name a file that is not there; its edits have
	// no range then, and the reason says what is wrong.
	readRejected := func(file string) (preview.Text, error) {
		src, err := page.Read(file)
		if err != nil {
			return preview.NewText(""), nil
		}
		return src, nil
	}
	for _, a := range p.Attempts {
		read := page.Read
		if !a.Verdict.Admitted {
			read = readRejected
		}
		list, err := Edits(read, a.Edits, name)
		if err != nil {
			return out, err
		}
		c := Candidate{Edits: list, Why: a.Why, Policy: a.Policy, Verdict: "rejected", Rule: a.Verdict.Rule, Reason: a.Verdict.Reason, Cost: a.Verdict.Cost}
		if a.Verdict.Admitted {
			c.Verdict = "admitted"
		}
		out.Candidates = append(out.Candidates, c)
	}
	return out, nil
}

// After is page with what a pass admitted.
func After(p agent.Pass, page preview.Page) (preview.Page, error) {
	var all []preview.Edit
	for _, i := range p.Admitted {
		if i < 0 || i >= len(p.Attempts) {
			return page, fmt.Errorf("the trace admits candidate %d of %d", i, len(p.Attempts))
		}
		all = append(all, p.Attempts[i].Edits...)
	}
	if len(all) == 0 {
		return page, nil
	}
	texts, err := edit.ApplyAll(page.Read, all)
	if err != nil {
		return page, fmt.Errorf("following the trace: %w", err)
	}
	return preview.Page{FS: preview.Overlay(page.FS, texts), Entry: page.Entry}, nil
}

// Changes are what became of the pictures of t.
func Changes(t *agent.Trace) []Change {
	var out []Change
	for _, c := range agent.Changes(t.Before, t.After) {
		out = append(out, Change(c))
	}
	return out
}

// Edits are edits as they are written out: with ranges, and files named by name.
func Edits(read func(string) (preview.Text, error), list []preview.Edit, name func(string) string) ([]Edit, error) {
	out := []Edit{}
	for _, e := range list {
		src, err := read(e.File)
		if err != nil {
			return out, err
		}
		out = append(out, Edit{File: name(e.File), Range: src.Range(e.Span), NewText: e.NewText})
	}
	return out, nil
}

// Diff is the unified diff from the files as they were read to the repaired
// ones; "" when nothing changed.
func Diff(t *agent.Trace, page preview.Page, name func(string) string) (string, error) {
	var b strings.Builder
	for _, file := range slices.Sorted(maps.Keys(t.Files)) {
		src, err := page.Read(file)
		if err != nil {
			return "", err
		}
		b.WriteString(edit.Diff(name(file), src.String(), t.Files[file]))
	}
	return b.String(), nil
}
