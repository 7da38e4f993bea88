package chrome

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/go-rod/rod/lib/proto"
)

// epoch is when every page believes to be opened: 1 June 2025, 10:00 UTC, in
// seconds since 1970.
const epoch = 1748772000

// maxStep is the most page time between two frames. Libraries that animate take
// a longer gap for a tab in the background and slow down.
const maxStep = 250 * time.Millisecond

// A clock is a tab's virtual page time. Time stands still but while advance
// runs, and every frame is drawn at the page's own time, so that scripts, CSS
// animations and pictures agree and are the same in every render.
type clock struct {
	base    float64       // of the browser's ticks at page time 0, ms
	elapsed time.Duration // page time in this tab since it was opened
	began   time.Duration // elapsed at the start of the load
	drawn   float64       // the last frame's ticks, ms
}

// stopTime begins page time, or goes on with it, and stops it at once.
func (t *Tab) stopTime(ctx context.Context) error {
	r, err := proto.EmulationSetVirtualTimePolicy{
		Policy: proto.EmulationVirtualTimePolicyPause, InitialVirtualTime: epoch,
	}.Call(t.in(ctx))
	if err != nil {
		return err
	}
	t.clock.base, t.clock.began = r.VirtualTimeTicksBase, t.clock.elapsed
	return nil
}

// advance lets page time go on by d, with a frame at every step.
func (t *Tab) advance(ctx context.Context, d time.Duration) error {
	for d > 0 {
		step := min(d, maxStep)
		if err := t.tick(ctx, step); err != nil {
			return err
		}
		if err := t.frame(ctx); err != nil {
			return err
		}
		d -= step
	}
	return nil
}

// tick lets page time go on by d without drawing. Time waits for files that are
// being fetched, so that it does not matter how long they take.
func (t *Tab) tick(ctx context.Context, d time.Duration) error {
	t.mu.Lock()
	before := t.state.budgets
	t.mu.Unlock()
	budget := millis(d)
	starve := maxStarved
	_, err := proto.EmulationSetVirtualTimePolicy{
		Policy: proto.EmulationVirtualTimePolicyPauseIfNetworkFetchesPending,
		Budget: &budget, MaxVirtualTimeTaskStarvationCount: &starve,
	}.Call(t.in(ctx))
	if err != nil {
		return fmt.Errorf("letting page time go on: %w", err)
	}
	t.clock.elapsed += d
	return t.await(ctx, func(s *state) bool { return s.budgets > before })
}

// maxStarved is how many tasks may run at one instant of page time before time
// is pushed on: a page that posts itself messages for ever would stop it.
const maxStarved = 1000

//go:embed pace.js
var paceScript string

// frame draws one frame at the present page time: style, layout, observers,
// animations and requestAnimationFrame run as they would.
func (t *Tab) frame(ctx context.Context) error {
	if !t.proc.control {
		return t.Eval(ctx, paceScript, millis(t.clock.elapsed), nil)
	}
	if _, err := t.draw(ctx, proto.HeadlessExperimentalBeginFrame{NoDisplayUpdates: true}); err != nil {
		return fmt.Errorf("drawing a frame: %w", err)
	}
	return nil
}

// draw has the browser draw a frame at the present page time. All tabs share
// one source of frames, which ends the browser's graphics process when it is
// asked for a frame while another is being drawn.
func (t *Tab) draw(ctx context.Context, f proto.HeadlessExperimentalBeginFrame) (*proto.HeadlessExperimentalBeginFrameResult, error) {
	select {
	case t.proc.drawing <- struct{}{}:
		defer func() { <-t.proc.drawing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.conn.done:
		return nil, errGone
	}
	f.FrameTimeTicks = t.nextTicks()
	return f.Call(t.in(ctx))
}

// nextTicks is when the next frame is: now, in steps that the compositor takes
// for different.
func (t *Tab) nextTicks() *float64 {
	t.clock.drawn = max(t.clock.drawn+0.001, t.clock.base+millis(t.clock.elapsed))
	ticks := t.clock.drawn + 0.0005 // the browser cuts off after microseconds
	return &ticks
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
