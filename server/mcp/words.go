package mcp

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"relook/preview"
)

// Bounds of what is told, so that a page can't fill the client's memory.
const (
	maxDefects = 40
	maxWords   = 300    // bytes of one quotation
	maxDiff    = 60_000 // bytes
)

// words tells what is wrong with a page, for a model to read.
func words(o *opened, r *preview.Rendering, profile preview.Profile) string {
	var b strings.Builder
	d := r.Diagnosis
	fmt.Fprintf(&b, "%s in %s: %s, at %s, looked at in the profile %s.\n",
		clean(o.Entry), clean(o.dir), counts(d), plural(len(r.Inventories), "view"), profile)
	for n, f := range d.Defects[:min(len(d.Defects), maxDefects)] {
		b.WriteString(defect(n+1, f))
	}
	if more := len(d.Defects) - maxDefects; more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	for _, what := range d.LeftOut {
		fmt.Fprintf(&b, "left out: %s\n", clean(what))
	}
	return b.String()
}

func counts(d preview.Diagnosis) string {
	if len(d.Defects) == 0 {
		return "no defects"
	}
	var list []string
	for _, s := range []preview.Severity{preview.SeverityError, preview.SeverityWarning, preview.SeverityInfo} {
		if n := d.Count(s); n > 0 {
			list = append(list, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(list, ", ")
}

// defect tells of one: the sentence, the cause, the elements, the numbers.
func defect(n int, d preview.Defect) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d. %s [%s] %s\n", n, d.Severity, d.Rule, clean(d.Message))
	if c := d.Cause; c != nil {
		fmt.Fprintf(&b, "   cause: %s:%d:%d `%s`", clean(c.File), c.Range.Start.Line+1, c.Range.Start.Character+1, quote(c.Text))
		if c.Selector != "" {
			fmt.Fprintf(&b, " in `%s`", quote(c.Selector))
		}
		switch {
		case c.Foreign != nil:
			fmt.Fprintf(&b, "; set by %s, which is not yours", clean(c.Foreign.File))
		case c.BuiltFrom != "":
			fmt.Fprintf(&b, "; built from %s: change that", clean(c.BuiltFrom))
		case c.Built != "":
			fmt.Fprintf(&b, "; build %s again to see a change", clean(c.Built))
		}
		b.WriteString("\n")
	}
	if len(d.Elements) > 0 {
		e := d.Elements[0]
		fmt.Fprintf(&b, "   at: `%s` in %s, x %.0f y %.0f, %.0f by %.0f px", quote(e.Selector), e.View, e.Box.X, e.Box.Y, e.Box.Width, e.Box.Height)
		if others := distinct(d.Elements) - 1; others > 0 {
			fmt.Fprintf(&b, ", and %s", plural(others, "more element"))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "   views: %s", strings.Join(d.Views, ", "))
	for _, w := range d.Widths {
		fmt.Fprintf(&b, "; %d to %d px wide", w.From, w.To)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Measure)) {
		fmt.Fprintf(&b, "; %s %s", name, strconv.FormatFloat(d.Measure[name], 'g', 4, 64))
	}
	b.WriteString("\n")
	return b.String()
}

func distinct(list []preview.Element) int {
	seen := map[string]bool{}
	for _, e := range list {
		seen[e.XPath] = true
	}
	return len(seen)
}

// clean is a text of somebody else on one line, without what controls a terminal
// or turns its direction.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return cut(s, 4*maxWords)
}

// quote is clean within backticks.
func quote(s string) string {
	return cut(strings.ReplaceAll(clean(strings.Join(strings.Fields(s), " ")), "`", "'"), maxWords)
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
