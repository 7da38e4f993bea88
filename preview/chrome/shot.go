package chrome

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/go-rod/rod/lib/proto"
	"github.com/sourcegraph/conc"

	"relook/preview"
)

// shotTries is how many frames a shot may take: the browser may have nothing to
// show in the first ones after a change of size.
const shotTries = 8

// heightScript measures the whole document.
const heightScript = `() => {
  const root = Object.getOwnPropertyDescriptor(Document.prototype, "documentElement").get.call(document);
  return root ? Math.max(Object.getOwnPropertyDescriptor(Element.prototype, "scrollHeight").get.call(root), 1) : 1;
}`

// shoot takes a picture of the whole page as it stands. The page's layout does
// not see it: the viewport that it is laid out in stays as it was.
func (t *Tab) shoot(ctx context.Context, at time.Duration) (preview.Shot, error) {
	var height float64
	if err := t.Eval(ctx, heightScript, nil, &height); err != nil {
		return preview.Shot{}, fmt.Errorf("measuring the page for a shot: %w", err)
	}
	s := preview.Shot{View: t.view, At: at, Width: t.view.Width}
	s.Height = min(max(int(math.Ceil(height)), t.view.Height), preview.MaxShotHeight)
	var err error
	switch scaled := t.view.Scale != 0 && t.view.Scale != 1; {
	case !t.proc.control:
		s.PNG, err = t.capture(ctx, s.Width, s.Height)
	case scaled || s.Height != t.view.Height:
		s.PNG, err = t.captureDrawn(ctx, s.Width, s.Height)
	default:
		s.PNG, err = t.shootFrame(ctx, s.Width, s.Height)
	}
	if err != nil {
		return preview.Shot{}, fmt.Errorf("taking a shot: %w", err)
	}
	return s, nil
}

// shootFrame takes the picture with a frame, in a browser that draws on demand.
func (t *Tab) shootFrame(ctx context.Context, width, height int) ([]byte, error) {
	c := t.in(ctx)
	if height != t.view.Height {
		if err := (proto.EmulationSetVisibleSize{Width: width, Height: height}).Call(c); err != nil {
			return nil, err
		}
	}
	var png []byte
	for range shotTries {
		res, err := t.draw(ctx, proto.HeadlessExperimentalBeginFrame{
			Screenshot: &proto.HeadlessExperimentalScreenshotParams{Format: "png", OptimizeForSpeed: true},
		})
		if err != nil {
			return nil, err
		}
		if png = res.ScreenshotData; len(png) > 0 {
			break
		}
	}
	if len(png) == 0 {
		return nil, fmt.Errorf("the browser drew nothing in %d frames", shotTries)
	}
	if height == t.view.Height {
		return png, nil
	}
	return png, proto.EmulationSetVisibleSize{Width: t.view.Width, Height: t.view.Height}.Call(c)
}

// captureDrawn is capture in a browser that draws on demand. It takes several
// times as long as shootFrame, but that one knows no scale.
func (t *Tab) captureDrawn(ctx context.Context, width, height int) ([]byte, error) {
	var wg conc.WaitGroup
	var png []byte
	var err error
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		png, err = t.capture(ctx, width, height)
	})
	for {
		select {
		case <-done:
			wg.Wait()
			return png, err
		default:
		}
		// The capture waits for frames; when they fail, so does it.
		if _, failed := t.draw(ctx, proto.HeadlessExperimentalBeginFrame{}); failed != nil {
			wg.Wait()
			return nil, failed
		}
	}
}

// capture takes the picture in a browser that draws by its own clock.
func (t *Tab) capture(ctx context.Context, width, height int) ([]byte, error) {
	res, err := proto.PageCaptureScreenshot{
		Format: proto.PageCaptureScreenshotFormatPng, OptimizeForSpeed: true, CaptureBeyondViewport: true,
		Clip: &proto.PageViewport{Width: float64(width), Height: float64(height), Scale: 1},
	}.Call(t.in(ctx))
	if err != nil {
		return nil, err
	}
	return res.Data, nil
}
