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
	head   paint
	dim    paint
	good   paint
	levels map[preview.Severity]paint
	many   bool              // several pages: each gets a head, and is told apart from the others
	seen   map[string]string // page on which a defect was printed first, by its cause
}

// NewPrinter returns a printer to out, for one page or for many.
func NewPrinter(out io.Writer, coloured, many bool) *Printer {
	return &Printer{
		out:  out,
		many: many,
		seen: map[string]string{},
		bold: painter(coloured, color.Bold),
		head: painter(coloured, color.Bold, color.Underline),
		dim:  painter(coloured, color.Faint),
		good: painter(coloured, color.FgGreen, color.Bold),
		levels: map[preview.Severity]paint{
			preview.SeverityError:   painter(coloured, color.FgRed, color.Bold),
			preview.SeverityWarning: painter(coloured, color.FgYellow, color.Bold),
			preview.SeverityInfo:    painter(coloured, color.FgCyan, color.Bold),
		},
	}
}

// Diagnosis prints each defect of d: where it comes from, the sentence, the
// rule, the source with its range underlined, the views and the numbers; then
// what is ignored and what was left out. read gives the text of a file as it is named in the causes.
// A defect in a file that several pages share is printed in full once.
func (p *Printer) Diagnosis(d preview.Diagnosis, read func(file string) (preview.Text, error)) error {
	var b strings.Builder
	if p.many && len(d.Defects)+len(d.Ignored) > 0 {
		fmt.Fprintf(&b, "%s %s\n", p.head(Clean(d.Path)), p.dim(Counts(d)))
	}
	for _, f := range d.Defects {
		p.defect(&b, d.Path, f, read)
	}
	for _, f := range d.Ignored {
		p.ignored(&b, d.Path, f)
	}
	for _, what := range d.LeftOut {
		fmt.Fprintf(&b, "%s %s\n", p.bold(Clean(d.Path)+":"), p.dim("left out: "+Clean(what)))
	}
	if p.many && b.Len() > 0 {
		b.WriteString("\n")
	}
	_, err := io.WriteString(p.out, b.String())
	return err
}

func (p *Printer) defect(b *strings.Builder, path string, d preview.Defect, read func(string) (preview.Text, error)) {
	level, ok := p.levels[d.Severity]
	if !ok {
		level = p.bold
	}
	at := where(path, d.Cause)
	if first := p.before(path, d); first != "" {
		fmt.Fprintf(b, "%s %s %s %s\n", p.bold(Clean(at)+":"), level(string(d.Severity)+":"), "the same as on "+Clean(first), p.dim("["+d.Rule+"]"))
		return
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
	for _, note := range notes(d.Cause) {
		fmt.Fprintf(b, "%s %s %s\n", margin, p.dim("="), Clean(note))
	}
	proof := append([]string{"at " + strings.Join(d.Views, ", ")}, proofs(d)...)
	fmt.Fprintf(b, "%s %s %s\n", margin, p.dim("="), strings.Join(proof, "; "))
}

// notes tell what to know before a cause is changed.
func notes(c *preview.Cause) []string {
	switch {
	case c == nil:
		return nil
	case c.Built != "":
		return []string{"build " + c.Built + " again to see a change"}
	case c.BuiltFrom != "":
		return []string{c.File + " is built from " + c.BuiltFrom + ": change that, as a change here is lost at the next build"}
	}
	return nil
}

// ignored prints in a line what is ignored, and at whose word.
func (p *Printer) ignored(b *strings.Builder, path string, d preview.Defect) {
	reason := d.Ignored.Reason
	if reason == "" {
		reason = "no reason is given"
	}
	by := fmt.Sprintf("%s:%d: %s", d.Ignored.File, d.Ignored.Range.Start.Line+1, reason)
	fmt.Fprintf(b, "%s\n     %s\n", p.dim(Clean(where(path, d.Cause)+": ignored: "+d.Message)+" ["+d.Rule+"]"), p.dim("= "+Clean(by)))
}

func where(path string, c *preview.Cause) string {
	if c == nil {
		return path
	}
	return fmt.Sprintf("%s:%d:%d", c.File, c.Range.Start.Line+1, c.Range.Start.Character+1)
}

// before is the page on which a defect with the same cause was printed, "" if
// this is the first.
func (p *Printer) before(path string, d preview.Defect) string {
	if !p.many || d.Cause == nil {
		return ""
	}
	key := fmt.Sprint(d.Rule, d.Cause.File, d.Cause.Range)
	first := p.seen[key]
	if first == "" {
		p.seen[key] = path
	}
	return first
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

// A Sum is what a check came to.
type Sum struct {
	Pages []preview.Diagnosis // those that could be judged
	Views int
	Known int // defects that the baseline lists
}

// Summary prints a line such as "2 errors and 1 warning in 3 of 30 pages at 3
// views; 14 known, 2 ignored", with a mark for what it came to.
func (p *Printer) Summary(s Sum) error {
	bad, ignored := 0, 0
	worst := preview.Severity("")
	for _, d := range s.Pages {
		bad += min(len(d.Defects), 1)
		ignored += len(d.Ignored)
		for _, f := range d.Defects {
			if worst == "" || f.Severity.Rank() < worst.Rank() {
				worst = f.Severity
			}
		}
	}
	where := fmt.Sprintf("in %s at %s", count(len(s.Pages), "page"), count(s.Views, "view"))
	switch {
	case len(s.Pages) == 1:
		where = fmt.Sprintf("in %s at %s", Clean(s.Pages[0].Path), count(s.Views, "view"))
	case bad > 0 && bad < len(s.Pages):
		where = fmt.Sprintf("in %d of %s at %s", bad, count(len(s.Pages), "page"), count(s.Views, "view"))
	}
	what, paint := Counts(s.Pages...), p.good
	if what == "" {
		what = "no defects"
		if s.Known > 0 {
			what = "no new defects"
		}
	} else {
		paint = p.levels[worst]
	}
	var more []string
	if s.Known > 0 {
		more = append(more, fmt.Sprintf("%d known", s.Known))
	}
	if ignored > 0 {
		more = append(more, fmt.Sprintf("%d ignored", ignored))
	}
	if len(more) > 0 {
		where += "; " + strings.Join(more, ", ")
	}
	_, err := fmt.Fprintf(p.out, "%s %s\n", paint(what), where)
	return err
}

// Baseline says what became of a baseline.
func Baseline(file string, known, added, gone int) string {
	return fmt.Sprintf("%s: %s known, %d added, %d gone", Clean(file), count(known, "defect"), added, gone)
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
