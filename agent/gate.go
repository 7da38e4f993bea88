package agent

import (
	"fmt"
	"slices"

	"relook/preview"
	"relook/preview/diagnose"
)

// The ids of the gate's rules, as they stand in Verdict.Rule.
const (
	RuleInvalid   = "invalid"    // the page no longer renders
	RuleTarget    = "target"     // the defect that was to go is still there
	RuleNewDefect = "new-defect" // a defect that was not there before
	RuleWorse     = "worse"      // a defect that was there has grown
	RuleLost      = "lost"       // something can't be read, seen or used any more
	RuleShrunk    = "shrunk"     // text or a control became too small
	RuleDistorted = "distorted"  // a picture lost its proportions
	RuleMoved     = "moved"      // something moved where nothing was wrong
	RuleNotBetter = "not-better" // the cost is not lower by the margin
	RuleUnseen    = "unseen"     // the picture at the defect did not change
	RuleHiding    = "hiding"     // the edit hides instead of mending
	RuleEdit      = "edit"       // the edit is too large or in a file that is not the person's
	RuleOverlap   = "overlap"    // the edit touches a place that is already changed
	RuleOrder     = "order"      // things changed places
	RuleCrowded   = "crowded"    // text lost its distance to an edge
	RuleProbing   = "probing"    // the edit looks out for being measured
)

// A Gate admits a candidate or rejects it. It is a set of thresholds and pure
// functions over two renderings; it renders nothing itself.
type Gate struct {
	// Margin is how much lower the cost must be. Two renders of the same page
	// agree to the last digit in virtual time, so it only has to swallow
	// rounding.
	Margin float64
	// Slack is how far, in px, something may move that should stay in place.
	Slack float64
	// MaxEditBytes is the most new text that one candidate may bring.
	MaxEditBytes int
	// Instructed is true when the person asked for a change in words: then the
	// page may look different, but no defect may come in.
	Instructed bool
	// Removes is true when what the person asked for takes things away.
	Removes bool
}

// DefaultGate is the gate for repairs.
func DefaultGate() Gate { return Gate{Margin: 0.05, Slack: 1.5, MaxEditBytes: 4096} }

// A Case is what the gate judges: the page before and after a candidate.
type Case struct {
	Before, After *preview.Rendering
	// Targets are the keys of the defects that are meant to go.
	Targets []string
	// Fresh says that After comes from a render of the edited source; then the
	// pictures are compared too, as far as both renderings have them.
	Fresh bool
}

// Judge compares before and after. The first rule that is broken gives the
// reason.
func (g Gate) Judge(c Case) Verdict {
	rules := []func(Case) (string, string){invalid, newDefect, silenced, g.costlier, g.forgotten}
	if !g.Instructed { // what is lost says more than what comes of it
		rules = []func(Case) (string, string){
			invalid, g.lost, newDefect, silenced, targetLeft, unreached, g.grown, crowded, reordered, g.moved, g.notBetter,
		}
	}
	if c.Fresh {
		rules = append(rules, unseen)
	}
	return judge(c, rules)
}

// JudgeAside compares before and after at widths at which the page is not
// looked at otherwise. There the target need not show, and so the page need not
// get better: but where it shows it must be gone, and where it does not nothing
// may move. An edit that holds at the views only does not pass.
func (g Gate) JudgeAside(c Case) Verdict {
	rules := []func(Case) (string, string){invalid, newDefect, silenced, g.costlier, g.forgotten}
	if !g.Instructed {
		rules = []func(Case) (string, string){
			invalid, g.lost, newDefect, silenced, targetLeft, g.grown, crowded, reordered, g.moved, g.costlier,
		}
	}
	return judge(c, rules)
}

// Screen judges in the live page a candidate whose target does not show there,
// such as text over a picture: all but that the target is gone, which a closer
// look must tell.
func (g Gate) Screen(c Case) Verdict {
	return judge(c, []func(Case) (string, string){invalid, g.lost, newDefect, silenced, g.grown, crowded, reordered, g.costlier})
}

func judge(c Case, rules []func(Case) (string, string)) Verdict {
	v := Verdict{Cost: c.After.Diagnosis.Cost(), InPlace: !c.Fresh}
	for _, rule := range rules {
		if id, reason := rule(c); id != "" {
			v.Rule, v.Reason = id, reason
			return v
		}
	}
	v.Admitted = true
	v.Reason = admitReason(c)
	return v
}

func admitReason(c Case) string {
	return fmt.Sprintf("cost %.1f instead of %.1f, nothing lost and nothing new at %s",
		c.After.Diagnosis.Cost(), c.Before.Diagnosis.Cost(), plural(len(c.After.Inventories), "view"))
}

func invalid(c Case) (string, string) {
	if c.After.Diagnosis.Valid {
		return "", ""
	}
	return RuleInvalid, "the page no longer renders: " + c.After.Diagnosis.InvalidReason
}

// targetLeft demands that the whole target is gone, not only the first of the
// elements at which it showed.
func targetLeft(c Case) (string, string) {
	for _, d := range c.After.Diagnosis.Defects {
		was := counterpart(c.Before.Diagnosis, d)
		if was != nil && slices.Contains(c.Targets, was.Key()) {
			return RuleTarget, "what it was to mend is still there: " + d.Message
		}
	}
	return "", ""
}

// place is where a defect shows: the same rule at another element or another
// view is another defect, so none can be moved from one view to the next.
type place struct{ rule, xpath, view string }

func places(d preview.Diagnosis) map[place]bool {
	at := map[place]bool{}
	for _, f := range d.Defects {
		for _, e := range f.Elements {
			at[place{f.Rule, e.XPath, e.View}] = true
		}
		for _, v := range f.Views {
			if len(f.Elements) == 0 {
				at[place{f.Rule, f.Message, v}] = true
			}
		}
	}
	return at
}

// newDefect rejects every new defect that a visitor notices; of console errors
// and failed requests also those of info level, as an edit has no business to
// bring one in.
func newDefect(c Case) (string, string) {
	before := places(c.Before.Diagnosis)
	for _, d := range c.After.Diagnosis.Defects {
		script := d.Rule == diagnose.ConsoleError || d.Rule == diagnose.FailedRequest
		if d.Severity == preview.SeverityInfo && !script {
			continue
		}
		was := counterpart(c.Before.Diagnosis, d)
		for at := range places(preview.Diagnosis{Defects: []preview.Defect{d}}) {
			if before[at] || d.Rule == diagnose.SidewaysScroll && scrollsLess(c, at.view) {
				continue
			}
			if !(was != nil && listed(*was, at.view) >= diagnose.MaxElementsEach) {
				return RuleNewDefect, fmt.Sprintf("it brings in a new defect at %s: %s", at.view, d.Message)
			}
		}
	}
	return "", ""
}

// scrollsLess reports whether the page scrolled sideways at a view already, and
// scrolls less far now: then what makes it scroll now did so before, behind
// something wider.
func scrollsLess(c Case, view string) bool {
	was, is := c.Before.Inventory(view), c.After.Inventory(view)
	if was == nil || is == nil || is.DocWidth >= was.DocWidth-1 {
		return false
	}
	return slices.ContainsFunc(c.Before.Diagnosis.Defects, func(d preview.Defect) bool {
		return d.Rule == diagnose.SidewaysScroll && slices.Contains(d.Views, view)
	})
}

// silenced rejects an edit that brings a defect under what the person wrote to
// ignore another one.
func silenced(c Case) (string, string) {
	before := preview.Diagnosis{Defects: c.Before.Diagnosis.Ignored}
	for _, d := range c.After.Diagnosis.Ignored {
		if counterpart(before, d) == nil {
			return RuleHiding, "it keeps a defect from being reported instead of mending it: " + d.Message
		}
	}
	return "", ""
}

// counterpart is the defect of d that is the same fault as f, nil for none. The
// key alone does not tell: when some of many like elements are mended, another
// comes first.
func counterpart(d preview.Diagnosis, f preview.Defect) *preview.Defect {
	has := map[string]bool{}
	for _, e := range f.Elements {
		has[e.XPath] = true
	}
	for i := range d.Defects {
		was := &d.Defects[i]
		if was.Key() == f.Key() || was.Rule == f.Rule && slices.ContainsFunc(was.Elements, func(e preview.Element) bool { return has[e.XPath] }) {
			return was
		}
	}
	return nil
}

// listed is how many elements of d are listed at a view.
func listed(d preview.Defect, view string) int {
	n := 0
	for _, e := range d.Elements {
		if e.View == view {
			n++
		}
	}
	return n
}

// grown rejects an edit that pays for the mending of one defect with another.
func (g Gate) grown(c Case) (string, string) {
	for _, d := range c.After.Diagnosis.Defects {
		was := counterpart(c.Before.Diagnosis, d)
		if was == nil {
			continue
		}
		if d.Cost > was.Cost+g.Margin || d.Measure["count"] > was.Measure["count"] {
			return RuleWorse, "it makes another defect worse: " + d.Message
		}
	}
	return "", ""
}

func (g Gate) notBetter(c Case) (string, string) {
	was, is := c.Before.Diagnosis.Cost(), c.After.Diagnosis.Cost()
	if is < was-g.Margin {
		return "", ""
	}
	return RuleNotBetter, fmt.Sprintf("the page is not better: cost %.1f, before %.1f", is, was)
}

func (g Gate) costlier(c Case) (string, string) {
	was, is := c.Before.Diagnosis.Cost(), c.After.Diagnosis.Cost()
	if is <= was+g.Margin {
		return "", ""
	}
	return RuleWorse, fmt.Sprintf("the page has more defects than before: cost %.1f, before %.1f", is, was)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
