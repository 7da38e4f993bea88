// Package preview holds the words that every other package speaks: a Page and
// the View it is looked at through, the Shots that were taken, the Defects that
// were measured and the Diagnosis that gathers them. It is plain data and pure
// functions: it starts nothing and touches no disk but through a Page's fs.FS.
//
// Two interfaces stand here as well, Renderer and Live, because two packages
// below this one implement them (preview/chrome with a real browser and
// preview/previewtest with a fake) and both must pass the same conformance
// tests; agent, above it, only uses them.
//
// Coordinates are CSS pixels from the top left corner of the document. Places in
// source files are byte offsets (Span) inside relook and LSP positions (Range,
// UTF-16 code units) in everything that is written out; Text converts.
package preview
