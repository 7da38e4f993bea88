package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/picture"
)

type pictureFlags struct {
	view    string
	columns int
	colours string
	png     bool
	width   int
}

func (a *app) pictureCommand() *cobra.Command {
	var f pictureFlags
	c := &cobra.Command{
		Use:   "picture < PREVIEW",
		Short: "Draw a page before and after in a terminal, for editors",
		Long: `Picture reads the answer to the request relook/preview of ` + "`relook lsp`" + ` on stdin
and draws the page at one view, before and after beside each other, with the
defects outlined: in half blocks with escape sequences, or with --png as a
picture. Editors that live in a terminal use it.

Exit code: 0 done, 2 could not run.`,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(c *cobra.Command, _ []string) error { return a.picture(c, f) },
	}
	c.Flags().StringVar(&f.view, "view", "", "view to draw, such as 390x844 (default: where most defects show)")
	c.Flags().IntVar(&f.columns, "columns", 80, "width in characters")
	c.Flags().StringVar(&f.colours, "colours", "true", "true: 16 million; 256: those that every terminal has")
	c.Flags().BoolVar(&f.png, "png", false, "write a PNG in place of characters")
	c.Flags().IntVar(&f.width, "width", 1600, "width of the PNG at most, in px")
	complete(c, "colours", "true", "256")
	return c
}

func (a *app) picture(c *cobra.Command, f pictureFlags) error {
	if f.colours != "true" && f.colours != "256" {
		return fmt.Errorf("--colours %q is not true or 256: see `relook picture --help`", f.colours)
	}
	p, err := picture.Read(c.InOrStdin())
	if err != nil {
		return err
	}
	scene, err := picture.New(p, f.view)
	if err != nil {
		return fmt.Errorf("drawing %s: %w", p.Name, err)
	}
	if f.png {
		return picture.PNG(a.out, scene, f.width)
	}
	return picture.Blocks{Columns: f.columns, Indexed: f.colours == "256"}.Draw(a.out, scene)
}
