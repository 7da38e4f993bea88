package diagnose

import (
	"strings"
	"testing"

	"relook/preview"
)

func TestCheckSettings(t *testing.T) {
	limits := func(name string, v float64) preview.RuleSetting {
		return preview.RuleSetting{Limits: map[string]float64{name: v}}
	}
	for _, c := range []struct {
		rule string
		set  preview.RuleSetting
		want string
	}{
		{LowContrast, limits("ratio", 7), ""},
		{LowContrast, preview.RuleSetting{Off: true}, ""},
		{"low-contrats", preview.RuleSetting{Off: true}, `there is no rule "low-contrats": did you mean "low-contrast"?`},
		{"zzz", preview.RuleSetting{}, `there is no rule "zzz"`},
		{LowContrast, preview.RuleSetting{Severity: "loud"}, "is not error, warning or info"},
		{LowContrast, limits("ration", 7), `the rule low-contrast has no threshold "ration": did you mean "ratio"?`},
		{SidewaysScroll, limits("zzzzzzzz", 7), `the rule sideways-scroll has no threshold "zzzzzzzz": it has slack_px and error_px`},
		{ConsoleError, limits("ratio", 7), "it has none at all"},
		{LowContrast, limits("ratio", 22), "must be from 1 to 21, and is 22"},
	} {
		err := CheckSettings(map[string]preview.RuleSetting{c.rule: c.set})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)) {
			t.Errorf("%s %+v: got %v, want %q", c.rule, c.set, err, c.want)
		}
	}
}

// Every check is in the table of rules, and what it declares holds together.
func TestRuleTable(t *testing.T) {
	for _, c := range checks {
		if _, ok := ruleOf(c.rule()); !ok {
			t.Errorf("the rule %s of a check is not in ruleTable", c.rule())
		}
	}
	s := newSite(preview.Page{}, Options{})
	script := s.scriptLimits()
	for _, r := range Rules() {
		if r.Severity.Rank() < 0 || r.Profile == "" {
			t.Errorf("the rule %s has severity %q and profile %q", r.ID, r.Severity, r.Profile)
		}
		for _, l := range r.Limits {
			if l.Is < l.Least || l.Is > l.Most || l.About == "" || l.Name == "" {
				t.Errorf("the threshold %+v of %s", l, r.ID)
			}
			if l.script != "" && limits[l.script] == nil {
				t.Errorf("the script is not given %s of %s", l.script, r.ID)
			}
			if s.limit(r.ID, l.Name) != l.Is {
				t.Errorf("%s of %s is %v", l.Name, r.ID, s.limit(r.ID, l.Name))
			}
		}
	}
	if len(script) != len(limits) {
		t.Errorf("the script gets %d limits, and %d are declared", len(script), len(limits))
	}
}
