package protocol

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/textproto"
	"strconv"
	"testing"
	"time"

	"go.lsp.dev/jsonrpc2"
)

func TestCheckKeepsMessages(t *testing.T) {
	for in, want := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[1,2]}}`: `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[1,2]}}`,
		` {"params":null,"method":"m\u0041","jsonrpc":"2.0"} `:       `{"jsonrpc":"2.0","method":"mA"}`,
		`{"jsonrpc":"2.0","id":"é","method":"m"}`:                    `{"jsonrpc":"2.0","id":"é","method":"m"}`,
		`{"jsonrpc":"2.0","id":3,"result":{"x":1}}`:                  `{"jsonrpc":"2.0","id":3,"result":{"x":1}}`,
		`{"jsonrpc":"2.0","id":3}`:                                   `{"jsonrpc":"2.0","id":3,"result":null}`,
		`{"jsonrpc":"2.0","id":3,"error":{"code":-5,"message":"m"}}`: `{"jsonrpc":"2.0","id":3,"error":{"code":-5,"message":"m"}}`,
		`{"jsonrpc":"2.0","id":3,"error":{"code":"x"}}`:              `{"jsonrpc":"2.0","id":3,"error":{"code":-32603,"message":"the client's error can't be read"}}`,
	} {
		got, err := check([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s becomes %s, %v; want %s", in, got, err, want)
		}
	}
}

// duplex is a connection that reads from one side and writes to the other.
type duplex struct {
	io.Reader
	io.Writer
}

func (duplex) Close() error { return nil }

// FuzzTransport feeds bytes to a connection with a handler behind it. Whatever
// they are, it must not fail or hang, and all that is answered are messages.
func FuzzTransport(f *testing.F) {
	frame := func(s string) string { return "Content-Length: " + strconv.Itoa(len(s)) + "\r\n\r\n" + s }
	for _, seed := range []string{
		frame(`{"jsonrpc":"2.0","id":1,"method":"m"}`), frame("{}"), frame("[]"), frame("\xff"), "X\r\n\r\n", "Content-Length: 3\r\n\r\n{}",
		frame(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}`), frame(`{"jsonrpc":"2.0","id":1,"error":{"code":1}}`),
		frame(`{"jsonrpc":"2.0","id":1e3,"method":"m"}`), frame(`{"jsonrpc":"2.0","id":1,"id":2,"method":"m","method":"n"}`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, noise []byte) {
		if bytes.Contains(bytes.ToLower(noise), []byte("content-length")) && len(noise) > 4096 {
			return
		}
		const last = `{"jsonrpc":"2.0","id":"the last","method":"m"}`
		input := append(append([]byte{}, noise...), []byte("\r\n\r\n"+frame(last))...)
		out := &answers{}
		ended := make(chan error, 1)
		tr := NewTransport(duplex{bytes.NewReader(input), out}, func(err error) { ended <- err })
		conn := jsonrpc2.NewConn(jsonrpc2.NewStream(tr), jsonrpc2.WithCodec(Codec{}))
		r := &Router{
			Allow: func(string, bool) error { return nil }, Log: slog.New(slog.DiscardHandler),
			Handle: func(context.Context, *jsonrpc2.Request) (any, error) { return jsonrpc2.RawMessage(`1`), nil },
		}
		conn.Go(t.Context(), r.Handler)
		select {
		case err := <-ended:
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("it ended with %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it hangs")
		}
		<-conn.Done()
		if err := conn.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the connection failed: %v", err)
		}
	})
}

// answers checks that all that is written are messages.
type answers struct{ bytes.Buffer }

func (a *answers) Write(p []byte) (int, error) {
	_, body, ok := bytes.Cut(p, []byte("\r\n\r\n"))
	if !ok || !json.Valid(body) {
		return 0, errors.New("what is written is no message: " + string(p))
	}
	return len(p), nil
}

func TestPanics(t *testing.T) {
	ours, theirs := net.Pipe()
	tr := NewTransport(theirs, func(error) {})
	conn := jsonrpc2.NewConn(jsonrpc2.NewStream(tr), jsonrpc2.WithCodec(Codec{}))
	r := &Router{
		Allow: func(string, bool) error { return nil }, Log: slog.New(slog.DiscardHandler),
		Handle: func(context.Context, *jsonrpc2.Request) (any, error) { panic("boom") },
	}
	conn.Go(t.Context(), r.Handler)
	client := jsonrpc2.NewConn(jsonrpc2.NewStream(ours))
	client.Go(t.Context(), jsonrpc2.MethodNotFoundHandler)
	for range 3 {
		if err := client.Notify(t.Context(), "m", map[string]int{}); err != nil {
			t.Fatal(err)
		}
		_, err := client.Call(t.Context(), "m", map[string]int{}, nil)
		var wire *jsonrpc2.Error
		if !errors.As(err, &wire) || wire.Code != jsonrpc2.InternalError {
			t.Fatalf("a panic gives %v", err)
		}
	}
	if err := errors.Join(client.Close(), conn.Close()); err != nil {
		t.Error(err)
	}
}

// However requests, notifications and cancellations follow each other, each
// request is answered once.
func FuzzRouter(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7})
	f.Add([]byte{0, 4, 0, 4, 8, 8, 12, 1})
	f.Add([]byte{3, 7, 11, 2, 6, 10})
	f.Fuzz(func(t *testing.T, steps []byte) {
		steps = steps[:min(len(steps), 64)]
		ours, theirs := net.Pipe()
		conn := jsonrpc2.NewConn(jsonrpc2.NewStream(NewTransport(theirs, func(error) {})), jsonrpc2.WithCodec(Codec{}))
		r := &Router{
			Allow: func(string, bool) error { return nil }, Log: slog.New(slog.DiscardHandler),
			Handle: func(_ context.Context, req *jsonrpc2.Request) (any, error) {
				if req.Method() == "panics" {
					panic("boom")
				}
				return jsonrpc2.RawMessage(`1`), nil
			},
		}
		conn.Go(t.Context(), r.Handler)
		answers := make(chan string, len(steps)+1)
		go func() {
			defer close(answers)
			in := bufio.NewReader(ours)
			for {
				head, err := textproto.NewReader(in).ReadMIMEHeader()
				if err != nil {
					return
				}
				n, _ := strconv.Atoi(head.Get("Content-Length")) // 0 ends it
				body := make([]byte, n)
				var m struct{ ID json.RawMessage }
				if _, err := io.ReadFull(in, body); err != nil || json.Unmarshal(body, &m) != nil {
					return
				}
				answers <- string(m.ID)
			}
		}()
		want := map[string]int{}
		for _, s := range steps {
			id := strconv.Itoa(int(s >> 2))
			body := ""
			switch s & 3 {
			case 0:
				body, want[id] = `{"jsonrpc":"2.0","id":`+id+`,"method":"m","params":{}}`, want[id]+1
			case 1:
				body, want[id] = `{"jsonrpc":"2.0","id":`+id+`,"method":"panics","params":{}}`, want[id]+1
			case 2:
				body = `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":` + id + `}}`
			default:
				body = `{"jsonrpc":"2.0","method":"panics","params":{}}`
			}
			if _, err := io.WriteString(ours, "Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body); err != nil {
				t.Fatal(err)
			}
		}
		got, total := map[string]int{}, 0
		for _, n := range want {
			total += n
		}
		for range total {
			select {
			case id, ok := <-answers:
				if !ok {
					t.Fatal("the connection ended")
				}
				got[id]++
			case <-time.After(20 * time.Second):
				t.Fatalf("answered are %v of %v", got, want)
			}
		}
		if err := errors.Join(ours.Close(), conn.Close()); err != nil {
			t.Error(err)
		}
		for id := range answers {
			got[id]++
		}
		if !maps.Equal(got, want) {
			t.Errorf("answered are %v, want %v", got, want)
		}
	})
}
