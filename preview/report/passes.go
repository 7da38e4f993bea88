package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A passView is a pass as the reader sees it.
type passView struct {
	Title    string
	Attempts []attemptView
	Dropped  []string
}

// An attemptView is a candidate as the reader sees it.
type attemptView struct {
	Admitted bool
	Why      string
	Reason   []run
	Cost     string
	Numbers  []*defect // that it was meant to repair
	Lines    []diffLine
}

// The longest that is told of one attempt, so that a model's endless edit does
// not fill the file.
const (
	maxAttemptLines = 40
	maxLineBytes    = 400
)

func buildPasses(d Data, defects []*defect) []passView {
	byKey := map[string]*defect{}
	for _, f := range defects {
		byKey[f.shown().Key()] = f
	}
	var list []passView
	for i, p := range d.Passes {
		v := passView{Dropped: p.Dropped}
		admitted := 0
		for _, a := range p.Attempts {
			if a.Admitted {
				admitted++
			}
			v.Attempts = append(v.Attempts, buildAttempt(a, byKey))
		}
		v.Title = fmt.Sprintf("Pass %d with %s: %d tried, %d admitted", i+1, p.Policy, len(p.Attempts), admitted)
		list = append(list, v)
	}
	return list
}

func buildAttempt(a Attempt, byKey map[string]*defect) attemptView {
	v := attemptView{Admitted: a.Admitted, Why: sentence(a.Why), Reason: runs(a.Reason)}
	if a.Cost > 0 {
		v.Cost = fmt.Sprintf("cost %.1f", a.Cost)
	}
	for _, k := range a.Targets {
		if f := byKey[k]; f != nil {
			v.Numbers = append(v.Numbers, f)
		}
	}
	for _, l := range parseDiff(a.Diff) {
		if l.Kind != "add" && l.Kind != "del" {
			continue
		}
		if len(v.Lines) == maxAttemptLines {
			v.Lines = append(v.Lines, diffLine{Kind: "same", Text: "  (and more)"})
			break
		}
		if len(l.Text) > maxLineBytes {
			l.Text = strings.ToValidUTF8(l.Text[:maxLineBytes], "") + " ..."
		}
		v.Lines = append(v.Lines, l)
	}
	return v
}

// sentence begins a policy's few words with a capital.
func sentence(s string) string {
	if s == "" {
		return "An edit"
	}
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
