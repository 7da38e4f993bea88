package config

import (
	"fmt"
	"maps"
	"slices"

	"relook/preview"
	"relook/preview/diagnose"
)

// SetProfile sets how thoroughly pages are checked.
func (c *Config) SetProfile(name string) error {
	p, err := preview.ParseProfile(name)
	if err == nil {
		c.Profile = p
	}
	return err
}

// setRules lays the settings of rules over those that are there, rule by rule.
func (c *Config) setRules(table map[string]any) error {
	set := maps.Clone(c.Rules)
	if set == nil {
		set = map[string]preview.RuleSetting{}
	}
	for _, id := range slices.Sorted(maps.Keys(table)) {
		if id == "off" {
			if err := switchOff(set, table[id]); err != nil {
				return err
			}
			continue
		}
		one, err := ruleSetting(set[id], id, table[id])
		if err != nil {
			return err
		}
		set[id] = one
	}
	if err := diagnose.CheckSettings(set); err != nil {
		return fmt.Errorf("rules: %w", err)
	}
	c.Rules = set
	return nil
}

// switchOff takes the list rules.off.
func switchOff(set map[string]preview.RuleSetting, value any) error {
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("rules.off is not a list of rules")
	}
	for _, v := range list {
		id, ok := v.(string)
		if !ok {
			return fmt.Errorf("rules.off holds %v, which is no rule", v)
		}
		one := set[id]
		one.Off = true
		set[id] = one
	}
	return nil
}

// ruleSetting reads what is said of one rule: "off", a severity, or a table.
func ruleSetting(was preview.RuleSetting, id string, value any) (preview.RuleSetting, error) {
	switch v := value.(type) {
	case string:
		return level(was, id, v)
	case map[string]any:
		out := was
		out.Limits = maps.Clone(was.Limits)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			var err error
			if out, err = threshold(out, id, name, v[name]); err != nil {
				return out, err
			}
		}
		return out, nil
	}
	return was, fmt.Errorf("rules.%s is not \"off\", \"error\", \"warning\", \"info\" or a table", id)
}

// level switches a rule off, or on with a severity.
func level(s preview.RuleSetting, id, word string) (preview.RuleSetting, error) {
	if word == "off" {
		s.Off = true
		return s, nil
	}
	if preview.Severity(word).Rank() < 0 {
		return s, fmt.Errorf("rules.%s: %q is not \"off\", \"error\", \"warning\" or \"info\"", id, word)
	}
	s.Off, s.Severity = false, preview.Severity(word)
	return s, nil
}

func threshold(s preview.RuleSetting, id, name string, value any) (preview.RuleSetting, error) {
	if s.Limits == nil {
		s.Limits = map[string]float64{}
	}
	switch v := value.(type) {
	case string:
		if name == "severity" {
			return level(s, id, v)
		}
	case int64:
		s.Limits[name] = float64(v)
		return s, nil
	case float64:
		s.Limits[name] = v
		return s, nil
	}
	return s, fmt.Errorf("rules.%s.%s is not a number", id, name)
}
