package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"relook/preview"
)

// MaxDrafts is the most drafts that one request can ask for.
const MaxDrafts = 10

// GenerateConfig says how a page is generated.
type GenerateConfig struct {
	// Refine says how the chosen draft is refined. Its Instruction and Request are not used.
	Refine  Config
	Drafter Drafter // required
	// Request is what the person asked for in words; required.
	Request string
	Drafts  int // how many are written, 1 to MaxDrafts; default 1
	// Write, if set, is told each piece of a draft, numbered from 0, as it comes.
	Write func(draft int, piece string)
}

// A Generated is a page that was written and refined.
type Generated struct {
	// Text is the page. It has been rendered, and is never "" without an error.
	Text string
	// Trace is that of the refinement of the chosen draft, with all drafts.
	Trace *Trace
}

// NoDraftError says that no draft could be used.
type NoDraftError struct{ Drafts []Draft }

func (e *NoDraftError) Error() string {
	why := "none was written"
	if n := len(e.Drafts); n > 0 {
		why = e.Drafts[n-1].Problem
	}
	return fmt.Sprintf("no draft of the page could be used, of %s: %s: ask again in other words, for more drafts, or another model", plural(len(e.Drafts), "draft"), why)
}

// Trace is what there is to tell of drafts of the page at path.
func (e *NoDraftError) Trace(path string) *Trace {
	none := &preview.Rendering{Diagnosis: preview.Diagnosis{Path: path, InvalidReason: e.Error()}}
	return &Trace{Path: path, Status: Failed, Before: none, After: none, Drafts: e.Drafts}
}

// Generate writes a page into the empty or missing entry file of page, in
// memory: it asks for drafts, renders each, has one that does not render written
// again once or drops it, and refines the one with the least cost. When no draft
// renders it is a *NoDraftError. When the machine fails after one did, the
// Generated beside the error is what there was by then.
func Generate(ctx context.Context, c GenerateConfig, page preview.Page) (*Generated, error) {
	if c.Drafter == nil || c.Refine.Renderer == nil || c.Request == "" {
		return nil, errors.New("generating: a drafter, a renderer and a request are required")
	}
	g := &generation{GenerateConfig: c, page: page}
	start := time.Now()
	if err := g.write(ctx); err != nil {
		return nil, err
	}
	best := g.choose()
	if best == nil {
		return nil, &NoDraftError{Drafts: g.drafts}
	}
	c.Refine.Instruction, c.Refine.Request = "", c.Request
	trace, err := Refine(ctx, c.Refine, g.with(best.Text))
	if trace == nil {
		trace = &Trace{Path: page.Entry, Status: Unchanged, Before: g.rendered, After: g.rendered}
	}
	trace.Drafts = g.drafts
	trace.Millis = millis(time.Since(start))
	trace.PolicyMillis += millis(g.waited)
	out := &Generated{Text: best.Text, Trace: trace}
	if text, ok := trace.Files[page.Entry]; ok {
		out.Text = text
	}
	return out, err
}

// A generation is one Generate under way.
type generation struct {
	GenerateConfig
	page     preview.Page // without the entry file
	drafts   []Draft
	rendered *preview.Rendering // of the best draft so far
	waited   time.Duration
}

// with is the page with a draft as its entry file.
func (g *generation) with(text string) preview.Page {
	return preview.Page{FS: preview.Overlay(g.page.FS, map[string]string{g.page.Entry: text}), Entry: g.page.Entry}
}

// write asks for the drafts and for what does not render once more.
func (g *generation) write(ctx context.Context) error {
	for n := range min(max(g.Drafts, 1), MaxDrafts) {
		d, err := g.draft(ctx, DraftTask{Number: n})
		if err == nil && !d.Valid && d.Text != "" {
			_, err = g.draft(ctx, DraftTask{Number: n, Previous: d.Text, Problem: d.Problem})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// draft asks for one and renders it.
func (g *generation) draft(ctx context.Context, t DraftTask) (Draft, error) {
	d := Draft{Number: t.Number}
	t.Instruction = g.Request
	t.Asked = func(e Exchange) { d.Exchanges = append(d.Exchanges, e) }
	if g.Write != nil {
		t.Write = func(piece string) { g.Write(t.Number, piece) }
	}
	step := fmt.Sprintf("draft %d: asking %s", t.Number+1, g.Drafter.Name())
	if t.Previous != "" {
		step += " once more, as it does not render"
	}
	g.progress("propose", step)
	start := time.Now()
	text, err := g.Drafter.Draft(ctx, t)
	g.waited += time.Since(start)
	var unusable *UnusableError
	switch {
	case errors.As(err, &unusable):
		d.Problem = unusable.Reason
	case err != nil:
		return d, fmt.Errorf("draft %d: %w", t.Number+1, err)
	default:
		d.Text = text
		if err := g.render(ctx, &d); err != nil {
			return d, err
		}
	}
	g.drafts = append(g.drafts, d)
	return d, nil
}

func (g *generation) render(ctx context.Context, d *Draft) error {
	g.progress("render", fmt.Sprintf("draft %d: rendering it", d.Number+1))
	page := g.with(d.Text)
	if _, err := page.Source(); err != nil {
		d.Problem = err.Error()
		return nil
	}
	r, err := g.Refine.Renderer.Render(ctx, page, g.Refine.options(preview.NoShots))
	if err != nil {
		return fmt.Errorf("rendering draft %d: %w", d.Number+1, err)
	}
	d.Valid, d.Problem = r.Diagnosis.Valid, r.Diagnosis.InvalidReason
	if d.Valid {
		d.Cost = r.Diagnosis.Cost()
		if best := g.best(); best == nil || d.Cost < best.Cost {
			g.rendered = r
		}
	}
	return nil
}

// best is the valid draft with the least cost, the first of them; nil for none.
func (g *generation) best() *Draft {
	var best *Draft
	for i := range g.drafts {
		if d := &g.drafts[i]; d.Valid && (best == nil || d.Cost < best.Cost) {
			best = d
		}
	}
	return best
}

func (g *generation) choose() *Draft {
	best := g.best()
	if best != nil {
		best.Chosen = true
	}
	return best
}

func (g *generation) progress(step, text string) {
	if g.Refine.Progress != nil {
		g.Refine.Progress(Progress{Step: step, Text: text})
	}
}
