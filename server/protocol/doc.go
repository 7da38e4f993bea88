// Package protocol wraps go.lsp.dev: what the language server says and hears,
// in relook's own types. Nothing outside of server imports go.lsp.dev, so that
// its traps are dealt with in one place.
package protocol
