package server

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"go.lsp.dev/jsonrpc2"
	lsp "go.lsp.dev/protocol"

	"relook/server/protocol"
	"relook/server/workspace"
)

// The life of a connection.
type life int

const (
	lifeNew      life = iota // initialize has not come yet
	lifeReady                // it is answered
	lifeShutdown             // shutdown was asked for: only exit may come
	lifeExited
)

// allow implements protocol.Router.Allow.
func (s *server) allow(method string, call bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case method == lsp.MethodExit:
		return nil
	case s.life == lifeNew && method != lsp.MethodInitialize:
		return jsonrpc2.NewError(jsonrpc2.ServerNotInitialized, "initialize must come first")
	case s.life == lifeReady && method == lsp.MethodInitialize:
		return jsonrpc2.NewError(jsonrpc2.InvalidRequest, "initialize may come only once")
	case s.life >= lifeShutdown:
		return jsonrpc2.NewError(jsonrpc2.InvalidRequest, "relook was shut down")
	}
	return nil
}

// A client is what the editor can do.
type client struct {
	name        string
	encoding    workspace.Encoding
	applyEdit   bool
	versions    bool // edits may name versions
	annotations bool
	resolves    bool // the edit of a code action
	disabled    bool
	preferred   bool
	pulls       bool // it asks for diagnostics
	related     bool // and takes those of other documents with them
	refresh     bool // and can be told to ask again
	information bool
	links       bool
	tags        bool
	lenses      bool // can be told to ask again
	progress    bool
	configures  bool
	watches     bool // takes a registration for changed files
	settings    bool // takes a registration for changed settings
	showsPages  bool // opens an address
	content     bool // texts that the server gives
	markdown    bool
	options     protocol.Options
}

func clientOf(p *lsp.InitializeParams) client {
	c := client{name: p.ClientInfo.Name, encoding: workspace.UTF16}
	if g := p.Capabilities.General; g != nil {
		// Bytes are what texts are kept in: the less is counted, the better.
		for _, e := range []workspace.Encoding{workspace.UTF8, workspace.UTF32} {
			if slices.Contains(g.PositionEncodings, lsp.PositionEncodingKind(e)) {
				c.encoding = e
				break
			}
		}
	}
	if w := p.Capabilities.Window; w != nil {
		c.progress = yes(w.WorkDoneProgress)
		c.showsPages = w.ShowDocument != nil && w.ShowDocument.Support
	}
	c.readWorkspace(p.Capabilities.Workspace)
	c.readDocuments(p.Capabilities.TextDocument)
	if len(p.InitializationOptions) > 0 {
		_ = json.Unmarshal(p.InitializationOptions, &c.options) // what is wrong in it is told with the settings
	}
	return c
}

func (c *client) readWorkspace(w *lsp.WorkspaceClientCapabilities) {
	if w == nil {
		return
	}
	c.applyEdit, c.configures = yes(w.ApplyEdit), yes(w.Configuration)
	c.watches = w.DidChangeWatchedFiles != nil && yes(w.DidChangeWatchedFiles.DynamicRegistration)
	c.settings = c.configures && w.DidChangeConfiguration != nil && yes(w.DidChangeConfiguration.DynamicRegistration)
	c.refresh = w.Diagnostics != nil && yes(w.Diagnostics.RefreshSupport)
	c.lenses = w.CodeLens != nil && yes(w.CodeLens.RefreshSupport)
	c.content = w.TextDocumentContent != nil
	if e := w.WorkspaceEdit; e != nil {
		c.versions, c.annotations = yes(e.DocumentChanges), yes(e.DocumentChanges) && e.ChangeAnnotationSupport != nil
	}
}

func (c *client) readDocuments(t *lsp.TextDocumentClientCapabilities) {
	if t == nil {
		return
	}
	if a := t.CodeAction; a != nil {
		c.resolves = slices.Contains(a.ResolveSupport.Properties, "edit") && yes(a.DataSupport)
		c.disabled, c.preferred = yes(a.DisabledSupport), yes(a.IsPreferredSupport)
	}
	if d := t.Diagnostic; d != nil {
		c.pulls, c.related = true, yes(d.RelatedDocumentSupport)
		c.information, c.links = yes(d.RelatedInformation), yes(d.CodeDescriptionSupport)
		c.tags = len(d.TagSupport.ValueSet) > 0
	}
	if d := t.PublishDiagnostics; d != nil {
		c.information = c.information || yes(d.RelatedInformation)
		c.links = c.links || yes(d.CodeDescriptionSupport)
		c.tags = c.tags || len(d.TagSupport.ValueSet) > 0
	}
	if h := t.Hover; h != nil {
		c.markdown = slices.Contains(h.ContentFormat, lsp.MarkupKindMarkdown)
	}
}

// Initialize implements lsp.Server.
func (s *server) Initialize(_ context.Context, p *lsp.InitializeParams) (*lsp.InitializeResult, error) {
	c := clientOf(p)
	s.mu.Lock()
	s.life, s.client_ = lifeReady, c
	s.trusted = c.options.Trusted == nil || *c.options.Trusted
	s.given.initial = slices.Clone(json.RawMessage(p.InitializationOptions))
	s.mu.Unlock()
	s.log.Info("an editor connects", "client", c.name, "positions", string(c.encoding))
	s.openFolders(p)
	if p.ProcessID != nil && *p.ProcessID > 0 {
		s.spawn(func() { s.watchParent(int(*p.ProcessID)) })
	}
	return &lsp.InitializeResult{
		Capabilities: s.capabilities(c),
		ServerInfo:   lsp.ServerInfo{Name: "relook", Version: lsp.NewOptional(s.cfg.Version)},
	}, nil
}

func (s *server) capabilities(c client) lsp.ServerCapabilities {
	caps := lsp.ServerCapabilities{
		PositionEncoding: lsp.PositionEncodingKind(c.encoding),
		TextDocumentSync: &lsp.TextDocumentSyncOptions{
			OpenClose: ptr(true), Change: ptr(lsp.TextDocumentSyncKindIncremental),
			Save: &lsp.SaveOptions{IncludeText: ptr(false)},
		},
		CodeActionProvider: &lsp.CodeActionOptions{
			CodeActionKinds: []lsp.CodeActionKind{lsp.CodeActionKindQuickFix, kindRewrite, kindSource},
			ResolveProvider: ptr(true),
		},
		CodeLensProvider:       &lsp.CodeLensOptions{},
		DocumentLinkProvider:   &lsp.DocumentLinkOptions{},
		HoverProvider:          lsp.Boolean(true),
		ExecuteCommandProvider: lsp.ExecuteCommandOptions{Commands: commandNames(), WorkDoneProgressOptions: lsp.WorkDoneProgressOptions{WorkDoneProgress: ptr(true)}},
		Workspace: &lsp.WorkspaceOptions{
			WorkspaceFolders: &lsp.WorkspaceFoldersServerCapabilities{Supported: ptr(true), ChangeNotifications: lsp.Boolean(true)},
		},
	}
	if c.pulls {
		caps.DiagnosticProvider = &lsp.DiagnosticOptions{Identifier: ptr("relook"), InterFileDependencies: true, WorkspaceDiagnostics: true}
	}
	if c.content {
		caps.Workspace.TextDocumentContent = &lsp.TextDocumentContentOptions{Schemes: []string{scheme}}
	}
	return caps
}

// Initialized implements lsp.Server. What the client is asked for can't be asked
// here: messages are read in order, and its answer would wait behind.
func (s *server) Initialized(context.Context, *lsp.InitializedParams) error {
	s.spawn(func() {
		s.register()
		s.configure()
	})
	return nil
}

// register asks to be told of changed files and settings.
func (s *server) register() {
	s.mu.Lock()
	c := s.client_
	s.mu.Unlock()
	var list []lsp.Registration
	if c.watches {
		list = append(list, lsp.Registration{ID: "relook-files", Method: lsp.MethodWorkspaceDidChangeWatchedFiles,
			RegisterOptions: lsp.LSPAny(`{"watchers":[{"globPattern":"**/*.{html,htm,xhtml,svg,css,js,mjs,json,png,jpg,jpeg,gif,webp,avif,woff,woff2}"},{"globPattern":"**/relook.toml"}]}`)})
	}
	if c.settings {
		list = append(list, lsp.Registration{ID: "relook-settings", Method: lsp.MethodWorkspaceDidChangeConfiguration,
			RegisterOptions: lsp.LSPAny(`{"section":"relook"}`)})
	}
	if len(list) == 0 {
		return
	}
	if err := s.client.RegisterCapability(s.ctx, &lsp.RegistrationParams{Registrations: list}); err != nil && s.ctx.Err() == nil {
		s.log.Warn("the client does not tell of changed files or settings", "err", err)
	}
}

// Shutdown implements lsp.Server.
func (s *server) Shutdown(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life = lifeShutdown
	for _, p := range s.pages {
		p.drop()
		p.changed()
	}
	s.tasks.cancelAll()
	return nil
}

// Exit implements lsp.Server.
func (s *server) Exit(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life != lifeShutdown {
		s.exitCode = 1
	}
	s.life = lifeExited
	s.stop()
	return nil
}

// parentEvery is how often the process that started relook is looked for.
const parentEvery = 3 * time.Second

// watchParent ends the server when the editor is gone: some die without closing
// the pipe.
func (s *server) watchParent(pid int) {
	for pause(s.ctx, parentEvery) {
		if !s.cfg.Alive(pid) {
			s.log.Warn("the editor's process is gone", "pid", pid)
			s.stop()
		}
	}
}

// SetTrace implements lsp.Server.
func (s *server) SetTrace(_ context.Context, p *lsp.SetTraceParams) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given.trace = p.Value
	return nil
}
