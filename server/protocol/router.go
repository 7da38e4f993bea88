package protocol

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// A Router puts a handler of messages behind what the library leaves to its
// users: order, cancelling, panics, and errors of notifications.
//
// Notifications and initialize run in the order in which they arrive, before the
// next message is read; they must be quick and must not call the client. Other
// requests run beside each other.
type Router struct {
	// Allow refuses a message for the state that the server is in: its error is
	// the answer to a request, and drops a notification.
	Allow func(method string, call bool) error
	// Custom handles the methods that are relook's own. It comes before the
	// library's handler, which refuses requests without params. ok is false if
	// the method is not one.
	Custom func(ctx context.Context, method string, params []byte) (result any, ok bool, err error)
	// Handle handles the methods of LSP.
	Handle jsonrpc2.Handler
	Log    *slog.Logger

	mu       sync.Mutex
	inflight map[jsonrpc2.ID]context.CancelFunc
}

// Handler is what the connection is given.
func (r *Router) Handler(ctx context.Context, req *jsonrpc2.Request) (res any, err error) {
	// The library uses the request's own context again for later requests:
	// nothing may be derived from it.
	base, call, method := jsonrpc2.DetachContext(ctx), req.IsCall(), req.Method()
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("a handler panicked", "panic", p, "stack", string(debug.Stack()))
			res, err = nil, jsonrpc2.Errorf(jsonrpc2.InternalError, "relook failed inside: %v", p)
		}
		if !call && err != nil { // an error here would end the connection
			r.Log.Warn("a notification could not be handled", "method", method, "err", err)
			res, err = nil, nil
		}
	}()
	if method == protocol.MethodCancelRequest {
		r.cancel(req.Params())
		return nil, nil
	}
	if err := r.Allow(method, call); err != nil {
		return nil, err
	}
	// What the next message depends on is answered before that is read.
	if !call || method == protocol.MethodInitialize || method == protocol.MethodShutdown {
		return r.handle(base, req)
	}
	id := req.ID()
	own, done, ok := r.begin(base, id)
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "a request with the id %v is still being answered", id)
	}
	defer done()
	jsonrpc2.Async(ctx) // once, on the original context; from here on the request is ours
	method = req.Method()
	if res, err = r.handle(own, req); err != nil && own.Err() != nil {
		err = protocol.ErrRequestCancelled
	}
	return res, err
}

func (r *Router) handle(ctx context.Context, req *jsonrpc2.Request) (any, error) {
	if r.Custom != nil {
		if res, ok, err := r.Custom(ctx, req.Method(), req.Params()); ok {
			return res, err
		}
	}
	res, err := r.Handle(ctx, req)
	if errors.Is(err, jsonrpc2.ErrParse) {
		// The message was JSON: what is wrong is what the method was given.
		err = jsonrpc2.NewError(jsonrpc2.InvalidParams, "the params can't be read: "+err.Error())
	}
	return res, err
}

func (r *Router) begin(base context.Context, id jsonrpc2.ID) (context.Context, func(), bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inflight == nil {
		r.inflight = map[jsonrpc2.ID]context.CancelFunc{}
	}
	if r.inflight[id] != nil {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(base)
	r.inflight[id] = cancel
	return ctx, func() {
		r.mu.Lock()
		delete(r.inflight, id)
		r.mu.Unlock()
		cancel()
	}, true
}

func (r *Router) cancel(params []byte) {
	var p struct{ ID json.RawMessage }
	var n int64
	var text string
	var id jsonrpc2.ID
	switch {
	case json.Unmarshal(params, &p) != nil:
		return
	case json.Unmarshal(p.ID, &n) == nil:
		id = jsonrpc2.NewNumberID(n)
	case json.Unmarshal(p.ID, &text) == nil:
		id = jsonrpc2.NewStringID(text)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if cancel := r.inflight[id]; cancel != nil {
		cancel()
	}
}

// A Codec writes and reads what the library's own, which is not exported, does.
type Codec struct{}

// Marshal implements jsonrpc2.Codec.
func (Codec) Marshal(v any) ([]byte, error) {
	switch raw := v.(type) {
	case jsonrpc2.RawMessage:
		return raw, nil
	case json.RawMessage:
		return raw, nil
	case interface{ relook() }:
		return json.Marshal(v)
	}
	return protocol.Marshal(v)
}

// Unmarshal implements jsonrpc2.Codec.
func (Codec) Unmarshal(b []byte, v any) error {
	if raw, ok := v.(*json.RawMessage); ok {
		*raw = append((*raw)[:0], b...)
		return nil
	}
	return protocol.Unmarshal(b, v)
}
