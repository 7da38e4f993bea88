// Package replay keeps what an editor and the server said to each other, and says
// it again: record.go writes a session down, replay.go speaks the editor's part
// of it with another server, essence.go says what is compared.
//
// A recording is JSON, a message a line. It holds the texts of all documents that
// were open.
package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"sync"
	"time"

	"github.com/sourcegraph/conc"
)

// A Line is one message of a recording.
type Line struct {
	Millis  float64         `json:"ms"`   // since the recording began
	From    string          `json:"from"` // Client or Server
	Message json.RawMessage `json:"message,omitempty"`
	// Raw is what came in place of a message that could be read.
	Raw string `json:"raw,omitempty"`
}

// Who a message is from.
const (
	Client = "client"
	Server = "server"
)

// maxFrame is the largest message that is kept, in bytes.
const maxFrame = 64 << 20

// A Recorder is a connection whose messages are written down.
type Recorder struct {
	conn  io.ReadWriteCloser
	taps  [2]*io.PipeWriter // of the two directions
	wg    conc.WaitGroup
	start time.Time

	mu  sync.Mutex
	out *json.Encoder
	err error
}

// Record writes down to w what is said over conn. Close ends it and gives the
// first error of writing.
func Record(conn io.ReadWriteCloser, w io.Writer) *Recorder {
	r := &Recorder{conn: conn, out: json.NewEncoder(w), start: time.Now()}
	r.out.SetEscapeHTML(false)
	for i, from := range []string{Client, Server} {
		in, tap := io.Pipe()
		r.taps[i] = tap
		r.wg.Go(func() { r.follow(in, from) })
	}
	return r
}

// Read implements io.Reader.
func (r *Recorder) Read(p []byte) (int, error) {
	n, err := r.conn.Read(p)
	_, _ = r.taps[0].Write(p[:n]) // it fails once the recording has ended
	return n, err
}

// Write implements io.Writer.
func (r *Recorder) Write(p []byte) (int, error) {
	_, _ = r.taps[1].Write(p) // as above
	return r.conn.Write(p)
}

// Close implements io.Closer.
func (r *Recorder) Close() error { return r.conn.Close() }

// Finish ends the recording, and gives the first error of writing it.
func (r *Recorder) Finish() error {
	for _, tap := range r.taps {
		_ = tap.Close() // it never fails
	}
	r.wg.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// follow writes down one direction. After what is no message the rest of that
// direction is kept as it comes.
func (r *Recorder) follow(in *io.PipeReader, from string) {
	defer in.Close()
	b := bufio.NewReaderSize(in, 64<<10)
	for {
		body, err := readFrame(b)
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			r.write(Line{From: from, Raw: err.Error()})
			_, _ = io.Copy(io.Discard, b) // the connection must not wait for us
			return
		case json.Valid(body):
			r.write(Line{From: from, Message: body})
		default:
			r.write(Line{From: from, Raw: string(body)})
		}
	}
}

func (r *Recorder) write(l Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.Millis = float64(time.Since(r.start).Microseconds()) / 1000
	if err := r.out.Encode(l); err != nil && r.err == nil {
		r.err = fmt.Errorf("recording the session: %w", err)
	}
}

// readFrame reads a message with its header.
func readFrame(b *bufio.Reader) ([]byte, error) {
	head, err := textproto.NewReader(b).ReadMIMEHeader()
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(head.Get("Content-Length"))
	if err != nil || n < 1 || n > maxFrame {
		return nil, fmt.Errorf("a message of %q bytes", head.Get("Content-Length"))
	}
	body := make([]byte, n)
	_, err = io.ReadFull(b, body)
	return bytes.TrimSpace(body), err
}

func writeFrame(w io.Writer, body []byte) error {
	_, err := fmt.Fprintf(w, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return err
}

// Read reads a recording.
func Read(in io.Reader) ([]Line, error) {
	var list []Line
	dec := json.NewDecoder(in)
	for {
		var l Line
		switch err := dec.Decode(&l); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("reading the recording, message %d: %w", len(list)+1, err)
		case l.From != Client && l.From != Server:
			return nil, fmt.Errorf("reading the recording: message %d is from %q", len(list)+1, l.From)
		}
		list = append(list, l)
	}
}
