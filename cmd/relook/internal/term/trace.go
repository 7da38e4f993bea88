package term

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"relook/agent/trace"
)

// Traces lists traces in a table.
func Traces(w io.Writer, list []*trace.Document) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TRACE\tWHEN\tWHAT\tDEFECTS\tTIME\tPAGE")
	for _, d := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d to %d\t%s\t%s\n", Clean(d.ID), d.Time.Local().Format("2006-01-02 15:04:05"),
			Clean(d.Kind+" "+d.Status), len(d.Before.Defects), len(d.After.Defects), took(d.Millis), Clean(d.Path))
	}
	return t.Flush()
}

func took(millis float64) string {
	return (time.Duration(millis) * time.Millisecond).Round(100 * time.Millisecond).String()
}

const (
	// mostText is how much of a prompt's question or a reply is shown, in bytes;
	// the rest is in the JSON.
	mostText = 600
	// mostCandidates is how many rejected candidates of a pass are shown.
	mostCandidates = 20
)

// Trace shows one trace; file is the path of a file that belongs to it.
func Trace(w io.Writer, d *trace.Document, file func(string) string) error {
	p := &printer{w: w}
	p.line("%s  %s, %s", d.ID, d.Kind, d.Status)
	p.line("%s", d.Path)
	if d.Instruction != "" {
		p.line("asked for: %s", d.Instruction)
	}
	p.line("cost %.1f to %.1f, %s to %d, in %s, of which %s for the policies", d.Before.Cost(), d.After.Cost(),
		count(len(d.Before.Defects), "defect"), len(d.After.Defects), took(d.Millis), took(d.PolicyMillis))
	if d.Error != "" {
		p.line("it did not get to its end: %s", d.Error)
	}
	for _, c := range d.Changes {
		p.line("%s", Changed(c.View, c.Part, c.Box.Y, c.Box.Bottom()))
	}
	for _, draft := range d.Drafts {
		p.draft(draft)
	}
	p.critique(d.Critique)
	for i, pass := range d.Passes {
		p.pass(i+1, pass)
	}
	if len(d.Shots) > 0 {
		p.line("\npictures:")
	}
	for _, s := range d.Shots {
		p.line("  %s", file(s.File))
	}
	if d.Diff != "" {
		p.line("")
		for line := range strings.Lines(d.Diff) {
			p.line("%s", strings.TrimRight(line, "\r\n"))
		}
	}
	return p.err
}

// Changed says how much of a view's picture changed, such as
// "390x844: 12 % of the picture changed, from 0 to 96 px down".
func Changed(view string, part, top, bottom float64) string {
	if part == 0 {
		return view + ": the picture is the same"
	}
	return fmt.Sprintf("%s: %.2g %% of the picture changed, from %.0f to %.0f px down", view, 100*part, top, bottom)
}

// A printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if rest, gap := strings.CutPrefix(format, "\n"); gap {
		p.line("")
		format = rest
	}
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, Clean(fmt.Sprintf(format, args...)))
	}
}

func (p *printer) draft(d trace.Draft) {
	what := fmt.Sprintf("renders, cost %.1f", d.Cost)
	if !d.Valid {
		what = d.Problem
	}
	if d.Chosen {
		what += "; chosen"
	}
	p.line("\ndraft %d: %s", d.Number+1, what)
	for i, e := range d.Exchanges {
		p.exchange(i+1, e)
	}
}

func (p *printer) pass(n int, pass trace.Pass) {
	p.line("\npass %d by %s: %s, %d taken, %s", n, pass.Policy, count(len(pass.Candidates), "candidate"), len(pass.Admitted), took(pass.Millis))
	for i, e := range pass.Exchanges {
		p.exchange(i+1, e)
	}
	rejected := 0
	for _, c := range pass.Candidates {
		switch {
		case c.Admitted:
			p.line("  + %s: %s", c.Why, c.Reason)
			continue
		case rejected < mostCandidates:
			p.line("  - %s: %s", c.Why, c.Reason)
		}
		rejected++
	}
	if n := rejected - mostCandidates; n > 0 {
		p.line("  and %s more: --json shows all of them", count(n, "rejected candidate"))
	}
	for _, reason := range pass.Dropped {
		p.line("  dropped: %s", reason)
	}
}

func (p *printer) exchange(n int, e trace.Exchange) {
	p.line("  reply %d of %s: %d tokens asked, %d answered, %s", n, e.Model, e.PromptTokens, e.Tokens, took(e.Millis))
	text := e.Reply
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "") + " ..."
	}
	for line := range strings.Lines(text) {
		p.line("    | %s", strings.TrimRight(line, "\r\n"))
	}
	if e.Problem != "" {
		p.line("    it can't be used: %s", e.Problem)
	}
}
