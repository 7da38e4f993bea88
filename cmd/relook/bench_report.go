package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"relook/cmd/relook/internal/suite"
	"relook/cmd/relook/internal/term"
)

// benchTold writes the reports and prints the table.
func (a *app) benchTold(ctx context.Context, run *suite.Run, sum suite.Summary, records []suite.Record, f benchFlags, p *term.Progress) error {
	p.Say("writing the report")
	pairs, err := suite.Gallery(ctx, run.Kit.Renderer, run.Suite.About(), run.Items, records, f.gallery)
	if err != nil {
		return err
	}
	if err := suite.WriteReport(run.Dir, sum, pairs); err != nil {
		return err
	}
	p.Hide()
	if f.json {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(sum)
	} else {
		_, err = fmt.Fprint(a.out, cleanLines(sum.Markdown()))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "The report is %s.\n", term.Clean(filepath.Join(run.Dir, "report.html")))
	if sum.Errors > 0 {
		return exitCode(exitDefects)
	}
	return nil
}

// cleanLines is text of several lines without what a terminal would obey.
func cleanLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(term.Clean(strings.TrimRight(line, "\n")) + "\n")
	}
	return b.String()
}
