package ollama

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"relook/agent"
	"relook/preview"
)

// Limits of a prompt. On two cores a prompt costs a second for about 40 tokens,
// so it holds only what a repair needs.
const (
	maxDefects     = 6   // in one prompt; the others get their turn when these were tried
	maxRules       = 12  // in one prompt
	maxDefectRules = 3   // for one defect, those nearest to it
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
func digestOf(t agent.Task) digest {
	var d digest
	numbers := map[preview.SourceSpan]int{}
	for _, f := range byTries(t) {
		if len(d.defects) == maxDefects {
			break
		}
		n := numbered{Defect: f, slots: slotsFor(f)}
		if len(n.slots) == 0 {
			continue
		}
		for _, r := range rulesOf(f, n.slots) {
			num, known := numbers[r.Body]
			switch {
			case !known && len(d.rules) == maxRules:
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
	return near[:min(len(near), maxDefectRules)]
}

// setsOneOf tells of a slot whether the rule sets one of its properties, or
// makes the row or grid that they are about.
func setsOneOf(r preview.StyleRule) func(slot) bool {
	return func(s slot) bool {
		return slices.ContainsFunc(r.Decls, func(d preview.Declaration) bool {
			return slices.Contains(s.properties, d.Property) ||
				d.Property == "display" && strings.HasSuffix(d.Value, "flex") && slices.Contains(s.properties, "flex-wrap") ||
				d.Property == "display" && strings.HasSuffix(d.Value, "grid") && slices.Contains(s.properties, "grid-template-columns")
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
		fmt.Fprintf(&b, "[%d] %s\n", i+1, ruleText(r))
	}
	b.WriteString("\nMeasured defects:\n")
	for i, f := range d.defects {
		fmt.Fprintf(&b, "%d. %s\n", i+1, defectText(f))
	}
	return b.String()
}

func ruleText(r preview.StyleRule) string {
	decls := make([]string, len(r.Decls))
	for i, d := range r.Decls {
		decls[i] = d.Property + ": " + d.Value
	}
	s := short(cmp.Or(r.Selector, "(style attribute)"), maxSelector) + " { " + short(strings.Join(decls, "; "), maxRuleText) + " }"
	for _, m := range slices.Backward(r.Media) {
		s = "@media " + short(m, maxSelector) + " { " + s + " }"
	}
	return clean(s)
}

func defectText(f numbered) string {
	nums := make([]string, len(f.rules))
	for i, n := range f.rules {
		nums[i] = strconv.Itoa(n)
	}
	selector := ""
	if len(f.Elements) > 0 {
		selector = " in " + short(f.Elements[0].Selector, maxSelector)
	}
	s := fmt.Sprintf("%s%s (rules %s): %s", f.Rule, selector, strings.Join(nums, ", "), short(f.Message, maxMessage))
	var numbers []string
	for _, name := range slices.Sorted(maps.Keys(f.Measure)) {
		numbers = append(numbers, name+" "+strconv.FormatFloat(f.Measure[name], 'f', -1, 64))
	}
	if len(numbers) > 0 {
		s += " " + strings.Join(numbers, ", ") + "."
	}
	if c := computedText(f); c != "" {
		s += " Computed: " + c
	}
	return clean(s)
}

// computedText names the values of the element at fault that the answer could
// change, and that differ from what every element has.
func computedText(f numbered) string {
	if f.Evidence == nil || len(f.Evidence.Subjects) == 0 {
		return ""
	}
	names := []string{"display"}
	for _, s := range f.slots {
		names = append(names, s.properties...)
	}
	if f.Rule == lowContrast {
		names = append(names, "relook-background")
	}
	var out []string
	computed := f.Evidence.Subjects[0].Computed
	for _, name := range names {
		switch v := computed[name]; v {
		case "", "auto", "none", "normal", "0px", "static", "block", "inline", "row", "visible", "content-box":
		default:
			out = append(out, strings.TrimPrefix(name, "relook-")+": "+short(v, 40))
		}
	}
	return strings.Join(out, "; ")
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

// clean folds white space and breaks up the marks with which chat templates
// separate the speakers, so that text of a page can't pose as one of them.
func clean(s string) string { return strings.Join(strings.Fields(cleanMarks(s)), " ") }

var marks = strings.NewReplacer("<|", "< |", "|>", "| >", "[INST]", "INST", "[/INST]", "INST", "<start_of_turn>", "", "<end_of_turn>", "")

func cleanMarks(s string) string { return marks.Replace(s) }
