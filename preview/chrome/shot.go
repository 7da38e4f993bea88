package chrome

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"regexp"
	"time"

	"github.com/go-rod/rod/lib/proto"
	"github.com/sourcegraph/conc"

	"relook/preview"
)

// shotTries is how many frames a shot may take: the browser may have nothing to
// show in the first ones after a change of size.
const shotTries = 8

//go:embed shot.js
var shotScript string

// aboutShot is what shot.js tells before a shot.
type aboutShot struct {
	Width  float64 `json:"width"`  // of the whole document, as far as it can be scrolled
	Height float64 `json:"height"` // of the whole document
	// Moves says that something may look different at every moment of page
	// time and need not be reported as drawn when it is out of the viewport.
	Moves bool `json:"moves"`
}

// shoot takes a picture of the whole page as it stands. The page's layout does
// not see it: the viewport that it is laid out in stays as it was.
func (t *Tab) shoot(ctx context.Context, at time.Duration) (preview.Shot, error) {
	var page aboutShot
	if err := t.Eval(ctx, shotScript, nil, &page); err != nil {
		return preview.Shot{}, fmt.Errorf("measuring the page for a shot: %w", err)
	}
	s := preview.Shot{View: t.view, At: at, Width: t.view.Width}
	s.Height = min(max(int(math.Ceil(page.Height)), t.view.Height), preview.MaxShotHeight)
	page.Moves = page.Moves || t.scripted()
	if page.Moves {
		t.last = nil
	}
	if same, err := t.unchanged(ctx); err != nil {
		return preview.Shot{}, err
	} else if same && t.last.Height == s.Height {
		s.PNG = t.last.PNG
		return s, nil
	}
	var err error
	whole := proto.PageViewport{Width: float64(s.Width), Height: float64(s.Height), Scale: 1}
	scaled := t.view.Scale != 0 && t.view.Scale != 1
	if !t.proc.control || scaled || s.Height != t.view.Height {
		s.PNG, err = t.captureOn(ctx, whole)
	} else {
		s.PNG, err = t.shootFrame(ctx, whole)
	}
	if err != nil {
		return preview.Shot{}, fmt.Errorf("taking a shot: %w", err)
	}
	if page.Moves || !t.proc.control {
		return s, nil
	}
	if err := t.keep(ctx, s); err != nil {
		return preview.Shot{}, fmt.Errorf("drawing the page again after a shot: %w", err)
	}
	return s, nil
}

// scripts are the ways in which a script gets into a page.
var scripts = regexp.MustCompile(`(?i)<script|[\s"'/]on[a-z]+\s*=|javascript:`)

// scripted reports whether scripts may run on the page. What they change out of
// the viewport need not be reported as drawn.
func (t *Tab) scripted() bool {
	src, err := t.site.text(t.site.page.Entry)
	return err != nil || scripts.MatchString(src.String())
}

// keep remembers a shot, so that another is taken only when a frame has drawn
// something. The first frames after a shot draw, as it changes the size of what
// is drawn; a page that goes on drawing is not remembered.
func (t *Tab) keep(ctx context.Context, s preview.Shot) error {
	t.last = &s
	for range settleFrames {
		if same, err := t.unchanged(ctx); err != nil || same {
			return err
		}
	}
	t.last = nil
	return nil
}

// unchanged reports whether the page still looks as it did in the last shot: it
// has the browser draw what has changed since the last such frame.
func (t *Tab) unchanged(ctx context.Context) (bool, error) {
	if t.last == nil {
		return false, nil
	}
	res, err := t.draw(ctx, proto.HeadlessExperimentalBeginFrame{})
	if err != nil {
		return false, fmt.Errorf("drawing a frame: %w", err)
	}
	return !res.HasDamage, nil
}

// settleFrames is how many frames a page may take to be drawn in full again.
const settleFrames = 4

// shootFrame takes the picture with a frame, in a browser that draws on demand:
// of what is in the viewport, as there is nothing drawn beyond it.
func (t *Tab) shootFrame(ctx context.Context, whole proto.PageViewport) ([]byte, error) {
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
	if len(png) == 0 { // it does not draw again what it has drawn
		return t.captureDrawn(ctx, whole)
	}
	return png, nil
}

// captureOn takes the picture of a part of the page.
func (t *Tab) captureOn(ctx context.Context, clip proto.PageViewport) ([]byte, error) {
	if t.proc.control {
		return t.captureDrawn(ctx, clip)
	}
	return t.capture(ctx, clip)
}

// captureDrawn is capture in a browser that draws on demand. It takes several
// times as long as shootFrame, which knows neither a scale nor what is below the
// viewport.
func (t *Tab) captureDrawn(ctx context.Context, clip proto.PageViewport) ([]byte, error) {
	var wg conc.WaitGroup
	var png []byte
	var err error
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		png, err = t.capture(ctx, clip)
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

// capture takes the picture in a browser that draws by its own clock. It must not
// be CaptureBeyondViewport: for that the browser lays the page out 1 px wide for an
// instant, so that queries of the width flip, resize is fired and transitions begin.
// Without it the picture shows what is painted beyond the viewport, which
// mainFrameClipsContent in browserFlags is for.
func (t *Tab) capture(ctx context.Context, clip proto.PageViewport) ([]byte, error) {
	res, err := proto.PageCaptureScreenshot{
		Format: proto.PageCaptureScreenshotFormatPng, OptimizeForSpeed: true, Clip: &clip,
	}.Call(t.in(ctx))
	if err != nil {
		return nil, err
	}
	return res.Data, nil
}
