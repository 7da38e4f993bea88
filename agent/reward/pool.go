package reward

import (
	"context"

	"relook/preview"
)

// A Pool shares renderers out: each renders one page at a time. It is safe for use
// by several goroutines.
type Pool struct{ free chan Renderer }

// NewPool shares the renderers out. The caller closes them when nobody renders any
// more.
func NewPool[R Renderer](list ...R) *Pool {
	p := &Pool{free: make(chan Renderer, len(list))}
	for _, r := range list {
		p.free <- r
	}
	return p
}

// Size is the number of renderers, Free how many are idle.
func (p *Pool) Size() int { return cap(p.free) }

// Free is how many renderers are idle.
func (p *Pool) Free() int { return len(p.free) }

// Render renders with the next renderer that is free. When ctx ends while it
// waits, the error is ctx's.
func (p *Pool) Render(ctx context.Context, page preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	select {
	case r := <-p.free:
		defer func() { p.free <- r }()
		return r.Render(ctx, page, o)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
