// Package report draws the curves of a training run as one HTML file that needs
// nothing else: no script, no network.
package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"relook/agent/train"
)

//go:embed report.html
var page string

var tmpl = template.Must(template.New("report").Parse(page))

// A chart is one picture.
type chart struct {
	Title, Unit string
	Lines       []line
	Low, High   string // of the axis
	First, Last int    // steps
}

// A line is one curve of a chart.
type line struct {
	Name, Class string
	Points      string
	Dots        []dot
	Latest      string // from what to what
}

type dot struct{ X, Y float64 }

// The size of a chart, in the units of its view box.
const (
	width  = 360.0
	height = 140.0
)

// charts are what is drawn, where there are numbers for it.
var charts = []struct {
	title, unit string
	lines       []source
}{
	{"Reward", "part of the cost that is gone", []source{{"training", "grpo", "", train.Reward}, {"kept pages", "eval", "known", train.Reward}, {"kinds never trained on", "eval", "held-out", train.Reward}}},
	{"Fully repaired", "part of the tasks", []source{{"training", "grpo", "", train.Full}, {"kept pages", "eval", "known", train.Full}, {"kinds never trained on", "eval", "held-out", train.Full}}},
	{"Well-formed answers", "part of the answers", []source{{"training", "grpo", "", train.FormedRate}, {"kept pages", "eval", "known", train.FormedRate}}},
	{"Valid renders", "part of the attempts", []source{{"training", "grpo", "", train.ValidRate}}},
	{"Accepted answers", "part of the rounds", []source{{"training", "grpo", "", train.AcceptedRate}}},
	{"Loss on known answers", "nats a token", []source{{"warm start", "warm", "", train.Loss}}},
	{"Length of an answer", "tokens", []source{{"training", "grpo", "", train.Length}}},
	{"Entropy", "nats a token", []source{{"training", "grpo", "", train.Entropy}}},
	{"Feedback foreseen", "cross-entropy, nats a token", []source{{"training", "grpo", "", train.FeedbackCE}}},
	{"Distance to the reference", "nats a token", []source{{"training", "grpo", "", train.KLDistance}}},
	{"Groups that teach nothing", "of those of a step", []source{{"training", "grpo", "", train.EqualGroups}}},
	{"Gradient", "norm", []source{{"training", "grpo", "", train.GradNorm}, {"warm start", "warm", "", train.GradNorm}}},
}

type source struct{ name, phase, set, value string }

// Write draws a run.
func Write(w io.Writer, name string, list []train.Metrics) error {
	data := struct {
		Name, Summary string
		Charts        []chart
		Parts         []part
	}{Name: name, Summary: summary(list), Parts: parts(list)}
	for _, c := range charts {
		ch := chart{Title: c.title, Unit: c.unit}
		if ch.draw(list, c.lines) {
			data.Charts = append(data.Charts, ch)
		}
	}
	if err := tmpl.Execute(w, data); err != nil {
		return fmt.Errorf("drawing the curves: %w", err)
	}
	return nil
}

// draw reports whether there is anything to draw.
func (c *chart) draw(list []train.Metrics, lines []source) bool {
	low, high := math.Inf(1), math.Inf(-1)
	c.First, c.Last = math.MaxInt, math.MinInt
	found := make([][]train.Metrics, len(lines))
	for i, l := range lines {
		for _, m := range list {
			v, ok := m.Values[l.value]
			if m.Phase != l.phase || m.Set != l.set || !ok {
				continue
			}
			found[i] = append(found[i], m)
			low, high = min(low, v), max(high, v)
			c.First, c.Last = min(c.First, m.Step), max(c.Last, m.Step)
		}
	}
	if c.First > c.Last {
		return false
	}
	if low >= 0 && high <= 1 {
		low, high = 0, 1
	} else {
		low = min(low, 0)
	}
	if high-low < 1e-9 {
		high = low + 1
	}
	span := float64(max(c.Last-c.First, 1))
	for i, l := range lines {
		if len(found[i]) == 0 {
			continue
		}
		out := line{Name: l.name, Class: fmt.Sprint("l", i)}
		var points []string
		for _, m := range found[i] {
			d := dot{width * float64(m.Step-c.First) / span, height * (high - m.Values[l.value]) / (high - low)}
			points = append(points, fmt.Sprintf("%.1f,%.1f", d.X, d.Y))
			if len(found[i]) < 12 {
				out.Dots = append(out.Dots, d)
			}
		}
		out.Points = strings.Join(points, " ")
		first, last := found[i][0].Values[l.value], found[i][len(found[i])-1].Values[l.value]
		out.Latest = short(first) + " → " + short(last)
		c.Lines = append(c.Lines, out)
	}
	c.Low, c.High = short(low), short(high)
	return true
}

func short(v float64) string {
	switch {
	case v == math.Trunc(v) && math.Abs(v) < 1e6:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) < 10:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// summary is the first sentence.
func summary(list []train.Metrics) string {
	var first, last *train.Metrics
	steps := 0
	for i := range list {
		if list[i].Phase == "eval" && list[i].Set == "known" {
			if first == nil {
				first = &list[i]
			}
			last = &list[i]
		}
		steps = max(steps, list[i].Step+1)
	}
	if first == nil {
		return fmt.Sprintf("%d steps, nothing measured yet.", steps)
	}
	return fmt.Sprintf("%d steps: pages that it never saw are fully repaired in %.0f %% of the cases, %.0f %% before training.",
		steps, 100*last.Values[train.Full], 100*first.Values[train.Full])
}

// A part is where the time of a step goes.
type part struct {
	Name    string
	Seconds string
	Share   float64 // percent
}

func parts(list []train.Metrics) []part {
	sum := map[string]float64{}
	total, n := 0.0, 0.0
	for _, m := range list {
		if m.Phase != "grpo" {
			continue
		}
		n++
		for k, s := range m.Seconds {
			sum[k] += s
			total += s
		}
	}
	var out []part
	for k, s := range sum {
		out = append(out, part{k, fmt.Sprintf("%.1f s", s/n), 100 * s / total})
	}
	slices.SortFunc(out, func(a, b part) int {
		if a.Share > b.Share {
			return -1
		}
		return 1
	})
	return out
}
