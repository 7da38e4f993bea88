package mutant

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"relook/agent/edit"
	"relook/preview"
)

// A Mutant is a page that was broken in a known way.
type Mutant struct {
	ID        string   `json:"id"`     // unique for a seed and a set of sources
	Source    string   `json:"source"` // Source.Name
	Entry     string   `json:"entry"`
	Operators []string `json:"operators"` // one per defect put in: its length is the difficulty
	HeldOut   bool     `json:"heldOut"`   // whether one of them is
	Content   bool     `json:"content"`   // whether one of them needs words to repair
	// Files are the broken texts by name; what is not named is as in the source.
	Files map[string]string `json:"files"`
	// Repair turns Files back into the clean page.
	Repair []preview.Edit `json:"repair"`
	// Found is what the diagnosis finds on it and not on the clean page.
	Found []Finding `json:"found"`

	breaks []preview.Edit
}

// A Finding is one place of a defect.
type Finding struct {
	Rule  string `json:"rule"`
	XPath string `json:"xpath"` // "" for a defect without an element
	View  string `json:"view"`
}

// Page is the broken page, over the files of its source.
func (m Mutant) Page(source Source) preview.Page {
	return preview.Page{FS: preview.Overlay(source.Page.FS, m.Files), Entry: m.Entry}
}

// A Generator makes mutants. It is not safe for use by several goroutines.
type Generator struct {
	Renderer  preview.Renderer
	Sources   []Source
	Operators []Operator // default Operators()
	Seed      uint64
	// Profile is the most that is checked; operators that need more are left
	// out. Default preview.ProfileFast.
	Profile preview.Profile
	// Tries is how many sites are tried for each mutant that is wanted; default 8.
	Tries int
	// Told, if set, is told of each site that was tried.
	Told func(op Operator, source string, seen bool)

	read  map[string]*source
	clean map[string][]Finding // by source and profile
}

// Singles makes up to each mutants of one defect by each operator, spread over
// the sources, and calls yield with each until it returns false.
func (g *Generator) Singles(ctx context.Context, each int, yield func(Mutant) bool) error {
	if g.Tries == 0 {
		g.Tries = 8
	}
	if g.Operators == nil {
		g.Operators = Operators()
	}
	for _, op := range g.Operators {
		if !g.Profile.Covers(op.Profile) {
			continue
		}
		more, err := g.singlesBy(ctx, op, each, yield)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// singlesBy takes the sources in turn, so that no page has most of the mutants.
func (g *Generator) singlesBy(ctx context.Context, op Operator, each int, yield func(Mutant) bool) (more bool, err error) {
	rnd := g.random(op.Name)
	queue, err := g.queue(op, rnd)
	if err != nil {
		return false, err
	}
	made := 0
	for i := 0; i < len(queue) && i < each*g.Tries && made < each; i++ {
		m, seen, err := g.try(ctx, queue[i].source, []Operator{op}, queue[i].site)
		if err != nil {
			return false, err
		}
		if g.Told != nil {
			g.Told(op, queue[i].source.Name, seen)
		}
		if !seen {
			continue
		}
		made++
		m.ID = fmt.Sprintf("%s-%d", op.Name, made)
		if !yield(m) {
			return false, nil
		}
	}
	return true, nil
}

// placed is a site on a page.
type placed struct {
	source Source
	site   site
}

// queue lists the sites of an operator: one of each source, then another of
// each, and so on, in random order.
func (g *Generator) queue(op Operator, rnd *rand.Rand) ([]placed, error) {
	var lists [][]placed
	for _, src := range g.Sources {
		s, err := g.source(src)
		if err != nil {
			return nil, err
		}
		var list []placed
		for _, at := range op.sites(s, rnd) {
			list = append(list, placed{src, at})
		}
		rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		lists = append(lists, list)
	}
	rnd.Shuffle(len(lists), func(i, j int) { lists[i], lists[j] = lists[j], lists[i] })
	var queue []placed
	for round := 0; ; round++ {
		before := len(queue)
		for _, list := range lists {
			if round < len(list) {
				queue = append(queue, list[round])
			}
		}
		if len(queue) == before {
			return queue, nil
		}
	}
}

// Combine makes up to n mutants of several defects out of singles of the same
// page. All the defects must show together.
func (g *Generator) Combine(ctx context.Context, singles []Mutant, level, n int, yield func(Mutant) bool) error {
	rnd := g.random(fmt.Sprint("combine ", level))
	made := 0
	for tries := 0; made < n && tries < 6*n; tries++ {
		parts := pick(singles, level, rnd)
		if parts == nil {
			continue
		}
		m, seen, err := g.together(ctx, parts)
		if err != nil {
			return err
		}
		if !seen {
			continue
		}
		made++
		m.ID = fmt.Sprintf("level%d-%d", level, made)
		if !yield(m) {
			return nil
		}
	}
	return nil
}

// pick takes mutants of one page by different operators, nil if it finds none.
func pick(singles []Mutant, level int, rnd *rand.Rand) []Mutant {
	if len(singles) == 0 {
		return nil
	}
	parts := []Mutant{singles[rnd.IntN(len(singles))]}
	for tries := 0; len(parts) < level && tries < 40; tries++ {
		m := singles[rnd.IntN(len(singles))]
		known := slices.ContainsFunc(parts, func(p Mutant) bool { return p.Operators[0] == m.Operators[0] })
		if m.Source == parts[0].Source && !known {
			parts = append(parts, m)
		}
	}
	if len(parts) < level {
		return nil
	}
	return parts
}

// together puts several mutants into one page and looks whether each shows.
func (g *Generator) together(ctx context.Context, parts []Mutant) (Mutant, bool, error) {
	var ops []Operator
	var edits site
	for _, p := range parts {
		op, err := OperatorNamed(p.Operators[0])
		if err != nil {
			return Mutant{}, false, err
		}
		ops = append(ops, op)
		edits = append(edits, p.breaks...)
	}
	at := slices.IndexFunc(g.Sources, func(s Source) bool { return s.Name == parts[0].Source })
	if at < 0 {
		return Mutant{}, false, fmt.Errorf("there is no source %s", parts[0].Source)
	}
	m, seen, err := g.try(ctx, g.Sources[at], ops, edits)
	if err != nil || !seen {
		return m, false, err
	}
	for _, p := range parts {
		if !slices.ContainsFunc(p.Found, func(f Finding) bool { return slices.Contains(m.Found, f) }) {
			return m, false, nil
		}
	}
	return m, true, nil
}

// try breaks a page and looks whether the diagnosis sees it. Edits that can't
// be made together are not seen.
func (g *Generator) try(ctx context.Context, src Source, ops []Operator, edits site) (Mutant, bool, error) {
	s, err := g.source(src)
	if err != nil {
		return Mutant{}, false, err
	}
	files, err := edit.ApplyAll(func(name string) (preview.Text, error) { return s.texts[name], nil }, edits)
	if err != nil || len(files) == 0 {
		return Mutant{}, false, nil
	}
	m := Mutant{Source: src.Name, Entry: s.entry, Files: files, breaks: edits}
	profile := preview.ProfileFast
	for _, op := range ops {
		m.Operators = append(m.Operators, op.Name)
		m.HeldOut = m.HeldOut || op.HeldOut
		m.Content = m.Content || op.Content
		if op.Profile.Covers(profile) && op.Profile != "" {
			profile = op.Profile
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		m.Repair = append(m.Repair, edit.Minimal(name, files[name], s.texts[name].String())...)
	}
	m.Found, err = g.difference(ctx, src, m.Page(src), profile)
	if err != nil {
		return Mutant{}, false, err
	}
	for _, op := range ops {
		if !slices.ContainsFunc(m.Found, func(f Finding) bool { return slices.Contains(op.Rules, f.Rule) }) {
			return m, false, nil
		}
	}
	return m, true, nil
}

// difference is what is found on the broken page and not on the clean one. A
// page that no longer renders is no task.
func (g *Generator) difference(ctx context.Context, src Source, broken preview.Page, profile preview.Profile) ([]Finding, error) {
	key := src.Name + " " + string(profile)
	if g.clean == nil {
		g.clean = map[string][]Finding{}
	}
	if _, ok := g.clean[key]; !ok {
		found, err := Find(ctx, g.Renderer, src.Page, profile)
		if err != nil {
			return nil, fmt.Errorf("looking at %s: %w", src.Name, err)
		}
		g.clean[key] = found
	}
	found, err := Find(ctx, g.Renderer, broken, profile)
	if errors.Is(err, errInvalid) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking at a mutant of %s: %w", src.Name, err)
	}
	return slices.DeleteFunc(found, func(f Finding) bool { return slices.Contains(g.clean[key], f) }), nil
}

var errInvalid = errors.New("the page does not render")

// Find lists where the defects of a page are that are worth a repair, sorted.
func Find(ctx context.Context, r preview.Renderer, p preview.Page, profile preview.Profile) ([]Finding, error) {
	got, err := r.Render(ctx, p, preview.RenderOptions{NoCauses: true, Profile: profile})
	if err != nil {
		return nil, err
	}
	if !got.Diagnosis.Valid {
		return nil, fmt.Errorf("%w: %s", errInvalid, got.Diagnosis.InvalidReason)
	}
	return Findings(got.Diagnosis), nil
}

// Findings lists where the defects of a diagnosis are, sorted, without those that
// are only worth knowing.
func Findings(d preview.Diagnosis) []Finding {
	all := map[Finding]bool{}
	for _, f := range d.Defects {
		if f.Severity == preview.SeverityInfo {
			continue
		}
		for _, e := range f.Elements {
			all[Finding{f.Rule, e.XPath, e.View}] = true
		}
		if len(f.Elements) == 0 {
			for _, v := range f.Views {
				all[Finding{Rule: f.Rule, View: v}] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b Finding) int {
		return strings.Compare(a.Rule+" "+a.XPath+" "+a.View, b.Rule+" "+b.XPath+" "+b.View)
	})
}

func (g *Generator) source(src Source) (*source, error) {
	if s := g.read[src.Name]; s != nil {
		return s, nil
	}
	s, err := readSource(src.Page)
	if err != nil {
		return nil, fmt.Errorf("reading the clean page %s: %w", src.Name, err)
	}
	if g.read == nil {
		g.read = map[string]*source{}
	}
	g.read[src.Name] = s
	return s, nil
}

// random is a stream of its own for each purpose, so that one operator more does
// not change the mutants of the others.
func (g *Generator) random(purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose)) // never fails
	return rand.New(rand.NewPCG(g.Seed, h.Sum64()))
}
