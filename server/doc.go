// Package server is the place of the language server: a file per group of LSP
// methods, jobs that newer edits supersede, and the look-up of ready-made
// traces. It puts agent and preview to work for an editor and imports neither
// preview/chrome nor agent/ollama: cmd/relook hands those in.
//
// What stands so far are its two foundations, server/protocol and
// server/workspace; the server itself is not built yet.
package server

// LSPVersion is the version of the Language Server Protocol that relook speaks.
// It stands here and not in server/protocol so that a program that only names
// it need not be built with the whole protocol, a third of the build's time.
const LSPVersion = "3.18.0"
