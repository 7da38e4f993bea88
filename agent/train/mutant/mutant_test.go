package mutant_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"relook/agent/train/mutant"
	"relook/preview"
	"relook/preview/diagnose"
)

// suspicious finds one defect of every rule on each page that is not one of the
// clean ones, so that what is made depends on the text alone.
type suspicious struct{ clean map[string]bool }

func (s suspicious) Render(_ context.Context, p preview.Page, _ preview.RenderOptions) (*preview.Rendering, error) {
	r := &preview.Rendering{Diagnosis: preview.Diagnosis{Valid: true}}
	if key := contentOf(p); !s.clean[key] {
		for _, rule := range diagnose.Rules() {
			r.Diagnosis.Defects = append(r.Diagnosis.Defects, preview.Defect{
				Rule: rule.ID, Severity: preview.SeverityError, Elements: []preview.Element{{XPath: "/html[1]", View: "390x844"}},
			})
		}
	}
	return r, nil
}

func (s suspicious) Open(context.Context, preview.Page, preview.RenderOptions) (preview.Live, error) {
	return nil, errors.New("no page is opened to make mutants")
}

func contentOf(p preview.Page) string {
	h := sha256.New()
	for _, name := range []string{p.Entry, "dashboard.css", "shop.css", "signup.css"} {
		if text, err := p.Read(name); err == nil {
			fmt.Fprintln(h, name, text.String())
		}
	}
	return string(h.Sum(nil))
}

func make100(t *testing.T, seed uint64) []mutant.Mutant {
	t.Helper()
	list := sources(t)
	s := suspicious{map[string]bool{}}
	for _, src := range list {
		s.clean[contentOf(src.Page)] = true
	}
	g := &mutant.Generator{Renderer: s, Sources: list, Seed: seed, Profile: preview.ProfileThorough}
	var made []mutant.Mutant
	take := func(m mutant.Mutant) bool { made = append(made, m); return true }
	if err := g.Singles(t.Context(), 3, take); err != nil {
		t.Fatal(err)
	}
	singles := slices.Clone(made)
	for _, level := range []int{2, 3} {
		if err := g.Combine(t.Context(), singles, level, 10, take); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// The same seed gives the same mutants, another seed others.
func TestSeed(t *testing.T) {
	one, again, other := make100(t, 7), make100(t, 7), make100(t, 8)
	if a, b := text(t, one), text(t, again); a != b {
		t.Error("the same seed gave other mutants")
	}
	if text(t, one) == text(t, other) {
		t.Error("another seed gave the same mutants")
	}
	if len(one) < 100 {
		t.Errorf("only %d mutants", len(one))
	}
}

func text(t *testing.T, list []mutant.Mutant) string {
	t.Helper()
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Every mutant has a repair that gives the clean page back, and names what it is.
func TestRepairs(t *testing.T) {
	list := sources(t)
	ids := map[string]bool{}
	levels := map[int]int{}
	for _, m := range make100(t, 3) {
		checkRepair(t, list, m)
		if ids[m.ID] {
			t.Errorf("two mutants are named %s", m.ID)
		}
		ids[m.ID] = true
		levels[len(m.Operators)]++
		held := false
		for _, name := range m.Operators {
			op, err := mutant.OperatorNamed(name)
			if err != nil {
				t.Fatal(err)
			}
			held = held || op.HeldOut
		}
		if held != m.HeldOut {
			t.Errorf("%s by %v: held out %v", m.ID, m.Operators, m.HeldOut)
		}
	}
	if levels[1] == 0 || levels[2] == 0 || levels[3] == 0 {
		t.Errorf("mutants by difficulty: %v", levels)
	}
}

func TestOperatorsAreToldApart(t *testing.T) {
	names := map[string]bool{}
	held := 0
	for _, op := range mutant.Operators() {
		if names[op.Name] || op.About == "" || len(op.Rules) == 0 {
			t.Errorf("operator %q: twice, or without a word about it", op.Name)
		}
		names[op.Name] = true
		if op.HeldOut {
			held++
		}
	}
	if len(names) < 25 || held < 5 || held > len(names)/2 {
		t.Errorf("%d operators, %d held out", len(names), held)
	}
}
