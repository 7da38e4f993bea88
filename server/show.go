package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"
	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/preview"
	"relook/server/protocol"
)

// scheme is of the addresses of texts that relook gives: relook:/FILE?PAGE, where
// PAGE is the address of the page, escaped.
const scheme = "relook"

// custom implements protocol.Router.Custom.
func (s *server) custom(ctx context.Context, method string, params []byte) (any, bool, error) {
	switch method {
	case protocol.MethodStatus:
		return s.statusNow(), true, nil
	case protocol.MethodPreview:
		var p protocol.PreviewParams
		if err := read(params, &p); err != nil || p.TextDocument.URI == "" {
			return nil, true, jsonrpc2.NewError(jsonrpc2.InvalidParams, "relook/preview needs textDocument.uri")
		}
		out, err := s.previewFor(ctx, p)
		return out, true, err
	case protocol.MethodTrace:
		var p protocol.PreviewParams
		if err := read(params, &p); err != nil || p.TextDocument.URI == "" {
			return nil, true, jsonrpc2.NewError(jsonrpc2.InvalidParams, "relook/trace needs textDocument.uri")
		}
		out, err := s.traceFor(ctx, p.TextDocument.URI)
		return out, true, err
	case protocol.MethodTrust:
		var p protocol.TrustParams
		if err := read(params, &p); err != nil {
			return nil, true, err
		}
		s.trust(p.Trusted)
		return nil, true, nil
	}
	if !slices.Contains(methods, method) {
		return nil, true, jsonrpc2.Errorf(jsonrpc2.MethodNotFound, "relook does not know %q", method)
	}
	return nil, false, nil
}

// methods are those of LSP that the server implements.
var methods = []string{
	lsp.MethodInitialize, lsp.MethodInitialized, lsp.MethodShutdown, lsp.MethodExit, lsp.MethodSetTrace,
	lsp.MethodWindowWorkDoneProgressCancel,
	lsp.MethodTextDocumentDidOpen, lsp.MethodTextDocumentDidChange, lsp.MethodTextDocumentDidSave, lsp.MethodTextDocumentDidClose,
	lsp.MethodWorkspaceDidChangeConfiguration, lsp.MethodWorkspaceDidChangeWatchedFiles, lsp.MethodWorkspaceDidChangeWorkspaceFolders,
	lsp.MethodTextDocumentDiagnostic, lsp.MethodWorkspaceDiagnostic,
	lsp.MethodTextDocumentCodeAction, lsp.MethodCodeActionResolve, lsp.MethodWorkspaceExecuteCommand,
	lsp.MethodTextDocumentCodeLens, lsp.MethodTextDocumentDocumentLink, lsp.MethodTextDocumentHover,
	lsp.MethodWorkspaceTextDocumentContent,
}

func read(params []byte, v any) error {
	if len(params) == 0 {
		return errors.New("the params are missing")
	}
	return json.Unmarshal(params, v)
}

// trust changes whether the workspace is trusted, and looks at its pages anew.
func (s *server) trust(on bool) {
	s.mu.Lock()
	was := s.trusted
	s.trusted = on
	pages := s.byView()
	s.mu.Unlock()
	if was == on {
		return
	}
	for _, p := range pages {
		s.bump(p, becauseOpened)
	}
	s.status.poke()
}

// previewFor is the page of a document with its pictures.
func (s *server) previewFor(ctx context.Context, params protocol.PreviewParams) (protocol.Preview, error) {
	p, err := s.target(ctx, params.TextDocument.URI)
	if err != nil {
		return protocol.Preview{}, jsonrpc2.NewError(jsonrpc2.Code(lsp.LSPErrorCodesRequestFailed), err.Error())
	}
	if params.Watch != nil {
		s.mu.Lock()
		p.watched = *params.Watch
		s.sent = map[string]bool{}
		s.mu.Unlock()
		if !*params.Watch {
			return s.previewOf(p, nil), nil
		}
	}
	if err := s.pictured(ctx, p); err != nil {
		return protocol.Preview{}, err
	}
	if params.Complete {
		return s.previewOf(p, func(string) bool { return true }), nil
	}
	if params.Scheme != "" || params.State != "" || params.Fix != "" || params.Difference {
		return s.previewAsked(ctx, p, params)
	}
	return s.previewOf(p, s.fresh), nil
}

// fresh reports whether a picture was not sent to the client yet.
func (s *server) fresh(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sent == nil || len(s.sent) > maxSent {
		s.sent = map[string]bool{}
	}
	was := s.sent[id]
	s.sent[id] = true
	return !was
}

// maxSent bounds how many pictures are remembered as sent.
const maxSent = 1000

// pictured waits until the newest text of a page was looked at with pictures.
func (s *server) pictured(ctx context.Context, p *page) error {
	s.ensure(p)
	for {
		r, ok := s.await(ctx, p)
		if !ok {
			return ctx.Err()
		}
		s.mu.Lock()
		gen, failed := p.gen, p.failed
		ready := r != nil && r.gen == gen && (len(r.shots) > 0 || !r.diagnosis.Valid)
		s.mu.Unlock()
		if failed != nil {
			return jsonrpc2.NewError(jsonrpc2.Code(lsp.LSPErrorCodesRequestFailed), failed.Error())
		}
		if ready || r == nil {
			return nil
		}
		shots, err := s.shoot(ctx, p)
		if err != nil {
			return err
		}
		s.mu.Lock()
		if p.result == r && p.gen == gen {
			with := *r
			with.shots = shots
			p.result = &with
			s.mu.Unlock()
			return nil
		}
		s.mu.Unlock()
	}
}

// seen tells those who watch a page that something new is known of it.
func (s *server) seen(p *page) {
	s.web.changed(p)
	s.mu.Lock()
	watched := p.watched
	s.mu.Unlock()
	if watched {
		s.dirty.tell(func(ctx context.Context) error {
			s.mu.Lock()
			current := s.pages[p.pageKey] == p && p.result != nil && p.result.gen == p.gen
			s.mu.Unlock()
			if !current {
				return nil // a newer one is on its way
			}
			return s.conn.Notify(ctx, protocol.MethodPreviewed, s.previewOf(p, s.fresh))
		})
	}
}

// previewOf is what is known of a page. fresh tells which pictures are sent; nil
// for none.
func (s *server) previewOf(p *page, fresh func(id string) bool) protocol.Preview {
	r, m, out := s.shown(p)
	if r == nil {
		return out
	}
	var f *fix
	if m != nil {
		f = m.all
	}
	drawPreview(&out, r, m, f, fresh)
	return out
}

// shown is what was found of a page, what repairs it, if that is of the same text,
// and a preview that names it.
func (s *server) shown(p *page) (*result, *mend, protocol.Preview) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, m := p.result, p.mend
	if m != nil && (r == nil || m.gen != r.gen || m.trace == nil) {
		m = nil
	}
	return r, m, protocol.Preview{URI: s.uriOf(p), Name: p.entry, Number: p.gen, Views: []protocol.PreviewView{}, Defects: []protocol.PreviewDefect{}}
}

// drawPreview fills a preview with a result, and with one repair of those of m: f,
// nil if there is none.
func drawPreview(out *protocol.Preview, r *result, m *mend, f *fix, fresh func(id string) bool) {
	out.Number, out.Valid, out.Reason, out.Profile = r.gen, r.diagnosis.Valid, r.diagnosis.InvalidReason, r.profile
	out.Defects = previewDefects(r, m, f)
	for _, shot := range shotsBefore(r, m) {
		v := viewOf(out, shot.View)
		v.Before = append(v.Before, shotOf(shot, fresh))
	}
	if m != nil {
		out.Repair = repairOf(m, f)
	}
	if f != nil {
		for _, shot := range f.after.Shots {
			v := viewOf(out, shot.View)
			v.After = append(v.After, shotOf(shot, fresh))
		}
	}
}

func viewOf(out *protocol.Preview, view preview.View) *protocol.PreviewView {
	i := slices.IndexFunc(out.Views, func(v protocol.PreviewView) bool { return v.Name == view.Name() })
	if i < 0 {
		out.Views = append(out.Views, protocol.PreviewView{Name: view.Name(), View: view, Before: []protocol.PreviewShot{}, After: []protocol.PreviewShot{}})
		i = len(out.Views) - 1
	}
	return &out.Views[i]
}

func shotOf(shot preview.Shot, fresh func(string) bool) protocol.PreviewShot {
	sum := sha256.Sum256(shot.PNG)
	out := protocol.PreviewShot{ID: hex.EncodeToString(sum[:12]), At: float64(shot.At.Milliseconds()), Width: shot.Width, Height: shot.Height}
	if fresh != nil && fresh(out.ID) {
		out.PNG = base64.StdEncoding.EncodeToString(shot.PNG)
	}
	return out
}

func previewDefects(r *result, m *mend, f *fix) []protocol.PreviewDefect {
	list := []protocol.PreviewDefect{}
	for n := range r.diagnosis.Defects {
		d := &r.diagnosis.Defects[n]
		out := protocol.PreviewDefect{Number: n + 1, Key: d.Key(), Rule: d.Rule, Severity: d.Severity, Message: d.Message, Elements: d.Elements}
		if out.Elements == nil {
			out.Elements = []preview.Element{}
		}
		for at, items := range r.items {
			for _, i := range items {
				if i.defect == d {
					out.URI, out.Range = at, i.diag.Range
				}
			}
		}
		if m != nil && f != nil {
			out.Repaired = slices.Contains(f.keys, out.Key)
			if own := m.fixFor(out.Key); own != nil {
				out.Fix = own.id
			}
		}
		list = append(list, out)
	}
	return list
}

func repairOf(m *mend, f *fix) *protocol.PreviewRepair {
	out := &protocol.PreviewRepair{Status: string(m.trace.Status), Left: worth(m.trace.After.Diagnosis), Fixes: []protocol.PreviewFix{}}
	if f == nil {
		return out
	}
	out.Repaired, out.Left, out.Diff = len(f.keys), worth(f.after.Diagnosis), m.diff(f)
	for _, f := range append([]*fix{m.all}, m.fixes...) {
		out.Fixes = append(out.Fixes, protocol.PreviewFix{ID: f.id, Title: f.title, Proof: f.proof, Keys: f.keys})
	}
	return out
}

// traceFor is what was tried to repair the page of a document.
func (s *server) traceFor(ctx context.Context, at uri.URI) (protocol.Trace, error) {
	p, err := s.target(ctx, at)
	if err != nil {
		return protocol.Trace{}, jsonrpc2.NewError(jsonrpc2.Code(lsp.LSPErrorCodesRequestFailed), err.Error())
	}
	s.mu.Lock()
	m := p.mend
	out := protocol.Trace{URI: s.uriOf(p), Status: "unchanged", Passes: []protocol.TracePass{}}
	s.mu.Unlock()
	if m == nil || m.trace == nil {
		return out, nil
	}
	out.Status, out.Millis = string(m.trace.Status), m.trace.Millis
	for _, pass := range m.trace.Passes {
		one := protocol.TracePass{Policy: pass.Policy, Attempts: []protocol.TraceAttempt{}, Dropped: append([]string{}, pass.Dropped...)}
		for _, a := range pass.Attempts {
			one.Attempts = append(one.Attempts, protocol.TraceAttempt{
				Why: a.Why, Policy: a.Policy, Admitted: a.Verdict.Admitted, Rule: a.Verdict.Rule, Reason: a.Verdict.Reason})
		}
		out.Passes = append(out.Passes, one)
	}
	return out, nil
}

func (s *server) runShowTrace(ctx context.Context, a protocol.Argument, _ lsp.ProgressToken) (any, error) {
	return s.traceFor(ctx, a.URI)
}

// runShowPreview opens the page's pictures in a browser, where the editor has no
// panel of its own, and answers their address.
func (s *server) runShowPreview(ctx context.Context, a protocol.Argument, _ lsp.ProgressToken) (any, error) {
	p, err := s.target(ctx, a.URI)
	if err != nil {
		return nil, err
	}
	s.ensure(p)
	return s.open(ctx, p, "")
}

func (s *server) runCompare(ctx context.Context, a protocol.Argument, _ lsp.ProgressToken) (any, error) {
	p, err := s.target(ctx, a.URI)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	m, at := p.mend, s.uriOf(p)
	current := m != nil && m.gen == p.gen && m.all != nil
	s.mu.Unlock()
	if !current {
		return nil, errors.New("there is no repair to compare with yet")
	}
	shown, open := s.snapshot(p)
	w := s.placer(p, shown, open)
	type pair struct {
		Before uri.URI `json:"before"`
		After  uri.URI `json:"after"`
	}
	pairs := []pair{}
	for name := range m.all.files {
		after := uri.URI(scheme + ":/" + (&url.URL{Path: name}).EscapedPath() + "?" + url.QueryEscape(string(at)))
		pairs = append(pairs, pair{w.uri(name), after})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(string(a.Before), string(b.Before)) })
	return map[string]any{"files": pairs, "diff": m.diff(m.all)}, nil
}

// open shows an address of the loopback page, if the client can.
func (s *server) open(ctx context.Context, p *page, fragment string) (any, error) {
	at := s.web.page(p)
	if at == "" {
		return nil, errors.New("no port could be opened for the preview")
	}
	at += fragment
	s.mu.Lock()
	can := s.client_.showsPages && !s.client_.options.Preview
	s.mu.Unlock()
	if can {
		res, err := s.client.ShowDocument(ctx, &lsp.ShowDocumentParams{URI: uri.URI(at), External: ptr(true)})
		if err != nil || res == nil || !res.Success {
			s.log.Info("the editor does not open the preview", "address", at)
		}
	}
	return map[string]string{"address": at}, nil
}

// TextDocumentContent implements lsp.Server: a file as it would be repaired.
func (s *server) TextDocumentContent(_ context.Context, p *lsp.TextDocumentContentParams) (*lsp.TextDocumentContentResult, error) {
	u, err := url.Parse(string(p.URI))
	if err != nil || u.Scheme != scheme {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "the address is none of relook's")
	}
	name := strings.TrimPrefix(u.Path, "/")
	if u.Opaque != "" {
		name = u.Opaque
	}
	// Editors write addresses anew, so that no "=" would stay one.
	at, err := url.QueryUnescape(u.RawQuery)
	if err != nil {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "the address is none of relook's")
	}
	for _, page := range s.known(uri.URI(at)) {
		s.mu.Lock()
		m := page.mend
		s.mu.Unlock()
		if m == nil || m.all == nil {
			continue
		}
		if text, ok := m.all.files[name]; ok {
			return &lsp.TextDocumentContentResult{Text: text}, nil
		}
	}
	return nil, jsonrpc2.NewError(lsp.CodeContentModified, "there is no repair of this text any more")
}

// suggest offers the repair of a page, never twice for the same defects.
func (s *server) suggest(ctx context.Context, p *page, m *mend) {
	keys := slices.Sorted(slices.Values(m.all.keys))
	id := p.folder.dir + "\n" + p.entry + "\n" + strings.Join(keys, "\n")
	s.mu.Lock()
	again, own, at := s.offered[id], s.client_.options.Suggestions, s.uriOf(p)
	if len(s.offered) > maxSaid {
		clear(s.offered)
	}
	s.offered[id] = true
	s.mu.Unlock()
	if again {
		return
	}
	o := s.outcome(p, m)
	text := fmt.Sprintf("relook can repair %s in %s (%d left).", plural(o.Repaired, "defect"), p.entry, o.Left)
	if own {
		s.dirty.tell(func(ctx context.Context) error {
			return s.conn.Notify(ctx, protocol.MethodSuggestion, protocol.Suggestion{URI: at, Number: m.gen, Fix: allFixes, Message: text, Repaired: o.Repaired, Left: o.Left})
		})
		return
	}
	const look, do = "Show before and after", "Apply"
	answer, err := s.client.ShowMessageRequest(ctx, &lsp.ShowMessageRequestParams{Type: messageInfo, Message: text,
		Actions: []lsp.MessageActionItem{{Title: look}, {Title: do}}})
	switch {
	case err != nil || answer == nil:
	case answer.Title == look:
		if _, err := s.open(ctx, p, "#after"); err != nil {
			s.log.Warn("showing before and after", "err", err)
		}
	case answer.Title == do:
		if err := s.apply(ctx, p, m, m.all); err != nil && ctx.Err() == nil {
			s.show(messageWarning, "Not applied: "+err.Error()+".")
		}
	}
}
