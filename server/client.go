package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// An outbox holds what the client is to be told without being asked, so that
// nobody who holds a lock waits for a client that reads slowly. One goroutine,
// server.publish, empties it.
type outbox struct {
	mu    sync.Mutex
	uris  []uri.URI // whose diagnostics may have changed
	again bool      // the client is to ask for diagnostics again
	lens  bool      // the client is to ask for lenses again
	say   []func(context.Context) error
	lost  int
	wake  chan struct{}
}

// maxSaid bounds what waits to be said.
const maxSaid = 1000

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

func (o *outbox) poke() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *outbox) add(list ...uri.URI) {
	o.mu.Lock()
	for _, at := range list {
		if !slices.Contains(o.uris, at) {
			o.uris = append(o.uris, at)
		}
	}
	o.mu.Unlock()
	o.poke()
}

func (o *outbox) refresh() {
	o.mu.Lock()
	o.again = true
	o.mu.Unlock()
	o.poke()
}

func (o *outbox) lenses() {
	o.mu.Lock()
	o.lens = true
	o.mu.Unlock()
	o.poke()
}

// tell has do send something to the client.
func (o *outbox) tell(do func(context.Context) error) {
	o.mu.Lock()
	if len(o.say) < maxSaid {
		o.say = append(o.say, do)
	} else {
		o.lost++
	}
	o.mu.Unlock()
	o.poke()
}

func (o *outbox) take() (uris []uri.URI, again, lens bool, say []func(context.Context) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	uris, again, lens, say = o.uris, o.again, o.lens, o.say
	o.uris, o.again, o.lens, o.say = nil, false, false, nil
	return
}

// once tells things only the first time.
type once struct {
	mu   sync.Mutex
	done map[string]bool
}

func (o *once) first(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done[key] {
		return false
	}
	if o.done == nil || len(o.done) > maxSaid {
		o.done = map[string]bool{}
	}
	o.done[key] = true
	return true
}

func (o *once) forget(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.done, key)
}

const (
	messageError   = lsp.MessageTypeError
	messageWarning = lsp.MessageTypeWarning
	messageInfo    = lsp.MessageTypeInfo
)

// show shows a message to the person.
func (s *server) show(kind lsp.MessageType, text string) {
	s.dirty.tell(func(ctx context.Context) error {
		return s.client.ShowMessage(ctx, &lsp.ShowMessageParams{Type: kind, Message: text})
	})
}

// warn shows a warning, the same only once.
func (s *server) warn(text string) {
	s.log.Warn(text)
	if s.said.first(text) {
		s.show(messageWarning, "relook: "+text)
	}
}

func (s *server) panicked(p any) {
	s.log.Error("relook failed inside", "panic", p, "stack", string(debug.Stack()))
	if s.said.first("panic") {
		s.show(messageError, fmt.Sprintf("relook failed inside: %v. Its log says where.", p))
	}
}

// clientLog hands what is logged on to the client as well.
type clientLog struct {
	inner slog.Handler
	s     *server
	attrs []slog.Attr
}

func (h *clientLog) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelInfo || h.inner.Enabled(ctx, l)
}

func (h *clientLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo && h.s.client != nil {
		var b strings.Builder
		b.WriteString(r.Message)
		add := func(a slog.Attr) bool {
			fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
			return true
		}
		for _, a := range h.attrs {
			add(a)
		}
		r.Attrs(add)
		kind, text := lsp.MessageTypeInfo, b.String()
		switch {
		case r.Level >= slog.LevelError:
			kind = lsp.MessageTypeError
		case r.Level >= slog.LevelWarn:
			kind = lsp.MessageTypeWarning
		}
		h.s.dirty.tell(func(ctx context.Context) error {
			return h.s.client.LogMessage(ctx, &lsp.LogMessageParams{Type: kind, Message: text})
		})
	}
	if !h.inner.Enabled(ctx, r.Level) {
		return nil
	}
	return h.inner.Handle(ctx, r)
}

func (h *clientLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &clientLog{inner: h.inner.WithAttrs(attrs), s: h.s, attrs: append(slices.Clip(h.attrs), attrs...)}
}

func (h *clientLog) WithGroup(name string) slog.Handler {
	return &clientLog{inner: h.inner.WithGroup(name), s: h.s, attrs: h.attrs}
}

// trace tells the client what the server does, if it asked to be told.
func (s *server) trace(text string) {
	s.mu.Lock()
	on := s.given.trace == lsp.TraceValueMessages || s.given.trace == lsp.TraceValueVerbose
	s.mu.Unlock()
	if on {
		s.dirty.tell(func(ctx context.Context) error {
			return s.client.LogTrace(ctx, &lsp.LogTraceParams{Message: text})
		})
	}
}
