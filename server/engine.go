package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"relook/preview"
)

// browserIdle is how long a browser that nobody uses is kept.
const browserIdle = 10 * time.Minute

// An engine holds the browser: started when it is first needed, shared by all
// that renders with the same settings, let go when it was not used for a while.
type engine struct {
	start func(Settings) (Browser, error)
	log   *slog.Logger
	idle  time.Duration

	mu      sync.Mutex
	key     string
	browser Browser
	users   int
	old     []retired // browsers of former settings that are still used
	timer   *time.Timer
	closed  bool
	state   string // for relook/status
}

type retired struct {
	browser Browser
	users   int
}

// The states of the browser.
const (
	browserNone    = "idle"    // none is running
	browserRunning = "running" // one is there
	browserMissing = "missing" // there is none, or it does not start
)

// with gives do a renderer. The error of a machine that can't render is a
// *machineError.
func (e *engine) with(ctx context.Context, s Settings, do func(preview.Renderer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := e.take(s)
	if err == nil {
		err = do(b)
		e.give(b)
	}
	var input *preview.InputError
	switch {
	case err == nil:
		e.set(browserRunning)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &input):
	default:
		e.set(browserMissing)
		return &machineError{err}
	}
	return err
}

// A machineError means that relook can't work here, and not that a page is bad.
type machineError struct{ error }

func (e *machineError) Unwrap() error { return e.error }

func (e *engine) take(s Settings) (Browser, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errors.New("relook is ending")
	}
	if e.browser != nil && e.key != s.BrowserKey {
		e.retire()
	}
	if e.browser == nil {
		b, err := e.start(s)
		if err != nil {
			return nil, fmt.Errorf("starting the browser: %w", err)
		}
		e.browser, e.key, e.users = b, s.BrowserKey, 0
	}
	e.users++
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
	return e.browser, nil
}

func (e *engine) give(b Browser) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if b == e.browser {
		if e.users--; e.users == 0 && !e.closed {
			e.timer = time.AfterFunc(e.idle, e.rest)
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
func (e *engine) rest() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.browser != nil && e.users == 0 {
		e.retire()
		e.state = browserNone
	}
}

// retire puts the browser away once its last user is done.
func (e *engine) retire() {
	if e.users > 0 {
		e.old = append(e.old, retired{e.browser, e.users})
	} else {
		e.end(e.browser)
	}
	e.browser, e.users = nil, 0
}

func (e *engine) end(b Browser) {
	if err := b.Close(); err != nil {
		e.log.Warn("ending the browser", "err", err)
	}
}

// restart has the next render start another browser.
func (e *engine) restart() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.browser != nil {
		e.retire()
	}
	e.state = browserNone
}

// close ends all browsers. Everything that uses one must have been cancelled.
func (e *engine) close() {
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

func (e *engine) set(state string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state = state
}

// is the browser's state.
func (e *engine) is() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state == "" {
		return browserNone
	}
	return e.state
}
