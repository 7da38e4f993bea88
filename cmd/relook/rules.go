package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/term"
	ruledocs "relook/docs/rules"
	"relook/preview/diagnose"
)

func (a *app) rulesCommand() *cobra.Command {
	var ids []string
	for _, r := range diagnose.Rules() {
		ids = append(ids, r.ID)
	}
	return &cobra.Command{
		Use:       "rules [RULE]",
		Short:     "List what is looked for, or explain one rule",
		Long:      "Rules lists what relook looks for, by profile. With a rule it prints the page\nabout it: what it measures, why it matters, how it is fixed, its thresholds.",
		Example:   "  relook rules\n  relook rules low-contrast",
		ValidArgs: ids,
		RunE: func(c *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return term.Rules(a.out, term.Colour(a.out), diagnose.Rules(), ruledocs.Sentence)
			case 1:
				if ruledocs.Page(args[0]) == "" {
					return fmt.Errorf("%w: `relook rules` lists them", diagnose.UnknownRule(args[0]))
				}
				return term.Page(a.out, term.Colour(a.out), ruledocs.Page(args[0])+thresholds(args[0]))
			}
			return fmt.Errorf("name one rule, not %d: see `relook rules --help`", len(args))
		},
	}
}

// thresholds lists in Markdown what of a rule can be set.
func thresholds(id string) string {
	var b strings.Builder
	for _, r := range diagnose.Rules() {
		if r.ID != id {
			continue
		}
		for _, l := range r.Limits {
			fmt.Fprintf(&b, "| `%s = %v` | %v to %v | %s |\n", l.Name, l.Is, l.Least, l.Most, l.About)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("\n**Thresholds.** Set under `[rules.%s]` in `relook.toml`:\n\n| threshold | bounds | meaning |\n|---|---|---|\n%s", id, b.String())
}
