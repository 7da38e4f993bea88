package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"relook/agent/train/mutant"
)

const cardPreface = `# Mutants

Clean pages that were broken in a known way: tasks for training a policy, and for measuring one. This data card is written by ` + "`make eval`" + `.

- **How they are made.** An operator makes one change to the text of a page or its style sheet, at a place and with a value that the seed decides. The mutant is kept only if the diagnosis, in a real browser at three widths, finds on it at least one defect of a kind that the operator is meant to cause and that the clean page does not have. Mutants of two and three defects are mutants of one put together; each defect must still show.
- **The known repair** is the reverse edit. It gives the clean page back byte for byte.
- **Held out** operators are never used in training. They show whether a policy has learnt to repair or has learnt a table.
- **Needs words**: the repair is something that only the author knows. No change of styles mends it.
- **The clean pages** are in ` + "`testdata/clean`" + `, written for this project and under its licence, with pictures made for it; on none of them does relook find an error or a warning in the profile ` + "`standard`" + `. The pages named corpus/ are other people's; they lie beside the project and are not part of it.
- **What they are not.** The defects are single changes to well-kept pages. Pages that were never right have other faults, and more at once: for those see the real pages and the drafts in [evaluation.md](evaluation.md).

`

// writeCard writes the data card of the mutants.
func (w *workshop) writeCard(made []mutant.Mutant, sources []mutant.Source) error {
	var b strings.Builder
	b.WriteString(cardPreface)
	levels, bySource, byOperator := map[int]int{}, map[string]int{}, map[string]int{}
	held := 0
	for _, m := range made {
		levels[len(m.Operators)]++
		bySource[m.Source]++
		if m.HeldOut {
			held++
		}
		for _, op := range m.Operators {
			byOperator[op]++
		}
	}
	fmt.Fprintf(&b, "Made with seed %d: %d mutants, of one defect %d, of two %d, of three %d; %d with a held out operator.\n\n", w.seed, len(made), levels[1], levels[2], levels[3], held)
	b.WriteString("## Operators\n\n| operator | what it does | seen as one of | held out | needs words | mutants |\n|---|---|---|---|---|---|\n")
	for _, op := range mutant.Operators() {
		profile := ""
		if op.Profile != "" {
			profile = " (profile " + string(op.Profile) + ")"
		}
		fmt.Fprintf(&b, "| %s | %s%s | %s | %s | %s | %d |\n", op.Name, op.About, profile, strings.Join(op.Rules, ", "), yes(op.HeldOut), yes(op.Content), byOperator[op.Name])
	}
	licences, err := licencesOf(w.corpus)
	if err != nil {
		return err
	}
	b.WriteString("\n## Clean pages\n\n| page | licence | mutants |\n|---|---|---|\n")
	for _, s := range sources {
		licence := "the project's"
		if name, ok := strings.CutPrefix(s.Name, "corpus/"); ok {
			licence = licences[name]
		}
		fmt.Fprintf(&b, "| %s | %s | %d |\n", s.Name, licence, bySource[s.Name])
	}
	return os.WriteFile(w.card, []byte(b.String()), 0o644)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// licencesOf reads the index of the real pages: licences by file.
func licencesOf(corpus string) (map[string]string, error) {
	f, err := os.Open(filepath.Join(corpus, "INDEX.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the licences: %w", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading the licences: %w", err)
	}
	out := map[string]string{}
	for _, row := range rows {
		if len(row) > 4 {
			out[row[0]] = row[4]
		}
	}
	return out, nil
}
