package chrome

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"math"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"relook/preview"
	"relook/preview/diagnose"
)

// A tabCopy is a page loaded again for probes; it implements diagnose.Copy.
type tabCopy struct {
	*Tab
	heard bool            // whether what the page does is listened to
	deeds []diagnose.Deed // since they were last asked for; guarded by Tab.mu
}

// Copy implements diagnose.Tab.
func (t *Tab) Copy(ctx context.Context) (diagnose.Copy, error) {
	c, err := t.again(ctx, t.view)
	if err != nil {
		return nil, err
	}
	return &tabCopy{Tab: c}, nil
}

// again loads the tab's page in another tab.
func (t *Tab) again(ctx context.Context, v preview.View) (*Tab, error) {
	from := t.viewing
	o := from.options
	o.Shots = preview.NoShots
	again := &viewing{b: from.b, page: from.page, options: o, site: from.site}
	c, _, reason, err := again.one(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("copying the page: %w", err)
	}
	if reason != "" {
		if c != nil {
			from.b.drop(c)
		}
		return nil, fmt.Errorf("%w: %s", diagnose.ErrNoCopy, reason)
	}
	return c, nil
}

// Load implements diagnose.Copy.
func (c *tabCopy) Load(ctx context.Context, v preview.View) error {
	fresh, err := c.again(ctx, v)
	if err != nil {
		return err
	}
	c.Close()
	c.Tab, c.heard = fresh, false
	return nil
}

// Close implements diagnose.Copy. A page that was probed may have left anything
// behind, so its tab is not used again.
func (c *tabCopy) Close() { c.viewing.b.drop(c.Tab) }

// Pass implements diagnose.Copy.
func (c *tabCopy) Pass(ctx context.Context, d time.Duration) error {
	return c.bounded(ctx, "letting page time go on", func(ctx context.Context) error { return c.advance(ctx, d) })
}

// Look implements diagnose.Copy.
func (c *tabCopy) Look(ctx context.Context, v preview.View) error {
	was := c.view
	c.view, c.last = v, nil
	err := firstError(
		func() error { return c.metrics().Call(c.in(ctx)) },
		func() error {
			if v.Media == was.Media && v.Scheme == was.Scheme && v.Motion == was.Motion {
				return nil
			}
			return media(v).Call(c.in(ctx))
		},
		func() error { return c.react(ctx) },
		func() error { return c.Eval(ctx, endScript, nil, nil) },
	)
	if err != nil {
		return fmt.Errorf("looking at the page at %s: %w", v.Name(), err)
	}
	return nil
}

// react draws the frames in which scripts see a change of view. What style
// sheets do needs none: it is there with the next layout.
func (c *tabCopy) react(ctx context.Context) error {
	if !c.scripted() {
		return nil
	}
	return firstError(
		func() error { return c.frame(ctx) },
		func() error { return c.frame(ctx) },
	)
}

// endScript ends the transitions that the change of view set off: page time
// stands still, so they would stay at their first instant.
const endScript = `() => {
  for (const a of Document.prototype.getAnimations.call(document)) if (a instanceof CSSTransition) a.finish();
}`

// Picture implements diagnose.Tab.
func (t *Tab) Picture(ctx context.Context, box preview.Box) (image.Image, error) {
	var page aboutShot
	if err := t.Eval(ctx, shotScript, nil, &page); err != nil {
		return nil, fmt.Errorf("measuring the page for a picture: %w", err)
	}
	width := max(page.Width, float64(t.view.Width))
	height := min(max(page.Height, float64(t.view.Height)), preview.MaxShotHeight)
	x, y := math.Floor(max(box.X, 0)), math.Floor(max(box.Y, 0))
	w, h := math.Ceil(min(box.Right(), width))-x, math.Ceil(min(box.Bottom(), height))-y
	if w < 1 || h < 1 {
		return image.NewNRGBA(image.Rectangle{}), nil
	}
	t.last = nil
	scale := 1.0
	if t.view.Scale > 0 {
		scale = 1 / t.view.Scale
	}
	data, err := t.captureOn(ctx, proto.PageViewport{X: x, Y: y, Width: w, Height: h, Scale: scale})
	if err != nil {
		return nil, fmt.Errorf("taking a picture: %w", err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("decoding a picture: %w", err)
	}
	return img, nil
}
