package server

import (
	"cmp"
	"context"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"

	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/server/workspace"
)

// publish tells the client what it was not asked for, until the connection ends.
func (s *server) publish() {
	sent := map[uri.URI]string{} // what was published last, by its fingerprint
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.dirty.wake:
		}
		uris, again, lens, say := s.dirty.take()
		for _, do := range say {
			if err := do(s.ctx); err != nil {
				return // nobody listens any more
			}
		}
		s.mu.Lock()
		c := s.client_
		s.mu.Unlock()
		if !c.pulls {
			for _, at := range uris {
				s.publishOne(at, sent)
			}
		}
		if again {
			s.spawn(func() { s.refreshed(s.client.DiagnosticRefresh(s.ctx)) })
		}
		if lens && c.lenses {
			s.spawn(func() { s.refreshed(s.client.CodeLensRefresh(s.ctx)) })
		}
	}
}

func (s *server) refreshed(err error) {
	if err != nil && s.ctx.Err() == nil {
		s.log.Debug("the client does not ask again", "err", err)
	}
}

// publishOne sends a document's diagnostics if they are those of its newest text
// and others than were sent last.
func (s *server) publishOne(at uri.URI, sent map[uri.URI]string) {
	at = s.spelled(at)
	list, fresh := s.diagnosticsOf(at)
	if !fresh {
		return // what is on its way tells
	}
	id := fingerprint(list)
	doc := s.docs.Get(at)
	// That an open document has none is worth telling once.
	if sent[at] == id || sent[at] == "" && len(list) == 0 && doc == nil {
		return
	}
	sent[at] = id
	p := &lsp.PublishDiagnosticsParams{URI: at, Diagnostics: list}
	if doc != nil {
		p.Version = lsp.NewOptional(doc.Version)
	}
	if err := s.client.PublishDiagnostics(s.ctx, p); err != nil && s.ctx.Err() == nil {
		s.log.Debug("publishing diagnostics", "err", err)
	}
}

// spelled is the address of a document as the editor writes it, if it is open.
func (s *server) spelled(at uri.URI) uri.URI {
	if s.docs.Get(at) != nil {
		return at
	}
	want := workspace.CleanPath(at)
	for other := range s.docs.All() {
		if workspace.CleanPath(other) == want {
			return other
		}
	}
	return at
}

// diagnosticsOf gathers what all pages say of a document. fresh is false when it
// has changed since one of them was looked at.
func (s *server) diagnosticsOf(at uri.URI) (list []lsp.Diagnostic, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items, fresh := s.itemsOf(at)
	list = []lsp.Diagnostic{}
	for _, i := range items {
		list = append(list, i.diag)
	}
	return list, fresh
}

// itemsOf is what the pages say of a document, the page that was viewed last
// first, the same only once. The caller holds server.mu.
func (s *server) itemsOf(at uri.URI) (list []item, fresh bool) {
	type same struct {
		at   lsp.Range
		code string
	}
	seen := map[same]bool{}
	fresh = true
	for _, p := range s.byView() {
		if p.result == nil {
			continue
		}
		if p.result.gen != p.gen && p.has(at) {
			fresh = false
		}
		for _, i := range p.result.items[at] {
			code, _ := i.diag.Code.(lsp.String)
			if k := (same{i.diag.Range, string(code)}); i.defect == nil || !seen[k] || alone(p.result.items[at], k.at, k.code) > 1 {
				seen[k] = true
				list = append(list, i)
			}
		}
	}
	return list, fresh
}

// alone counts the diagnostics of one page with a range and a code: several
// defects of one page may have one cause.
func alone(items []item, at lsp.Range, code string) int {
	n := 0
	for _, i := range items {
		if c, _ := i.diag.Code.(lsp.String); i.diag.Range == at && string(c) == code {
			n++
		}
	}
	return n
}

// byView are the pages, the one that was viewed last first. The caller holds
// server.mu.
func (s *server) byView() []*page {
	return slices.SortedFunc(maps.Values(s.pages), func(a, b *page) int {
		return cmp.Or(-cmp.Compare(a.viewed, b.viewed), cmp.Compare(a.entry, b.entry), cmp.Compare(a.folder.dir, b.folder.dir))
	})
}

// fingerprint tells lists of diagnostics apart.
func fingerprint(list []lsp.Diagnostic) string {
	h := fnv.New64a()
	for _, d := range list {
		if b, err := lsp.Marshal(&d); err == nil {
			h.Write(b)
		}
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// Diagnostic implements lsp.Server: the diagnostics of a document, once they are
// those of its newest text.
func (s *server) Diagnostic(ctx context.Context, p *lsp.DocumentDiagnosticParams) (lsp.DocumentDiagnosticReport, error) {
	at := p.TextDocument.URI
	pages := s.pagesOf(at)
	for _, page := range pages {
		if _, ok := s.await(ctx, page); !ok {
			return nil, ctx.Err()
		}
	}
	list, _ := s.diagnosticsOf(at)
	related := s.related(at, pages)
	id := fingerprint(list)
	if p.PreviousResultID != nil && *p.PreviousResultID == id {
		return &lsp.RelatedUnchangedDocumentDiagnosticReport{RelatedDocuments: related,
			UnchangedDocumentDiagnosticReport: lsp.UnchangedDocumentDiagnosticReport{Kind: "unchanged", ResultID: id}}, nil
	}
	return &lsp.RelatedFullDocumentDiagnosticReport{RelatedDocuments: related,
		FullDocumentDiagnosticReport: lsp.FullDocumentDiagnosticReport{Kind: "full", ResultID: ptr(id), Items: list}}, nil
}

// pagesOf are the pages that a document belongs to, found if need be.
func (s *server) pagesOf(at uri.URI) []*page {
	if list := s.known(at); len(list) > 0 {
		return list
	}
	s.mu.Lock()
	orphan := s.orphans[at]
	s.mu.Unlock()
	if s.docs.Get(at) == nil || orphan {
		return nil // it is closed, or was searched for in vain
	}
	list := s.find(at)
	for _, p := range list {
		s.mu.Lock()
		idle := p.job == nil && p.result == nil
		s.mu.Unlock()
		if idle {
			s.bump(p, becauseOpened)
		}
	}
	return list
}

// related are the diagnostics of the other documents in which pages are at fault.
func (s *server) related(at uri.URI, pages []*page) map[uri.URI]lsp.FullDocumentDiagnosticReportOrUnchangedDocumentDiagnosticReport {
	s.mu.Lock()
	wanted, others := s.client_.related, map[uri.URI]bool{}
	for _, p := range pages {
		if p.result != nil {
			for other := range p.result.items {
				others[other] = other != at
			}
		}
	}
	s.mu.Unlock()
	if !wanted {
		return nil
	}
	var out map[uri.URI]lsp.FullDocumentDiagnosticReportOrUnchangedDocumentDiagnosticReport
	for _, other := range slices.Sorted(maps.Keys(others)) {
		if !others[other] {
			continue
		}
		list, _ := s.diagnosticsOf(other)
		if out == nil {
			out = map[uri.URI]lsp.FullDocumentDiagnosticReportOrUnchangedDocumentDiagnosticReport{}
		}
		out[other] = &lsp.FullDocumentDiagnosticReport{Kind: "full", ResultID: ptr(fingerprint(list)), Items: list}
	}
	return out
}

// DiagnosticWorkspace implements lsp.Server: the diagnostics of all documents
// that a page was found to be at fault in. Pages that nobody opened are not
// looked at for it: that would render every page of the folder, again and again.
func (s *server) DiagnosticWorkspace(ctx context.Context, p *lsp.WorkspaceDiagnosticParams) (*lsp.WorkspaceDiagnosticReport, error) {
	s.mu.Lock()
	pages := s.byView()
	s.mu.Unlock()
	uris := map[uri.URI]bool{}
	for _, page := range pages {
		r, ok := s.await(ctx, page)
		if !ok {
			return nil, ctx.Err()
		}
		if r != nil {
			for at := range r.items {
				uris[at] = true
			}
		}
	}
	previous := map[uri.URI]string{}
	for _, r := range p.PreviousResultIds {
		previous[r.URI] = r.Value
		uris[r.URI] = true // it may have none any more
	}
	report := &lsp.WorkspaceDiagnosticReport{Items: []lsp.WorkspaceDocumentDiagnosticReport{}}
	for _, at := range slices.Sorted(maps.Keys(uris)) {
		list, _ := s.diagnosticsOf(at)
		id, version := fingerprint(list), (*int32)(nil)
		if doc := s.docs.Get(at); doc != nil {
			version = &doc.Version
		}
		if previous[at] == id {
			report.Items = append(report.Items, &lsp.WorkspaceUnchangedDocumentDiagnosticReport{URI: at, Version: version,
				UnchangedDocumentDiagnosticReport: lsp.UnchangedDocumentDiagnosticReport{Kind: "unchanged", ResultID: id}})
			continue
		}
		report.Items = append(report.Items, &lsp.WorkspaceFullDocumentDiagnosticReport{URI: at, Version: version,
			FullDocumentDiagnosticReport: lsp.FullDocumentDiagnosticReport{Kind: "full", ResultID: ptr(id), Items: list}})
	}
	return report, nil
}
