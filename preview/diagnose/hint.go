package diagnose

import (
	"context"
	"maps"
	"slices"

	"relook/preview"
)

// Reading all rules of an element takes the browser 4 ms, and a defect has up to
// six elements. Where only the cause is wanted, the script tells which properties
// some rule that may match declares, in one call for all elements; what turns out
// to matter is then looked up.

// A hint is what is known of the rules of a subject that were not read. It may
// name a property that no rule declares, and leaves none out that one does.
type hint struct {
	properties map[string]bool
	// asked, if not nil, gathers the properties that are asked for; then the
	// answer is always no.
	asked map[string]bool
}

func (h *hint) may(property string) bool {
	if h.asked != nil {
		h.asked[property] = true
		return false
	}
	return h.properties[property]
}

// ask finds the cause of each draft without reading more than it takes.
func (w *witness) ask(ctx context.Context, list []*draft) (map[*draft]suspect, error) {
	parties, err := w.parties(ctx, list)
	if err != nil {
		return nil, err
	}
	hints, err := w.hints(ctx, pathsOf(parties), askedBy(list, parties))
	if err != nil {
		return nil, err
	}
	for i, d := range list {
		d.subjects, d.hints = nil, nil
		for _, p := range parties[i] {
			if h := hints[p.xpath]; h != nil {
				d.subjects = append(d.subjects, preview.Subject{Role: p.role, XPath: p.xpath, StartTag: w.startTag(p.xpath)})
				d.hints = append(d.hints, h)
			}
		}
	}
	return w.accuse(ctx, list)
}

// askedBy lists the properties that the checks of drafts ask for.
func askedBy(list []*draft, parties [][]party) []string {
	asked := &hint{asked: map[string]bool{}}
	for i, d := range list {
		d.subjects, d.hints = nil, nil
		for _, p := range parties[i] {
			d.subjects, d.hints = append(d.subjects, preview.Subject{Role: p.role, XPath: p.xpath}), append(d.hints, asked)
		}
		if d.check != nil {
			d.check.suspects(d)
		}
	}
	return slices.AppendSeq([]string{}, maps.Keys(asked.asked))
}

// hints asks the script about elements; one that is not there has no hint.
func (w *witness) hints(ctx context.Context, paths, properties []string) (map[string]*hint, error) {
	var found []*[]int // by path, the indexes of properties
	arg := map[string]any{"entry": "hints", "paths": paths, "properties": properties}
	if err := call(ctx, w.tab, arg, &found); err != nil {
		return nil, err
	}
	hints := map[string]*hint{}
	for i, list := range found {
		if list == nil {
			continue
		}
		h := &hint{properties: map[string]bool{}}
		for _, n := range *list {
			h.properties[properties[n]] = true
		}
		hints[paths[i]] = h
	}
	return hints, nil
}

// learn reads the rules of the subjects that inquiries want.
func (w *witness) learn(ctx context.Context, inquiries []*inquiry) error {
	if w.site.options.InTurn {
		if err := w.locate(ctx, inquiries); err != nil {
			return err
		}
	}
	paths := []string{}
	for _, t := range inquiries {
		for _, i := range t.wanted() {
			if t.draft.hints[i] == nil {
				continue
			}
			path := t.draft.subjects[i].XPath
			if _, known := w.styles[path]; !known && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	if err := w.readStyles(ctx, paths); err != nil {
		return err
	}
	for _, t := range inquiries {
		for _, i := range t.wanted() {
			if t.draft.hints[i] == nil {
				continue
			}
			t.draft.subjects[i].Rules, t.draft.hints[i], t.learnt = w.styles[t.draft.subjects[i].XPath], nil, true
		}
	}
	return nil
}
