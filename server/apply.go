package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"
	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/preview"
	"relook/server/workspace"
)

// errStale answers for a repair of a text that is no longer there.
var errStale = jsonrpc2.NewError(lsp.CodeContentModified, "the page has changed since: relook is looking at it again")

// An expectation is what a document must say after an edit that the client has
// confirmed: some clients confirm edits that they skipped.
type expectation struct {
	before, after string
	changes       int // notifications that the edit may come in
	page          string
}

// A change is what a repair does to a document.
type change struct {
	at            uri.URI
	doc           *workspace.Document // nil if it is not open
	before, after string
	edits         []preview.Edit
}

// changes are those of a fix, if every file is still as it was when the fix was
// proved.
func (s *server) changes(p *page, m *mend, f *fix) ([]change, error) {
	s.mu.Lock()
	current := p.gen == m.gen && s.pages[p.pageKey] == p
	s.mu.Unlock()
	if !current {
		return nil, errStale
	}
	shown, open := s.snapshot(p)
	w := s.placer(p, shown, open)
	var list []change
	edits := m.edits(f)
	for _, name := range slices.Sorted(maps.Keys(edits)) {
		text := w.text(name)
		if text == nil || text.String() != m.originals[name] {
			return nil, errStale
		}
		list = append(list, change{at: w.uri(name), doc: w.open[name], before: text.String(), after: f.files[name], edits: edits[name]})
	}
	return list, nil
}

// workspaceEdit is changes as the client takes them: naming the versions that
// they are for, and annotated where the client can show that.
func (s *server) workspaceEdit(list []change, f *fix, confirm bool) *lsp.WorkspaceEdit {
	s.mu.Lock()
	c := s.client_
	s.mu.Unlock()
	const note = lsp.ChangeAnnotationIdentifier("relook")
	e := &lsp.WorkspaceEdit{}
	if c.annotations {
		e.ChangeAnnotations = map[lsp.ChangeAnnotationIdentifier]lsp.ChangeAnnotation{
			note: {Label: "relook: " + f.title, Description: ptr(f.proof), NeedsConfirmation: ptr(confirm)},
		}
	}
	for _, ch := range list {
		text := preview.NewText(ch.before)
		edits, plain := []lsp.TextDocumentEditElement{}, []lsp.TextEdit{}
		for _, x := range ch.edits {
			one := lsp.TextEdit{Range: toRange(text, x.Span, c.encoding, ch.doc != nil), NewText: x.NewText}
			plain = append(plain, one)
			if c.annotations {
				edits = append(edits, &lsp.AnnotatedTextEdit{TextEdit: one, AnnotationID: note})
			} else {
				edits = append(edits, &one)
			}
		}
		if !c.versions {
			if e.Changes == nil {
				e.Changes = map[uri.URI][]lsp.TextEdit{}
			}
			e.Changes[ch.at] = plain
			continue
		}
		id := lsp.OptionalVersionedTextDocumentIdentifier{TextDocumentIdentifier: lsp.TextDocumentIdentifier{URI: ch.at}}
		if ch.doc != nil {
			id.Version = ptr(ch.doc.Version)
		}
		e.DocumentChanges = append(e.DocumentChanges, &lsp.TextDocumentEdit{TextDocument: id, Edits: edits})
	}
	return e
}

// apply asks the client to make a repair, and notes what the documents must say
// then.
func (s *server) apply(ctx context.Context, p *page, m *mend, f *fix) error {
	s.mu.Lock()
	can := s.client_.applyEdit
	s.mu.Unlock()
	if !can {
		return errors.New("the editor does not let relook change documents")
	}
	list, err := s.changes(p, m, f)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("the repair changes nothing")
	}
	e := s.workspaceEdit(list, f, p.folder.get().Confirm)
	s.expect(p, list)
	res, err := s.client.ApplyEdit(ctx, &lsp.ApplyWorkspaceEditParams{Label: ptr("relook: " + f.title), Edit: *e})
	switch {
	case err != nil:
		err = fmt.Errorf("asking the editor to apply the repair: %w", err)
	case res == nil || !res.Applied:
		err = errors.New("the editor did not apply the repair")
		if res != nil && res.FailureReason != nil {
			err = fmt.Errorf("the editor did not apply the repair: %s", *res.FailureReason)
		}
	}
	if err != nil {
		s.unexpect(list)
	}
	return err
}

func (s *server) expect(p *page, list []change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ch := range list {
		if ch.doc != nil {
			s.expected[ch.at] = expectation{before: ch.before, after: ch.after, changes: len(ch.edits), page: p.entry}
		}
	}
}

func (s *server) unexpect(list []change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ch := range list {
		delete(s.expected, ch.at)
	}
}

// checkExpected compares a changed document with what a repair was to make of it.
func (s *server) checkExpected(doc *workspace.Document) {
	s.mu.Lock()
	e, ok := s.expected[doc.URI]
	text := unified(doc.Text.String())
	wrong := false
	switch {
	case !ok || text == unified(e.before):
	case text == unified(e.after):
		delete(s.expected, doc.URI)
	default:
		// The edit may come in several notifications.
		if e.changes--; e.changes > 0 {
			s.expected[doc.URI] = e
			break
		}
		delete(s.expected, doc.URI)
		wrong = true
	}
	s.mu.Unlock()
	if wrong {
		s.log.Warn("a repair is not in the document as it was proved", "uri", string(doc.URI))
		s.show(messageInfo, fmt.Sprintf("The repair of %s was not applied as it was proved, because the text was changed meanwhile. relook looks at the page again.", e.page))
	}
}

// unified is a text with one kind of line ends: some editors change them.
func unified(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// offer tells of the repair that was found after a save, or applies it.
func (s *server) offer(ctx context.Context, p *page, m *mend, set Settings) {
	if m.all == nil {
		return
	}
	if set.OnSave == OnSaveApply {
		if err := s.apply(ctx, p, m, m.all); err != nil && ctx.Err() == nil {
			s.log.Warn("applying a repair after a save", "page", p.entry, "err", err)
		}
		return
	}
	s.suggest(ctx, p, m)
}
