package chrome

import (
	"regexp"
	"slices"

	"relook/preview"
)

// maxDefinitions is how many definitions are told of one declaration.
const maxDefinitions = 8

var variable = regexp.MustCompile(`var\(\s*(--[^\s,)]+)`)

// define finds the definitions of the custom properties that the declarations
// which win use: on the element, else on the nearest ancestor that sets them. The
// style attributes of ancestors are left out, as the browser does not say where
// they stand.
func (t *Tab) define(rules []preview.StyleRule, m *matchedStyles) {
	var above [][]preview.StyleRule // by ancestor, read when they are needed
	find := func(name string) (preview.Definition, bool) {
		if d, ok := definition(rules, name); ok {
			return d, true
		}
		for i, from := range m.Inherited {
			if i == len(above) {
				var c cascade
				t.addRules(&c, from.Rules)
				above = append(above, c.decided())
			}
			if d, ok := definition(above[i], name); ok {
				return d, true
			}
		}
		return preview.Definition{}, false
	}
	for i := range rules {
		for j := range rules[i].Decls {
			if d := &rules[i].Decls[j]; d.Wins {
				d.Definitions = definitions(d.Value, find)
			}
		}
	}
}

// definitions follows the custom properties in a value.
func definitions(value string, find func(name string) (preview.Definition, bool)) []preview.Definition {
	var list []preview.Definition
	todo, seen := []string{value}, []string{}
	for len(todo) > 0 && len(list) < maxDefinitions {
		uses := variable.FindAllStringSubmatch(todo[0], -1)
		todo = todo[1:]
		for _, use := range uses {
			if slices.Contains(seen, use[1]) {
				continue
			}
			seen = append(seen, use[1])
			if d, ok := find(use[1]); ok {
				list, todo = append(list, d), append(todo, d.Value)
			}
		}
	}
	return list
}

// definition is the declaration that decides a custom property.
func definition(rules []preview.StyleRule, name string) (preview.Definition, bool) {
	for _, r := range rules {
		for _, d := range r.Decls {
			if d.Wins && d.Property == name {
				return preview.Definition{Selector: r.Selector, Declaration: d, File: r.Body.File}, true
			}
		}
	}
	return preview.Definition{}, false
}
