// Package servertest is an editor for tests: it speaks with a language server over
// a pipe in plain JSON, with nothing of the server's own code between, keeps the
// documents that it has open, and runs the scenarios of server/testdata.
package servertest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// A Message is one of the protocol, in either direction.
type Message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *Error          `json:"error,omitempty"`
}

// An Error is the answer to a request that failed.
type Error struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Message) }

// An Editor is a client. Set its fields before Start.
type Editor struct {
	// Answer answers what the server asks; the default answers null, and applies
	// edits.
	Answer func(method string, params json.RawMessage) (any, *Error)
	// Heard is told of every notification of the server, in order.
	Heard func(method string, params json.RawMessage)

	conn io.ReadWriteCloser

	mu      sync.Mutex
	write   sync.Mutex
	next    int
	waiting map[string]chan Message
	stray   []Message // answers that nobody waits for, such as those to what is no message
	log     []Message // notifications and requests of the server
	change  chan struct{}
	err     error
	done    chan struct{}
}

// Start begins to read.
func (e *Editor) Start(conn io.ReadWriteCloser) {
	e.conn, e.waiting, e.change, e.done = conn, map[string]chan Message{}, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(e.done)
		in := bufio.NewReader(conn)
		for {
			m, err := readMessage(in)
			if err != nil {
				e.end(err)
				return
			}
			e.take(m)
		}
	}()
}

func readMessage(in *bufio.Reader) (m Message, err error) {
	size := 0
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return m, err
		}
		if line = strings.TrimSpace(line); line == "" {
			break
		}
		if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			if size, err = strconv.Atoi(value); err != nil {
				return m, err
			}
		}
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(in, body); err != nil {
		return m, err
	}
	return m, json.Unmarshal(body, &m)
}

func (e *Editor) end(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = err
	for id, ch := range e.waiting {
		close(ch)
		delete(e.waiting, id)
	}
	e.changed()
}

func (e *Editor) changed() {
	close(e.change)
	e.change = make(chan struct{})
}

func (e *Editor) take(m Message) {
	e.mu.Lock()
	if m.Method == "" {
		ch := e.waiting[string(m.ID)]
		delete(e.waiting, string(m.ID))
		if ch == nil {
			e.stray = append(e.stray, m)
		} else {
			ch <- m
		}
		e.changed()
		e.mu.Unlock()
		return
	}
	e.log = append(e.log, m)
	e.mu.Unlock()
	if m.ID == nil {
		if e.Heard != nil {
			e.Heard(m.Method, m.Params)
		}
	} else {
		go e.answer(m)
	}
	e.mu.Lock()
	e.changed()
	e.mu.Unlock()
}

func (e *Editor) answer(m Message) {
	out := Message{Version: "2.0", ID: m.ID, Result: json.RawMessage("null")}
	if e.Answer != nil {
		result, failure := e.Answer(m.Method, m.Params)
		b, err := json.Marshal(result)
		if err != nil {
			failure = &Error{Message: err.Error()}
		}
		out.Result, out.Error = b, failure
	}
	if out.Error != nil {
		out.Result = nil
	}
	_ = e.Send(out) // the server may be gone
}

// Send sends a message.
func (e *Editor) Send(m Message) error {
	m.Version = "2.0"
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return e.Raw("Content-Length: " + strconv.Itoa(len(b)) + "\r\n\r\n" + string(b))
}

// Raw sends bytes as they are.
func (e *Editor) Raw(text string) error {
	e.write.Lock()
	defer e.write.Unlock()
	_, err := io.WriteString(e.conn, text)
	return err
}

// Notify sends a notification.
func (e *Editor) Notify(method string, params any) error {
	b, err := json.Marshal(params)
	if err != nil {
		return err
	}
	return e.Send(Message{Method: method, Params: b})
}

// errGone says that the server ended the connection.
var errGone = errors.New("the server is gone")

// Begin sends a request; wait gives its answer. The id may be used to cancel it.
func (e *Editor) Begin(method string, params any) (id int, wait func(ctx context.Context, result any) error, err error) {
	b, err := json.Marshal(params)
	if err != nil {
		return 0, nil, err
	}
	if params == nil {
		b = nil
	}
	ch := make(chan Message, 1)
	e.mu.Lock()
	e.next++
	id = e.next
	e.waiting[strconv.Itoa(id)] = ch
	e.mu.Unlock()
	if err := e.Send(Message{ID: json.RawMessage(strconv.Itoa(id)), Method: method, Params: b}); err != nil {
		return 0, nil, err
	}
	return id, func(ctx context.Context, result any) error {
		select {
		case m, ok := <-ch:
			switch {
			case !ok:
				return errGone
			case m.Error != nil:
				return m.Error
			case result == nil || m.Result == nil:
				return nil
			}
			return json.Unmarshal(m.Result, result)
		case <-ctx.Done():
			return fmt.Errorf("waiting for the answer to %s: %w", method, ctx.Err())
		}
	}, nil
}

// Call sends a request and waits for its answer.
func (e *Editor) Call(ctx context.Context, method string, params, result any) error {
	_, wait, err := e.Begin(method, params)
	if err != nil {
		return err
	}
	return wait(ctx, result)
}

// Until waits until ok holds of what the server has sent so far.
func (e *Editor) Until(ctx context.Context, ok func(heard, stray []Message) bool) error {
	for {
		e.mu.Lock()
		heard, stray, change, gone := e.log, e.stray, e.change, e.err
		e.mu.Unlock()
		if ok(heard, stray) {
			return nil
		}
		if gone != nil {
			return errGone
		}
		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Said are all notifications of a method so far.
func (e *Editor) Said(method string) []json.RawMessage {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []json.RawMessage
	for _, m := range e.log {
		if m.Method == method {
			list = append(list, m.Params)
		}
	}
	return list
}

// Close ends the connection.
func (e *Editor) Close() error {
	err := e.conn.Close()
	<-e.done
	return err
}

// Goodbye asks the server to end, as editors do.
func (e *Editor) Goodbye(ctx context.Context) error {
	if err := e.Call(ctx, "shutdown", nil, nil); err != nil {
		return err
	}
	return e.Notify("exit", nil)
}
