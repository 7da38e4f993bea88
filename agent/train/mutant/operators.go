package mutant

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"relook/agent/edit"
	"relook/preview"
	"relook/preview/diagnose"
)

// An Operator breaks a page in one way.
type Operator struct {
	Name  string
	About string // what it does, for the data card
	// Rules are the rules of the diagnosis of which at least one must be new on
	// the mutant.
	Rules []string
	// HeldOut kinds are never trained on: they show whether a policy
	// generalises.
	HeldOut bool
	// Content says that the repair needs words or a file that only the author
	// knows: no change of styles mends it.
	Content bool
	// Profile is the least that sees what it does; "" is preview.ProfileFast.
	Profile preview.Profile

	sites func(s *source, rnd *rand.Rand) []site
}

// A site is one place at which an operator can break a page, with the edits
// that do it.
type site []preview.Edit

// layout are the rules that see a box which is too wide for where it stands.
var layout = []string{
	diagnose.SidewaysScroll, diagnose.OutsideViewport, diagnose.SpilledText, diagnose.ClippedText,
	diagnose.ChildProtrudes, diagnose.SiblingsCollide, diagnose.TextOverlap,
}

// lying are the rules that see things which lie on each other.
var lying = []string{diagnose.TextOverlap, diagnose.SiblingsCollide, diagnose.CoveredControl, diagnose.SpilledText, diagnose.ChildProtrudes}

// Operators are all operators, by name.
func Operators() []Operator {
	list := slices.Concat(sizeOperators, placeOperators, textOperators, contentOperators)
	slices.SortFunc(list, func(a, b Operator) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list
}

// OperatorNamed finds an operator.
func OperatorNamed(name string) (Operator, error) {
	for _, op := range Operators() {
		if op.Name == name {
			return op, nil
		}
	}
	return Operator{}, fmt.Errorf("there is no mutation operator %q", name)
}

// forRules makes a site of each rule for which want is true and change gives
// edits; a change that the edit package refuses makes none.
func forRules(want func(r rule) bool, change func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error)) func(*source, *rand.Rand) []site {
	return func(s *source, rnd *rand.Rand) []site {
		var sites []site
		for _, r := range s.rules {
			if !want(r) {
				continue
			}
			if edits, err := change(s, r, rnd); err == nil && len(edits) > 0 {
				sites = append(sites, edits)
			}
		}
		return sites
	}
}

// forTags makes a site of each start tag for which change gives edits.
func forTags(change func(s *source, t tag, rnd *rand.Rand) ([]preview.Edit, error)) func(*source, *rand.Rand) []site {
	return func(s *source, rnd *rand.Rand) []site {
		var sites []site
		for _, t := range s.tags {
			if edits, err := change(s, t, rnd); err == nil && len(edits) > 0 {
				sites = append(sites, edits)
			}
		}
		return sites
	}
}

// set is a change that sets declarations, given as property and value in turn.
func set(s *source, r rule, pairs ...string) ([]preview.Edit, error) {
	var decls []preview.Declaration
	for i := 0; i+1 < len(pairs); i += 2 {
		decls = append(decls, preview.Declaration{Property: pairs[i], Value: pairs[i+1]})
	}
	return edit.SetDeclarations(s.texts[r.Body.File], r.StyleRule, decls)
}

// drop is a change that takes a declaration out of a rule.
func drop(s *source, r rule, property string) ([]preview.Edit, error) {
	e, err := edit.RemoveDeclaration(s.texts[r.Body.File], r.StyleRule, property)
	return []preview.Edit{e}, err
}

// dropping is an operator's sites: every rule that sets property, with the value
// where one is given.
func dropping(property string, values ...string) func(*source, *rand.Rand) []site {
	return forRules(func(r rule) bool {
		v := r.value(property)
		return v != "" && (len(values) == 0 || slices.Contains(values, v))
	}, func(s *source, r rule, _ *rand.Rand) ([]preview.Edit, error) { return drop(s, r, property) })
}

// px is a random whole length, step apart.
func px(rnd *rand.Rand, from, to, step int) string {
	return fmt.Sprintf("%dpx", from+step*rnd.IntN((to-from)/step+1))
}

// within cuts a stretch out of a file or puts other text into its place.
func within(file string, span preview.Span, text string) []preview.Edit {
	return []preview.Edit{{File: file, Span: span, NewText: text}}
}
