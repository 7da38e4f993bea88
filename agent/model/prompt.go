package model

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"relook/agent"
	"relook/preview"
	"relook/preview/diagnose"
)

// system is the fixed part of every question, so that it is evaluated once.
const system = "You repair visual defects of web pages by changing CSS declarations. " +
	"Each edit sets one property in one numbered rule. " +
	"Choose the smallest edit that makes the defect go away, hides nothing and leaves other widths alone. " +
	"Prefer flexible layout: max-width, flex-wrap, min-height, auto heights."

// Limits of a prompt. On two cores a prompt costs a second for about 40 tokens,
// so it holds only what a repair needs.
const (
	maxDefects     = 6   // in one prompt; the others get their turn when these were tried
	maxRules       = 12  // in one prompt
	maxDefectRules = 3   // for one defect, those nearest to it; one fewer when its cause is known
	maxRuleText    = 280 // bytes of one rule
	maxMessage     = 200 // bytes of one defect's message
	maxSelector    = 80  // bytes
	maxRejected    = 6   // former attempts that are told
)

// A digest is what the model is told of a diagnosis, and the meaning of the
// numbers in its answers.
type digest struct {
	rules   []preview.StyleRule // number n is rules[n-1]
	defects []numbered          // number n is defects[n-1]
}

// A numbered defect knows the numbers of the rules that may be changed for it
// and the properties that can help, in groups of alternatives.
type numbered struct {
	preview.Defect
	rules []int
	slots []slot
}

// digestOf numbers the defects that CSS can repair and the rules behind them.
func digestOf(t agent.Task) digest { return digestWith(t, maxDefects, maxRules, slotsFor) }

// digestWith numbers at most so many defects and rules; slots gives the
// properties that can help a defect.
func digestWith(t agent.Task, defects, rules int, slots func(preview.Defect) []slot) digest {
	var d digest
	numbers := map[preview.SourceSpan]int{}
	for _, f := range byTries(t) {
		if len(d.defects) == defects {
			break
		}
		n := numbered{Defect: f, slots: slots(f)}
		if len(n.slots) == 0 {
			continue
		}
		for _, r := range rulesOf(f, n.slots) {
			num, known := numbers[r.Body]
			switch {
			case !known && len(d.rules) == rules:
				continue
			case !known:
				d.rules = append(d.rules, r)
				num = len(d.rules)
				numbers[r.Body] = num
			}
			n.rules = append(n.rules, num)
		}
		if len(n.rules) > 0 {
			if c := f.Cause; c != nil && causes(d.rules[n.rules[0]-1], c) {
				n.slots = aim(n.slots, c.Property, n.rules[0])
			}
			d.defects = append(d.defects, n)
		}
	}
	return d
}

// byTries orders the defects so that those come first for which the fewest
// attempts were rejected, the worst before the others.
func byTries(t agent.Task) []preview.Defect {
	tries := map[string]int{}
	for _, a := range t.Rejected {
		for _, key := range a.Targets {
			tries[key]++
		}
	}
	defects := slices.Clone(t.Diagnosis.Defects)
	slices.SortStableFunc(defects, func(a, b preview.Defect) int {
		// A few tries more or less must not reorder the prompt: its beginning
		// would have to be evaluated again.
		return cmp.Compare(tries[a.Key()]/10, tries[b.Key()]/10)
	})
	return defects
}

// rulesOf lists the rules that may be edited for a defect: the one that causes
// it first, then those that set what a repair may set, by the elements' part in
// it and by strength. When there are none, the strongest rule may be added to.
func rulesOf(f preview.Defect, slots []slot) []preview.StyleRule {
	if f.Evidence == nil {
		return nil
	}
	var near, other []preview.StyleRule
	seen := map[preview.SourceSpan]bool{}
	for _, s := range f.Evidence.Subjects {
		for _, r := range s.Rules {
			if !editable(r) || seen[r.Body] {
				continue
			}
			seen[r.Body] = true
			switch {
			case f.Cause != nil && causes(r, f.Cause):
				near = append([]preview.StyleRule{r}, near...)
			case slices.ContainsFunc(slots, setsOneOf(r)):
				near = append(near, r)
			default:
				other = append(other, r)
			}
		}
	}
	if len(near) == 0 {
		near = other[:min(len(other), 1)]
	}
	most := maxDefectRules
	if f.Cause != nil {
		most--
	}
	return near[:min(len(near), most)]
}

// setsOneOf tells of a slot whether the rule sets one of its properties, or
// makes the row or grid, or the layer, that they are about.
func setsOneOf(r preview.StyleRule) func(slot) bool {
	return func(s slot) bool {
		return slices.ContainsFunc(r.Decls, func(d preview.Declaration) bool {
			return slices.Contains(s.properties, d.Property) ||
				d.Property == "display" && strings.HasSuffix(d.Value, "flex") && slices.Contains(s.properties, "flex-wrap") ||
				d.Property == "display" && strings.HasSuffix(d.Value, "grid") && slices.Contains(s.properties, "grid-template-columns") ||
				d.Property == "position" && d.Value != "static" && slices.Contains(s.properties, "z-index")
		})
	}
}

func causes(r preview.StyleRule, c *preview.Cause) bool {
	return r.Body.File == c.File && r.Selector == c.Selector &&
		slices.ContainsFunc(r.Decls, func(d preview.Declaration) bool { return d.Property == c.Property })
}

// editable keeps to files that the person wrote.
func editable(r preview.StyleRule) bool {
	file := r.Body.File
	if file == "" || strings.HasSuffix(file, ".min.css") || r.Selector == "*" {
		return false
	}
	return !slices.Contains(strings.Split(path.Dir(file), "/"), "node_modules")
}

// text is the part of the prompt that stays the same from question to question.
func (d digest) text() string {
	var b strings.Builder
	b.WriteString("CSS rules:\n")
	for i, r := range d.rules {
		fmt.Fprintf(&b, "[%d] %s\n", i+1, ruleText(r, d.matters(i+1)))
	}
	b.WriteString("\nMeasured defects:\n")
	for i, f := range d.defects {
		fmt.Fprintf(&b, "%d. %s\n", i+1, d.defectText(f))
	}
	return b.String()
}

// frame are the properties that say how the things about a defect are laid out.
var frame = []string{"display", "position", "overflow", "gap", "padding"}

// matters tells the declarations of a rule that its defects are about: those
// that an answer may set, or of which it may set a part, and the frame. The
// others would cost a second a line and tell nothing.
func (d digest) matters(rule int) func(property string) bool {
	names := slices.Clone(frame)
	for _, f := range d.defects {
		if !slices.Contains(f.rules, rule) {
			continue
		}
		for _, s := range f.slots {
			names = append(names, s.properties...)
		}
	}
	return func(property string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			return name == property || strings.HasPrefix(name, property+"-")
		})
	}
}

func ruleText(r preview.StyleRule, matters func(string) bool) string {
	var decls []string
	for _, d := range r.Decls {
		if matters(d.Property) {
			decls = append(decls, d.Property+": "+d.Value)
		}
	}
	s := short(cmp.Or(r.Selector, "(style attribute)"), maxSelector) + " { " + short(strings.Join(decls, "; "), maxRuleText) + " }"
	for _, m := range slices.Backward(r.Media) {
		s = "@media " + short(m, maxSelector) + " { " + s + " }"
	}
	return clean(s)
}

func (d digest) defectText(f numbered) string {
	nums := make([]string, len(f.rules))
	for i, n := range f.rules {
		nums[i] = strconv.Itoa(n)
	}
	selector := ""
	if len(f.Elements) > 0 {
		selector = " in " + short(f.Elements[0].Selector, maxSelector)
	}
	s := fmt.Sprintf("%s%s (rules %s): %s.", f.Rule, selector, strings.Join(nums, ", "), finding(f.Defect))
	if c := f.Cause; c != nil && causes(d.rules[f.rules[0]-1], c) {
		s += fmt.Sprintf(" Cause: %s in rule %d.", c.Property, f.rules[0])
	}
	if c := d.computedText(f); c != "" {
		s += " Computed: " + c
	}
	if b := boxesText(f); b != "" {
		s += " Boxes: " + b
	}
	return clean(s)
}

// maxBoxes is how many boxes are told of one defect: the element at fault and
// its nearest.
const maxBoxes = 3

// boxesText tells where the elements of a defect lie in the view in which it is
// worst, as x,y width×height in px: what a length must come to is read off the
// neighbours. Colours have no use for it.
func boxesText(f numbered) string {
	if f.Evidence == nil || f.Rule == lowContrast || f.Rule == diagnose.DarkScheme {
		return ""
	}
	var out []string
	told := map[string]bool{}
	for _, s := range f.Evidence.Subjects {
		b := s.Box
		if b == (preview.Box{}) || told[s.XPath] || len(out) == maxBoxes {
			continue
		}
		told[s.XPath] = true
		out = append(out, fmt.Sprintf("%s %.0f,%.0f %.0fx%.0f", cmp.Or(s.Role, s.Tag), b.X, b.Y, b.Width, b.Height))
	}
	return strings.Join(out, "; ")
}

// finding is the message without the cause, which the model is told by number.
func finding(f preview.Defect) string {
	m := f.Message
	if at := strings.LastIndex(m, ": `"); at > 0 && f.Cause != nil && strings.Contains(m[at:], "` is set to `") {
		m = m[:at]
	}
	return strings.TrimSuffix(short(m, maxMessage), ".")
}

// computedText names the values of the element at fault that the answer could
// change, that differ from what every element has, and that no rule shown sets.
// Widths and heights are left out: the finding has the numbers that matter.
func (d digest) computedText(f numbered) string {
	if f.Evidence == nil || len(f.Evidence.Subjects) == 0 {
		return ""
	}
	names := []string{"display"}
	for _, s := range f.slots {
		names = append(names, s.properties...)
	}
	slices.Sort(names)
	var out []string
	computed := f.Evidence.Subjects[0].Computed
	for _, name := range slices.Compact(names) {
		if strings.HasSuffix(name, "width") || strings.HasSuffix(name, "height") || d.shows(f, name) {
			continue
		}
		switch v := computed[name]; v {
		case "", "auto", "none", "normal", "0px", "static", "block", "inline", "row", "visible", "content-box", "border-box", "rgba(0, 0, 0, 0)":
		default:
			out = append(out, name+": "+short(v, 40))
		}
	}
	return strings.Join(out, "; ")
}

// shows reports whether a rule of the defect sets the property.
func (d digest) shows(f numbered, property string) bool {
	return slices.ContainsFunc(f.rules, func(n int) bool {
		return slices.ContainsFunc(d.rules[n-1].Decls, func(decl preview.Declaration) bool { return decl.Property == property })
	})
}

// rejectedText tells the latest attempts that the gate turned down.
func rejectedText(rejected []agent.Attempt) string {
	if len(rejected) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\nTried and rejected:\n")
	for _, a := range rejected[max(0, len(rejected)-maxRejected):] {
		fmt.Fprintf(&b, "- %s: %s\n", clean(short(a.Why, 80)), clean(short(a.Verdict.Reason, 80)))
	}
	return b.String()
}

// maxAdvice is the most of a critic's advice, in bytes, that a model is told.
const maxAdvice = 800

// adviceText tells what a critic said who saw the page.
func adviceText(advice string) string {
	if strings.TrimSpace(advice) == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("\nA critic who saw the page says:\n")
	for line := range strings.Lines(short(advice, maxAdvice)) {
		fmt.Fprintf(&b, "- %s\n", clean(strings.TrimPrefix(line, "- ")))
	}
	return b.String()
}

// clean folds white space and breaks up the marks with which chat templates
// separate the speakers, so that text of a page can't pose as one of them.
func clean(s string) string { return strings.Join(strings.Fields(cleanMarks(s)), " ") }

var marks = strings.NewReplacer("<|", "< |", "|>", "| >", "[INST]", "INST", "[/INST]", "INST", "<start_of_turn>", "", "<end_of_turn>", "")

func cleanMarks(s string) string { return marks.Replace(s) }
