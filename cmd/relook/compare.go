package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/suite"
	"relook/cmd/relook/internal/term"
)

func (a *app) compareCommand() *cobra.Command {
	var asJSON, all bool
	var metric string
	c := &cobra.Command{
		Use:   "compare A B",
		Short: "Compare two runs of a benchmark, item by item",
		Long: `Compare reads the folders of two runs of ` + "`relook bench`" + ` and tells for each item
and arm that both have what the second run got more or less, the greatest loss
first. Arms that are in both are compared with themselves; two arms of one run are
compared as FOLDER:ARM.

Exit code: 0 compared, 2 could not.`,
		Example: `  relook compare out/before out/after
  relook compare out/bench/mutants:base out/bench/mutants:rules`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("name two runs, not %d: see `relook compare --help`", len(args))
			}
			both, err := suite.CompareRuns(a.path(args[0]), a.path(args[1]), metric)
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(a.out)
				enc.SetIndent("", "  ")
				return enc.Encode(both)
			}
			return printCompared(a.out, both, all)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&all, "all", false, "print items that got the same too")
	c.Flags().StringVar(&metric, "metric", "", "the number that is compared (default the first in the results)")
	return c
}

func printCompared(out io.Writer, c suite.Compared, all bool) error {
	if _, err := fmt.Fprintf(out, "%s: the second got more on %d, the same on %d, less on %d of %d; mean change %+.3g (%+.3g to %+.3g), p %.3f\n",
		c.Metric, c.More, c.Same, c.Less, len(c.Items), c.Change.Mean, c.Change.From, c.Change.To, c.P); err != nil {
		return err
	}
	if n := len(c.OnlyFirst) + len(c.OnlySecond); n > 0 {
		if _, err := fmt.Fprintf(out, "%d items are in one run only and are not compared.\n", n); err != nil {
			return err
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nitem\tarm\tfirst\tsecond\tchange\ttests lost")
	for _, i := range c.Items {
		if all || i.Change != 0 || len(i.Lost) > 0 {
			fmt.Fprintf(w, "%s\t%s\t%.3g\t%.3g\t%+.3g\t%d\n", term.Clean(i.Item), i.Arm, i.First, i.Second, i.Change, len(i.Lost))
		}
	}
	return w.Flush()
}
