package model

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"relook/agent"
	"relook/preview"
)

// RepairModel is the name, up to its tag, of the policy that relook trains.
const RepairModel = "relook-repair"

// Limits of the prompt of a trained policy. It was taught with these, so they
// are part of it.
const (
	repairDefects = 3
	repairRules   = 6
	repairEdits   = 3 // in one answer
	// RepairTokens is the longest answer.
	RepairTokens = 96
)

// A Repair is what a policy that was trained for repairs is shown and how its
// answer is read. Training and the editor ask by this one type, so that the
// policy meets in the editor what it was taught with. Other models are asked at
// more length: see digest.text.
type Repair struct{ s session }

// NewRepair puts the defects of a task that CSS can repair into the form of the
// trained policy.
func NewRepair(t agent.Task) *Repair {
	return &Repair{session{policy: New(Config{}), task: t, digest: repairDigest(t), sources: map[string]preview.Text{}}}
}

// A RepairEdit is one edit of an answer.
type RepairEdit struct {
	Defect, Rule    int // their numbers in the prompt, from 1
	Property, Value string
}

// String is the edit as it stands in an answer.
func (e RepairEdit) String() string {
	return fmt.Sprintf("%d %d %s: %s; ", e.Defect, e.Rule, e.Property, e.Value)
}

// repairDigest is a digest with fewer defects and rules, in which a defect may
// also be mended where one of its rules sets something else that is often wrong.
func repairDigest(t agent.Task) digest {
	d := digestWith(t, repairDefects, repairRules, func(f preview.Defect) []slot {
		slots := slotsFor(f)
		if len(slots) == 0 {
			return nil
		}
		return append(slots, slot{properties: slices.Sorted(maps.Keys(repairValues))})
	})
	for i := range d.defects {
		f := &d.defects[i]
		var declared []string
		for _, n := range f.rules {
			for _, decl := range d.rules[n-1].Decls {
				declared = append(declared, decl.Property)
			}
		}
		last := len(f.slots) - 1
		f.slots[last].properties = slices.DeleteFunc(slices.Clone(f.slots[last].properties), func(p string) bool {
			return !slices.Contains(declared, p)
		})
		f.slots = slices.DeleteFunc(f.slots, func(s slot) bool { return len(s.properties) == 0 })
	}
	return d
}

// repairValues is what else the policy may set where a rule sets it already.
var repairValues = map[string]string{
	"padding": "[1-9][0-9]?px|[1-9]px [1-9][0-9]?px", "padding-left": "[1-9][0-9]?px", "padding-right": "[1-9][0-9]?px",
	"font-size": "1[2-9]px|2[0-9]px|3[0-9]px|1rem", "line-height": "1[.][1-9]|normal", "opacity": "1",
	"flex": "1 1 [1-9][0-9]{1,2}px|0 1 auto|1", "width": "auto|100%", "min-width": "0|auto", "max-width": "100%|none",
	"height": "auto", "max-height": "none", "white-space": "normal", "overflow": "visible", "overflow-wrap": "anywhere",
	"margin-top": "0|[1-9][0-9]?px", "margin-left": "0|auto|[1-9][0-9]?px", "margin-right": "0|auto|[1-9][0-9]?px", "margin-bottom": "0|[1-9][0-9]?px",
	"position": "static|relative", "left": "0|auto", "right": "0|auto", "top": "0|auto", "transform": "none", "z-index": "0|1",
	"grid-template-columns": "1fr|minmax[(]0, 1fr[)]|repeat[(][1-6], minmax[(]0, 1fr[)][)]|repeat[(]auto-fit, minmax[(]min[(]100%, [1-9][0-9]{1,2}px[)], 1fr[)][)]",
}

// Empty reports whether there is nothing that CSS can repair.
func (r *Repair) Empty() bool { return len(r.s.digest.defects) == 0 }

// Defects are those of the prompt, in order.
func (r *Repair) Defects() []preview.Defect {
	var list []preview.Defect
	for _, f := range r.s.digest.defects {
		list = append(list, f.Defect)
	}
	return list
}

// Rules are the rules of the prompt, in order.
func (r *Repair) Rules() []preview.StyleRule { return r.s.digest.rules }

// Prompt is what the policy is told, as the only message.
func (r *Repair) Prompt() string {
	d := r.s.digest
	var b strings.Builder
	b.WriteString("Rules:\n")
	for i, rule := range d.rules {
		fmt.Fprintf(&b, "%d %s\n", i+1, ruleText(rule, d.matters(i+1)))
	}
	b.WriteString("Defects:\n")
	for i, f := range d.defects {
		nums := make([]string, len(f.rules))
		for k, n := range f.rules {
			nums[k] = strconv.Itoa(n)
		}
		text := fmt.Sprintf("%s, rules %s: %s.", f.Rule, strings.Join(nums, " "), finding(f.Defect))
		if c := f.Cause; c != nil && causes(d.rules[f.rules[0]-1], c) {
			text += fmt.Sprintf(" Cause: %s in %d.", c.Property, f.rules[0])
		}
		fmt.Fprintf(&b, "%d %s\n", i+1, clean(text))
	}
	b.WriteString("Repair:")
	return b.String()
}

// Format is the JSON Schema of the answer: one string such as
// "1 2 max-width: 100%; ", in which a defect, a rule and a declaration stand for
// each edit.
func (r *Repair) Format() json.RawMessage {
	var list []string
	for i, f := range r.s.digest.defects {
		list = append(list, fmt.Sprintf("%d %s", i+1, f.patternOf(f.rules, f.properties())))
	}
	return mustJSON(map[string]any{"type": "string", "pattern": fmt.Sprintf("^((%s); ){1,%d}$", strings.Join(list, "|"), repairEdits)})
}

// properties are those that may be set for a defect, sorted.
func (f numbered) properties() []string {
	var list []string
	for _, s := range f.slots {
		list = append(list, s.properties...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// patternOf is like pattern, with the values that a trained policy may give.
func (f numbered) patternOf(numbers []int, properties []string) string {
	var rules, decls []string
	for _, n := range numbers {
		rules = append(rules, strconv.Itoa(n))
	}
	for _, name := range properties {
		decls = append(decls, name+": ("+f.allowed(name)+")")
	}
	return fmt.Sprintf("(%s) (%s)", strings.Join(rules, "|"), strings.Join(decls, "|"))
}

// Answer is what the policy says for these edits.
func (r *Repair) Answer(edits []RepairEdit) string {
	var b strings.Builder
	for _, e := range edits {
		b.WriteString(e.String())
	}
	return string(mustJSON(b.String()))
}

// Parse reads an answer. It is well-formed when it is one string of at most as
// many edits as may be, each about a defect and one of its rules; only then are
// there edits.
func (r *Repair) Parse(reply string) (edits []RepairEdit, ok bool) {
	var line string
	if json.Unmarshal([]byte(strings.TrimSpace(reply)), &line) != nil || !strings.HasSuffix(line, "; ") {
		return nil, false
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(line, "; "), "; ") {
		number, decl, _ := strings.Cut(part, " ")
		defect, err := strconv.Atoi(number)
		a, whole := parseEdit(decl, defect)
		if err != nil || !whole || a.P == "" || a.V == "" || len(edits) == repairEdits {
			return nil, false
		}
		if defect < 1 || defect > len(r.s.digest.defects) || !slices.Contains(r.s.digest.defects[defect-1].rules, a.R) {
			return nil, false
		}
		edits = append(edits, RepairEdit{a.D, a.R, a.P, a.V})
	}
	return edits, len(edits) > 0
}

// Candidates are what an edit of an answer may mean in the source, the first that
// the gate admits counts: the declaration itself, and the same only up to the
// width at which the defect shows.
func (r *Repair) Candidates(e RepairEdit) ([]agent.Candidate, error) {
	a := answer{e.Defect, e.Rule, e.Property, e.Value}
	c, err := r.s.candidate(a)
	if err != nil {
		return nil, err
	}
	list := []agent.Candidate{c}
	if scoped := r.s.scoped(a, c); len(scoped.Edits) > 0 {
		list = append(list, scoped)
	}
	return list, nil
}

// shortRepair asks a trained policy.
func (s *session) shortRepair(ctx context.Context) error {
	r := &Repair{*s}
	if r.Empty() {
		return nil
	}
	q := Question{
		User: r.Prompt(), Format: r.Format(), Stop: []string{"\n"}, MaxTokens: RepairTokens, MaxBytes: 4 << 10,
	}
	for i := 0; i < s.policy.profile.Samples && !s.stopped; i++ {
		q.Seed = 100*len(s.task.Rejected) + i + 1
		if i > 0 || len(s.task.Rejected) > 0 {
			q.Temperature = s.policy.profile.Temperature
		}
		text, err := s.ask(ctx, q)
		if err != nil && !Unusable(err) {
			return err
		}
		edits, ok := r.Parse(text)
		if err != nil || !ok {
			s.drop("the reply can't be used: " + short(clean(text), 80))
			continue
		}
		var answers []answer
		for _, e := range edits {
			answers = append(answers, answer{e.Defect, e.Rule, e.Property, e.Value})
		}
		s.propose(answers, true)
	}
	return nil
}
