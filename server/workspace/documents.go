package workspace

import (
	"fmt"
	"maps"
	"strings"
	"sync"

	"go.lsp.dev/uri"

	"relook/preview"
)

// A Document is a text that an editor has open. It never changes: a change makes
// another one.
type Document struct {
	URI      uri.URI
	Language string // as the editor calls it, such as "html"
	Version  int32  // the editor's; some begin at 0
	Text     preview.Text
}

// A Change replaces a range of a document, or all of it where Range is nil. The
// ranges of several changes each refer to what those before left.
type Change struct {
	Range *preview.Range
	Text  string
}

// Documents are what an editor has open. They are safe for use by several
// goroutines.
type Documents struct {
	mu   sync.Mutex
	open map[uri.URI]*Document
}

// Open adds a document, or replaces it.
func (d *Documents) Open(doc Document) *Document {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[uri.URI]*Document{}
	}
	d.open[doc.URI] = &doc
	return &doc
}

// Change makes a new version of a document. A version that is not higher than
// the last is taken all the same, as the changes belong to what is there; late
// then says so.
func (d *Documents) Change(at uri.URI, version int32, e Encoding, changes []Change) (doc *Document, late bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.open[at]
	if was == nil {
		return nil, false, fmt.Errorf("%s is not open", at)
	}
	text, err := apply(was.Text, e, changes)
	if err != nil {
		return nil, false, fmt.Errorf("changing %s: %w", at, err)
	}
	next := *was
	next.Version, next.Text = version, text
	d.open[at] = &next
	return &next, version <= was.Version, nil
}

// maxText is the largest document, in bytes.
const maxText = preview.MaxPageBytes * 2

func apply(t preview.Text, e Encoding, changes []Change) (preview.Text, error) {
	for _, c := range changes {
		text := Clean(c.Text)
		if c.Range != nil {
			old, at := t.String(), e.Span(t, *c.Range)
			text = old[:at.Start] + text + old[at.End:]
		}
		if len(text) > maxText {
			return t, fmt.Errorf("the document would have %d bytes, more than %d", len(text), maxText)
		}
		t = preview.NewText(text)
	}
	return t, nil
}

// Clean is a text that came over the wire: its own memory, and valid UTF-8.
func Clean(s string) string {
	return strings.Clone(strings.ToValidUTF8(s, "\uFFFD"))
}

// Close forgets a document.
func (d *Documents) Close(at uri.URI) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, at)
}

// Get is a document as it is now; nil if it is not open.
func (d *Documents) Get(at uri.URI) *Document {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open[at]
}

// All are the open documents as they are now.
func (d *Documents) All() map[uri.URI]*Document {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.open)
}
