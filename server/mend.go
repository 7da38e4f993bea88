package server

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
)

// A mend is what was found to repair a page. It never changes.
type mend struct {
	gen       uint64
	trace     *agent.Trace // nil when there was nothing to repair
	originals map[string]string
	fixes     []*fix // single ones, each of which holds alone
	all       *fix   // nil if nothing was better
}

// A fix is a repair that was rendered and admitted.
type fix struct {
	id    string
	title string
	keys  []string // of the defects that are gone with it
	files map[string]string
	proof string
	after *preview.Rendering
}

// all is the id of the fix of everything.
const allFixes = "all"

const (
	// mendDelay is how long typing rests, after a page was looked at, before
	// repairs are looked for.
	mendDelay = 400 * time.Millisecond
	// maxFixes is how many repairs of a page are proved one by one.
	maxFixes = 12
	// maxPictured is of how many pages the pictures are kept.
	maxPictured = 8
)

// mendInBackground prepares the repairs of a page, so that code actions are a
// look-up. Only after a save, and if the person wants so, is a model asked.
func (s *server) mendInBackground(ctx context.Context, p *page, gen uint64, why reason, set Settings) {
	s.mu.Lock()
	r, done := p.result, p.mend != nil && p.mend.gen == gen
	s.mu.Unlock()
	offers := why == becauseSaved && (set.OnSave == OnSaveSuggest || set.OnSave == OnSaveApply)
	if !offers || !s.trusts() {
		set.Policies = []string{"rules"}
	}
	if r == nil || r.gen != gen || done && !offers {
		return
	}
	m := &mend{gen: gen}
	if worth(r.diagnosis) > 0 {
		if why == becauseTyped && !pause(ctx, mendDelay) {
			return
		}
		var err error
		m, err = s.refine(ctx, p, gen, set, refining{urgency: urgency(why, set.Profile)})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.Warn("looking for repairs", "page", p.entry, "err", err)
			if offers && s.said.first("mending "+err.Error()) {
				s.show(messageWarning, "relook can't look for repairs: "+err.Error())
			}
			if m == nil {
				return
			}
		}
	}
	if s.keep(p, m) && offers {
		s.offer(ctx, p, m, set)
	}
}

// keep makes m what is known to repair a page, unless the page has changed since.
func (s *server) keep(p *page, m *mend) bool {
	s.mu.Lock()
	ok := p.gen == m.gen && s.pages[p.pageKey] == p
	if ok {
		p.mend = m
		p.changed()
		s.trim()
	}
	s.mu.Unlock()
	if ok {
		s.dirty.lenses()
		s.seen(p)
	}
	return ok
}

// trim drops the pictures of pages that were not viewed lately. The caller holds
// server.mu.
func (s *server) trim() {
	for i, p := range s.byView() {
		if i < maxPictured || p.mend == nil || p.mend.trace == nil {
			continue
		}
		bare := *p.mend
		bare.trace = ptr(*p.mend.trace)
		bare.trace.Before, bare.trace.After = pictureless(bare.trace.Before), pictureless(bare.trace.After)
		bare.fixes, bare.all = nil, nil
		for _, f := range p.mend.fixes {
			bare.fixes = append(bare.fixes, f.bare())
		}
		if p.mend.all != nil {
			bare.all = p.mend.all.bare()
		}
		p.mend = &bare
	}
}

func (f *fix) bare() *fix {
	g := *f
	g.after = pictureless(f.after)
	return &g
}

func pictureless(r *preview.Rendering) *preview.Rendering {
	if r == nil {
		return nil
	}
	return &preview.Rendering{Diagnosis: r.Diagnosis, Files: r.Files}
}

// worth counts the defects that are worth a repair.
func worth(d preview.Diagnosis) int {
	return d.Count(preview.SeverityError) + d.Count(preview.SeverityWarning)
}

// refining says how repairs are looked for.
type refining struct {
	instruction string
	keys        []string // only of these defects; nil for all
	urgency     int
	say         func(agent.Progress)
}

// refine looks for repairs of a page. An error beside a mend means that it ended
// half way, as when the model went away; what the mend holds was verified.
func (s *server) refine(ctx context.Context, p *page, gen uint64, set Settings, how refining) (m *mend, err error) {
	if !s.mends.enter(ctx, how.urgency) {
		return nil, ctx.Err()
	}
	defer s.mends.leave()
	s.status.poke()
	defer s.status.poke()
	shown, _ := s.snapshot(p)
	say := how.say
	if say == nil {
		say = func(agent.Progress) {}
	}
	policies, stop, err := s.cfg.Policies(ctx, set, func(text string) { say(agent.Progress{Text: text}) })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if how.keys != nil {
		policies = only(policies, how.keys)
	}
	err = s.browse(ctx, set, func(b preview.Renderer) error {
		t, err := agent.Refine(ctx, agent.Config{
			Renderer: b, Policies: policies, Rules: set.Rules, NoScripts: !s.trusts(),
			Views: set.Views, Moments: set.Moments, Timeout: set.Timeout, AllowHosts: set.AllowHosts,
			Passes: set.Passes, Instruction: how.instruction, Progress: say, Log: s.log,
		}, shown)
		if t == nil {
			return err
		}
		var more error
		m, more = s.mendOf(ctx, b, shown, t, gen, set)
		return errors.Join(err, more)
	})
	return m, err
}

// mendOf takes from a trace what can be offered.
func (s *server) mendOf(ctx context.Context, b preview.Renderer, shown preview.Page, t *agent.Trace, gen uint64, set Settings) (*mend, error) {
	m := &mend{gen: gen, trace: t, originals: map[string]string{}}
	if t.Status != agent.Improved {
		return m, nil
	}
	m.all = &fix{id: allFixes, title: "Repair everything on this page", files: t.Files, after: t.After,
		keys: gone(t.Before, t.After), proof: proofOf(t)}
	if err := m.note(shown, t.Files); err != nil {
		return nil, err
	}
	first := t.Passes[0]
	total := 0
	for _, pass := range t.Passes {
		total += len(pass.Admitted)
	}
	for n, i := range first.Admitted[:min(len(first.Admitted), maxFixes)] {
		a := first.Attempts[i]
		f := &fix{id: strconv.Itoa(n), title: a.Why, files: t.Files, after: t.After, keys: m.all.keys, proof: a.Verdict.Reason}
		if total > 1 {
			var err error
			if f, err = s.alone(ctx, b, shown, t, a, f, set); err != nil {
				return m, err
			}
		}
		if f != nil {
			m.fixes = append(m.fixes, f)
			if err := m.note(shown, f.files); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// alone proves a repair that was found together with others by itself: a render
// of the page with nothing but it. nil if it does not hold.
func (s *server) alone(ctx context.Context, b preview.Renderer, shown preview.Page, t *agent.Trace, a agent.Attempt, f *fix, set Settings) (*fix, error) {
	texts, err := edit.ApplyAll(shown.Read, a.Edits)
	if err != nil {
		return nil, err
	}
	o := set.render(preview.ProfileFast, s.trusts())
	o.NoCauses, o.Shots = true, preview.LastShots
	after, err := b.Render(ctx, preview.Page{FS: preview.Overlay(shown.FS, texts), Entry: shown.Entry}, o)
	if err != nil {
		return nil, err
	}
	v := agent.DefaultGate().Judge(agent.Case{Before: t.Before, After: after, Targets: a.Targets, Fresh: true})
	if !v.Admitted {
		return nil, nil
	}
	f.files, f.after, f.proof, f.keys = texts, after, v.Reason, gone(t.Before, after)
	return f, nil
}

// note keeps the texts that files had before a repair.
func (m *mend) note(shown preview.Page, files map[string]string) error {
	for name := range files {
		text, err := shown.Read(name)
		if err != nil {
			return err
		}
		m.originals[name] = text.String()
	}
	return nil
}

// gone are the keys of the defects that are in before and not in after.
func gone(before, after *preview.Rendering) []string {
	left := map[string]bool{}
	for _, d := range after.Diagnosis.Defects {
		left[d.Key()] = true
	}
	keys := []string{}
	for _, d := range before.Diagnosis.Defects {
		if !left[d.Key()] {
			keys = append(keys, d.Key())
		}
	}
	return keys
}

// proofOf says why a whole refinement was admitted: what its last admitted
// repair was judged by.
func proofOf(t *agent.Trace) string {
	for _, pass := range slices.Backward(t.Passes) {
		if n := len(pass.Admitted); n > 0 {
			return pass.Attempts[pass.Admitted[n-1]].Verdict.Reason
		}
	}
	return ""
}

// fixFor is the repair of a defect alone: of several, the one that mends least
// else.
func (m *mend) fixFor(key string) *fix {
	var best *fix
	for _, f := range m.fixes {
		if slices.Contains(f.keys, key) && (best == nil || len(f.keys) < len(best.keys)) {
			best = f
		}
	}
	return best
}

// fix finds a repair by its id; nil if there is none.
func (m *mend) fix(id string) *fix {
	if id == allFixes {
		return m.all
	}
	for _, f := range m.fixes {
		if f.id == id {
			return f
		}
	}
	return nil
}

// edits are the smallest edits that a fix comes to, by file.
func (m *mend) edits(f *fix) map[string][]preview.Edit {
	list := map[string][]preview.Edit{}
	for name, after := range f.files {
		if e := edit.Minimal(name, m.originals[name], after); len(e) > 0 {
			list[name] = e
		}
	}
	return list
}

// diff is what a fix changes, as a unified diff.
func (m *mend) diff(f *fix) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		text += edit.Diff(name, m.originals[name], f.files[name])
	}
	return text
}

// refusal says why a defect has no repair of its own; "" if nothing was tried.
func (m *mend) refusal(key string) string {
	if m.trace == nil {
		return ""
	}
	if m.all != nil && slices.Contains(m.all.keys, key) {
		return "It is only mended together with others: repair everything on this page."
	}
	for _, pass := range m.trace.Passes {
		for _, a := range pass.Attempts {
			if !a.Verdict.Admitted && slices.Contains(a.Targets, key) {
				return "No repair was better than the page as it is. The one to " + a.Why + " was rejected: " + a.Verdict.Reason
			}
		}
	}
	return "relook knows no repair for it: tell a model what you want with \"Repair with an instruction\"."
}

// only has policies see some defects alone.
func only(policies []agent.Policy, keys []string) []agent.Policy {
	var list []agent.Policy
	for _, p := range policies {
		list = append(list, selective{p, keys})
	}
	return list
}

type selective struct {
	agent.Policy
	keys []string
}

// Propose implements agent.Policy.
func (p selective) Propose(ctx context.Context, t agent.Task, yield func(agent.Candidate) bool) error {
	t.Diagnosis.Defects = slices.DeleteFunc(slices.Clone(t.Diagnosis.Defects), func(d preview.Defect) bool {
		return !slices.Contains(p.keys, d.Key())
	})
	if len(t.Diagnosis.Defects) == 0 && t.Instruction == "" {
		return nil
	}
	return p.Policy.Propose(ctx, t, yield)
}

// plural words a number of things.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
