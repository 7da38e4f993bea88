// Command ruletable writes docs/rules/README.md, the table of all rules, into the
// folder that it is given. Run it with `go generate ./cmd/relook` after a rule
// was added or changed.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"relook/docs/rules"
	"relook/preview"
	"relook/preview/diagnose"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: ruletable DIR")
		os.Exit(2)
	}
	if err := os.WriteFile(filepath.Join(os.Args[1], "README.md"), []byte(table()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "ruletable:", err)
		os.Exit(1)
	}
}

const head = `# The rules

What relook finds, each with a page of its own. ` + "`relook rules`" + ` lists them in the terminal, ` + "`relook rules RULE`" + ` shows a page. How to switch a rule off, change its severity or its thresholds, and ignore single findings: [check.md](../check.md). This page is made by ` + "`go generate ./cmd/relook`" + `.

The severity is the worst that a rule gives. Each profile checks all that the ones before it check.
`

var abouts = map[preview.Profile]string{
	preview.ProfileFast:     "for typing",
	preview.ProfileStandard: "for saving, and what `relook check` uses",
	preview.ProfileThorough: "before a release",
}

// table is the whole page.
func table() string {
	var b strings.Builder
	b.WriteString(head)
	for _, p := range preview.Profiles() {
		var rows, limits strings.Builder
		for _, r := range diagnose.Rules() {
			if r.Profile != p {
				continue
			}
			fmt.Fprintf(&rows, "| [%s](%s.md) | %s | %s |\n", r.ID, r.ID, r.Severity, rules.Sentence(r.ID))
			for _, l := range r.Limits {
				fmt.Fprintf(&limits, "| %s | `%s` | %s | %s to %s | %s |\n", r.ID, l.Name, number(l.Is), number(l.Least), number(l.Most), l.About)
			}
		}
		if rows.Len() > 0 {
			fmt.Fprintf(&b, "\n## %s: %s\n\n| rule | severity | what it finds |\n|---|---|---|\n%s", p, abouts[p], rows.String())
		}
		if limits.Len() > 0 {
			fmt.Fprintf(&b, "\nIts thresholds:\n\n| rule | threshold | is | from, to | meaning |\n|---|---|---|---|---|\n%s", limits.String())
		}
	}
	return b.String()
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
