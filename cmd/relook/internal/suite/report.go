package suite

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"strings"
)

//go:embed report.html
var reportPage string

var reportTemplate = template.Must(template.New("report").Parse(reportPage))

// Files of a report.
const (
	ReportFile  = "report.html"
	TableFile   = "report.md"
	SummaryFile = "summary.json"
)

// WriteReport writes the report into a folder, as HTML that needs nothing else, as
// Markdown, and as JSON.
func WriteReport(dir string, s Summary, shown []Shown) error {
	var page bytes.Buffer
	if err := reportTemplate.Execute(&page, reportOf(s, shown)); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	for name, text := range map[string][]byte{ReportFile: page.Bytes(), TableFile: []byte(s.Markdown()), SummaryFile: append(data, '\n')} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return nil
}

// What the template shows. It holds the markup and no logic.
type reportData struct {
	Title, Answer, Counted string
	Metrics                []Metric
	Rows                   []reportRow
	Latency, Passes        *plot
	Judges                 []Likeness
	Shown                  []shownRow
	Problems, Left         []string
}

type reportRow struct {
	Arm, About, Class               string
	Items                           int
	Values                          []string
	Valid, Change, Verdict, P       string
	Tokens, Time, Ratio             string
	TestsBefore, TestsAfter, Losses string
}

type shownRow struct {
	Shown
	Score, Class string
}

// A plot is a chart in a view box of plotWidth by plotHeight.
type plot struct {
	Lines            []plotLine
	Low, High        string // of the upright axis
	From, To, Across string // of the other
	Words            string // what it shows, for those who don't see it
}

type plotLine struct {
	Name, Class, Value string
	Points             string
	Dots               []plotDot
}

type plotDot struct{ X, Y, Top, Bottom float64 }

const (
	plotWidth  = 480.0
	plotHeight = 200.0
)

func reportOf(s Summary, shown []Shown) reportData {
	d := reportData{Title: s.Suite.Title, Metrics: s.Suite.Metrics, Judges: s.Judges, Left: s.Suite.Left}
	d.Answer = s.answer()
	d.Counted = fmt.Sprintf("%d items", s.Items)
	if n := s.Errors; n > 0 {
		d.Counted += fmt.Sprintf(", %d runs failed and are not counted", n)
	}
	if n := s.Failures; n > 0 {
		d.Counted += fmt.Sprintf(", %d answers of judges could not be used and are not scored", n)
	}
	for i, a := range s.Arms {
		d.Rows = append(d.Rows, s.row(a, i))
	}
	d.Latency, d.Passes = s.latency(), s.passes()
	for _, x := range shown {
		d.Shown = append(d.Shown, shownRow{x, scores(x), shownClass(s.Suite.Metrics[0], x)})
	}
	for _, p := range s.Problems {
		d.Problems = append(d.Problems, oneLine(p.String()))
	}
	return d
}

// answer is the first sentence: which arm did most, and whether anything was lost.
func (s Summary) answer() string {
	main := s.Suite.Metrics[0]
	var best, base *ArmSum
	lost := 0
	for i := range s.Arms {
		a := &s.Arms[i]
		f, ok := a.Values[main.Name]
		if !ok {
			continue
		}
		if a.Arm == Base {
			base = a
			continue
		}
		lost += a.TestsLost
		if best == nil || sign(main)*f.Mean > sign(main)*best.Values[main.Name].Mean {
			best = a
		}
	}
	if best == nil || base == nil {
		return "Nothing can be compared yet."
	}
	out := fmt.Sprintf("%s gets %s %.3g, base %.3g", best.Arm, main.Name, best.Values[main.Name].Mean, base.Values[main.Name].Mean)
	out += fmt.Sprintf("; better on %d, worse on %d of %d items", best.Better, best.Worse, best.Better+best.Same+best.Worse)
	if lost > 0 {
		out += fmt.Sprintf("; %d interaction tests that passed before fail after some arm", lost)
	}
	return out + "."
}

func (s Summary) row(a ArmSum, i int) reportRow {
	r := reportRow{
		Arm: a.Arm, Class: fmt.Sprint("l", i%8), Items: a.Items, Valid: percents(a.Valid),
		Tokens: fmt.Sprintf("%.0f", a.Tokens), Time: seconds(a.Millis), Ratio: ratio(a.CostRatio),
	}
	for _, m := range s.Suite.Metrics {
		r.Values = append(r.Values, cell(a, m))
	}
	for _, x := range Arms() {
		if x.Name == a.Arm {
			r.About = x.About
		}
	}
	if a.Arm != Base && a.Change.N > 0 {
		r.Change, r.P = a.Change.signed(), probability(a.P)
		r.Verdict = fmt.Sprintf("%d, %d, %d", a.Better, a.Same, a.Worse)
	}
	if a.TestsRun > 0 {
		r.TestsBefore = fmt.Sprintf("%d of %d", a.TestsBefore, a.TestsRun)
		r.TestsAfter = fmt.Sprintf("%d of %d", a.TestsPassed, a.TestsRun)
		r.Losses = fmt.Sprint(a.TestsLost)
	}
	return r
}

// A scale turns values into places in a plot.
type scale struct{ low, high float64 }

func scaleOf(main Metric, values []float64) scale {
	s := scale{0, main.Most}
	for _, v := range values {
		s.low, s.high = min(s.low, v), max(s.high, v)
	}
	if s.high-s.low < 1e-9 {
		s.high = s.low + 1
	}
	return s
}

func (s scale) y(v float64) float64 { return plotHeight * (s.high - v) / (s.high - s.low) }

func number(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.3g", v), ".0") }

// latency is the score against the time that an item takes.
func (s Summary) latency() *plot {
	main := s.Suite.Metrics[0]
	var values []float64
	longest := 0.0
	for _, a := range s.Arms {
		if f, ok := a.Values[main.Name]; ok {
			values = append(values, f.From, f.To)
			longest = max(longest, a.Millis)
		}
	}
	if len(values) == 0 || longest == 0 {
		return nil
	}
	sc := scaleOf(main, values)
	p := &plot{Low: number(sc.low), High: number(sc.high), From: "0 s", To: seconds(longest), Across: "median time of an item"}
	p.Words = main.Name + " against time"
	for i, a := range s.Arms {
		f, ok := a.Values[main.Name]
		if !ok {
			continue
		}
		p.Lines = append(p.Lines, plotLine{
			Name: a.Arm, Class: fmt.Sprint("l", i%8), Value: number(f.Mean) + " in " + seconds(a.Millis),
			Dots: []plotDot{{round(plotWidth * a.Millis / longest), round(sc.y(f.Mean)), round(sc.y(f.To)), round(sc.y(f.From))}},
		})
		p.Words += fmt.Sprintf("; %s: %s in %s", a.Arm, number(f.Mean), seconds(a.Millis))
	}
	return p
}

func round(v float64) float64 { return math.Round(10*v) / 10 }

// passes is the score by pass.
func (s Summary) passes() *plot {
	main := s.Suite.Metrics[0]
	var values []float64
	most := 0
	for _, a := range s.Arms {
		values = append(values, a.Curve...)
		most = max(most, len(a.Curve)-1)
	}
	if most < 1 {
		return nil
	}
	sc := scaleOf(main, values)
	p := &plot{Low: number(sc.low), High: number(sc.high), From: "draft", To: fmt.Sprintf("pass %d", most), Across: "an item that ended early stays as it ended"}
	p.Words = main.Name + " by pass"
	for i, a := range s.Arms {
		if len(a.Curve) == 0 {
			continue
		}
		l := plotLine{Name: a.Arm, Class: fmt.Sprint("l", i%8), Value: number(a.Curve[0]) + " → " + number(a.Curve[len(a.Curve)-1])}
		var points []string
		for n, v := range a.Curve {
			d := plotDot{X: round(plotWidth * float64(n) / float64(most)), Y: round(sc.y(v))}
			d.Top, d.Bottom = d.Y, d.Y
			l.Dots = append(l.Dots, d)
			points = append(points, fmt.Sprintf("%g,%g", d.X, d.Y))
		}
		l.Points = strings.Join(points, " ")
		p.Lines = append(p.Lines, l)
		p.Words += fmt.Sprintf("; %s: %s", a.Arm, l.Value)
	}
	return p
}

func scores(x Shown) string {
	switch {
	case x.WasOK && x.IsOK:
		return number(x.Was) + " → " + number(x.Is)
	case x.IsOK:
		return number(x.Is)
	}
	return "not scored"
}

func shownClass(m Metric, x Shown) string {
	switch d := sign(m) * (x.Is - x.Was); {
	case !x.WasOK || !x.IsOK || d == 0:
		return ""
	case d < 0:
		return "bad"
	}
	return "good"
}
