package term

import (
	"fmt"
	"strings"

	"relook/agent"
	"relook/agent/trace"
)

// Critique says what a critic made of a refinement, in a few lines.
func Critique(c *trace.Critique) []string {
	if c == nil {
		return nil
	}
	var lines []string
	switch {
	case c.Before != nil && c.After != nil:
		lines = append(lines, fmt.Sprintf("The critic %s gives it %s of 100, before %s.", Clean(c.Critic), points(c.After), points(c.Before)))
	case c.Before != nil:
		lines = append(lines, fmt.Sprintf("The critic %s gives the page %s of 100.", Clean(c.Critic), points(c.Before)))
	}
	last := c.After
	if last == nil {
		last = c.Before
	}
	if last != nil {
		for _, r := range last.Remarks {
			lines = append(lines, "  "+remark(r))
		}
	}
	if n := len(c.Problems); n > 0 {
		lines = append(lines, fmt.Sprintf("%s of the critic could not be used, for example: %s", count(n, "answer"), Clean(c.Problems[0])))
	}
	return lines
}

func points(j *agent.Judgement) string { return fmt.Sprintf("%.0f", j.Score) }

func remark(r agent.Remark) string {
	s := Clean(r.Problem)
	if r.Element != "" {
		s = Clean(r.Element) + ": " + s
	}
	if r.Change != "" {
		s = strings.TrimSuffix(s, ".") + "; " + Clean(r.Change)
	}
	return s
}

// critique is what `trace show` tells of a critic.
func (p *printer) critique(c *trace.Critique) {
	if c == nil {
		return
	}
	p.line("")
	for _, line := range Critique(c) {
		p.line("%s", line)
	}
	for _, said := range c.Comparisons {
		sign := "-"
		if said.Preferred {
			sign = "+"
		}
		p.line("  %s pass %d: %s", sign, said.Pass, said.Reason)
	}
	for i, e := range c.Exchanges {
		p.exchange(i+1, e)
	}
}
