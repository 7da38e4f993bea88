package server

import (
	"context"
	"encoding/json"
	"slices"

	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// settingsGiven is what the client said, in each of the ways in which clients do.
type settingsGiven struct {
	initial json.RawMessage            // initializationOptions, with the settings in "settings"
	pushed  json.RawMessage            // workspace/didChangeConfiguration, with the settings in "relook"
	pulled  map[string]json.RawMessage // by folder, from workspace/configuration
	trace   lsp.TraceValue
}

// layers are the client's settings for a folder, later ones winning.
func (g *settingsGiven) layers(dir string) []json.RawMessage {
	var list []json.RawMessage
	var initial struct{ Settings json.RawMessage }
	if json.Unmarshal(g.initial, &initial) == nil && len(initial.Settings) > 0 {
		list = append(list, initial.Settings)
	}
	var pushed struct{ Relook json.RawMessage }
	if json.Unmarshal(g.pushed, &pushed) == nil && len(pushed.Relook) > 0 {
		list = append(list, pushed.Relook)
	}
	if pulled := g.pulled[dir]; len(pulled) > 0 {
		list = append(list, pulled)
	}
	return slices.DeleteFunc(list, func(m json.RawMessage) bool { return string(m) == "null" })
}

// read reads the settings of a folder.
func (s *server) read(f *folder) {
	s.mu.Lock()
	layers := s.given.layers(f.dir)
	s.mu.Unlock()
	set, bad := s.cfg.Settings(f.dir, layers)
	f.mu.Lock()
	f.settings = set.defaulted()
	f.mu.Unlock()
	for _, err := range bad {
		s.warn(err.Error())
	}
}

// configure asks the client for its settings, reads them all again, and looks at
// the pages anew.
func (s *server) configure() {
	s.mu.Lock()
	folders, asks := slices.Clone(s.folders), s.client_.configures
	s.mu.Unlock()
	if asks {
		s.pull(folders)
	}
	for _, f := range folders {
		s.read(f)
	}
	s.mu.Lock()
	var pages []*page
	for _, p := range s.pages {
		pages = append(pages, p)
	}
	s.mu.Unlock()
	for _, p := range pages {
		s.bump(p, becauseOpened)
	}
	s.status.poke()
}

func (s *server) pull(folders []*folder) {
	var items []lsp.ConfigurationItem
	for _, f := range folders {
		items = append(items, lsp.ConfigurationItem{Section: ptr("relook"), ScopeURI: ptr(uri.URI(f.Root))})
	}
	if len(items) == 0 {
		return
	}
	values, err := s.client.Configuration(s.ctx, &lsp.ConfigurationParams{Items: items})
	if err != nil || len(values) != len(items) {
		if s.ctx.Err() == nil {
			s.log.Warn("the client does not tell its settings", "err", err)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given.pulled = map[string]json.RawMessage{}
	for i, f := range folders {
		s.given.pulled[f.dir] = slices.Clone(json.RawMessage(values[i]))
	}
}

// DidChangeConfiguration implements lsp.Server.
func (s *server) DidChangeConfiguration(_ context.Context, p *lsp.DidChangeConfigurationParams) error {
	s.mu.Lock()
	if string(p.Settings) != "null" {
		s.given.pushed = slices.Clone(json.RawMessage(p.Settings))
	}
	s.mu.Unlock()
	s.spawn(s.configure)
	return nil
}
