package diagnose

import (
	"context"
	"maps"
	"slices"
	"strings"

	"relook/preview"
)

// A suspect is a winning declaration that may cause a defect.
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
				if s, ok := declared(subject, i, n); ok && !repeated(out, s) {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

func repeated(list []suspect, s suspect) bool {
	return slices.ContainsFunc(list, func(o suspect) bool {
		return o.subject == s.subject && o.rule == s.rule && o.decl == s.decl && maps.Equal(o.overrides, s.overrides)
	})
}

// declared finds the winning declaration of a property that is in a file.
func declared(subject preview.Subject, i int, n neutral) (suspect, bool) {
	for r, rule := range subject.Rules {
		if rule.Body.File == "" {
			continue
		}
		for j, decl := range slices.Backward(rule.Decls) {
			if decl.Wins && decl.Property == n.property && plausible(decl) {
				return suspect{i, r, j, n.property, n.overrides}, true
			}
		}
	}
	return suspect{}, false
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

// accuse picks the suspect that is the cause, by trying each in the page where
// that is possible, else the likeliest. The zero suspect means none.
func (w *witness) accuse(ctx context.Context, d *draft) (suspect, error) {
	suspects := d.check.suspects(d)
	suspects = suspects[:min(len(suspects), maxTries)]
	if len(suspects) == 0 {
		return suspect{}, nil
	}
	detail, proof := d.check.detail(d)
	if !proof {
		return suspects[0], nil
	}
	tries := make([]map[string]any, len(suspects))
	for i, s := range suspects {
		tries[i] = map[string]any{"xpath": d.subjects[s.subject].XPath, "overrides": s.overrides}
	}
	worst := d.worst()
	var elements []string
	for _, e := range d.exhibit() {
		elements = append(elements, e.XPath)
	}
	arg := map[string]any{
		"entry": "prove", "rule": d.rule, "limits": d.site.scriptLimits(), "elements": elements,
		"others": worst.Others, "detail": detail, "tries": tries,
		"proven": provenPart,
	}
	var result *struct {
		Base  float64   `json:"base"`
		After []float64 `json:"after"`
	}
	if err := call(ctx, w.tab, arg, &result); err != nil {
		return suspect{}, err
	}
	if result == nil || result.Base <= 0 || len(result.After) > len(suspects) {
		return suspect{}, nil
	}
	return pick(suspects, result.Base, result.After), nil
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
