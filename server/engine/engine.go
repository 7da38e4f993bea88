// Package engine holds the browser for those who look at pages for long, such as
// an editor or an agent: it is started when it is first needed, shared, and let
// go when it was not used for a while.
package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"relook/preview"
)

// DefaultIdle is how long a browser that nobody uses is kept.
const DefaultIdle = 10 * time.Minute

// A Browser renders pages until it is closed.
type Browser interface {
	preview.Renderer
	Close() error
}

// An Engine is the browser of all that renders with the same settings. Its
// fields are set before it is used.
type Engine struct {
	Log  *slog.Logger  // required
	Idle time.Duration // how long a browser that nobody uses is kept; 0 for DefaultIdle

	mu      sync.Mutex
	key     string
	browser Browser
	users   int
	old     []retired // browsers of former settings that are still used
	timer   *time.Timer
	closed  bool
	state   string
}

type retired struct {
	browser Browser
	users   int
}

// The states of the browser.
const (
	None    = "idle"    // none is running
	Running = "running" // one is there
	Missing = "missing" // there is none, or it does not start
)

// With gives do a renderer: the browser that was started with the same key, else
// what start gives. The error of a machine that can't render is a *MachineError.
func (e *Engine) With(ctx context.Context, key string, start func() (Browser, error), do func(preview.Renderer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := e.take(key, start)
	if err == nil {
		err = e.guarded(b, do)
	}
	var input *preview.InputError
	var inside *InsideError
	switch {
	case err == nil:
		e.set(Running)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &input), errors.As(err, &inside):
	default:
		e.set(Missing)
		return &MachineError{err}
	}
	return err
}

// guarded has a mistake of ours be an error, and the browser be given back.
func (e *Engine) guarded(b Browser, do func(preview.Renderer) error) (err error) {
	defer e.give(b)
	defer func() {
		if p := recover(); p != nil {
			e.Log.Error("relook failed inside", "panic", p, "stack", string(debug.Stack()))
			err = &InsideError{p}
		}
	}()
	return do(b)
}

// An InsideError is a mistake in relook: the page can't be looked at, others can.
type InsideError struct{ Panic any }

func (e *InsideError) Error() string { return fmt.Sprintf("relook failed inside: %v", e.Panic) }

// A MachineError means that relook can't work here, and not that a page is bad.
type MachineError struct{ Err error }

func (e *MachineError) Error() string { return e.Err.Error() }

func (e *MachineError) Unwrap() error { return e.Err }

func (e *Engine) take(key string, start func() (Browser, error)) (Browser, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errors.New("relook is ending")
	}
	if e.browser != nil && e.key != key {
		e.retire()
	}
	if e.browser == nil {
		b, err := start()
		if err != nil {
			return nil, fmt.Errorf("starting the browser: %w", err)
		}
		e.browser, e.key, e.users = b, key, 0
	}
	e.users++
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
	return e.browser, nil
}

func (e *Engine) give(b Browser) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if b == e.browser {
		if e.users--; e.users == 0 && !e.closed {
			e.timer = time.AfterFunc(cmp.Or(e.Idle, DefaultIdle), e.rest)
		}
		return
	}
	for i := range e.old {
		if e.old[i].browser == b {
			if e.old[i].users--; e.old[i].users == 0 {
				e.old = append(e.old[:i], e.old[i+1:]...)
				e.end(b)
			}
			return
		}
	}
}

// rest lets the browser go that nobody has used for a while.
func (e *Engine) rest() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.browser != nil && e.users == 0 {
		e.retire()
		e.state = None
	}
}

// retire puts the browser away once its last user is done.
func (e *Engine) retire() {
	if e.users > 0 {
		e.old = append(e.old, retired{e.browser, e.users})
	} else {
		e.end(e.browser)
	}
	e.browser, e.users = nil, 0
}

func (e *Engine) end(b Browser) {
	if err := b.Close(); err != nil {
		e.Log.Warn("ending the browser", "err", err)
	}
}

// Restart has the next render start another browser.
func (e *Engine) Restart() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.browser != nil {
		e.retire()
	}
	e.state = None
}

// Close ends all browsers. Everything that uses one must have been cancelled.
func (e *Engine) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.timer != nil {
		e.timer.Stop()
	}
	for _, r := range e.old {
		e.end(r.browser)
	}
	if e.browser != nil {
		e.end(e.browser)
	}
	e.browser, e.old = nil, nil
}

func (e *Engine) set(state string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state = state
}

// State is the browser's state, for people.
func (e *Engine) State() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state == "" {
		return None
	}
	return e.state
}
