package server

import (
	"context"
	"path"
	"strings"

	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/preview"
	"relook/server/workspace"
)

// configName is the file with a folder's settings.
const configName = "relook.toml"

// DidOpen implements lsp.Server.
func (s *server) DidOpen(_ context.Context, p *lsp.DidOpenTextDocumentParams) error {
	d := p.TextDocument
	at := uri.URI(strings.Clone(string(d.URI)))
	s.docs.Open(workspace.Document{
		URI: at, Language: strings.Clone(string(d.LanguageID)), Version: d.Version,
		Text: preview.NewText(workspace.Clean(d.Text)),
	})
	s.opened(at)
	return nil
}

// opened looks at the page that was opened, or at those that the file belongs to.
func (s *server) opened(at uri.URI) {
	f, name, ok := s.place(at)
	switch {
	case !ok:
		s.log.Info("a document is not on disk: relook does not look at it", "uri", string(at))
	case isPage(name):
		s.bumpBy(s.page(f, name, true), becauseOpened, at)
	default:
		s.touched(at, becauseOpened)
	}
}

// DidChange implements lsp.Server.
func (s *server) DidChange(_ context.Context, p *lsp.DidChangeTextDocumentParams) error {
	var changes []workspace.Change
	for _, c := range p.ContentChanges {
		switch c := c.(type) {
		case *lsp.TextDocumentContentChangePartial:
			changes = append(changes, workspace.Change{Range: ptr(fromRange(c.Range)), Text: c.Text})
		case *lsp.TextDocumentContentChangeWholeDocument:
			changes = append(changes, workspace.Change{Text: c.Text})
		}
	}
	at := uri.URI(strings.Clone(string(p.TextDocument.URI)))
	doc, late, err := s.docs.Change(at, p.TextDocument.Version, s.encoding(), changes)
	if err != nil {
		return err
	}
	if late {
		s.log.Warn("the versions of a document don't rise", "uri", string(at), "version", p.TextDocument.Version)
	}
	s.checkExpected(doc)
	s.touched(at, becauseTyped)
	return nil
}

// DidSave implements lsp.Server.
func (s *server) DidSave(_ context.Context, p *lsp.DidSaveTextDocumentParams) error {
	at := uri.URI(strings.Clone(string(p.TextDocument.URI)))
	if path.Base(workspace.CleanPath(at)) == configName {
		s.spawn(s.configure)
		return nil
	}
	for _, p := range s.known(at) {
		s.look(p, becauseSaved)
	}
	return nil
}

// DidClose implements lsp.Server.
func (s *server) DidClose(_ context.Context, p *lsp.DidCloseTextDocumentParams) error {
	at := uri.URI(strings.Clone(string(p.TextDocument.URI)))
	s.docs.Close(at)
	s.mu.Lock()
	delete(s.expected, at)
	delete(s.orphans, at)
	s.mu.Unlock()
	open := s.docs.All()
	for _, p := range s.known(at) {
		used := false
		for other := range open {
			used = used || p.has(other)
		}
		if used {
			s.bump(p, becauseTyped) // the text on disk counts again
		} else {
			s.forget(p)
		}
	}
	return nil
}

// DidChangeWatchedFiles implements lsp.Server.
func (s *server) DidChangeWatchedFiles(_ context.Context, p *lsp.DidChangeWatchedFilesParams) error {
	configured := false
	for _, c := range p.Changes {
		at := uri.URI(strings.Clone(string(c.URI)))
		if c.Type != lsp.FileChangeTypeChanged {
			s.mu.Lock()
			for _, f := range s.folders {
				f.changed()
			}
			clear(s.orphans)
			s.mu.Unlock()
		}
		switch {
		case path.Base(workspace.CleanPath(at)) == configName:
			configured = true
		case s.docs.Get(at) == nil:
			for _, p := range s.known(at) {
				s.bump(p, becauseTyped)
			}
		}
	}
	if configured {
		s.spawn(s.configure)
	}
	return nil
}

func (s *server) encoding() workspace.Encoding {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client_.encoding
}

// fromRange reads a client's range, in the client's units.
func fromRange(r lsp.Range) preview.Range {
	return preview.Range{Start: fromPosition(r.Start), End: fromPosition(r.End)}
}

func fromPosition(p lsp.Position) preview.Position {
	const most = 1 << 30 // 32-bit systems have no larger int
	return preview.Position{Line: int(min(p.Line, most)), Character: int(min(p.Character, most))}
}
