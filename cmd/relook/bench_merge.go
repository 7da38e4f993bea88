package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/suite"
)

func (a *app) mergeCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "merge FOLDER...",
		Short: "Put parts of one benchmark together",
		Long: `Merge puts the results of runs with --shard into one folder. A later folder's
result of the same item and arm takes the place of an earlier one's. Run the
benchmark on that folder (--out) without --shard for the report: what is there
is not run again.

Exit code: 0 merged, 2 could not.`,
		Example: "  relook bench merge --out out/all part1 part2 part3",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || out == "" {
				return errors.New("name the folders, and with --out a new one: see `relook bench merge --help`")
			}
			var from []string
			for _, dir := range args {
				from = append(from, a.path(dir))
			}
			n, err := suite.Merge(a.path(out), from)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.err, "%d results in %s.\n", n, filepath.Join(out, suite.ResultsFile))
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "folder that the results are put into (required)")
	return c
}
