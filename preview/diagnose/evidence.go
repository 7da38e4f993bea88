package diagnose

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"relook/preview"
	"relook/preview/markup"
)

// properties are the computed values that evidence holds: what lays a thing
// out and what colours it.
var properties = []string{
	"display", "position", "top", "right", "bottom", "left", "float", "clear", "z-index", "box-sizing",
	"width", "min-width", "max-width", "height", "min-height", "max-height", "aspect-ratio", "object-fit",
	"margin-top", "margin-right", "margin-bottom", "margin-left",
	"padding-top", "padding-right", "padding-bottom", "padding-left",
	"overflow-x", "overflow-y", "overflow-wrap", "white-space", "text-overflow", "text-align", "word-break",
	"flex-direction", "flex-wrap", "flex-grow", "flex-shrink", "flex-basis", "justify-content", "align-items",
	"grid-template-columns", "grid-template-rows", "row-gap", "column-gap", "transform",
	"color", "background-color", "background-image", "background-size", "opacity", "visibility", "pointer-events",
	"font-size", "font-family", "font-weight", "line-height", "letter-spacing", "animation-name",
}

// parse reads the page's source, once.
func (s *site) parse() {
	if s.markup != nil {
		return
	}
	if src := s.file(s.page.Entry); src != nil {
		s.markup = markup.Parse(*src)
	}
}

// investigate gathers evidence for the costliest drafts, each in the view in
// which it is worst, and names their causes.
func (s *site) investigate(ctx context.Context, drafts []*draft) error {
	s.parse()
	byView := make([][]*draft, len(s.tabs))
	for _, d := range costliest(drafts, maxEvidence) {
		if known := d.worst().settled; known != nil {
			d.subjects, d.cause = known.subjects, known.cause
		} else if d.ignored == nil && (d.check != nil || d.rule == FailedRequest) {
			view := d.worst().view
			byView[view] = append(byView[view], d)
		}
	}
	chosen := make([]map[*draft]suspect, len(s.tabs))
	p := s.pool(ctx)
	for view, list := range byView {
		if len(list) == 0 {
			continue
		}
		p.Go(func(ctx context.Context) error {
			w := s.witness(s.tabs[view])
			var err error
			if s.options.Evidence {
				chosen[view], err = w.question(ctx, list)
			} else {
				chosen[view], err = w.ask(ctx, list)
			}
			return err
		})
	}
	err := p.Wait()
	for view, list := range byView {
		for _, d := range list {
			d.cause = s.causeOf(d, chosen[view][d]) // the start tag where there was no time for more
		}
	}
	return err
}

// causeOf is the declaration of the suspect, else the start tag of the first
// element. Of a declaration that is not the person's it is the nearest place that
// is.
func (s *site) causeOf(d *draft, found suspect) *preview.Cause {
	var cause *preview.Cause
	if found.property != "" {
		rule := d.subjects[found.subject].Rules[found.rule]
		d.places = append(d.places, preview.SourceSpan{File: rule.Body.File, Span: rule.Decls[found.decl].Span})
		if cause = s.declaredAt(rule, found.decl); cause != nil && cause.Foreign == nil {
			return cause
		}
	}
	if cause != nil && d.own.property != "" {
		if own := s.declaredAt(d.subjects[d.own.subject].Rules[d.own.rule], d.own.decl); own != nil {
			own.Foreign = cause.Foreign
			return own
		}
	}
	for _, subject := range d.subjects {
		if subject.StartTag == nil || subject.Role != "element" {
			continue
		}
		if tag := s.tagOf(subject.XPath); tag != nil && cause == nil {
			return tag
		} else if tag != nil {
			return s.ours(cause, subject.XPath)
		}
	}
	if cause != nil {
		return s.ours(cause, d.loader)
	}
	return d.cause
}

// A witness gathers evidence in one tab.
type witness struct {
	site   *site
	tab    Tab
	markup *markup.Markup
	entry  string
	styles map[string][]preview.StyleRule // by XPath
}

func (s *site) witness(tab Tab) *witness {
	return &witness{site: s, tab: tab, markup: s.markup, entry: s.page.Entry, styles: map[string][]preview.StyleRule{}}
}

// A party is an element that a draft wants described.
type party struct{ role, xpath string }

// question fills the drafts' subjects and finds the most likely suspect of each.
func (w *witness) question(ctx context.Context, list []*draft) (map[*draft]suspect, error) {
	parties, err := w.parties(ctx, list)
	if err != nil {
		return nil, err
	}
	paths := pathsOf(parties)
	described := map[string]*description{}
	var all []*description
	arg := map[string]any{"entry": "subjects", "paths": paths, "properties": properties}
	if err := call(ctx, w.tab, arg, &all); err != nil {
		return nil, err
	}
	there := []string{}
	for i, d := range all {
		if described[paths[i]] = d; d != nil {
			there = append(there, paths[i])
		}
	}
	if err := w.readStyles(ctx, there); err != nil {
		return nil, err
	}
	for i, d := range list {
		w.describe(d, parties[i], described)
	}
	return w.accuse(ctx, list)
}

// parties lists the elements of each draft: those at fault first.
func (w *witness) parties(ctx context.Context, list []*draft) ([][]party, error) {
	out := make([][]party, len(list))
	for i, d := range list {
		worst := d.worst()
		if d.rule == FailedRequest {
			var xpath string
			if err := call(ctx, w.tab, map[string]any{"entry": "referrer", "urls": slices.Sorted(maps.Keys(d.asked))}, &xpath); err != nil {
				return nil, err
			}
			if xpath != "" {
				out[i] = []party{{"element", xpath}}
			}
			continue
		}
		for _, e := range d.exhibit() {
			out[i] = append(out[i], party{"element", e.XPath})
		}
		for _, o := range worst.Others {
			out[i] = append(out[i], party{o.Role, o.XPath})
		}
		out[i] = out[i][:min(len(out[i]), maxSubjects)]
	}
	return out, nil
}

// pathsOf lists the elements, each once.
func pathsOf(parties [][]party) []string {
	paths := []string{}
	for _, of := range parties {
		for _, p := range of {
			if !slices.Contains(paths, p.xpath) {
				paths = append(paths, p.xpath)
			}
		}
	}
	return paths
}

// A description is what the script says of a subject.
type description struct {
	Tag      string            `json:"tag"`
	Selector string            `json:"selector"`
	Computed map[string]string `json:"computed"`
	Box      box               `json:"box"`
}

func (w *witness) describe(d *draft, of []party, described map[string]*description) {
	for _, p := range of {
		is := described[p.xpath]
		if is == nil {
			continue
		}
		subject := preview.Subject{Role: p.role, XPath: p.xpath, Tag: is.Tag, Rules: w.styles[p.xpath], Computed: is.Computed, Box: is.Box}
		subject.StartTag = w.startTag(p.xpath)
		if words := d.worst().Words; d.rule == LowContrast && p.role == "element" {
			subject.Computed = map[string]string{}
			for k, v := range is.Computed {
				subject.Computed[k] = v
			}
			subject.Computed["color"] = words["color"]
			subject.Computed["relook-background"] = words["background"]
		}
		d.subjects, d.hints = append(d.subjects, subject), append(d.hints, nil)
	}
}

// startTag is where the start tag of an element stands; nil if a script made it.
func (w *witness) startTag(xpath string) *preview.SourceSpan {
	if w.markup == nil {
		return nil
	}
	span, ok := w.markup.StartTag(xpath)
	if !ok {
		return nil
	}
	return &preview.SourceSpan{File: w.entry, Span: span}
}

// readStyles reads the rules of all elements at paths.
func (w *witness) readStyles(ctx context.Context, paths []string) error {
	rules := make([][]preview.StyleRule, len(paths))
	p := pool.New().WithMaxGoroutines(stylesAtOnce).WithContext(ctx).WithCancelOnError().WithFirstError()
	for i, path := range paths {
		p.Go(func(ctx context.Context) (err error) {
			rules[i], err = w.tab.Styles(ctx, elementScript, map[string]any{"entry": "element", "path": path})
			if err != nil {
				return fmt.Errorf("reading the styles of %s: %w", path, err)
			}
			return nil
		})
	}
	if err := p.Wait(); err != nil {
		return err
	}
	for i, path := range paths {
		w.styles[path] = rules[i]
	}
	return nil
}

// stylesAtOnce is how many elements' styles are read at once: enough to keep
// the page, the browser and relook busy at the same time.
const stylesAtOnce = 6
