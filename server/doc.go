// Package server is the language server: it puts agent and preview to work for an
// editor. It imports neither preview/chrome nor agent/ollama: cmd/relook hands
// those in (Config).
//
// The way through it: server.go runs a connection; lifecycle.go says hello and
// goodbye; sync.go hears what the editor has open. Every document belongs to
// pages (pages.go). A change bumps its pages: look.go then renders them, newest
// wish first, and a newer change cancels what runs. What was found becomes
// diagnostics (diagnostics.go, publish.go, pull.go). Once the typing rests,
// mend.go looks for repairs, so that code actions (actions.go) and their edits
// (apply.go) are a look-up: no browser and no model runs while an editor waits for
// them. commands.go is what a person asks for outright, with progress.go;
// hover.go, show.go and web.go show pictures.
package server

import lsp "go.lsp.dev/protocol"

// LSPVersion is the version of the Language Server Protocol that relook speaks.
const LSPVersion = lsp.Version
