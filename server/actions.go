package server

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/agent/edit"
	"relook/preview"
)

// The kinds of relook's own actions. Never source.fixAll: it runs for everyone
// who has switched that on for another tool.
const (
	kindRewrite lsp.CodeActionKind = "refactor.rewrite.relook"
	kindSource  lsp.CodeActionKind = "source.relook"
)

// actionData says in a code action what it does, for resolving it and for the
// command relook.apply.
type actionData struct {
	Page   uri.URI `json:"page"`
	Number uint64  `json:"number"` // of the page's text
	Fix    string  `json:"fix,omitempty"`
	Ignore string  `json:"ignore,omitempty"` // key of the defect that is to be ignored
}

// wants reports whether a client asks for a kind, or for one above it.
func wants(only []lsp.CodeActionKind, kind lsp.CodeActionKind) bool {
	for _, k := range only {
		if k == "" || kind == k || strings.HasPrefix(string(kind), string(k)+".") {
			return true
		}
	}
	return false
}

// An asking is one request for code actions.
type asking struct {
	only []lsp.CodeActionKind
	auto bool // the editor asks by itself, on each move of the cursor
	span lsp.Range
	at   uri.URI
	c    client
}

// asks reports whether a kind is asked for. Without a list it is all kinds but
// those that run on save; an editor that asks by itself gets the quick fixes.
func (a asking) asks(kind lsp.CodeActionKind) bool {
	if len(a.only) > 0 {
		return wants(a.only, kind)
	}
	return kind == lsp.CodeActionKindQuickFix || kind == kindRewrite && !a.auto
}

// CodeAction implements lsp.Server. It only looks up what was prepared.
func (s *server) CodeAction(_ context.Context, p *lsp.CodeActionParams) ([]lsp.CommandOrCodeAction, error) {
	a := asking{only: p.Context.Only, auto: p.Context.TriggerKind == lsp.CodeActionTriggerKindAutomatic, span: p.Range, at: p.TextDocument.URI}
	pages := s.known(a.at)
	s.mu.Lock()
	a.c = s.client_
	list := []lsp.CommandOrCodeAction{}
	offered := map[string]bool{}
	for _, page := range pages {
		for _, action := range s.pageActions(a, page) {
			if k := string(*action.Kind) + action.Title; !offered[k] {
				offered[k] = true
				list = append(list, action)
			}
		}
	}
	s.mu.Unlock()
	for i := range list {
		s.complete(list[i].(*lsp.CodeAction), a)
	}
	return list, nil
}

// pageActions are the actions that one page has to offer. The caller holds
// server.mu.
func (s *server) pageActions(a asking, p *page) []*lsp.CodeAction {
	if p.result == nil || p.result.gen != p.gen {
		return nil // what is known is of an older text
	}
	m := p.mend
	if m != nil && m.gen != p.gen {
		m = nil
	}
	var list []*lsp.CodeAction
	if a.asks(lsp.CodeActionKindQuickFix) {
		for _, i := range p.result.items[a.at] {
			if i.defect != nil && touches(i.diag.Range, a.span) {
				list = append(list, s.quickFixes(a, p, m, i)...)
			}
		}
	}
	for _, kind := range []lsp.CodeActionKind{kindRewrite, kindSource} {
		if a.asks(kind) {
			if action := s.repairAll(a, p, m, kind); action != nil {
				list = append(list, action)
			}
		}
	}
	return list
}

// touches reports whether two ranges share a place, ends included.
func touches(a, b lsp.Range) bool {
	return !before(a.End, b.Start) && !before(b.End, a.Start)
}

func before(a, b lsp.Position) bool {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Character, b.Character)) < 0
}

func (s *server) quickFixes(a asking, p *page, m *mend, i item) []*lsp.CodeAction {
	key := i.defect.Key()
	var list []*lsp.CodeAction
	switch f := fixOf(m, key); {
	case f != nil:
		action := s.action(p, lsp.CodeActionKindQuickFix, "Repair: "+f.title, actionData{Fix: f.id})
		if more := len(f.keys) - 1; more > 0 {
			action.Title += " (mends " + plural(more, "more defect") + ")"
		}
		if a.c.preferred {
			action.IsPreferred = ptr(true)
		}
		list = append(list, action)
	case a.c.disabled && !a.auto && m != nil && m.refusal(key) != "":
		action := s.action(p, lsp.CodeActionKindQuickFix, "Repair "+i.defect.Rule, actionData{})
		action.Disabled = lsp.CodeActionDisabled{Reason: m.refusal(key)}
		list = append(list, action)
	case a.c.disabled && !a.auto && m == nil && worth(p.result.diagnosis) > 0:
		action := s.action(p, lsp.CodeActionKindQuickFix, "Repair "+i.defect.Rule, actionData{})
		action.Disabled = lsp.CodeActionDisabled{Reason: "relook is still looking for a repair"}
		list = append(list, action)
	}
	if !a.auto && i.ignore != nil {
		list = append(list, s.action(p, lsp.CodeActionKindQuickFix, "Ignore "+i.defect.Rule+" here", actionData{Ignore: key}))
	}
	for _, action := range list {
		action.Diagnostics = []lsp.Diagnostic{i.diag}
	}
	return list
}

func fixOf(m *mend, key string) *fix {
	if m == nil {
		return nil
	}
	return m.fixFor(key)
}

// repairAll is the action for a whole page. Where repairs were not looked for yet
// it starts that; one for on-save lists, which a save waits for, never does.
func (s *server) repairAll(a asking, p *page, m *mend, kind lsp.CodeActionKind) *lsp.CodeAction {
	defects := worth(p.result.diagnosis)
	switch {
	case defects == 0:
		return nil
	case m != nil && m.all != nil:
		n := len(m.all.keys)
		return s.action(p, kind, m.all.title+" ("+plural(n, "defect")+")", actionData{Fix: allFixes})
	case kind == kindSource:
		return nil
	case m != nil && m.trace != nil && a.c.disabled && !a.auto:
		action := s.action(p, kind, "Repair everything on this page", actionData{})
		action.Disabled = lsp.CodeActionDisabled{Reason: "No repair was better than the page as it is"}
		return action
	case m != nil:
		return nil
	}
	action := s.action(p, kind, "Repair everything on this page", actionData{})
	action.Data = nil
	action.Command = command("Repair everything on this page", commandRepairPage, map[string]any{"uri": s.uriOf(p)})
	return action
}

// uriOf is the address of a page. The caller holds server.mu.
func (s *server) uriOf(p *page) uri.URI {
	for at := range s.docs.All() {
		if name, err := p.folder.Path(at); err == nil && name == p.entry {
			return at
		}
	}
	return p.folder.URI(p.entry)
}

// action makes an action. The caller holds server.mu.
func (s *server) action(p *page, kind lsp.CodeActionKind, title string, data actionData) *lsp.CodeAction {
	data.Page, data.Number = s.uriOf(p), p.gen
	action := &lsp.CodeAction{Title: title, Kind: &kind}
	if b, err := json.Marshal(data); err == nil {
		action.Data = b
	}
	return action
}

// complete gives an action what it does: a command, by which the server sends a
// versioned edit, or the edit itself where the client asks for it, can't take
// edits from the server, or waits with a save.
func (s *server) complete(action *lsp.CodeAction, a asking) {
	data, ok := readAction(action.Data)
	if !ok || action.Disabled.Reason != "" || action.Command.Command != "" {
		return
	}
	if *action.Kind != kindSource && a.c.applyEdit && a.c.options.Apply != "edit" {
		action.Command = command(action.Title, commandApply, data)
		return
	}
	if a.c.resolves {
		return
	}
	if e, err := s.editFor(data); err == nil {
		action.Edit = e
	} else {
		action.Disabled = lsp.CodeActionDisabled{Reason: err.Error()}
	}
}

func readAction(raw lsp.LSPAny) (data actionData, ok bool) {
	err := json.Unmarshal(raw, &data)
	return data, err == nil && data.Page != "" && (data.Fix != "" || data.Ignore != "")
}

// CodeActionResolve implements lsp.Server. It gives an action its edit; one that
// works by a command stays as it is.
func (s *server) CodeActionResolve(_ context.Context, action *lsp.CodeAction) (*lsp.CodeAction, error) {
	data, ok := readAction(action.Data)
	if !ok || action.Edit != nil || action.Command.Command != "" {
		return action, nil
	}
	e, err := s.editFor(data)
	if err != nil {
		return nil, err
	}
	action.Edit = e
	return action, nil
}

func (s *server) editFor(data actionData) (*lsp.WorkspaceEdit, error) {
	p, m, f, err := s.chosen(data)
	if err != nil {
		return nil, err
	}
	list, err := s.changes(p, m, f)
	if err != nil {
		return nil, err
	}
	return s.workspaceEdit(list, f, p.folder.get().Confirm), nil
}

// chosen finds what an action is about. For "Ignore here" it makes a repair that
// writes the comment.
func (s *server) chosen(data actionData) (*page, *mend, *fix, error) {
	f, name, ok := s.place(data.Page)
	if !ok {
		return nil, nil, nil, errStale
	}
	s.mu.Lock()
	p := s.pages[pageKey{f, name}]
	if p == nil || p.gen != data.Number || p.result == nil || p.result.gen != p.gen {
		s.mu.Unlock()
		return nil, nil, nil, errStale
	}
	m, r := p.mend, p.result
	s.mu.Unlock()
	if data.Ignore != "" {
		m, fx, err := s.ignoring(p, r, data.Ignore)
		return p, m, fx, err
	}
	if m == nil || m.gen != data.Number || m.fix(data.Fix) == nil {
		return nil, nil, nil, errStale
	}
	return p, m, m.fix(data.Fix), nil
}

// ignoring makes the edit that has a defect ignored: a comment before the
// declaration or the element.
func (s *server) ignoring(p *page, r *result, key string) (*mend, *fix, error) {
	shown, open := s.snapshot(p)
	w := s.placer(p, shown, open)
	for _, list := range r.items {
		for _, i := range list {
			if i.defect == nil || i.defect.Key() != key {
				continue
			}
			text := w.text(i.file)
			if text == nil || i.ignore == nil {
				return nil, nil, errStale
			}
			after, err := edit.Apply(text.String(), []preview.Edit{*i.ignore})
			if err != nil {
				return nil, nil, err
			}
			return &mend{gen: r.gen, originals: map[string]string{i.file: text.String()}},
				&fix{title: "ignore " + i.defect.Rule + " here", files: map[string]string{i.file: after}, proof: "The page stays as it is; the defect is no longer reported."}, nil
		}
	}
	return nil, nil, errStale
}
