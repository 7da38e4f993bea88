package agent

import (
	"fmt"
	"testing"

	"relook/preview"
)

func TestGateKeepsAnInstructionFromForgetting(t *testing.T) {
	// page has n texts, of which the first hidden are there but can't be seen.
	page := func(n, hidden int) *preview.Rendering {
		r := rendering()
		for v := range r.Inventories {
			r.Inventories[v].Items = nil
			for i := range n {
				it := text(fmt.Sprint("text ", i))
				it.Visible = i >= hidden
				r.Inventories[v].Items = append(r.Inventories[v].Items, it)
			}
		}
		return r
	}
	reworded := page(10, 0)
	for v := range reworded.Inventories {
		for i := range reworded.Inventories[v].Items {
			reworded.Inventories[v].Items[i].Name += ", in French"
		}
	}
	for _, c := range []struct {
		name, instruction string
		before, after     *preview.Rendering
		want              string
	}{
		{"two fewer", "make it blue", page(10, 0), page(8, 0), ""},
		{"three fewer", "make it blue", page(10, 0), page(7, 0), RuleLost},
		{"three hidden", "make it blue", page(10, 0), page(10, 3), RuleLost},
		{"all gone", "make it blue", page(10, 0), page(0, 0), RuleLost},
		{"as asked for", "Remove the lower half", page(10, 0), page(5, 0), ""},
		{"other words", "translate it", page(10, 0), reworded, ""},
		{"more", "add a footer", page(10, 0), page(14, 0), ""},
	} {
		g := DefaultGate()
		g.Instructed, g.Removes = true, removing.MatchString(c.instruction)
		if v := g.Judge(Case{Before: c.before, After: c.after}); v.Rule != c.want || v.Reason == "" {
			t.Errorf("%s: %+v, want %q", c.name, v, c.want)
		}
	}
}
