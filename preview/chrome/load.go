package chrome

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"relook/preview"
)

// errEnded carries the reason why a page can't be rendered. It is a fault of
// the page and becomes Diagnosis.InvalidReason.
type errEnded struct{ reason string }

func (e errEnded) Error() string { return e.reason }

// await waits until ok holds for the state.
func (t *Tab) await(ctx context.Context, ok func(*state) bool) error {
	for {
		t.mu.Lock()
		done, ended, changed := ok(&t.state), t.state.ended, t.changed
		t.mu.Unlock()
		switch {
		case ended != "":
			return errEnded{ended}
		case done:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.conn.done:
			return errGone
		case <-changed:
		}
	}
}

// load brings the page up at view and stops page time when it has loaded.
func (t *Tab) load(ctx context.Context, s *site, view preview.View, allow []string) error {
	t.site, t.view, t.allow, t.last = s, view, allow, nil
	if err := t.emulate(ctx, view); err != nil {
		return fmt.Errorf("setting the view: %w", err)
	}
	nav, err := proto.PageNavigate{URL: s.url()}.Call(t.in(ctx))
	if err != nil {
		return fmt.Errorf("opening the page: %w", err)
	}
	// Aborted means that the page itself went somewhere else meanwhile.
	if nav.ErrorText != "" && nav.ErrorText != "net::ERR_ABORTED" {
		return errEnded{"the page could not be opened: " + nav.ErrorText}
	}
	if err := t.settle(ctx); err != nil || t.inert {
		return err
	}
	// Timers that were set while the page loaded run just before a moment, not
	// just after it.
	return t.advance(ctx, time.Millisecond)
}

// metrics are the sizes of the tab's view.
func (t *Tab) metrics() proto.EmulationSetDeviceMetricsOverride {
	v := t.view
	if v.Scale == 0 {
		v.Scale = 1
	}
	return proto.EmulationSetDeviceMetricsOverride{
		Width: v.Width, Height: v.Height, DeviceScaleFactor: v.Scale, ScreenWidth: &v.Width, ScreenHeight: &v.Height,
	}
}

func (t *Tab) emulate(ctx context.Context, v preview.View) error {
	c := t.in(ctx)
	return firstError(
		func() error { return t.metrics().Call(c) },
		func() error { return media(v).Call(c) },
		func() error { return t.stopTime(ctx) },
		func() error { return t.mute(ctx, t.viewing != nil && t.viewing.options.NoScripts) },
	)
}

// mute keeps the scripts of the page from running. Those of relook's own still do.
func (t *Tab) mute(ctx context.Context, on bool) error {
	if t.muted == on {
		return nil
	}
	t.muted = on
	return proto.EmulationSetScriptExecutionDisabled{Value: on}.Call(t.in(ctx))
}

// media are the media features of a view. Those that are not set are as the
// browser has them.
func media(v preview.View) proto.EmulationSetEmulatedMedia {
	m := proto.EmulationSetEmulatedMedia{Media: v.Media}
	if v.Scheme != "" {
		m.Features = append(m.Features, &proto.EmulationMediaFeature{Name: "prefers-color-scheme", Value: v.Scheme})
	}
	if v.Motion != "" {
		m.Features = append(m.Features, &proto.EmulationMediaFeature{Name: "prefers-reduced-motion", Value: v.Motion})
	}
	return m
}

// While a page loads, page time goes on in steps so small that no timer sees
// them: parsing needs page time to move, but takes as many steps as it likes. A
// page that has not loaded after patience steps waits for a timer.
const (
	loadStep = 4 * time.Microsecond
	patience = 200
	longStep = 10 * time.Millisecond

	wholeStep = 5 * time.Millisecond // more than patience loadSteps, which are less than a millisecond
)

// settle waits for the load event, the fonts and two frames of the document
// that is there at last, and makes the isolated world in it.
func (t *Tab) settle(ctx context.Context) error {
	for n := 0; ; n++ {
		step := loadStep
		if n > patience {
			step = longStep
		}
		if err := t.tick(ctx, step); err != nil {
			return err
		}
		t.mu.Lock()
		commits, loaded := t.state.commits, t.state.commits > 0 && t.state.loads > 0
		t.mu.Unlock()
		if !loaded {
			continue
		}
		// How many steps it took is chance: what is drawn first, and all that
		// counts from then, must not show it.
		if err := t.tick(ctx, wholeStep-(t.clock.elapsed-t.clock.began)%wholeStep); err != nil {
			return err
		}
		ready, err := t.drawn(ctx, commits)
		if err != nil && !t.moved(commits) {
			return err
		}
		if ready && !t.moved(commits) {
			return nil
		}
	}
}

// worldName is what the isolated world is known by.
const worldName = "relook"

// drawn makes the isolated world if it has to, draws two frames and tells
// whether the document's fonts are there.
func (t *Tab) drawn(ctx context.Context, commits int) (bool, error) {
	if t.worldOf != commits {
		w, err := proto.PageCreateIsolatedWorld{FrameID: t.mainFrame(), WorldName: worldName}.Call(t.in(ctx))
		if err != nil {
			return false, fmt.Errorf("making an isolated world: %w", err)
		}
		t.world, t.worldOf = w.ExecutionContextID, commits
	}
	for range 2 {
		if err := t.frame(ctx); err != nil {
			return false, err
		}
	}
	var status string
	if err := t.Eval(ctx, fontsScript, nil, &status); err != nil || status != "loaded" {
		return false, err
	}
	var moves bool
	if err := t.Eval(ctx, startScript, nil, &moves); err != nil || !moves {
		return true, err
	}
	if err := t.tick(ctx, startStep); err != nil {
		return true, err
	}
	return true, t.frame(ctx)
}

// startStep is more than a frame at 60 Hz: between frames the browser may put its
// animations' clock forward by as much, and never back.
const startStep = 20 * time.Millisecond

// startScript has the animations of style sheets begin with the next frame, and
// tells whether there are any. When the browser had them begin while the page
// loaded is chance, and only in a frame does the timeline tell the frame's time
// and not how long the browser has been busy since.
const startScript = `() => {
  const timeline = Object.getOwnPropertyDescriptor(Document.prototype, "timeline").get.call(document);
  const begun = Document.prototype.getAnimations.call(document).filter((a) => a instanceof CSSAnimation && a.playState === "running");
  if (begun.length) requestAnimationFrame(() => { for (const a of begun) a.startTime = timeline.currentTime; });
  return begun.length > 0;
}`

// fontsScript asks the prototype: a form field named "fonts" hides the property.
const fontsScript = `() => Object.getOwnPropertyDescriptor(Document.prototype, "fonts").get.call(document).status`

// moved reports whether another document has come since commits.
func (t *Tab) moved(commits int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state.commits != commits
}

// pass lets page time go on by d, and settles again if the page went on to
// another document meanwhile.
func (t *Tab) pass(ctx context.Context, d time.Duration) error {
	before := t.worldOf
	err := t.advance(ctx, d)
	if t.moved(before) {
		return t.settle(ctx)
	}
	return err
}

// verdict turns an error of a tab into the reason why the page is invalid. It
// gives the error back when the machine or the caller is to blame.
func (t *Tab) verdict(ctx context.Context, err error, timeout time.Duration) (string, error) {
	var ended errEnded
	switch {
	case errors.As(err, &ended):
		return ended.reason, nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case t.over() != "":
		// A crash makes calls fail before its event is read.
		return t.over(), nil
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("the page did not finish within %v: %s", timeout, t.holdup(ctx)), nil
	}
	return "", err
}

// over is why the page can't go on, "" while it can.
func (t *Tab) over() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state.ended
}

// holdup says what keeps a page from finishing.
func (t *Tab) holdup(ctx context.Context) string {
	const soon = 300 * time.Millisecond // far more than an idle page needs
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	_, err := proto.RuntimeEvaluate{Expression: "1"}.Call(t.in(ctx))
	if errors.Is(err, context.DeadlineExceeded) {
		return "a script never ends"
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.state.commits > 1:
		return "it loads itself again and again"
	case t.state.loads == 0:
		return "a file that it waits for never came"
	}
	return "it is too large, or its scripts and animations take too long"
}
