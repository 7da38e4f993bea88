package replay

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/sourcegraph/conc"
)

// Options say how a recording is played.
type Options struct {
	// Folder, if set, takes the place of the folder that the recorded editor had
	// open: files are read there. It must hold what that held at the start.
	Folder string
	// Patience is how long what must come is waited for; default a minute.
	Patience time.Duration
}

// Play speaks the editor's part of a recording with a server over conn, and
// returns where the server's part is another one: nil if it is the same. What is
// compared:
//   - each request of the editor is answered, with the same essence (see there).
//     What is looked up, such as code actions, changes while the server works: it
//     is asked for until it is what was recorded, and only as it was last before
//     the editor said something else;
//   - before each message of the editor, all that was published by then in the
//     recording has been published, word for word, the last of each document;
//   - the server asks what it asked, and the edits that it sends are the same.
//
// Times are not: the editor's part is spoken as fast as the server answers. An
// error means that the recording can't be played.
func Play(ctx context.Context, conn io.ReadWriteCloser, lines []Line, o Options) (differences []string, err error) {
	if o.Patience <= 0 {
		o.Patience = time.Minute
	}
	p := &player{conn: conn, passed: map[string]bool{}, patience: o.Patience, change: make(chan struct{}), answers: map[string]message{}, shown: map[string][]string{}, renewed: map[string]json.RawMessage{}}
	var reading conc.WaitGroup
	reading.Go(p.read)
	defer func() {
		err = errors.Join(err, ignoreClosed(conn.Close()))
		reading.Wait()
	}()
	if p.lines, err = relocated(lines, o.Folder); err != nil {
		return nil, err
	}
	p.pass()
	for n, l := range p.lines {
		if l.Message == nil {
			return p.differences, fmt.Errorf("message %d of the recording is none: %.60q", n+1, l.Raw)
		}
		var m message
		if err := json.Unmarshal(l.Message, &m); err != nil {
			return p.differences, fmt.Errorf("message %d of the recording: %w", n+1, err)
		}
		if err := p.step(ctx, l.From, m, l.Message); err != nil {
			return p.differences, fmt.Errorf("message %d of the recording, %s: %w", n+1, m.Method, err)
		}
	}
	return p.differences, nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return err
}

// relocated are the lines with another folder.
func relocated(lines []Line, folder string) ([]Line, error) {
	if folder == "" || len(lines) == 0 {
		return lines, nil
	}
	var hello struct {
		Method string
		Params struct {
			RootURI          string
			WorkspaceFolders []struct{ URI string }
		}
	}
	for _, l := range lines {
		if err := json.Unmarshal(l.Message, &hello); err != nil {
			return nil, fmt.Errorf("the recording begins with what is no message: %w", err)
		}
		if hello.Method == "initialize" {
			break // what the server logs may come before it
		}
	}
	old := hello.Params.RootURI
	if w := hello.Params.WorkspaceFolders; len(w) > 0 {
		old = w[0].URI
	}
	if old == "" {
		return nil, errors.New("the recorded editor had no folder open")
	}
	abs, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	now := (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String()
	out := make([]Line, len(lines))
	for i, l := range lines {
		l.Message = bytes.ReplaceAll(l.Message, []byte(strings.TrimSuffix(old, "/")), []byte(now))
		out[i] = l
	}
	return out, nil
}

// A player is one Play under way.
type player struct {
	conn        io.ReadWriteCloser
	patience    time.Duration
	lines       []Line
	asked       map[string]string          // methods of the editor's requests, by id
	sent        map[string]json.RawMessage // those requests, as they were sent
	due         []string                   // what was published in the recording and not waited for yet
	dueOf       []string                   // the documents of it
	renewed     map[string]json.RawMessage // what the server of now says for what it said then
	requests    map[string]message         // of the server then, by its id
	passed      map[string]bool            // ids of look-ups that were asked again
	differences []string

	mu      sync.Mutex
	answers map[string]message  // of the server of now, by id
	shown   map[string][]string // what it published, by document
	asks    []message           // its requests that are not answered
	change  chan struct{}
	gone    error
}

func (p *player) read() {
	in := bufio.NewReader(p.conn)
	for {
		body, err := readFrame(in)
		var m message
		if err == nil {
			err = json.Unmarshal(body, &m)
		}
		p.mu.Lock()
		switch {
		case err != nil:
			p.gone = err
		case m.Method == "":
			p.answers[string(m.ID)] = m
		case m.ID != nil:
			p.asks = append(p.asks, m)
		case m.Method == "textDocument/publishDiagnostics":
			uri, what := published(m.Params)
			p.shown[uri] = append(p.shown[uri], what)
		}
		close(p.change)
		p.change = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// wait waits until ok holds of what the server has said.
func (p *player) wait(ctx context.Context, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	for {
		p.mu.Lock()
		done, change, gone := ok(), p.change, p.gone
		p.mu.Unlock()
		switch {
		case done:
			return nil
		case gone != nil:
			return fmt.Errorf("the server is gone: %w", gone)
		}
		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *player) differ(format string, args ...any) {
	p.differences = append(p.differences, fmt.Sprintf(format, args...))
}

// step follows one message of the recording.
func (p *player) step(ctx context.Context, from string, m message, raw json.RawMessage) error {
	switch {
	case m.ID != nil && p.passed[string(m.ID)] && (from == Client || m.Method == ""):
		return nil
	case from == Client && m.Method != "":
		return p.send(ctx, m, raw)
	case from == Client:
		return p.reply(ctx, m)
	case m.Method == "":
		return p.answered(ctx, m)
	case m.ID != nil:
		if p.requests == nil {
			p.requests = map[string]message{}
		}
		p.requests[string(m.ID)] = m
	case m.Method == "textDocument/publishDiagnostics":
		uri, what := published(m.Params)
		p.dueOf, p.due = append(p.dueOf, uri), append(p.due, what)
	}
	return nil
}

// pass finds the look-ups that were asked again before anything else was said.
func (p *player) pass() {
	last := map[string]string{} // ids by what was asked
	for _, l := range p.lines {
		var m message
		if l.From != Client || json.Unmarshal(l.Message, &m) != nil || m.Method == "" {
			continue
		}
		if !looksUp(m.Method) {
			clear(last)
			continue
		}
		what := m.Method + compact(m.Params)
		if id, ok := last[what]; ok {
			p.passed[id] = true
		}
		last[what] = string(m.ID)
	}
}

// send speaks a request or notification of the editor.
func (p *player) send(ctx context.Context, m message, raw json.RawMessage) error {
	if err := p.publishedByNow(ctx); err != nil {
		return err
	}
	raw = p.renew(m, raw)
	if m.ID != nil {
		if p.asked == nil {
			p.asked, p.sent = map[string]string{}, map[string]json.RawMessage{}
		}
		p.asked[string(m.ID)], p.sent[string(m.ID)] = m.Method, raw
	}
	return writeFrame(p.conn, raw)
}

// publishedByNow waits for what was published last of each document.
func (p *player) publishedByNow(ctx context.Context) error {
	last := map[string]string{}
	for i, uri := range p.dueOf {
		last[uri] = p.due[i]
	}
	p.due, p.dueOf = nil, nil
	for uri, want := range last {
		seen := 0
		err := p.wait(ctx, func() bool {
			for i, got := range p.shown[uri] {
				if got == want {
					seen = i + 1
				}
			}
			return seen > 0
		})
		p.mu.Lock()
		got := p.shown[uri]
		p.shown[uri] = got[seen:]
		p.mu.Unlock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			p.differ("of %s was published\n%s\nand is not any more, but\n%s", uri, want, strings.Join(got, "\n"))
		}
	}
	return nil
}

// renew is a message with what the server of now said in place of what the one
// of then did, and without a process that is to be watched.
func (p *player) renew(m message, raw json.RawMessage) json.RawMessage {
	var field string
	switch m.Method {
	case "initialize":
		field = "processId"
	case "workspace/executeCommand":
		field = "arguments"
	case "codeAction/resolve":
		field = "data"
	default:
		return raw
	}
	var params map[string]json.RawMessage
	if json.Unmarshal(m.Params, &params) != nil {
		return raw
	}
	now, ok := p.renewed[compact(params[field])]
	if m.Method == "initialize" {
		now, ok = json.RawMessage("null"), true
	}
	if !ok {
		return raw
	}
	params[field] = now
	var whole map[string]json.RawMessage
	b, err := json.Marshal(params)
	if err != nil || json.Unmarshal(raw, &whole) != nil {
		return raw
	}
	whole["params"] = b
	if b, err = json.Marshal(whole); err != nil {
		return raw
	}
	return b
}

// answered compares the answer to a request with what was recorded.
func (p *player) answered(ctx context.Context, then message) error {
	id := string(then.ID)
	method, want := p.asked[id], essence(p.asked[id], then)
	for until := time.Now().Add(p.patience); ; {
		var now message
		err := p.wait(ctx, func() (ok bool) {
			now, ok = p.answers[id]
			return ok
		})
		if err != nil {
			return fmt.Errorf("waiting for the answer to %s: %w", method, err)
		}
		got := essence(method, now)
		if got == want {
			p.pair(method, then, now)
			return nil
		}
		if !looksUp(method) || time.Now().After(until) {
			p.differ("%s was answered with\n%s\nand is with\n%s", method, want, got)
			return nil
		}
		p.mu.Lock()
		delete(p.answers, id)
		p.mu.Unlock()
		const again = 50 * time.Millisecond
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := writeFrame(p.conn, p.sent[id]); err != nil {
			return err
		}
	}
}

// pair notes what code actions hand to the editor to be handed back.
func (p *player) pair(method string, then, now message) {
	if method != "textDocument/codeAction" {
		return
	}
	old, fresh := actions(then.Result), actions(now.Result)
	for i := range old {
		p.renewed[compact(old[i].Data)] = fresh[i].Data
		if old[i].Command != nil && fresh[i].Command != nil {
			p.renewed[compact(old[i].Command.Arguments)] = fresh[i].Command.Arguments
		}
	}
	delete(p.renewed, "")
}

// reply answers what the server asks as the recorded editor did.
func (p *player) reply(ctx context.Context, then message) error {
	was, ok := p.requests[string(then.ID)]
	if !ok {
		return nil // an answer to nothing
	}
	var now message
	err := p.wait(ctx, func() bool {
		for i, a := range p.asks {
			if a.Method == was.Method {
				now, p.asks = a, append(p.asks[:i:i], p.asks[i+1:]...)
				return true
			}
		}
		return false
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.differ("the server does not ask for %s any more", was.Method)
		return nil
	}
	if was.Method == "workspace/applyEdit" {
		var a, b struct{ Edit json.RawMessage }
		if err := errors.Join(json.Unmarshal(was.Params, &a), json.Unmarshal(now.Params, &b)); err != nil {
			return err
		}
		if want, got := edits(a.Edit), edits(b.Edit); want != got {
			p.differ("the edit was\n%s\nand is\n%s", want, got)
		}
	}
	then.ID = now.ID
	body, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		message
	}{"2.0", then})
	if err != nil {
		return err
	}
	if then.Result == nil && then.Error == nil {
		body = bytes.Replace(body, []byte(`"id":`), []byte(`"result":null,"id":`), 1)
	}
	return writeFrame(p.conn, body)
}
