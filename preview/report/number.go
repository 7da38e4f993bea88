package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"relook/preview"
)

// The states of a defect. They are words that the reader sees, and class names.
const (
	stateFound    = "found"    // the page was only checked
	stateRepaired = "repaired" // gone after the repair
	stateLeft     = "left"     // still there
	stateNew      = "new"      // not there before
)

// A defect is one numbered defect with what the page said of it before and
// after. One of before and after may be nil.
type defect struct {
	Number        int
	State         string
	before, after *preview.Defect
	// Line is the id of the diff line that repairs or causes it, "" for none.
	Line string
	// Mark is the id of its tag on a picture, "" when it is drawn nowhere.
	Mark string
}

// number gives each defect its number: those before the repair in their order,
// then those that are new.
func number(d Data) []*defect {
	var list []*defect
	byKey := map[string]*defect{}
	for i := range d.Before.Diagnosis.Defects {
		f := &d.Before.Diagnosis.Defects[i]
		n := &defect{Number: len(list) + 1, State: stateFound, before: f}
		if d.After != nil {
			n.State = stateRepaired
		}
		list = append(list, n)
		byKey[f.Key()] = n
	}
	if d.After == nil {
		return list
	}
	for i := range d.After.Diagnosis.Defects {
		f := &d.After.Diagnosis.Defects[i]
		if n := byKey[f.Key()]; n != nil {
			n.State, n.after = stateLeft, f
			continue
		}
		list = append(list, &defect{Number: len(list) + 1, State: stateNew, after: f})
	}
	return list
}

// shown is the defect whose words are told: as it is now if it still is.
func (d *defect) shown() *preview.Defect {
	if d.before == nil || d.State == stateLeft {
		return d.after
	}
	return d.before
}

// Title is the rule in words, such as "Sideways scroll".
func (d *defect) Title() string {
	if d.shown().Rule == "" {
		return "Defect"
	}
	return capital(strings.ReplaceAll(d.shown().Rule, "-", " "))
}

// capital writes the first letter, which is ASCII in rule ids, large.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// Severity is the class name and word of the defect's severity.
func (d *defect) Severity() string {
	if s := d.shown().Severity; s.Rank() >= 0 {
		return string(s)
	}
	return string(preview.SeverityInfo)
}

// StateWord is the state for people; of a page that was only checked, how bad
// the defect is.
func (d *defect) StateWord() string {
	word := d.State
	if word == stateFound {
		word = d.Severity()
	}
	return capital(word)
}

// Message is the sentence, split into words and code.
func (d *defect) Message() []run { return runs(d.shown().Message) }

// Views says where it holds, such as "390 and 768 px wide".
func (d *defect) Views() string { return widths(viewsOf(d.shown().Views)) }

// Cause is the place that makes it so; nil when unknown.
func (d *defect) Cause() *preview.Cause {
	if d.before != nil && d.before.Cause != nil {
		return d.before.Cause
	}
	return d.shown().Cause
}

// Place is the cause's file, line and column, one-based, for people.
func (d *defect) Place() string {
	c := d.Cause()
	return fmt.Sprintf("%s:%d:%d", c.File, c.Range.Start.Line+1, c.Range.Start.Character+1)
}

// Eased says what became better of a defect that is left, "" if nothing.
func (d *defect) Eased() string {
	if d.State != stateLeft || len(d.after.Views) >= len(d.before.Views) {
		return ""
	}
	return "Before the repair it held at " + widths(viewsOf(d.before.Views)) + "."
}

// Proof is the numbers, such as "overflow 710 px".
func (d *defect) Proof() []string {
	m := d.shown().Measure
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, measure(name, m[name]))
	}
	return list
}

// measure words a number whose name ends in its unit, as Defect.Measure has it.
func measure(name string, value float64) string {
	number := decimal(value)
	words, unit := name, ""
	for suffix, u := range map[string]string{"_px": " px", "_px2": " px²", "_percent": " %", "_ms": " ms"} {
		if cut, ok := strings.CutSuffix(name, suffix); ok {
			words, unit = cut, u
		}
	}
	return strings.ReplaceAll(words, "_", " ") + " " + number + unit
}

// decimal writes a number with at most two places, and commas between thousands.
func decimal(value float64) string {
	s := strconv.FormatFloat(math.Round(value*100)/100, 'f', -1, 64)
	whole, _, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// A run is a stretch of a sentence: plain words, or code between backticks.
type run struct {
	Code bool
	Text string
}

func runs(s string) []run {
	var list []run
	parts := strings.Split(s, "`")
	for i, p := range parts {
		if p == "" {
			continue
		}
		// A last backtick without a partner is a character like any other.
		if odd := i%2 == 1; odd && i == len(parts)-1 {
			list = append(list, run{Text: "`" + p})
		} else {
			list = append(list, run{Code: odd, Text: p})
		}
	}
	return list
}
