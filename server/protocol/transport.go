package protocol

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"go.lsp.dev/jsonrpc2"
)

// MaxMessage is the largest message, in bytes, that is taken: a document of the
// largest size that is rendered, with every character escaped, is smaller.
const MaxMessage = 64 << 20

// maxHeader is the longest line of a message's header.
const maxHeader = 4 << 10

// A Transport is a connection whose messages were checked before the library
// sees them, because the library ends the connection at the first bad one. What
// can't be a message is answered with an error, and reading goes on.
//
// Reading runs in a goroutine of its own: closing a process's stdin does not end
// a read that waits for it, and the server must be able to end all the same.
type Transport struct {
	conn   io.ReadWriteCloser
	in     *bufio.Reader
	frames chan []byte
	rest   []byte // of the frame that is being handed on
	ended  func(error)
	end    error // why nothing more comes; set before frames is closed

	write  sync.Mutex
	closed chan struct{}
	once   sync.Once
}

// NewTransport starts reading messages from conn. ended is called when nothing
// more can be read and the messages before were handled, as far as they are
// handled in order: with io.EOF if the peer closed the connection.
func NewTransport(conn io.ReadWriteCloser, ended func(error)) *Transport {
	t := &Transport{
		conn: conn, in: bufio.NewReaderSize(conn, 64<<10), ended: ended,
		frames: make(chan []byte), closed: make(chan struct{}),
	}
	go t.pump()
	return t
}

// pump reads until the connection ends. Nobody waits for it: a read of stdin
// can't be interrupted.
func (t *Transport) pump() {
	defer close(t.frames)
	for {
		body, err := t.next()
		var bad *badMessage
		switch {
		case errors.As(err, &bad):
			if t.end = t.refuse(bad); t.end != nil {
				return
			}
			continue
		case err != nil:
			t.end = err
			return
		}
		select {
		case t.frames <- body:
		case <-t.closed:
			return
		}
	}
}

// Read implements io.Reader: messages that were checked, each in one frame.
func (t *Transport) Read(p []byte) (int, error) {
	if len(t.rest) == 0 {
		select {
		case body, ok := <-t.frames:
			if !ok {
				t.ended(t.end)
				return 0, io.EOF
			}
			t.rest = append(header(len(body)), body...)
		case <-t.closed:
			return 0, io.EOF
		}
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

func header(n int) []byte {
	return []byte("Content-Length: " + strconv.Itoa(n) + "\r\n\r\n")
}

// Write implements io.Writer. The library writes a frame with one call.
func (t *Transport) Write(p []byte) (int, error) {
	t.write.Lock()
	defer t.write.Unlock()
	return t.conn.Write(p)
}

// Close implements io.Closer.
func (t *Transport) Close() error {
	t.once.Do(func() { close(t.closed) })
	return t.conn.Close()
}

// A badMessage is what is answered in place of being handled.
type badMessage struct {
	id   json.RawMessage // nil if it can't be told
	code jsonrpc2.Code
	why  string // "" when there is nobody to answer
}

func (b *badMessage) Error() string { return b.why }

func (t *Transport) refuse(b *badMessage) error {
	if b.why == "" {
		return nil
	}
	id := b.id
	if id == nil {
		id = json.RawMessage("null")
	}
	body, err := json.Marshal(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   any             `json:"error"`
	}{"2.0", id, map[string]any{"code": b.code, "message": b.why}})
	if err != nil {
		return fmt.Errorf("answering a bad message: %w", err)
	}
	_, err = t.Write(append(header(len(body)), body...))
	return err
}

// next reads a message and checks it.
func (t *Transport) next() ([]byte, error) {
	size, err := t.size()
	if err != nil {
		return nil, err
	}
	if size > MaxMessage {
		if _, err := io.CopyN(io.Discard, t.in, size); err != nil {
			return nil, err
		}
		return nil, &badMessage{code: jsonrpc2.InvalidRequest, why: fmt.Sprintf("the message has %d bytes, more than %d", size, MaxMessage)}
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(t.in, body); err != nil {
		return nil, err
	}
	return check(body)
}

// size reads a header. After a bad one it skips to the next line that begins
// one, so that what follows is understood again.
func (t *Transport) size() (int64, error) {
	size, begun := int64(-1), false
	for {
		line, err := t.line()
		if err != nil {
			return 0, err
		}
		if line == "" {
			if size >= 0 {
				return size, nil
			}
			if begun {
				return 0, t.badHeader("the header names no Content-Length")
			}
			continue // an empty line between messages
		}
		name, value, ok := strings.Cut(line, ":")
		begun = true
		switch {
		case !ok:
			return 0, t.badHeader("the header has a line without a colon")
		case strings.EqualFold(name, "Content-Length"):
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			if err != nil || n < 1 || n > 1<<40 {
				return 0, t.badHeader("the Content-Length is no number of bytes")
			}
			size = n
		}
	}
}

func (t *Transport) badHeader(why string) error {
	for {
		start, err := t.in.Peek(len("content-length:"))
		if err != nil {
			return err
		}
		if strings.EqualFold(string(start), "content-length:") {
			return &badMessage{code: jsonrpc2.ParseError, why: why}
		}
		if _, err := t.in.Discard(1); err != nil {
			return err
		}
	}
}

func (t *Transport) line() (string, error) {
	line, err := t.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull) || len(line) > maxHeader:
		return "a line that is too long", nil
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// check returns a message in the plainest form: what the library might read in
// another way than encoding/json is written anew.
func check(body []byte) ([]byte, error) {
	var m struct {
		Version json.RawMessage `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Method  json.RawMessage `json:"method"`
		Params  json.RawMessage `json:"params"`
		Result  json.RawMessage `json:"result"`
		Error   json.RawMessage `json:"error"`
	}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' && json.Valid(body) {
		return nil, &badMessage{code: jsonrpc2.InvalidRequest, why: "messages come one by one, not as a list"}
	}
	if err := json.Unmarshal(body, &m); err != nil {
		code := jsonrpc2.ParseError
		if json.Valid(body) {
			code = jsonrpc2.InvalidRequest
		}
		return nil, &badMessage{code: code, why: "the message is no JSON object: " + err.Error()}
	}
	id, ok := plainID(m.ID)
	if !ok {
		return nil, &badMessage{code: jsonrpc2.InvalidRequest, why: "the id is not a whole number or a string"}
	}
	if m.Method == nil {
		return response(id, m.Result, m.Error)
	}
	var method string
	switch {
	case string(m.Version) != `"2.0"`:
		return nil, &badMessage{id: id, code: jsonrpc2.InvalidRequest, why: `jsonrpc is not "2.0"`}
	case m.ID != nil && id == nil:
		return nil, &badMessage{code: jsonrpc2.InvalidRequest, why: "the id is null"}
	case json.Unmarshal(m.Method, &method) != nil || method == "":
		return nil, &badMessage{id: id, code: jsonrpc2.InvalidRequest, why: "the method is not a name"}
	case len(m.Params) > 0 && m.Params[0] != '{' && m.Params[0] != '[' && string(m.Params) != "null":
		if id == nil {
			return nil, &badMessage{} // a notification is not answered
		}
		return nil, &badMessage{id: id, code: jsonrpc2.InvalidParams, why: "the params are not an object"}
	}
	return envelope(id, method, m.Params)
}

// plainID is the id as it is answered; nil for none and null.
func plainID(raw json.RawMessage) (json.RawMessage, bool) {
	if raw == nil || string(raw) == "null" {
		return nil, true
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return raw, true
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return json.RawMessage(strconv.FormatInt(n, 10)), err == nil
}

func envelope(id json.RawMessage, method string, params json.RawMessage) ([]byte, error) {
	name, err := json.Marshal(method)
	if err != nil {
		return nil, fmt.Errorf("reading a message: %w", err)
	}
	var b bytes.Buffer
	b.Grow(len(params) + len(name) + len(id) + 64)
	b.WriteString(`{"jsonrpc":"2.0"`)
	if id != nil {
		b.WriteString(`,"id":`)
		b.Write(id)
	}
	b.WriteString(`,"method":`)
	b.Write(name)
	if len(params) > 0 && string(params) != "null" {
		b.WriteString(`,"params":`)
		b.Write(params)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// response is the answer to a request of ours. One that can't be read becomes an
// error, lest who waits for it waits for ever; one to nothing is dropped.
func response(id, result, failure json.RawMessage) ([]byte, error) {
	if id == nil {
		return nil, &badMessage{}
	}
	var wire struct {
		Code    int32           `json:"code"`
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data,omitempty"`
	}
	isError := failure != nil && string(failure) != "null"
	if isError && json.Unmarshal(failure, &wire) != nil {
		wire.Code, wire.Message = int32(jsonrpc2.InternalError), "the client's error can't be read"
	}
	var b bytes.Buffer
	b.WriteString(`{"jsonrpc":"2.0","id":`)
	b.Write(id)
	if isError {
		e, err := json.Marshal(wire)
		if err != nil {
			return nil, fmt.Errorf("reading a response: %w", err)
		}
		b.WriteString(`,"error":`)
		b.Write(e)
	} else {
		if result == nil {
			result = json.RawMessage("null")
		}
		b.WriteString(`,"result":`)
		b.Write(result)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
