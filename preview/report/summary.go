package report

import (
	"fmt"
	"strconv"
	"strings"

	"relook/preview"
)

// A summary is the answer on the first screen.
type summary struct {
	Verdict string   // class name: "good", "fair" or "bad"
	Line    string   // the one line that says it all
	Reason  []run    // why, when the line needs it
	Facts   []string // short, most telling first
}

func summarize(d Data, defects []*defect, diff []diffLine) summary {
	s := summary{Verdict: verdict(d, defects), Line: headline(d, defects), Facts: facts(d, diff)}
	switch now := latest(d); {
	case !now.Valid:
		s.Reason = runs(now.InvalidReason)
	case d.After == nil && len(d.Passes) > 0 && len(defects) > 0:
		s.Reason = runs("No repair was better than the page as it is, so nothing was changed.")
	}
	return s
}

func latest(d Data) preview.Diagnosis {
	if d.After != nil {
		return d.After.Diagnosis
	}
	return d.Before.Diagnosis
}

// headline is such as "7 defects at 3 widths, 6 repaired, 1 left (needs your
// decision)".
func headline(d Data, defects []*defect) string {
	if !latest(d).Valid {
		return "The page could not be rendered"
	}
	where := " at " + viewCount(viewsShown(d))
	count := map[string]int{}
	for _, f := range defects {
		count[f.State]++
	}
	known := len(defects) - count[stateNew]
	if len(defects) == 0 {
		return "No defects" + where
	}
	parts := []string{plural(known, "defect") + where}
	if known == 0 {
		parts[0] = "No defects before" + where
	}
	if d.After != nil && known > 0 {
		switch count[stateRepaired] {
		case known:
			parts = append(parts, "all repaired")
		case 0:
			parts = append(parts, "none repaired")
		default:
			parts = append(parts, fmt.Sprintf("%d repaired", count[stateRepaired]))
		}
	}
	if n := count[stateLeft]; n == 1 {
		parts = append(parts, "1 left (needs your decision)")
	} else if n > 1 {
		parts = append(parts, fmt.Sprintf("%d left (need your decision)", n))
	}
	if n := count[stateNew]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d new", n))
	}
	return strings.Join(parts, ", ")
}

// verdict is bad while something can't be read, seen or used, fair while
// something hurts.
func verdict(d Data, defects []*defect) string {
	if !latest(d).Valid {
		return "bad"
	}
	v := "good"
	for _, f := range defects {
		switch {
		case f.State == stateRepaired:
		case f.shown().Severity == preview.SeverityError:
			return "bad"
		default:
			v = "fair"
		}
	}
	return v
}

func facts(d Data, diff []diffLine) []string {
	var list []string
	if added, removed := countChanges(diff); added+removed > 0 {
		list = append(list, plural(max(added, removed), "line")+" changed")
	}
	if views := viewsShown(d); len(views) > 0 {
		list = append(list, widths(views))
	}
	if d.Millis > 0 {
		t := duration(d.Millis)
		if d.PolicyMillis >= policyWorthSaying {
			t += ", " + duration(d.PolicyMillis) + " of it waiting for the model"
		}
		list = append(list, t)
	}
	return list
}

// viewsShown are the views that the page was looked at through, in the order
// of the shots; without shots, in the order in which the inventories or the
// defects name them.
func viewsShown(d Data) []preview.View {
	var names []string
	for _, s := range d.Before.Shots {
		names = append(names, s.View.Name())
	}
	if len(names) == 0 {
		for _, i := range d.Before.Inventories {
			names = append(names, i.View)
		}
	}
	if len(names) == 0 {
		for _, f := range d.Before.Diagnosis.Defects {
			names = append(names, f.Views...)
		}
	}
	return viewsOf(names)
}

// viewsOf reads view names, dropping repeats and what is not one.
func viewsOf(names []string) []preview.View {
	var views []preview.View
	seen := map[string]bool{}
	for _, n := range names {
		if v, err := preview.ParseView(n); err == nil && !seen[n] {
			seen[n] = true
			views = append(views, v)
		}
	}
	return views
}

// plainWidths says whether the views differ in nothing but their sizes and no
// two are of one width, so that "390 px" names one of them.
func plainWidths(views []preview.View) bool {
	seen := map[int]bool{}
	for _, v := range views {
		if seen[v.Width] || v != (preview.View{Width: v.Width, Height: v.Height}) {
			return false
		}
		seen[v.Width] = true
	}
	return true
}

func viewCount(views []preview.View) string {
	if plainWidths(views) {
		return plural(len(views), "width")
	}
	return plural(len(views), "view")
}

// widths is such as "390, 768 and 1,280 px wide", or the views' full names when
// widths don't tell them apart.
func widths(views []preview.View) string {
	plain := plainWidths(views)
	names := make([]string, len(views))
	for i, v := range views {
		names[i] = label(v)
		if plain {
			names[i] = decimal(float64(v.Width))
		}
	}
	s := strings.Join(names, ", ")
	if i := strings.LastIndex(s, ", "); i >= 0 {
		s = s[:i] + " and " + s[i+2:]
	}
	if plain && s != "" {
		s += " px wide"
	}
	return s
}

// label names a view for people: "390 px", or "390 px dark hover".
func label(v preview.View) string {
	s := decimal(float64(v.Width)) + " px"
	if v.Scale != 0 && v.Scale != 1 {
		s += " @" + strconv.FormatFloat(v.Scale, 'g', -1, 64)
	}
	for _, p := range []string{v.Scheme, v.Media, v.State} {
		if p != "" {
			s += " " + p
		}
	}
	return s
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

func duration(ms float64) string {
	if ms < 1000 {
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f s", ms/1000)
}

// policyWorthSaying is the time in ms from which a policy is said to have been
// waited for: the rules take less, a model more.
const policyWorthSaying = 500
