package diagnose

import (
	"testing"
	"testing/fstest"

	"relook/preview"
)

// A located declaration is exactly what stands in the file; where that may be read
// in two ways, none is located.
func TestRuleAt(t *testing.T) {
	sheetPlace := func(selector string, trail ...[2]int) place {
		return place{Styles: 1, Selector: selector, Trail: trail}
	}
	tests := map[string]struct {
		css, property string
		at            place
		want          string // "" for none
	}{
		"alone":               {"a { width: 9px }", "width", sheetPlace("a", [2]int{0, 1}), "width: 9px"},
		"with a semicolon":    {"a { color: red; width: 9px ; }", "width", sheetPlace("a", [2]int{0, 1}), "width: 9px ;"},
		"after other rules":   {"@charset 'utf-8'; @import 'b.css'; b {} a { width: 9px }", "width", sheetPlace("a", [2]int{2, 3}), "width: 9px"},
		"in a query":          {"b {} @media (width > 9px) { c {} a { width: 9px } }", "width", sheetPlace("a", [2]int{1, 2}, [2]int{1, 2}), "width: 9px"},
		"nested":              {"b { color: red; & a { width: 9px } }", "width", sheetPlace("& a", [2]int{0, 1}, [2]int{0, 1}), "width: 9px"},
		"selector as written": {"A  >  B { width: 9px }", "width", sheetPlace("a > b", [2]int{0, 1}), "width: 9px"},
		"another selector":    {"a::before { width: 9px }", "width", sheetPlace("a", [2]int{0, 1}), ""},
		"a rule left out":     {"b:nonsense() {} a { width: 9px }", "width", sheetPlace("a", [2]int{0, 1}), ""},
		"twice":               {"a { width: 9px; width: 10px }", "width", sheetPlace("a", [2]int{0, 1}), ""},
		"by a shorthand":      {"a { margin: 1px; margin-left: 9px }", "margin-left", sheetPlace("a", [2]int{0, 1}), ""},
		"by another kin":      {"a { inset: 0; left: 9px }", "left", sheetPlace("a", [2]int{0, 1}), ""},
		"by all":              {"a { all: unset; left: 9px }", "left", sheetPlace("a", [2]int{0, 1}), ""},
		"not there":           {"a { min-width: 9px }", "width", sheetPlace("a", [2]int{0, 1}), ""},
		"a variable":          {"a { width: calc(2 * Var(--w)) }", "width", sheetPlace("a", [2]int{0, 1}), ""},
		"built":               {"a { width: 9px } /*# sourceMappingURL=a.map */", "width", sheetPlace("a", [2]int{0, 1}), ""},
		"harmless":            {"a { width: auto }", "width", sheetPlace("a", [2]int{0, 1}), ""},
		"cut off":             {"a { width: 9px", "width", sheetPlace("a", [2]int{0, 1}), "width: 9px"},
		"more style elements": {"a { width: 9px }", "width", place{Styles: 2, Style: 1, Selector: "a", Trail: [][2]int{{0, 1}}}, ""},
		"style attribute":     {"", "width", place{Own: true}, "width: 8px"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			src := "<style>" + test.css + "</style><p style='color: red; width: 8px'>x</p>\n"
			page := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(src)}}, Entry: "page.html"}
			s := newSite(page, Options{})
			s.parse()
			w := s.witness(nil)
			rule, ok := w.ruleAt(ask{"/html[1]/body[1]/p[1]", test.property}, &test.at)
			if !ok {
				if test.want != "" {
					t.Fatal("none is located")
				}
				return
			}
			if got := s.file(rule.Body.File).Slice(rule.Decls[0].Span); got != test.want {
				t.Errorf("located %q, want %q", got, test.want)
			}
			if !rule.Body.Span.Contains(rule.Decls[0].Span) || !rule.Whole.Span.Contains(rule.Body.Span) {
				t.Errorf("%v, %v and %v don't hold each other", rule.Whole, rule.Body, rule.Decls[0].Span)
			}
		})
	}
}
