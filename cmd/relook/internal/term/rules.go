package term

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"

	"relook/preview"
	"relook/preview/diagnose"
)

// pageWidth is how wide running text is set, in columns.
const pageWidth = 80

var profileWords = map[preview.Profile]string{
	preview.ProfileFast:     "for typing",
	preview.ProfileStandard: "also in `relook check`",
	preview.ProfileThorough: "also with --profile thorough",
}

// Rules lists rules by profile, with what each finds.
func Rules(w io.Writer, coloured bool, list []diagnose.Rule, sentence func(id string) string) error {
	p := NewPrinter(w, coloured, false)
	var b strings.Builder
	width := 0
	for _, r := range list {
		width = max(width, len(r.ID))
	}
	for _, profile := range preview.Profiles() {
		head := fmt.Sprintf("%s %s\n", p.bold(string(profile)), p.dim(profileWords[profile]))
		for _, r := range list {
			if r.Profile != profile {
				continue
			}
			b.WriteString(head)
			head = ""
			indent := len("  warning  ") + width + 2
			lines := wrap(sentence(r.ID), max(pageWidth+20-indent, 30))
			fmt.Fprintf(&b, "  %s  %s  %s\n", p.levels[r.Severity](fmt.Sprintf("%-7s", r.Severity)), fmt.Sprintf("%-*s", width, r.ID), lines[0])
			for _, l := range lines[1:] {
				fmt.Fprintf(&b, "%s%s\n", strings.Repeat(" ", indent), l)
			}
		}
		if head == "" {
			b.WriteString("\n")
		}
	}
	b.WriteString(p.dim("`relook rules RULE` explains one; `relook help config` tells how to change them.") + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

var (
	strong = regexp.MustCompile(`\*\*(.+?)\*\*`)
	quoted = regexp.MustCompile("`([^`]+)`")
	link   = regexp.MustCompile(`\[([^\]]+)\]\([^)]*\)`)
)

// Page prints the Markdown page of a rule for people: wrapped, with aligned
// tables and without links.
func Page(w io.Writer, coloured bool, markdown string) error {
	p := NewPrinter(w, coloured, false)
	name := painter(coloured, color.FgCyan)
	dress := func(s string) string {
		s = strong.ReplaceAllStringFunc(s, func(m string) string { return p.bold(strings.Trim(m, "*")) })
		return quoted.ReplaceAllStringFunc(s, func(m string) string {
			if !coloured {
				return m
			}
			return name(strings.Trim(m, "`"))
		})
	}
	var b strings.Builder
	var table [][]string
	for line := range strings.Lines(markdown) {
		line = link.ReplaceAllString(strings.TrimRight(line, "\n"), "$1")
		if row, ok := tableRow(line); ok {
			table = append(table, row)
			continue
		}
		printTable(&b, table, dress)
		table = nil
		if head, ok := strings.CutPrefix(line, "# "); ok {
			b.WriteString(p.bold(head) + "\n")
			continue
		}
		for _, l := range wrap(line, pageWidth) {
			b.WriteString(dress(l) + "\n")
		}
	}
	printTable(&b, table, dress)
	_, err := io.WriteString(w, b.String())
	return err
}

// tableRow reads the cells of a line of a table; the line under the head has none.
func tableRow(line string) (cells []string, ok bool) {
	if !strings.HasPrefix(line, "|") {
		return nil, false
	}
	if strings.Trim(line, "|-: ") == "" {
		return nil, true
	}
	for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
		cells = append(cells, strings.TrimSpace(cell))
	}
	return cells, true
}

func printTable(b *strings.Builder, rows [][]string, dress func(string) string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	for i, row := range rows {
		if i == 0 || len(row) == 0 {
			continue // the head says no more than the text does
		}
		for j, cell := range row {
			pad := ""
			if j < len(row)-1 {
				pad = strings.Repeat(" ", widths[j]-runewidth.StringWidth(cell)+2)
			}
			if j == 0 {
				b.WriteString("  ")
			}
			b.WriteString(dress(cell) + pad)
		}
		b.WriteString("\n")
	}
}

// wrap breaks text into lines of at most width columns, between words.
func wrap(s string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(s) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case runewidth.StringWidth(*last)+1+runewidth.StringWidth(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
