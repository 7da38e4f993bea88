package term

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"

	"relook/preview"
)

// A Printer prints diagnoses for people.
type Printer struct {
	out    io.Writer
	bold   paint
	dim    paint
	levels map[preview.Severity]paint
}

// NewPrinter returns a printer to out.
func NewPrinter(out io.Writer, coloured bool) *Printer {
	return &Printer{
		out:  out,
		bold: painter(coloured, color.Bold),
		dim:  painter(coloured, color.Faint),
		levels: map[preview.Severity]paint{
			preview.SeverityError:   painter(coloured, color.FgRed, color.Bold),
			preview.SeverityWarning: painter(coloured, color.FgYellow, color.Bold),
			preview.SeverityInfo:    painter(coloured, color.FgCyan, color.Bold),
		},
	}
}

// Diagnosis prints each defect of d: where it comes from, the sentence, the
// rule, the source with its range underlined, the views and the numbers. read
// gives the text of a file as it is named in the causes.
func (p *Printer) Diagnosis(d preview.Diagnosis, read func(file string) (preview.Text, error)) error {
	var b strings.Builder
	for _, f := range d.Defects {
		p.defect(&b, d.Path, f, read)
	}
	_, err := io.WriteString(p.out, b.String())
	return err
}

func (p *Printer) defect(b *strings.Builder, path string, d preview.Defect, read func(string) (preview.Text, error)) {
	level, ok := p.levels[d.Severity]
	if !ok {
		level = p.bold
	}
	at := path
	if c := d.Cause; c != nil {
		at = fmt.Sprintf("%s:%d:%d", c.File, c.Range.Start.Line+1, c.Range.Start.Character+1)
	}
	fmt.Fprintf(b, "%s %s %s %s\n", p.bold(Clean(at)+":"), level(string(d.Severity)+":"), Clean(d.Message), p.dim("["+d.Rule+"]"))
	margin := "    "
	if c := d.Cause; c != nil {
		if src, err := read(c.File); err == nil {
			margin = p.source(b, src, c.Range, level)
		}
	} else if len(d.Elements) > 0 {
		fmt.Fprintf(b, "%s %s %s\n", margin, p.dim("in"), Clean(elements(d.Elements)))
	}
	proof := append([]string{"at " + strings.Join(d.Views, ", ")}, proofs(d)...)
	fmt.Fprintf(b, "%s %s %s\n", margin, p.dim("="), strings.Join(proof, "; "))
}

// lineWidth is how much of a line of source is shown, in columns.
const lineWidth = 100

// source prints the line in which r begins with r underlined, and returns the
// margin under which it stands.
func (p *Printer) source(b *strings.Builder, src preview.Text, r preview.Range, level paint) string {
	line := src.Line(r.Start.Line)
	start := src.Offset(r.Start) - src.Offset(preview.Position{Line: r.Start.Line})
	end := len(line)
	if r.End.Line == r.Start.Line {
		end = src.Offset(r.End) - src.Offset(preview.Position{Line: r.Start.Line})
	}
	start = min(max(start, 0), len(line))
	end = min(max(end, start), len(line))
	before, marked, after := window(Clean(line[:start]), Clean(line[start:end]), Clean(line[end:]))

	number := strconv.Itoa(r.Start.Line + 1)
	margin := strings.Repeat(" ", len(number)+1) + " "
	fmt.Fprintf(b, " %s %s %s%s%s\n", p.dim(number), p.dim("|"), before, marked, after)
	under := strings.Repeat(" ", runewidth.StringWidth(before)) + level(strings.Repeat("^", max(runewidth.StringWidth(marked), 1)))
	fmt.Fprintf(b, "%s%s %s\n", margin, p.dim("|"), under)
	return margin[:len(margin)-1]
}

// window cuts a long line, such as one of a minified file, around what is
// marked.
func window(before, marked, after string) (string, string, string) {
	marked = runewidth.Truncate(marked, lineWidth, "…")
	room := lineWidth - runewidth.StringWidth(marked)
	if w := runewidth.StringWidth(before); w > max(room*2/3, 20) {
		before = runewidth.TruncateLeft(before, w-max(room*2/3, 20), "…")
	}
	room = max(room-runewidth.StringWidth(before), 0)
	return before, marked, runewidth.Truncate(after, room, "…")
}

func elements(list []preview.Element) string {
	var names []string
	for _, e := range list {
		if !slices.Contains(names, e.Selector) {
			names = append(names, e.Selector)
		}
	}
	const most = 3
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// Summary says in a line how many defects diagnoses hold, such as
// "2 errors and 1 warning in 3 pages at 3 views".
func Summary(list []preview.Diagnosis, views int) string {
	where := fmt.Sprintf("in %s at %s", count(len(list), "page"), count(views, "view"))
	if len(list) == 1 {
		where = fmt.Sprintf("in %s at %s", Clean(list[0].Path), count(views, "view"))
	}
	if s := Counts(list...); s != "" {
		return s + " " + where
	}
	return "no defects " + where
}

// Counts says how many defects of each severity there are, "" for none.
func Counts(list ...preview.Diagnosis) string {
	var parts []string
	for _, s := range []preview.Severity{preview.SeverityError, preview.SeverityWarning, preview.SeverityInfo} {
		n := 0
		for _, d := range list {
			n += d.Count(s)
		}
		switch {
		case n > 0 && s == preview.SeverityInfo:
			parts = append(parts, count(n, "note"))
		case n > 0:
			parts = append(parts, count(n, string(s)))
		}
	}
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
