package diagnose

import (
	"context"
	"maps"
	"slices"
	"strings"

	"relook/preview"
)

// A suspect is a winning declaration that may cause a defect, or one that may
// exist: then rule and decl are unknown.
type suspect struct {
	subject, rule, decl int // indexes into the draft's subjects and down
	property            string
	// overrides make the declaration harmless, to see whether the defect goes.
	overrides map[string]string
}

// A neutral says what would make a property harmless; nil overrides mean that
// the property is not tried.
type neutral struct {
	property  string
	overrides map[string]string
}

// set makes overrides of pairs of property and value.
func set(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// suspectsOf lists the declarations of the draft's subjects in the order of
// roles first and of the list second.
func suspectsOf(d *draft, roles []string, list []neutral) []suspect {
	var out []suspect
	for _, role := range roles {
		for _, n := range list {
			for i, subject := range d.subjects {
				if subject.Role != role {
					continue
				}
				if s, ok := d.declared(i, n); ok && !repeated(out, s) {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

func repeated(list []suspect, s suspect) bool {
	return slices.ContainsFunc(list, func(o suspect) bool {
		return o.subject == s.subject && o.rule == s.rule && o.decl == s.decl && maps.Equal(o.overrides, s.overrides) &&
			(s.rule != unknown || o.property == s.property)
	})
}

// unknown stands for the place of a declaration that has not been looked up.
const unknown = -1

// declared finds the winning declaration of a property that is in a file, or
// tells that there may be one.
func (d *draft) declared(i int, n neutral) (suspect, bool) {
	if h := d.hints[i]; h != nil {
		return suspect{i, unknown, unknown, n.property, n.overrides}, h.may(n.property)
	}
	for r, rule := range d.subjects[i].Rules {
		if rule.Body.File == "" {
			continue
		}
		for j, decl := range slices.Backward(rule.Decls) {
			if decl.Wins && decl.Property == n.property && plausible(decl) {
				if own := decided(decl, n.overrides); len(own) > 0 || n.overrides == nil {
					return suspect{i, r, j, n.property, own}, true
				}
			}
		}
	}
	return suspect{}, false
}

// decided leaves out of the overrides those longhands of a declaration that another
// decides: without it they would be as they are.
func decided(d preview.Declaration, overrides map[string]string) map[string]string {
	if overrides == nil {
		return nil
	}
	own := map[string]string{}
	for p, v := range overrides {
		if !slices.Contains(d.Parts, p) || slices.Contains(d.Decides, p) {
			own[p] = v
		}
	}
	return own
}

// plausible leaves out values that can't do harm.
func plausible(d preview.Declaration) bool {
	switch d.Property {
	case "display":
		return strings.Contains(d.Value, "flex")
	case "white-space":
		return strings.Contains(d.Value, "nowrap") || d.Value == "pre"
	case "overflow", "overflow-x", "overflow-y":
		return strings.Contains(d.Value, "hidden") || strings.Contains(d.Value, "clip")
	case "position":
		return d.Value != "static"
	case "float":
		return d.Value != "none"
	case "opacity":
		return true
	}
	return d.Value != "auto" && d.Value != "none" && d.Value != "0" && d.Value != "100%"
}

// A declaration is proved the cause when nine tenths of the defect go without
// it: the rest is rounding. If none does as much, the one that helps most counts
// if it takes away a quarter at least; less may be chance.
const (
	provenPart  = 0.9
	helpfulPart = 0.25
)

// accuse picks the suspect of each draft that is its cause, by trying each in the
// page where that is possible, else the likeliest. The zero suspect means none.
// One that may not exist is looked up when it would be picked; if it does not, the
// choice begins anew, with what was learnt.
func (w *witness) accuse(ctx context.Context, list []*draft) (map[*draft]suspect, error) {
	found := map[*draft]suspect{}
	open := slices.DeleteFunc(slices.Clone(list), func(d *draft) bool { return d.check == nil })
	for len(open) > 0 {
		inquiries := make([]*inquiry, len(open))
		for i, d := range open {
			inquiries[i] = newInquiry(d)
		}
		var tried []*inquiry
		for _, t := range inquiries {
			if t.proof {
				tried = append(tried, t)
			}
		}
		if err := w.prove(ctx, tried); err != nil {
			return nil, err
		}
		if err := w.learn(ctx, inquiries); err != nil {
			return nil, err
		}
		open = nil
		for _, t := range inquiries {
			if s, ok := t.verdict(); ok {
				found[t.draft] = s
			} else {
				open = append(open, t.draft)
			}
		}
	}
	return found, w.nearest(ctx, found, list)
}

// A inquiry is the choice among the suspects of one draft.
type inquiry struct {
	draft    *draft
	suspects []suspect // as many as are tried
	more     bool      // there are more suspects
	detail   string
	proof    bool    // they are to be tried
	found    suspect // the one that is picked
	learnt   bool    // rules were read since it was picked
	proved   bool    // the defect goes without it
}

func newInquiry(d *draft) *inquiry {
	t := &inquiry{draft: d, suspects: d.check.suspects(d)}
	t.detail, t.proof = d.check.detail(d)
	if t.more = len(t.suspects) > maxTries; t.more {
		t.suspects = t.suspects[:maxTries]
	}
	if !t.proof && len(t.suspects) > 0 {
		t.found, t.proved = t.suspects[0], true
	}
	return t
}

// wanted are the subjects whose rules must be read for a verdict. Where none of
// many suspects was proved, which were to be tried can't be told while some may
// not exist.
func (t *inquiry) wanted() []int {
	if t.more && !t.proved {
		var all []int
		for i, h := range t.draft.hints {
			if h != nil {
				all = append(all, i)
			}
		}
		return all
	}
	if t.found.property != "" && t.found.rule == unknown {
		return []int{t.found.subject}
	}
	return nil
}

// verdict is the suspect that is the cause; not ok means that the choice must
// begin anew.
func (t *inquiry) verdict() (s suspect, ok bool) {
	switch {
	case t.learnt && t.more && !t.proved:
		return suspect{}, false
	case t.found.property != "" && t.found.rule == unknown:
		s, ok = t.draft.declared(t.found.subject, neutral{t.found.property, t.found.overrides})
		// One that decides less than was tried has not been tried yet.
		return s, ok && maps.Equal(s.overrides, t.found.overrides)
	}
	return t.found, true
}

// prove tries the suspects in the page, in one call for all drafts.
func (w *witness) prove(ctx context.Context, inquiries []*inquiry) error {
	var tried []*inquiry
	cases := []map[string]any{}
	for _, t := range inquiries {
		if len(t.suspects) > 0 {
			tried, cases = append(tried, t), append(cases, t.asCase())
		}
	}
	if len(cases) == 0 {
		return nil
	}
	var results []*struct {
		Base  float64   `json:"base"`
		After []float64 `json:"after"`
	}
	arg := map[string]any{"entry": "prove", "limits": tried[0].draft.site.scriptLimits(), "cases": cases, "proven": provenPart}
	if err := call(ctx, w.tab, arg, &results); err != nil {
		return err
	}
	for i, r := range results {
		t := tried[i]
		if r == nil || r.Base <= 0 || len(r.After) > len(t.suspects) {
			continue
		}
		if n := len(r.After); n > 0 && r.After[n-1] >= 0 {
			t.proved = r.Base-r.After[n-1] >= provenPart*r.Base
		}
		t.found = pick(t.suspects, r.Base, r.After)
	}
	return nil
}

// asCase is the inquiry as the script takes it.
func (t *inquiry) asCase() map[string]any {
	d := t.draft
	tries := make([]map[string]any, len(t.suspects))
	for i, s := range t.suspects {
		tries[i] = map[string]any{"xpath": d.subjects[s.subject].XPath, "overrides": s.overrides}
	}
	elements := []string{}
	for _, e := range d.exhibit() {
		elements = append(elements, e.XPath)
	}
	return map[string]any{"rule": d.rule, "elements": elements, "others": d.worst().Others, "detail": t.detail, "tries": tries}
}

// pick chooses by what was left of the defect after each try; -1 means that the
// try was not possible.
func pick(suspects []suspect, base float64, after []float64) suspect {
	best, most := suspect{}, helpfulPart
	for i, left := range after {
		if left < 0 {
			continue
		}
		gone := (base - left) / base
		if gone >= provenPart {
			return suspects[i]
		}
		if gone > most {
			best, most = suspects[i], gone
		}
	}
	return best
}
