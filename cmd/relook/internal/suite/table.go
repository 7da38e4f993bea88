package suite

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Summary is what a run showed.
type Summary struct {
	Suite    About      `json:"-"`
	Name     string     `json:"suite"`
	Items    int        `json:"items"`
	Arms     []ArmSum   `json:"arms"`
	Judges   []Likeness `json:"judges,omitempty"`
	Failures int        `json:"failures"` // of judges
	Errors   int        `json:"errors"`   // items that the machine failed on
	Problems []Problem  `json:"problems,omitempty"`
}

// An ArmSum is what one arm did.
type ArmSum struct {
	Arm   string `json:"arm"`
	Model string `json:"model,omitempty"`
	Items int    `json:"items"`
	// Values are the means by metric with their 95 % intervals; a metric that no item
	// has is absent.
	Values map[string]Figure `json:"values"`
	// Valid is the part of the pages that render.
	Valid Figure `json:"valid"`
	// TestsPassed and TestsRun are sums over the items that base has too;
	// TestsBefore is what the same drafts pass, Lost how many passed before and do
	// not after.
	TestsPassed int `json:"testsPassed"`
	TestsBefore int `json:"testsBefore"`
	TestsRun    int `json:"testsRun"`
	TestsLost   int `json:"testsLost"`
	// Tokens and Millis are medians; CostRatio is the median of Millis over that of
	// base for the same item, 0 where base took no time.
	Tokens    float64 `json:"tokens"`
	Millis    float64 `json:"ms"`
	CostRatio float64 `json:"costRatio"`
	// Change is the mean difference of the main metric to base on the same items, P
	// the paired test of it; Better, Same and Worse count the items.
	Change Figure  `json:"change"`
	P      float64 `json:"p"`
	Better int     `json:"better"`
	Same   int     `json:"same"`
	Worse  int     `json:"worse"`
	// Curve is the mean of the main metric after each pass, the draft first, an item
	// that ended early staying as it ended.
	Curve []float64 `json:"curve,omitempty"`
}

// A Figure is a mean with its 95 % bootstrap interval.
type Figure struct {
	Mean float64 `json:"mean"`
	From float64 `json:"from"`
	To   float64 `json:"to"`
	N    int     `json:"n"`
}

func figure(list []float64, seed uint64) Figure {
	f := Figure{Mean: Mean(list), N: len(list)}
	f.From, f.To = Interval(list, seed, Mean)
	return f
}

// Summarise sums up the records of a suite.
func Summarise(about About, records []Record, seed uint64) Summary {
	s := Summary{Suite: about, Name: about.Name}
	items, base := map[string]bool{}, map[string]Record{}
	byArm := map[string][]Record{}
	for _, r := range records {
		items[r.Item] = true
		if r.Error != "" {
			s.Errors++
			continue
		}
		for _, j := range r.Score.Judgements {
			if j.Problem != "" {
				s.Failures++
			}
		}
		if r.Arm == Base {
			base[r.Item] = r
		}
		byArm[r.Arm] = append(byArm[r.Arm], r)
	}
	s.Items = len(items)
	for _, a := range Arms() {
		if list := byArm[a.Name]; len(list) > 0 {
			s.Arms = append(s.Arms, sumUp(about, a.Name, list, base, seed))
		}
	}
	s.Judges = likenesses(about, records)
	return s
}

func sumUp(about About, arm string, list []Record, base map[string]Record, seed uint64) ArmSum {
	out := ArmSum{Arm: arm, Model: list[0].Model, Items: len(list), Values: map[string]Figure{}}
	main := about.Metrics[0]
	for _, m := range about.Metrics {
		var values []float64
		for _, r := range list {
			if v, ok := r.Score.Values[m.Name]; ok {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			out.Values[m.Name] = figure(values, seed)
		}
	}
	var valid, ratios, diffs []float64
	for _, r := range list {
		valid = append(valid, one(r.Valid))
		b, ok := base[r.Item]
		if !ok {
			continue
		}
		if b.Millis > 0 {
			ratios = append(ratios, r.Millis/b.Millis)
		}
		out.addTests(b, r)
		was, okWas := b.Score.Values[main.Name]
		is, okIs := r.Score.Values[main.Name]
		if okWas && okIs {
			diffs = append(diffs, is-was)
		}
	}
	out.Valid = figure(valid, seed)
	self := func(f float64) float64 { return f }
	out.CostRatio = Median(ratios, self)
	out.Tokens = Median(list, func(r Record) float64 { return float64(r.Tokens) })
	out.Millis = Median(list, func(r Record) float64 { return r.Millis })
	out.Change, out.P = figure(diffs, seed), PairedTest(diffs, seed)
	for _, d := range diffs {
		switch better := d * sign(main); {
		case better > 1e-9:
			out.Better++
		case better < -1e-9:
			out.Worse++
		default:
			out.Same++
		}
	}
	out.Curve = curve(main.Name, list)
	return out
}

func sign(m Metric) float64 {
	if m.Less {
		return -1
	}
	return 1
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func (a *ArmSum) addTests(before, after Record) {
	passed, run := after.Score.Passed()
	was, _ := before.Score.Passed()
	a.TestsPassed, a.TestsBefore, a.TestsRun = a.TestsPassed+passed, a.TestsBefore+was, a.TestsRun+run
	a.TestsLost += len(Lost(before.Score, after.Score))
}

// Lost names the tests that passed before and do not after.
func Lost(before, after Score) []string {
	var out []string
	for _, name := range Names(before.Tests) {
		if before.Tests[name] && !after.Tests[name] {
			out = append(out, name)
		}
	}
	return out
}

// curve is the mean after each pass.
func curve(metric string, list []Record) []float64 {
	var out []float64
	longest := 0
	for _, r := range list {
		longest = max(longest, len(r.Curve))
	}
	for n := range longest {
		var at []float64
		for _, r := range list {
			if len(r.Curve) == 0 {
				continue
			}
			if v, ok := r.Curve[min(n, len(r.Curve)-1)].Values[metric]; ok {
				at = append(at, v)
			}
		}
		if len(at) > 0 {
			out = append(out, Mean(at))
		}
	}
	return out
}

// A Likeness is how far two judges agree.
type Likeness struct {
	A     string `json:"a"`
	B     string `json:"b"`
	Pages int    `json:"pages"` // that both scored
	// Kappa is Cohen's over fifths of the scale, Spearman the rank correlation.
	Kappa    float64 `json:"kappa"`
	Spearman float64 `json:"spearman"`
}

func likenesses(about About, records []Record) []Likeness {
	names := map[string]bool{}
	for _, r := range records {
		for _, j := range r.Score.Judgements {
			names[j.Judge] = true
		}
	}
	list := Names(names)
	most := cmp.Or(about.Metrics[0].Most, 100)
	var out []Likeness
	for i, a := range list {
		for _, b := range list[i+1:] {
			l := Likeness{A: a, B: b}
			var x, y []float64
			var p, q []int
			for _, r := range records {
				u, okU := judged(r, a)
				v, okV := judged(r, b)
				if okU && okV {
					x, y = append(x, u), append(y, v)
					p, q = append(p, fifth(u, most)), append(q, fifth(v, most))
				}
			}
			l.Pages, l.Kappa, l.Spearman = len(x), Kappa(p, q), Spearman(x, y)
			out = append(out, l)
		}
	}
	return out
}

func judged(r Record, judge string) (float64, bool) {
	i := slices.IndexFunc(r.Score.Judgements, func(j Judgement) bool { return j.Judge == judge && j.Problem == "" })
	if i < 0 {
		return 0, false
	}
	return r.Score.Judgements[i].Score, true
}

func fifth(v, most float64) int { return min(4, max(0, int(math.Floor(5*v/most)))) }

// Markdown is the summary as tables.
func (s Summary) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%d items.", s.Suite.Title, s.Items)
	if s.Errors+s.Failures+len(s.Problems) > 0 {
		fmt.Fprintf(&b, " %d problems with the data or the machine, %d runs that failed and are not counted, %d answers of judges that could not be used and are not scored.", len(s.Problems), s.Errors, s.Failures)
	}
	b.WriteString("\n\n| arm | items |")
	for _, m := range s.Suite.Metrics {
		fmt.Fprintf(&b, " %s |", m.Name)
	}
	b.WriteString(" valid | change | better, same, worse | p |\n|---|---|" + strings.Repeat("---|", len(s.Suite.Metrics)) + "---|---|---|---|\n")
	for _, a := range s.Arms {
		fmt.Fprintf(&b, "| %s | %d |", a.Arm, a.Items)
		for _, m := range s.Suite.Metrics {
			fmt.Fprintf(&b, " %s |", cell(a, m))
		}
		fmt.Fprintf(&b, " %s |", percents(a.Valid))
		if a.Arm == Base {
			b.WriteString(" | | |\n")
			continue
		}
		fmt.Fprintf(&b, " %s | %d, %d, %d | %s |\n", a.Change.signed(), a.Better, a.Same, a.Worse, probability(a.P))
	}
	b.WriteString("\n| arm | tokens | time | time / base | tests before | tests after | lost |\n|---|---|---|---|---|---|---|\n")
	for _, a := range s.Arms {
		tests := "- | - | -"
		if a.TestsRun > 0 {
			tests = fmt.Sprintf("%d of %d | %d of %d | %d", a.TestsBefore, a.TestsRun, a.TestsPassed, a.TestsRun, a.TestsLost)
		}
		fmt.Fprintf(&b, "| %s | %.0f | %s | %s | %s |\n", a.Arm, a.Tokens, seconds(a.Millis), ratio(a.CostRatio), tests)
	}
	b.WriteString("\nValues are means with 95 % bootstrap intervals over items; change is the difference to base on the same items, p a permutation test of it in pairs. Tokens and times are medians; times are those of drafting and improving, not of scoring.\n\n")
	for _, m := range s.Suite.Metrics {
		fmt.Fprintf(&b, "- **%s**: %s\n", m.Name, m.About)
	}
	if len(s.Judges) > 0 {
		b.WriteString("\n| judges | pages | Cohen's kappa | Spearman |\n|---|---|---|---|\n")
		for _, l := range s.Judges {
			fmt.Fprintf(&b, "| %s and %s | %d | %.2f | %.2f |\n", l.A, l.B, l.Pages, l.Kappa, l.Spearman)
		}
	}
	for _, p := range s.Problems {
		fmt.Fprintf(&b, "\n- %s", oneLine(p.String()))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func cell(a ArmSum, m Metric) string {
	f, ok := a.Values[m.Name]
	if !ok {
		return "-"
	}
	out := f.text()
	if f.N < a.Items {
		out += fmt.Sprintf(" of %d", f.N)
	}
	return out
}

func (f Figure) text() string { return fmt.Sprintf("%.3g (%.3g to %.3g)", f.Mean, f.From, f.To) }

func (f Figure) signed() string {
	if f.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%+.3g (%+.3g to %+.3g)", f.Mean, f.From, f.To)
}

func percents(f Figure) string {
	return fmt.Sprintf("%.0f %% (%.0f to %.0f)", 100*f.Mean, 100*f.From, 100*f.To)
}

func probability(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.3f", p)
}

func seconds(ms float64) string { return fmt.Sprintf("%.1f s", ms/1000) }

func ratio(r float64) string {
	if r == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", r)
}
