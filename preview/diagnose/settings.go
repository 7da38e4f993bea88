package diagnose

import (
	"fmt"
	"maps"
	"slices"

	"relook/preview"
)

// CheckSettings says what is wrong with a person's settings of rules, nil for
// nothing. It names what was probably meant.
func CheckSettings(settings map[string]preview.RuleSetting) error {
	for _, id := range slices.Sorted(maps.Keys(settings)) {
		rule, ok := ruleOf(id)
		if !ok {
			return UnknownRule(id)
		}
		set := settings[id]
		if set.Severity != "" && set.Severity.Rank() < 0 {
			return fmt.Errorf("the severity %q of the rule %s is not error, warning or info", set.Severity, id)
		}
		for _, name := range slices.Sorted(maps.Keys(set.Limits)) {
			if err := rule.takes(name, set.Limits[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// UnknownRule says that there is no such rule, and which was probably meant.
func UnknownRule(id string) error {
	return fmt.Errorf("there is no rule %q%s", id, meant(id, ruleIDs()))
}

// takes says why a threshold can't be set to a value.
func (r Rule) takes(name string, value float64) error {
	var names []string
	for _, l := range r.Limits {
		if l.Name != name {
			names = append(names, l.Name)
			continue
		}
		if !(value >= l.Least && value <= l.Most) {
			return fmt.Errorf("the threshold %s of the rule %s must be from %v to %v, and is %v", name, r.ID, l.Least, l.Most, value)
		}
		return nil
	}
	if len(names) == 0 {
		return fmt.Errorf("the rule %s has no threshold %q: it has none at all", r.ID, name)
	}
	hint := meant(name, names)
	if hint == "" {
		hint = ": it has " + and(names)
	}
	return fmt.Errorf("the rule %s has no threshold %q%s", r.ID, name, hint)
}

func ruleIDs() []string {
	var ids []string
	for _, r := range ruleTable {
		ids = append(ids, r.ID)
	}
	return ids
}

// meant proposes the name that was probably meant: ": did you mean x?", or "" if
// none is near.
func meant(name string, of []string) string {
	best, least := "", len(name)/2+1
	for _, s := range of {
		if d := preview.Distance(name, s); d < least {
			best, least = s, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

// limit is a threshold of a rule, as the person set it or as it stands.
func (s *site) limit(rule, name string) float64 {
	if v, ok := s.options.Rules[rule].Limits[name]; ok {
		return v
	}
	if t, ok := checkOf(rule).(tunable); ok {
		for _, l := range t.limits() {
			if l.Name == name {
				return l.Is
			}
		}
	}
	panic("the rule " + rule + " declares no threshold " + name)
}

// scriptLimits are the limits with the person's own in their places.
func (s *site) scriptLimits() map[string]any {
	out := maps.Clone(limits)
	for _, rule := range Rules() {
		for _, l := range rule.Limits {
			if l.script != "" {
				out[l.script] = s.limit(rule.ID, l.Name)
			}
		}
	}
	return out
}

// settle drops what the person switched off and gives the rest the severities
// that the person chose.
func (s *site) settle(drafts []*draft) []*draft {
	return slices.DeleteFunc(drafts, func(d *draft) bool {
		set := s.options.Rules[d.rule]
		if set.Severity != "" {
			for i := range d.sightings {
				d.sightings[i].severity = set.Severity
			}
		}
		return set.Off
	})
}
