package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/preview"
	"relook/preview/diagnose"
	"relook/preview/markup"
	"relook/server/protocol"
	"relook/server/workspace"
)

// A result is what one look at a page found. It never changes.
type result struct {
	gen       uint64
	profile   preview.Profile
	diagnosis preview.Diagnosis
	views     int
	unseen    bool // there was nothing to look at
	items     map[uri.URI][]item
	shots     []preview.Shot // if somebody watches
}

// An item is a defect as a diagnostic of a document.
type item struct {
	diag   lsp.Diagnostic
	defect *preview.Defect // nil for what is no defect
	file   string          // in which the diagnostic stands
	span   preview.Span
	ignore *preview.Edit // has the defect ignored; nil if there is no place for it
}

// source is what relook's diagnostics are signed with.
const source = "relook"

// maxRelated is how many elements of a defect are pointed at.
const maxRelated = 5

// A placer turns places in files into ranges of documents.
type placer struct {
	s    *server
	p    *page
	page preview.Page
	open map[string]*workspace.Document // by path in the folder
	enc  workspace.Encoding
	read map[string]*preview.Text
	tags *markup.Markup // of the entry file
}

func (s *server) placer(p *page, shown preview.Page, open map[uri.URI]*workspace.Document) *placer {
	w := &placer{s: s, p: p, page: shown, open: map[string]*workspace.Document{}, enc: s.encoding(), read: map[string]*preview.Text{}}
	for at, doc := range open {
		if name, err := p.folder.Path(at); err == nil {
			w.open[name] = doc
		}
	}
	return w
}

// uri is the address of a file, as the editor writes it if it is open.
func (w *placer) uri(name string) uri.URI {
	if doc := w.open[name]; doc != nil {
		return doc.URI
	}
	return w.p.folder.URI(name)
}

func (w *placer) text(name string) *preview.Text {
	if t, ok := w.read[name]; ok {
		return t
	}
	var text *preview.Text
	if t, err := w.page.Read(name); err == nil {
		text = &t
	}
	w.read[name] = text
	return text
}

// rng is a span of a file in the client's units. Editors don't count the byte
// order mark of a file on disk.
func (w *placer) rng(name string, span preview.Span) lsp.Range {
	text := w.text(name)
	if text == nil {
		return lsp.Range{}
	}
	return toRange(*text, span, w.enc, w.open[name] != nil)
}

func toRange(text preview.Text, span preview.Span, enc workspace.Encoding, open bool) lsp.Range {
	if !open && text.HasBOM() {
		const mark = len("\ufeff")
		text = preview.NewText(text.String()[mark:])
		span.Start, span.End = max(0, span.Start-mark), max(0, span.End-mark)
	}
	return protocol.Range(enc.Range(text, span))
}

// element is the start tag of an element of the page.
func (w *placer) element(xpath string) (preview.Span, bool) {
	text := w.text(w.p.entry)
	if text == nil {
		return preview.Span{}, false
	}
	if w.tags == nil {
		w.tags = markup.Parse(*text)
	}
	return w.tags.StartTag(xpath)
}

// at is where a defect is shown: at what causes it, else at its first element,
// else at the top of the page.
func (w *placer) at(d preview.Defect) (file string, span preview.Span) {
	if c := d.Cause; c != nil {
		if text := w.text(c.File); text != nil {
			return c.File, text.Span(c.Range)
		}
	}
	for _, e := range d.Elements {
		if span, ok := w.element(e.XPath); ok {
			return w.p.entry, span
		}
	}
	return w.p.entry, w.top()
}

// top is the first line of the page.
func (w *placer) top() preview.Span {
	text := w.text(w.p.entry)
	if text == nil {
		return preview.Span{}
	}
	return preview.Span{End: text.Offset(preview.Position{Character: len(text.Line(0))})}
}

// items are the diagnostics of a result, by document.
func (s *server) items(p *page, shown preview.Page, open map[uri.URI]*workspace.Document, r *result, set Settings) map[uri.URI][]item {
	w, list := s.placer(p, shown, open), map[uri.URI][]item{}
	s.mu.Lock()
	c := s.client_
	s.mu.Unlock()
	add := func(i item) {
		at := w.uri(i.file)
		list[at] = append(list[at], i)
	}
	if !r.diagnosis.Valid {
		add(w.note(lsp.DiagnosticSeverityError, "invalid-render", "The page can't be judged: "+r.diagnosis.InvalidReason+"."))
		return list
	}
	defects := r.diagnosis.Defects
	for i := range defects[:min(len(defects), set.MaxDefects)] {
		add(w.item(&defects[i], c))
	}
	if n := len(defects) - set.MaxDefects; n > 0 {
		add(w.note(lsp.DiagnosticSeverityInformation, "more-defects",
			fmt.Sprintf("%d more defects of this page are not listed: the worst %d are.", n, set.MaxDefects)))
	}
	return list
}

// note is a diagnostic that is about the page as a whole.
func (w *placer) note(severity lsp.DiagnosticSeverity, code, text string) item {
	span := w.top()
	return item{file: w.p.entry, span: span, diag: lsp.Diagnostic{
		Range: w.rng(w.p.entry, span), Severity: severity, Code: lsp.String(code),
		Source: lsp.NewOptional(source), Message: lsp.String(text),
	}}
}

func (w *placer) item(d *preview.Defect, c client) item {
	file, span := w.at(*d)
	diag := lsp.Diagnostic{
		Range: w.rng(file, span), Severity: protocol.Severity(d.Severity), Code: lsp.String(d.Rule),
		Source: lsp.NewOptional(source), Message: lsp.String(d.Message),
	}
	if data, err := json.Marshal(map[string]string{"page": string(w.uri(w.p.entry)), "key": d.Key()}); err == nil {
		diag.Data = data
	}
	if c.links {
		if link := w.s.web.rule(d.Rule); link != "" {
			diag.CodeDescription = lsp.CodeDescription{Href: uri.URI(link)}
		}
	}
	if c.tags && d.Rule == diagnose.UnusedIgnore {
		diag.Tags = lsp.NewDiagnosticTags(lsp.DiagnosticTagUnnecessary)
	}
	if c.information {
		diag.RelatedInformation = w.related(d, file, span)
	}
	return item{diag: diag, defect: d, file: file, span: span, ignore: w.ignore(d.Rule, file, span)}
}

// related points at the elements that a defect shows at, each with its size in
// the views.
func (w *placer) related(d *preview.Defect, file string, span preview.Span) []lsp.DiagnosticRelatedInformation {
	var paths []string
	said := map[string][]string{}
	for _, e := range d.Elements {
		if !slices.Contains(paths, e.XPath) {
			paths = append(paths, e.XPath)
		}
		said[e.XPath] = append(said[e.XPath], fmt.Sprintf("%.0f x %.0f px at %s", e.Box.Width, e.Box.Height, e.View))
	}
	var list []lsp.DiagnosticRelatedInformation
	for _, path := range paths {
		tag, ok := w.element(path)
		if !ok || file == w.p.entry && tag == span || len(list) == maxRelated {
			continue
		}
		i := slices.IndexFunc(d.Elements, func(e preview.Element) bool { return e.XPath == path })
		list = append(list, lsp.DiagnosticRelatedInformation{
			Location: lsp.Location{URI: w.uri(w.p.entry), Range: w.rng(w.p.entry, tag)},
			Message:  d.Elements[i].Selector + ": " + strings.Join(said[path], ", "),
		})
	}
	return list
}

// shownAt are the documents in which a page's diagnostics stand. The caller
// holds server.mu.
func (p *page) shownAt() []uri.URI {
	list := []uri.URI{}
	if p.result != nil {
		for at := range p.result.items {
			list = append(list, at)
		}
	}
	// That a page has none is to be told, too.
	if own := p.folder.URI(p.entry); !slices.Contains(list, own) {
		list = append(list, own)
	}
	return list
}
