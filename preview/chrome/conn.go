package chrome

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// errGone says that the browser ended, or was ended, while it was needed.
var errGone = errors.New("the browser ended unexpectedly: run it again; `relook doctor` looks at the browser")

// A conn is the connection to one browser. It stands between the transport and
// rod's client: it takes the events out of the stream and hands them to
// sessions, so that every event that came before an answer has been handled
// when the answer arrives.
type conn struct {
	cdp.WebSocketable // the transport
	client            *cdp.Client
	done              chan struct{} // closed when the connection has ended

	mu       sync.Mutex
	sessions map[proto.TargetSessionID]handler
}

// A handler takes one event. It runs on the connection's reading goroutine: it
// must return at once and make no calls.
type handler func(method string, params json.RawMessage)

// newConn starts reading from ws. Events without a session go to root.
func newConn(ws cdp.WebSocketable, root handler) *conn {
	c := &conn{
		WebSocketable: ws,
		client:        cdp.New(),
		done:          make(chan struct{}),
		sessions:      map[proto.TargetSessionID]handler{"": root},
	}
	c.client.Start(c)
	return c
}

// wait returns when the reading goroutine has ended.
func (c *conn) wait() {
	for range c.client.Event() { // nothing comes: Read keeps events back
	}
}

// Send passes a call on. Once Read has failed it fails too: an answer would
// never come.
func (c *conn) Send(msg []byte) error {
	select {
	case <-c.done:
		return errGone
	default:
	}
	if c.WebSocketable.Send(msg) != nil {
		return errGone
	}
	return nil
}

// Read deals out events until an answer comes, and returns the answer.
func (c *conn) Read() ([]byte, error) {
	for {
		msg, err := c.WebSocketable.Read()
		if err != nil {
			close(c.done)
			return nil, errGone
		}
		if bytes.HasPrefix(msg, []byte(`{"id":`)) {
			return msg, nil
		}
		c.deal(msg)
	}
}

func (c *conn) deal(msg []byte) {
	var e cdp.Event
	if json.Unmarshal(msg, &e) != nil {
		return
	}
	// Held while the event is handled, so that a session that was closed gets
	// no more events.
	c.mu.Lock()
	defer c.mu.Unlock()
	if handle := c.sessions[proto.TargetSessionID(e.SessionID)]; handle != nil {
		handle(e.Method, e.Params)
	}
}

// open starts a session.
func (c *conn) open(id proto.TargetSessionID, h handler) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions[id] = h
	return &session{conn: c, id: id}
}

// A session is our end of one attached target.
type session struct {
	conn *conn
	id   proto.TargetSessionID
}

// end forgets the session: its events are dropped from now on.
func (s *session) end() {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	delete(s.conn.sessions, s.id)
}

// in returns what rod's proto types call through: the session under ctx.
func (s *session) in(ctx context.Context) caller { return caller{s, ctx} }

// A caller makes protocol calls in a session. It lives as long as a statement,
// which is why it may hold a context.
type caller struct {
	*session
	ctx context.Context
}

// GetContext implements proto.Contextable.
func (c caller) GetContext() context.Context { return c.ctx }

// GetSessionID implements proto.Sessionable.
func (c caller) GetSessionID() proto.TargetSessionID { return c.id }

// Call implements proto.Client.
func (c caller) Call(ctx context.Context, id, method string, params any) ([]byte, error) {
	// The client's goroutine gives up on handing over an answer only when the
	// call's context ends, so it must end when the call returns.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	res, err := c.conn.client.Call(ctx, id, method, params)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	return res, nil
}

// call is for methods and fields that rod's proto package lacks.
func (s *session) call(ctx context.Context, method string, params, result any) error {
	raw, err := s.in(ctx).Call(ctx, string(s.id), method, params)
	if err != nil || result == nil {
		return err
	}
	if err := json.Unmarshal(raw, result); err != nil {
		return fmt.Errorf("%s: decoding the answer: %w", method, err)
	}
	return nil
}
