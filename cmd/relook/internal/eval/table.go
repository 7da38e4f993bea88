package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"relook/agent/train/mutant"
	"relook/cmd/relook/internal/suite"
)

// writeDoc writes docs/evaluation.md from all that was ever measured in the
// folder.
func (w *workshop) writeDoc() error {
	var b strings.Builder
	b.WriteString(preface)
	all := w.results()
	for _, set := range []string{"mutants", "corpus", "drafts"} {
		if records := where(all, func(r record) bool { return r.Set == set }); len(records) > 0 {
			w.setTable(&b, set, records)
		}
	}
	mutants := where(all, func(r record) bool { return r.Set == "mutants" })
	w.levelTable(&b, mutants)
	operatorTable(&b, where(mutants, func(r record) bool { return r.Arm == "rules" }))
	w.sameItems(&b, all)
	testTable(&b, all)
	if err := w.judgedTable(&b); err != nil {
		return err
	}
	worseList(&b, all)
	if w.doc == "-" {
		_, err := os.Stdout.WriteString(b.String())
		return err
	}
	return os.WriteFile(w.doc, []byte(b.String()), 0o644)
}

const preface = `# Evaluation

What refinements are worth, measured by ` + "`make eval`" + `. This page is written by it, out of the results that it keeps in ` + "`out/eval`" + `; a run that was ended goes on where it was.

- **Mutants** are clean pages that were broken in a known way ([mutants.md](mutants.md)). Fully repaired means that nothing is left that is not on the clean page, at the usual three views.
- **Corpus** and **drafts** are real pages, and pages that a 7B coder model wrote. Fully repaired means that no error or warning is left.
- A page is **worse** if it no longer renders, if a text or control that could be read or used is gone, if a rule has more errors at any view, or if the page costs more. This is judged by a browser that had no part in the work, also at three widths at which no refinement looks (320, 600 and 1,600 px).
- **Removed** is the share of all errors and warnings that are gone. Intervals are 95 % bootstrap intervals over pages.
- **Tokens** are those that the model wrote, **time** is the wall time of a refinement on two shared CPU cores; both are medians. Times from a shared machine vary by half; compare them within a table.
- **naive** is what people do without relook: the model is shown the page's file with the measured defects and rewrites it; what it writes is taken, unless it leaves something out or breaks off. Style sheets in files of their own are not shown to it.

Run it: ` + "`make eval`" + ` for rules, ` + "`make eval MODEL=qwen2.5-coder:1.5b EVAL=\"-n 8 -arms rules,model,rules+model,naive\"`" + ` for a model on a sample, ` + "`make eval EVAL=-pft`" + ` with the drafts' own tests.

`

func where(list []record, want func(record) bool) []record {
	var out []record
	for _, r := range list {
		if want(r) {
			out = append(out, r)
		}
	}
	return out
}

// An armResult is the records of one arm with one model.
type armResult struct {
	arm, model string
	records    []record
}

func (a armResult) name() string {
	if a.model == "" {
		return a.arm
	}
	return a.arm + ", " + a.model
}

// byArm sorts records into arms, in the order in which arms are listed.
func byArm(list []record) []armResult {
	var out []armResult
	for _, a := range arms {
		models := map[string][]record{}
		for _, r := range list {
			if r.Arm == a.name {
				models[r.Model] = append(models[r.Model], r)
			}
		}
		for _, m := range sortedKeys(models) {
			out = append(out, armResult{a.name, m, models[m]})
		}
	}
	return out
}

func full(r record) bool  { return r.Full }
func isBad(r record) bool { return r.Worse != "" }

// broken are the records of pages that had something to repair.
func broken(list []record) []record { return where(list, func(r record) bool { return r.Before > 0 }) }

func (w *workshop) setTable(b *strings.Builder, set string, list []record) {
	fmt.Fprintf(b, "## %s\n\n", strings.ToUpper(set[:1])+set[1:])
	b.WriteString("| arm | pages with defects | defects removed | fully repaired | made worse | cost after / before, median | tokens | time |\n|---|---|---|---|---|---|---|---|\n")
	for _, a := range byArm(list) {
		w.armRow(b, a)
	}
	b.WriteString("\n")
}

func (w *workshop) armRow(b *strings.Builder, a armResult) {
	some := broken(a.records)
	bad := len(where(a.records, isBad))
	ended := ""
	if n := len(where(some, func(r record) bool { return r.Stopped })); n > 0 {
		ended = fmt.Sprintf(", %d ended by the limit", n)
	}
	fmt.Fprintf(b, "| %s | %d of %d | %s | %s | %d | %.2f | %.0f | %.1f s%s |\n", a.name(), len(some), len(a.records),
		withInterval(some, w.seed, removed), withInterval(some, w.seed, share(full)), bad,
		suite.Median(some, func(r record) float64 { return r.CostAfter / max(r.CostBefore, 0.01) }),
		suite.Median(some, func(r record) float64 { return float64(r.Tokens) }),
		suite.Median(some, func(r record) float64 { return r.Millis / 1000 }), ended)
}

// levelTable tells the mutants apart by difficulty, and known kinds from those
// that are held out.
func (w *workshop) levelTable(b *strings.Builder, list []record) {
	if len(list) == 0 {
		return
	}
	b.WriteString("## Mutants, by how many defects were put in\n\nFully repaired. *Styles only* leaves out operators whose repair needs words that only the author knows (a lost alt text, a text that was never filled in); *held out* are kinds that no policy is trained on.\n\n")
	b.WriteString("| arm | one | two | three | one to three | styles only | known kinds | held out |\n|---|---|---|---|---|---|---|---|\n")
	for _, a := range byArm(list) {
		fmt.Fprintf(b, "| %s ", a.name())
		for _, want := range []func(record) bool{
			func(r record) bool { return len(r.Operators) == 1 },
			func(r record) bool { return len(r.Operators) == 2 },
			func(r record) bool { return len(r.Operators) == 3 },
			func(record) bool { return true },
			func(r record) bool { return !r.Content },
			func(r record) bool { return !r.HeldOut },
			func(r record) bool { return r.HeldOut },
		} {
			part := where(a.records, want)
			cell := withInterval(part, w.seed, share(full))
			if len(part) > 0 {
				cell += fmt.Sprintf(" of %d", len(part))
			}
			fmt.Fprintf(b, "| %s ", cell)
		}
		b.WriteString("|\n")
	}
	b.WriteString("\n")
}

// operatorTable tells what rules can't repair.
func operatorTable(b *strings.Builder, list []record) {
	if len(list) == 0 {
		return
	}
	b.WriteString("## What rules repair, by operator\n\nMutants of one defect. *Left* are the rules that still find something.\n\n| operator | what it does | fully repaired | left |\n|---|---|---|---|\n")
	for _, op := range mutant.Operators() {
		of := where(list, func(r record) bool { return len(r.Operators) == 1 && r.Operators[0] == op.Name })
		if len(of) == 0 {
			continue
		}
		left := map[string]int{}
		for _, r := range of {
			for _, id := range r.Left {
				left[id]++
			}
		}
		var names []string
		for _, id := range sortedKeys(left) {
			names = append(names, fmt.Sprintf("%s %d", id, left[id]))
		}
		about := op.About
		if op.HeldOut {
			about += " (held out)"
		}
		fmt.Fprintf(b, "| %s | %s | %d of %d | %s |\n", op.Name, about, len(where(of, full)), len(of), strings.Join(names, ", "))
	}
	b.WriteString("\n")
}

// sameItems compares the arms of each model on the items that all of them were
// run on: only so do small samples compare.
func (w *workshop) sameItems(b *strings.Builder, all []record) {
	models := map[string]bool{}
	for _, r := range all {
		if r.Model != "" {
			models[r.Model] = true
		}
	}
	for _, model := range sortedKeys(models) {
		of := byArm(where(all, func(r record) bool { return r.Model == model }))
		common := commonItems(of)
		if len(of) < 2 || len(common) == 0 {
			continue
		}
		fmt.Fprintf(b, "## The same pages, with %s\n\nEach arm on the same %d pages, and rules for comparison.\n\n", model, len(common))
		b.WriteString("| arm | pages with defects | defects removed | fully repaired | made worse | cost after / before, median | tokens | time |\n|---|---|---|---|---|---|---|---|\n")
		rules := armResult{"rules", "", where(all, func(r record) bool { return r.Arm == "rules" })}
		for _, a := range append([]armResult{rules}, of...) {
			a.records = where(a.records, func(r record) bool { return slices.Contains(common, r.Item) })
			w.armRow(b, a)
		}
		timeRatios(b, of, common)
		b.WriteString("\n")
	}
}

// timeRatios compares each arm's time with that of the naive way, page by page.
func timeRatios(b *strings.Builder, of []armResult, common []string) {
	naive := map[string]float64{}
	for _, a := range of {
		for _, r := range a.records {
			if a.arm == "naive" && slices.Contains(common, r.Item) {
				naive[r.Item] = r.Millis
			}
		}
	}
	if len(naive) == 0 {
		return
	}
	b.WriteString("\nTime / time of one naive rewrite of the same page, median:")
	for _, a := range of {
		if a.arm != "naive" {
			in := where(a.records, func(r record) bool { return naive[r.Item] > 0 })
			fmt.Fprintf(b, " %s %.2f;", a.arm, suite.Median(in, func(r record) float64 { return r.Millis / naive[r.Item] }))
		}
	}
	b.WriteString(" the bar is 1.0.\n")
}

func commonItems(of []armResult) []string {
	count := map[string]int{}
	for _, a := range of {
		for _, r := range a.records {
			count[r.Item]++
		}
	}
	var common []string
	for _, id := range sortedKeys(count) {
		if count[id] == len(of) {
			common = append(common, id)
		}
	}
	return common
}

// worseList names every page that came out worse: with the gate there must be
// none.
func worseList(b *strings.Builder, all []record) {
	bad := where(all, isBad)
	if len(bad) == 0 {
		b.WriteString("No page came out worse.\n")
		return
	}
	const most = 60
	b.WriteString("## Pages that came out worse\n\n| page | arm | how |\n|---|---|---|\n")
	for _, r := range bad[:min(len(bad), most)] {
		fmt.Fprintf(b, "| %s | %s | %s |\n", r.Item, armResult{arm: r.Arm, model: r.Model}.name(), strings.NewReplacer("|", "\\|", "\n", " ").Replace(r.Worse))
	}
	if len(bad) > most {
		fmt.Fprintf(b, "\nAnd %d more.\n", len(bad)-most)
	}
}
