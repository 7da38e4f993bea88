package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/output"
	"relook/cmd/relook/internal/term"
	"relook/cmd/relook/internal/tools"
)

func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what relook found on this machine and what is missing",
		Long: `Doctor looks for the browser, Ollama, models, GPU, fonts and editors, and names
the command that mends what is missing.

Exit code: 0 relook can work, 1 something that it can't do without is missing,
2 could not run.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.doctor(c, asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) doctor(c *cobra.Command, asJSON bool) error {
	cfg, err := a.settings(c, a.cwd)
	if err != nil {
		return err
	}
	t, err := newTools(cfg, a.log)
	if err != nil {
		return err
	}
	progress := term.NewProgress(a.err)
	progress.Say("looking around")
	checks := t.Doctor(c.Context())
	progress.Close()
	if err := c.Context().Err(); err != nil {
		return err
	}
	report := probes(checks)
	if asJSON {
		err = output.Write(a.out, report)
	} else {
		err = a.printProbes(report)
	}
	if err == nil && !report.OK {
		err = exitCode(exitDefects)
	}
	return err
}

func probes(checks []tools.Check) output.Doctor {
	d := output.Doctor{Schema: output.DoctorSchema, OK: true, Checks: []output.Probe{}}
	for _, c := range checks {
		d.Checks = append(d.Checks, output.Probe{
			Name: c.Name, OK: c.OK, Required: !c.Optional, Found: c.Found, Missing: c.Missing, Mend: c.Mend,
		})
		d.OK = d.OK && (c.OK || c.Optional)
	}
	return d
}

func (a *app) printProbes(d output.Doctor) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, p := range d.Checks {
		mark, text := "ok", p.Found
		switch {
		case !p.OK && p.Required:
			mark, text = "MISSING", p.Missing
		case !p.OK:
			mark, text = "-", p.Missing
		}
		if p.Mend != "" {
			text += " (mend: " + p.Mend + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", mark, p.Name, term.Clean(text))
	}
	return w.Flush()
}
