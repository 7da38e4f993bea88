package diagnose

import (
	"fmt"
	"strconv"

	"relook/preview"
)

// Typographers advise 45 to 75 characters a line, WCAG 1.4.8 at most 80. From
// 110 on the eye loses the way back to the next line.
// That takes more than a few lines: a note is read in one go.
const (
	wideChars = 110
	wideLines = 8
)

// A line of fewer than 8 characters holds one word, or less than one. Four lines
// of that are a column that was squeezed; ten lines and more tire with up to 11.
const (
	narrowChars     = 8
	narrowLines     = 4
	narrowLongChars = 11
	narrowLong      = 10
)

// Under 5 characters words are broken apart, letter by letter, or each stands
// alone over many lines: nobody reads that.
const (
	narrowErrorChars = 5
	narrowErrorLines = 6
	narrowCellChars  = narrowErrorChars
)

type textTooWide struct{}

func (textTooWide) rule() string { return TextTooWide }

func (textTooWide) judge(f finding, _ *site, _ int) (verdict, bool) {
	return verdict{preview.SeverityInfo, f.Measure["characters"] - wideChars, 60}, true
}

func (textTooWide) sentence(d *draft) string {
	w := d.worst()
	verb := "has"
	if d.others() != "" {
		verb = "have"
	}
	return fmt.Sprintf("The text in %s%s %s lines of about %s characters %s, too long to read with ease", d.name(), d.others(), verb, number(w.Measure["characters"]), d.at())
}

func (textTooWide) suspects(*draft) []suspect { return nil }

func (textTooWide) detail(*draft) (string, bool) { return "", false }

type textTooNarrow struct{}

func (textTooNarrow) rule() string { return TextTooNarrow }

func (textTooNarrow) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, f.Measure["lines"], 10}
	if f.Measure["characters"] < narrowErrorChars && f.Measure["lines"] >= narrowErrorLines {
		v.severity = preview.SeverityError
	}
	return v, true
}

func (textTooNarrow) sentence(d *draft) string {
	w := d.worst()
	is := "is"
	if d.others() != "" {
		is = "are"
	}
	return fmt.Sprintf("The text %s%s %s squeezed into %s lines of about %s characters %s", quote(w.Words["text"]), d.others(), is, number(w.Measure["lines"]),
		strconv.FormatFloat(max(1, w.Measure["characters"]), 'f', 0, 64), d.at())
}

func (textTooNarrow) suspects(d *draft) []suspect {
	squeezed := []neutral{
		{"overflow-wrap", set("overflow-wrap", "normal")},
		{"word-break", set("word-break", "normal")},
		{"hyphens", set("hyphens", "manual")},
		{"max-width", set("max-width", "none")},
		{"max-inline-size", set("max-inline-size", "none")},
		{"grid-template-columns", set("grid-template-columns", "none")},
		{"flex-shrink", set("flex-shrink", "0")},
		{"flex-direction", set("flex-direction", "column")},
		{"flex-flow", set("flex-flow", "column")},
		{"column-count", set("column-count", "auto")},
		{"columns", set("columns", "auto")},
	}
	list := suspectsOf(d, []string{"element", "parent"}, append(squeezed, acrossNeutral...))
	return append(list, suspectsOf(d, []string{"parent"}, []neutral{{"display", set("display", "block")}})...)
}

func (textTooNarrow) detail(d *draft) (string, bool) { return d.worst().Words["enough"], true }
