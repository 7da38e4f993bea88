package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.lsp.dev/jsonrpc2"
	lsp "go.lsp.dev/protocol"

	"relook/preview"
	"relook/preview/report"
	"relook/server/protocol"
)

// previewAsked is a page with pictures that a person asked for beyond those that
// are watched: in another colour scheme or state, with one repair of several, or
// with what a repair changes. Nothing of it is kept.
func (s *server) previewAsked(ctx context.Context, p *page, params protocol.PreviewParams) (protocol.Preview, error) {
	view := preview.View{Width: 1, Height: 1, Scheme: params.Scheme, State: params.State}
	if known, err := preview.ParseView(view.Name()); err != nil || known != view {
		return protocol.Preview{}, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "relook/preview: there is no scheme %q with state %q", params.Scheme, params.State)
	}
	r, m, out := s.shown(p)
	if r == nil {
		return out, nil
	}
	var f *fix
	if m != nil {
		if f = m.fix(params.Fix); f == nil {
			f = m.all // what was asked for is gone with the text that it was for
		}
	}
	if params.Scheme != "" || params.State != "" {
		var err error
		if r, f, err = s.lookAsked(ctx, p, r, f, params); err != nil {
			return protocol.Preview{}, asked(ctx, err)
		}
	}
	drawPreview(&out, r, m, f, s.fresh)
	if params.Difference && f != nil {
		if err := differences(ctx, &out, shotsBefore(r, m), f.after.Shots, s.fresh); err != nil {
			return protocol.Preview{}, asked(ctx, err)
		}
	}
	return out, nil
}

// asked words an error as the answer of a request.
func asked(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return jsonrpc2.NewError(jsonrpc2.Code(lsp.LSPErrorCodesRequestFailed), err.Error())
}

// lookAsked renders the text of r, and the text with f, at the views that were
// asked for. Its number stays that of r: if the page has changed since, the next
// preview says so.
func (s *server) lookAsked(ctx context.Context, p *page, r *result, f *fix, params protocol.PreviewParams) (*result, *fix, error) {
	if !s.looks.enter(ctx, urgency(becauseAsked, "")) {
		return nil, nil, ctx.Err()
	}
	defer s.looks.leave()
	set := p.folder.get()
	shown, open := s.snapshot(p)
	o := set.render(preview.ProfileFast, s.trusts())
	o.Views, o.Shots = viewsAs(o.Views, params), preview.AllShots
	out := &result{gen: r.gen, profile: preview.ProfileFast}
	var now fix
	err := s.browse(ctx, set, func(b preview.Renderer) error {
		before, err := b.Render(ctx, shown, o)
		if err != nil {
			return err
		}
		out.diagnosis, out.views, out.shots = before.Diagnosis, len(before.Inventories), before.Shots
		out.items = s.items(p, shown, open, out, set)
		if f == nil {
			return nil
		}
		now, o.NoCauses = *f, true
		if now.after, err = b.Render(ctx, preview.Page{FS: preview.Overlay(shown.FS, f.files), Entry: shown.Entry}, o); err != nil {
			return err
		}
		now.keys = gone(before, now.after)
		return nil
	})
	if err != nil || f == nil {
		return out, nil, err
	}
	return out, &now, nil
}

// viewsAs are views in the colour scheme and state that were asked for, without
// repeats.
func viewsAs(views []preview.View, params protocol.PreviewParams) (list []preview.View) {
	for _, v := range views {
		if params.Scheme != "" {
			v.Scheme = params.Scheme
		}
		if params.State != "" {
			v.State = params.State
		}
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// shotsBefore are the pictures of a page as it is.
func shotsBefore(r *result, m *mend) []preview.Shot {
	if len(r.shots) == 0 && m != nil {
		return m.trace.Before.Shots
	}
	return r.shots
}

// differences adds to the views of a preview what a repair changes in their last
// pictures.
func differences(ctx context.Context, out *protocol.Preview, before, after []preview.Shot, fresh func(string) bool) error {
	last := map[string]preview.Shot{}
	for _, shot := range before {
		last[shot.View.Name()] = shot
	}
	now := map[string]preview.Shot{}
	for _, shot := range after {
		now[shot.View.Name()] = shot
	}
	for i := range out.Views {
		v := &out.Views[i]
		a, was := last[v.Name]
		b, is := now[v.Name]
		if !was || !is || bytes.Equal(a.PNG, b.PNG) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		picture, err := report.Difference(a.PNG, b.PNG)
		if errors.Is(err, report.ErrSame) {
			continue
		}
		if err != nil {
			return fmt.Errorf("comparing the pictures at %s: %w", v.Name, err)
		}
		b.PNG = picture
		shot := shotOf(b, fresh)
		v.Difference = &shot
	}
	return nil
}

// shoot takes the pictures of a page whose defects are known.
func (s *server) shoot(ctx context.Context, p *page) (shots []preview.Shot, err error) {
	if !s.looks.enter(ctx, urgency(becauseAsked, "")) {
		return nil, ctx.Err()
	}
	defer s.looks.leave()
	set := p.folder.get()
	shown, _ := s.snapshot(p)
	err = s.browse(ctx, set, func(b preview.Renderer) error {
		o := set.render(preview.ProfileFast, s.trusts())
		o.NoCauses, o.Shots = true, preview.AllShots
		r, err := b.Render(ctx, shown, o)
		if err == nil {
			shots = r.Shots
		}
		return err
	})
	return shots, err
}
