package server

import (
	"context"
	"errors"
	"time"

	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/preview"
	"relook/server/engine"
	"relook/server/workspace/reach"
)

// A reason is why a page is looked at.
type reason int

const (
	becauseOpened reason = iota
	becauseTyped
	becauseSaved
	becauseAsked
)

// openDelay lets what comes in one go, such as the settings after the folders
// and several files at the start, be one look.
const openDelay = 20 * time.Millisecond

// Machine errors are tried again after a while, twice as long each time.
const (
	leastBackoff = time.Second
	mostBackoff  = time.Minute
)

// bump notes that something which a page shows has changed, and looks at it. What
// was found before is no longer shown or offered as new.
func (s *server) bump(p *page, why reason) { s.bumpBy(p, why, "") }

// bumpBy is bump for the change of a document.
func (s *server) bumpBy(p *page, why reason, by uri.URI) {
	s.mu.Lock()
	p.gen++
	p.by, p.failed = by, nil
	p.changed()
	s.mu.Unlock()
	s.look(p, why)
}

// look looks at a page in the background, in place of what runs for it.
func (s *server) look(p *page, why reason) {
	set := p.folder.get()
	if why == becauseSaved && set.OnSave == OnSaveOff {
		return
	}
	s.mu.Lock()
	if s.life != lifeReady || s.pages[p.pageKey] != p {
		s.mu.Unlock()
		return
	}
	p.drop()
	ctx, cancel := context.WithCancel(s.ctx)
	p.job = cancel
	gen := p.gen
	s.mu.Unlock()
	s.spawn(func() {
		defer cancel()
		s.run(ctx, p, gen, why, set)
	})
}

// run is a look and what follows from it. It ends early when ctx does, which is
// when something newer takes its place.
func (s *server) run(ctx context.Context, p *page, gen uint64, why reason, set Settings) {
	delay, profiles := time.Duration(0), []preview.Profile{set.Profile}
	switch why {
	case becauseTyped:
		delay, profiles = s.rest(p, set), []preview.Profile{preview.ProfileFast}
	case becauseOpened:
		delay, profiles = openDelay, []preview.Profile{preview.ProfileFast, set.Profile}
	}
	if !pause(ctx, delay) {
		return
	}
	for _, profile := range profiles {
		if !s.lookIn(ctx, p, gen, profile, why, set) {
			return
		}
	}
	s.mendInBackground(ctx, p, gen, why, set)
}

// rest is how long typing must rest before a page is looked at. One that is watched
// and quickly rendered is looked at sooner, unless the person has set how long.
func (s *server) rest(p *page, set Settings) time.Duration {
	if set.Debounce != defaultDebounce || !s.watched(p) {
		return set.Debounce
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.result == nil || p.result.diagnosis.Millis <= 0 {
		return set.Debounce
	}
	took := time.Duration(p.result.diagnosis.Millis * float64(time.Millisecond))
	return min(set.Debounce, took/2)
}

// lookIn renders a page in a profile until that works; false if ctx ended.
func (s *server) lookIn(ctx context.Context, p *page, gen uint64, profile preview.Profile, why reason, set Settings) bool {
	s.mu.Lock()
	r := p.result
	s.mu.Unlock()
	if r != nil && r.gen == gen && r.profile.Covers(profile) {
		return true
	}
	for wait := leastBackoff; ; wait = min(2*wait, mostBackoff) {
		if !s.looks.enter(ctx, urgency(why, profile)) {
			return false
		}
		s.status.poke()
		r, err := s.render(ctx, p, gen, profile, set)
		s.looks.leave()
		s.status.poke()
		var broken *engine.MachineError
		switch {
		case ctx.Err() != nil:
			return false
		case err == nil:
			s.recovered()
			return s.store(ctx, p, r)
		case errors.As(err, &broken):
			s.broke(p, gen, broken)
		default:
			s.log.Error("looking at a page", "page", p.entry, "err", err)
			return s.store(ctx, p, &result{gen: gen, profile: profile})
		}
		if !pause(ctx, wait) {
			return false
		}
	}
}

// urgency is what a person waits for first: what is typed, then the first look,
// then the thorough one.
func urgency(why reason, profile preview.Profile) int {
	switch {
	case why == becauseAsked:
		return 3
	case why == becauseTyped || why == becauseSaved:
		return 2
	case profile == preview.ProfileFast:
		return 1
	}
	return 0
}

// render looks at a page once.
func (s *server) render(ctx context.Context, p *page, gen uint64, profile preview.Profile, set Settings) (*result, error) {
	shown, open := s.snapshot(p)
	files := reach.Files(shown.FS, p.entry, nil)
	s.addFiles(p, files)
	var r *preview.Rendering
	err := s.browse(ctx, set, func(b preview.Renderer) (err error) {
		o := set.render(profile, s.trusts())
		if s.watched(p) {
			o.Shots = preview.AllShots
		}
		r, err = b.Render(ctx, shown, o)
		return err
	})
	var input *preview.InputError
	if errors.As(err, &input) {
		// It is empty or no text yet: there is nothing to see and nothing to say.
		return &result{gen: gen, profile: profile, diagnosis: preview.Diagnosis{InvalidReason: input.What}, unseen: true}, nil
	}
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for name := range files {
		all[name] = true
	}
	for _, name := range r.Files {
		all[name] = true
	}
	s.setFiles(p, all)
	out := &result{gen: gen, profile: profile, diagnosis: r.Diagnosis, views: len(r.Inventories), shots: r.Shots}
	out.items = s.items(p, shown, open, out, set)
	return out, nil
}

// news reports whether a client that asks for diagnostics must be told to ask
// again: when there are others for a document than the one that it changed, for
// which it asks by itself, or when it has had others of the same text.
func news(was, now *result, by uri.URI) bool {
	if was == nil {
		was = &result{}
	}
	if was.gen == now.gen {
		by = ""
	}
	for _, list := range []map[uri.URI][]item{was.items, now.items} {
		for at := range list {
			if at != by && fingerprint(diagsOf(was.items[at])) != fingerprint(diagsOf(now.items[at])) {
				return true
			}
		}
	}
	return false
}

func diagsOf(items []item) (list []lsp.Diagnostic) {
	for _, i := range items {
		list = append(list, i.diag)
	}
	return list
}

func (s *server) watched(p *page) bool {
	s.mu.Lock()
	asked := p.watched
	s.mu.Unlock()
	return asked || s.web.watches(p)
}

// store makes r what is known of a page, unless the page has changed since: a
// stale result is never shown.
func (s *server) store(ctx context.Context, p *page, r *result) bool {
	s.mu.Lock()
	if ctx.Err() != nil || p.gen != r.gen || s.pages[p.pageKey] != p {
		s.mu.Unlock()
		return false
	}
	was := p.result
	at := p.shownAt()
	p.result, p.failed = r, nil
	at = append(at, p.shownAt()...)
	p.changed()
	refresh := s.client_.refresh && s.client_.pulls && news(was, r, p.by)
	s.mu.Unlock()
	s.dirty.add(at...)
	if refresh {
		s.dirty.refresh()
	}
	s.seen(p)
	return true
}

// broke notes that the machine can't render, and says so once.
func (s *server) broke(p *page, gen uint64, err *engine.MachineError) {
	s.mu.Lock()
	if p.gen == gen {
		p.failed = err
		p.changed()
	}
	s.mu.Unlock()
	s.log.Error("looking at a page", "page", p.entry, "err", err.Err)
	if s.said.first("machine") {
		s.show(messageError, "relook can't look at pages: "+err.Error())
	}
	s.status.poke()
}

// recovered lets the next failure of the machine be told again.
func (s *server) recovered() { s.said.forget("machine") }

func (s *server) trusts() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trusted
}

// await waits until what is known of a page is of its newest text, or it can't
// be looked at. ok is false if ctx ended first.
func (s *server) await(ctx context.Context, p *page) (r *result, ok bool) {
	for {
		s.mu.Lock()
		r, gen, failed, change := p.result, p.gen, p.failed, p.change
		gone := s.pages[p.pageKey] != p || s.life != lifeReady
		s.mu.Unlock()
		if r != nil && r.gen == gen || failed != nil || gone {
			return r, true
		}
		select {
		case <-change:
		case <-ctx.Done():
			return nil, false
		}
	}
}
