package rules

import (
	"slices"
	"strings"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
)

// A wish is a change that might mend the defect, before it is known whether the
// source can be so edited.
type wish struct {
	rank int // lower is proposed first
	why  string

	// For a change of style: the rule, and the declarations that shall hold in
	// it. If replaces is set, the one declaration takes the place of that
	// property; if remove is set, the property goes.
	rule     *preview.StyleRule
	set      []preview.Declaration
	replaces string
	remove   string
	// scoped are the declarations for a media rule that has the same effect;
	// nil for those of set.
	scoped []preview.Declaration
	// everywhere says that a media rule makes no sense; only, if set, is the one
	// condition under which the change shall hold.
	everywhere bool
	only       string
	// selector asks for a new rule behind rule, for an element without one.
	selector string

	edits []preview.Edit // a change that is already worked out
}

// A job is one defect for which candidates are sought.
type job struct {
	*files
	views  []preview.View
	defect preview.Defect
	seen   map[string]bool // fingerprints of what was proposed or rejected
	wishes []wish          // that are not worked out yet, best first
	count  int             // of candidates so far
}

// decl makes a declaration to set.
func decl(property, value string) preview.Declaration {
	return preview.Declaration{Property: property, Value: value}
}

// next works out at least n more candidates if there are wishes for so many:
// each for the rule itself, then for the widths at which the defect shows.
func (j *job) next(n int) []agent.Candidate {
	var list []agent.Candidate
	for len(j.wishes) > 0 && len(list) < n && j.count < maxCandidates {
		w := j.wishes[0]
		j.wishes = j.wishes[1:]
		scopes := j.workOut(w)
		for _, c := range scopes {
			key := agent.Fingerprint(c.Edits)
			if j.seen[key] || j.count == maxCandidates {
				continue
			}
			j.seen[key] = true
			j.count++
			c.Targets = []string{j.defect.Key()}
			if len(scopes) > 1 {
				c.Group = agent.Fingerprint(scopes[0].Edits)
			}
			list = append(list, c)
		}
	}
	return list
}

func (j *job) workOut(w wish) []agent.Candidate {
	if w.edits != nil {
		return []agent.Candidate{{Edits: w.edits, Why: w.why}}
	}
	src, ok := j.text(w.rule.Body.File)
	if !ok {
		return nil
	}
	var list []agent.Candidate
	add := func(why string, err error, edits ...preview.Edit) {
		if err == nil { // what can't be edited so is simply not proposed
			list = append(list, agent.Candidate{Edits: edits, Why: why})
		}
	}
	sheet, inSheet := j.sheet(*w.rule)
	scoped := w.scoped
	if scoped == nil {
		scoped = w.set
	}
	switch {
	case w.only != "" && !under(*w.rule, w.only):
		if inSheet {
			e, err := edit.AddMediaRule(src, sheet, *w.rule, w.only, scoped)
			add(w.why, err, e)
		}
		return list
	case w.selector != "":
		e, err := edit.AddRule(src, sheet, *w.rule, w.selector, w.set)
		add(w.why, err, e)
		return list
	}
	edits, err := w.inRule(src)
	add(w.why, err, edits...)
	if w.rule.Selector == "" {
		return j.alike(w.rule, list)
	}
	if !inSheet || len(w.rule.Media) > 0 || w.everywhere {
		return list
	}
	for _, query := range j.queries(src.String()) {
		e, err := edit.AddMediaRule(src, sheet, *w.rule, query, scoped)
		add(w.why+" where "+strings.NewReplacer("(", "", ")", "").Replace(query), err, e)
	}
	return list
}

// inRule is the change in the rule itself.
func (w wish) inRule(src preview.Text) ([]preview.Edit, error) {
	switch {
	case w.remove != "":
		e, err := edit.RemoveDeclaration(src, *w.rule, w.remove)
		return []preview.Edit{e}, err
	case w.replaces != "":
		e, err := edit.ReplaceDeclaration(src, *w.rule, w.replaces, w.set[0].Property, w.set[0].Value)
		return []preview.Edit{e}, err
	}
	return edit.SetDeclarations(src, *w.rule, w.set)
}

// alike widens changes of a style attribute to the defect's other elements that
// have the very same one: they are mended together or not at all.
func (j *job) alike(rule *preview.StyleRule, list []agent.Candidate) []agent.Candidate {
	src, ok := j.text(rule.Body.File)
	if !ok || rule.Body.File != j.page.Entry {
		return list
	}
	t, seen := j.tree(), map[int]bool{rule.Body.Start: true}
	for _, e := range j.defect.Elements {
		value, ok := t.markup.Attr(e.XPath, "style")
		if !ok || seen[value.Start] || src.Slice(value) != src.Slice(rule.Body.Span) {
			continue
		}
		seen[value.Start] = true
		by := value.Start - rule.Body.Start
		for i := range list {
			for _, own := range list[i].Edits {
				if rule.Body.Contains(own.Span) {
					own.Span = preview.Span{Start: own.Span.Start + by, End: own.Span.End + by}
					list[i].Edits = append(list[i].Edits, own)
				}
			}
		}
	}
	return list
}

// under reports whether a rule stands in a media rule with a condition on the
// same feature.
func under(rule preview.StyleRule, query string) bool {
	feature, _, _ := strings.Cut(strings.TrimPrefix(query, "("), ":")
	return slices.ContainsFunc(rule.Media, func(m string) bool { return strings.Contains(m, feature) })
}

// word is what the check says of the fault under a name; "" if it says nothing.
func (j *job) word(name string) string {
	if j.defect.Evidence == nil {
		return ""
	}
	return j.defect.Evidence.Words[name]
}

// A rank and the roles that have it: for each part that a subject plays in a
// defect, how far its candidates come after those of the others.
type turn struct {
	role    string
	penalty int
}

// each asks do for wishes for every subject, in the order of turns.
func (j *job) each(turns []turn, do func(*setter)) []wish {
	var wishes []wish
	for _, at := range turns {
		for _, s := range j.subjects(at.role) {
			t := &setter{job: j, s: s, penalty: at.penalty}
			do(t)
			wishes = append(wishes, t.wishes...)
		}
	}
	return wishes
}

// subjects are those of the roles that have evidence, in the order of roles.
func (j *job) subjects(roles ...string) []*preview.Subject {
	if j.defect.Evidence == nil {
		return nil
	}
	var list []*preview.Subject
	for _, role := range roles {
		for i := range j.defect.Evidence.Subjects {
			if s := &j.defect.Evidence.Subjects[i]; s.Role == role {
				list = append(list, s)
			}
		}
	}
	return list
}

// width is the least width of a view in which the defect shows; 0 if unknown.
func (j *job) width() float64 {
	least := 0
	for _, v := range j.views {
		if slices.Contains(j.defect.Views, v.Name()) && (least == 0 || v.Width < least) {
			least = v.Width
		}
	}
	return float64(least)
}

// winner returns the rule and declaration that decide a property of s, nil if
// none sets it. Of several properties the first that is set counts.
func winner(s *preview.Subject, properties ...string) (*preview.StyleRule, *preview.Declaration) {
	for _, p := range properties {
		for i := range s.Rules {
			for k := range s.Rules[i].Decls {
				if d := &s.Rules[i].Decls[k]; d.Property == p && d.Wins {
					return &s.Rules[i], d
				}
			}
		}
	}
	return nil, nil
}

// caused reports whether d, in rule, is what the diagnosis names as the cause.
func (j *job) caused(rule *preview.StyleRule, d *preview.Declaration) bool {
	c := j.defect.Cause
	if c == nil || c.Property != d.Property || c.File != rule.Body.File {
		return false
	}
	src, ok := j.text(c.File)
	return ok && src.Span(c.Range).Overlaps(d.Span)
}

// A setter makes wishes for one subject.
type setter struct {
	*job
	s       *preview.Subject
	penalty int // for the subject's part in the defect
	wishes  []wish
}

// causeBonus puts what changes the named cause before everything else.
const causeBonus = 100

// change wishes for another value where a declaration stands.
func (t *setter) change(rank int, why string, rule *preview.StyleRule, d *preview.Declaration, value string) {
	t.declare(rank, why, rule, d, preview.Declaration{Property: d.Property, Value: value})
}

// declare wishes for set in the rule that holds d, and because of d.
func (t *setter) declare(rank int, why string, rule *preview.StyleRule, d *preview.Declaration, set ...preview.Declaration) {
	for i := range set {
		set[i].Important = d.Important
	}
	t.add(wish{rank: t.rank(rank, rule, d), why: why, rule: rule, set: set})
}

// replace wishes for another property in the place of d. In a media rule the
// old one is undone by reset.
func (t *setter) replace(rank int, why string, rule *preview.StyleRule, d *preview.Declaration, to, value, reset string) {
	scoped := []preview.Declaration{decl(d.Property, reset), decl(to, value)}
	for i := range scoped {
		scoped[i].Important = d.Important
	}
	t.add(wish{
		rank: t.rank(rank, rule, d), why: why, rule: rule,
		set: []preview.Declaration{decl(to, value)}, replaces: d.Property, scoped: scoped,
	})
}

// remove wishes d away. In a media rule it is undone by reset.
func (t *setter) remove(rank int, why string, rule *preview.StyleRule, d *preview.Declaration, reset string) {
	t.add(wish{
		rank: t.rank(rank, rule, d), why: why, rule: rule, remove: d.Property,
		scoped: []preview.Declaration{{Property: d.Property, Value: reset, Important: d.Important}},
	})
}

func (t *setter) rank(rank int, rule *preview.StyleRule, d *preview.Declaration) int {
	if t.caused(rule, d) {
		return rank - causeBonus
	}
	return rank + t.penalty
}

// put wishes for declarations that the subject does not have yet: where a rule
// sets the first of them, else in the rule that is most its own, else in a new
// rule.
func (t *setter) put(rank int, why string, set ...preview.Declaration) {
	if rule, d := winner(t.s, set[0].Property); rule != nil && t.editable(rule) {
		t.declare(rank, why, rule, d, set...)
		return
	}
	rules := t.ownRules(t.s)
	for i, rule := range rules[:min(2, len(rules))] {
		t.add(wish{rank: rank + t.penalty + 8*i, why: why, rule: rule, set: slices.Clone(set)})
	}
	if selector, anchor := t.newRule(t.s); len(rules) == 0 && selector != "" {
		t.add(wish{rank: rank + t.penalty + 4, why: why, rule: anchor, selector: selector, set: set})
	}
}

func (t *setter) add(w wish) {
	if t.editable(w.rule) {
		t.wishes = append(t.wishes, w)
	}
}

// computed is a computed value of the subject; "" if unknown.
func (t *setter) computed(property string) string { return t.s.Computed[property] }

// is reports whether a computed value is one of values.
func (t *setter) is(property string, values ...string) bool {
	return slices.Contains(values, t.s.Computed[property])
}
