package server_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"relook/agent"
	"relook/agent/rules"
	"relook/preview"
	"relook/preview/previewtest"
	"relook/server"
	"relook/server/servertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

type browser struct{ preview.Renderer }

func (browser) Close() error { return nil }

type disk struct{ *os.Root }

func (d disk) Snapshot() fs.FS { return d.FS() }

// config is a server with a fake renderer.
func config() server.Config {
	return server.Config{
		Version:  "test",
		Log:      slog.New(slog.DiscardHandler),
		Settings: settings,
		Root:     filepath.Dir,
		Open: func(dir string) (server.Disk, error) {
			root, err := os.OpenRoot(dir)
			return disk{root}, err
		},
		Browser: func(server.Settings) (server.Browser, error) { return browser{previewtest.Fake{}}, nil },
		Policies: func(context.Context, server.Settings, func(string)) ([]agent.Policy, func() error, error) {
			return []agent.Policy{rules.New()}, func() error { return nil }, nil
		},
		Models: func(context.Context, server.Settings) ([]string, error) { return []string{"small", "large"}, nil },
	}
}

// settings takes what the tests need: the names are those of relook.toml.
func settings(_ string, client []json.RawMessage) (server.Settings, []error) {
	// Small views: the fake renderer's pictures take the most of the time.
	set := server.Settings{
		Debounce: 10 * time.Millisecond, Moments: []time.Duration{0},
		Views: []preview.View{{Width: 390, Height: 200}, {Width: 700, Height: 200}},
	}
	for _, layer := range client {
		var c struct {
			OnSave     string
			MaxDefects int
			CodeLens   bool
			Debounce   int
			Pages      map[string][]string
		}
		if err := json.Unmarshal(layer, &c); err != nil {
			return set, []error{err}
		}
		if c.OnSave != "" {
			set.OnSave = c.OnSave
		}
		if c.Debounce > 0 {
			set.Debounce = time.Duration(c.Debounce) * time.Millisecond
		}
		set.MaxDefects, set.CodeLens, set.Pages = c.MaxDefects, c.CodeLens, c.Pages
	}
	return set, nil
}

// A session is a server and an editor that is connected to it.
type session struct {
	*servertest.Editor
	t    *testing.T
	dir  string
	code chan int
}

// begin starts a server without saying hello.
func begin(t *testing.T, cfg server.Config, e *servertest.Editor) *session {
	t.Helper()
	ours, theirs := net.Pipe()
	s := &session{Editor: e, t: t, dir: t.TempDir(), code: make(chan int, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		code, err := server.Serve(ctx, cfg, theirs)
		if err != nil {
			t.Errorf("serving: %v", err)
		}
		s.code <- code
	}()
	e.Start(ours)
	t.Cleanup(func() {
		cancel()
		_ = e.Close() // it may be closed already
		select {
		case <-s.code:
		case <-time.After(patience):
			t.Error("the server does not end")
		}
	})
	return s
}

func (s *session) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	s.t.Cleanup(cancel)
	return ctx
}

// ended waits for the server's end and its exit code.
func (s *session) ended() int {
	s.t.Helper()
	select {
	case code := <-s.code:
		s.code <- code
		return code
	case <-time.After(patience):
		s.t.Fatal("the server does not end")
	}
	return -1
}

func (s *session) fails(method string, params any, code int) {
	s.t.Helper()
	err := s.Call(s.ctx(), method, params, nil)
	if e, ok := err.(*servertest.Error); !ok || e.Code != code {
		s.t.Errorf("%s gives %v, want error %d", method, err, code)
	}
}

func (s *session) works(method string, params any) json.RawMessage {
	s.t.Helper()
	var out json.RawMessage
	if err := s.Call(s.ctx(), method, params, &out); err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
	return out
}

type object = map[string]any

func TestLifecycle(t *testing.T) {
	s := begin(t, config(), &servertest.Editor{})
	const notInitialized, invalidRequest, notFound = -32002, -32600, -32601
	s.fails("textDocument/hover", object{}, notInitialized)
	s.fails("relook/status", nil, notInitialized)
	if err := s.Notify("textDocument/didOpen", object{}); err != nil {
		t.Fatal(err)
	}
	var hello struct {
		Capabilities struct{ PositionEncoding string }
		ServerInfo   struct{ Name, Version string }
	}
	if err := s.Call(s.ctx(), "initialize", object{"processId": nil, "rootUri": nil, "capabilities": object{}}, &hello); err != nil {
		t.Fatal(err)
	}
	if hello.Capabilities.PositionEncoding != "utf-16" || hello.ServerInfo.Name != "relook" || hello.ServerInfo.Version != "test" {
		t.Errorf("got %+v", hello)
	}
	s.fails("initialize", object{"processId": nil, "rootUri": nil, "capabilities": object{}}, invalidRequest)
	s.fails("no/such", nil, notFound)
	s.fails("no/such", object{"a": 1}, notFound)
	if err := s.Notify("no/such", nil); err != nil {
		t.Fatal(err)
	}
	s.works("shutdown", nil)
	s.fails("relook/status", nil, invalidRequest)
	s.fails("shutdown", nil, invalidRequest)
	if err := s.Notify("exit", nil); err != nil {
		t.Fatal(err)
	}
	if code := s.ended(); code != 0 {
		t.Errorf("exit code %d after a shutdown", code)
	}
}

func TestExitCodes(t *testing.T) {
	hello := object{"processId": nil, "rootUri": nil, "capabilities": object{}}
	for name, c := range map[string]struct {
		do   func(*session)
		want int
	}{
		"exit at once":             {func(s *session) { s.must(s.Notify("exit", nil)) }, 1},
		"exit without shutdown":    {func(s *session) { s.works("initialize", hello); s.must(s.Notify("exit", nil)) }, 1},
		"the pipe closes at once":  {func(s *session) { s.must(s.Close()) }, 1},
		"the pipe closes":          {func(s *session) { s.works("initialize", hello); s.must(s.Close()) }, 1},
		"it closes after shutdown": {func(s *session) { s.works("initialize", hello); s.works("shutdown", nil); s.must(s.Close()) }, 0},
		"it closes in a message": {func(s *session) {
			s.works("initialize", hello)
			s.must(s.Raw("Content-Length: 100\r\n\r\n{"))
			s.must(s.Close())
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, config(), &servertest.Editor{})
			c.do(s)
			if code := s.ended(); code != c.want {
				t.Errorf("exit code %d, want %d", code, c.want)
			}
		})
	}
}

func (s *session) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestParentDies(t *testing.T) {
	cfg := config()
	asked := make(chan int, 1)
	cfg.Alive = func(pid int) bool {
		asked <- pid
		return false
	}
	s := begin(t, cfg, &servertest.Editor{})
	s.works("initialize", object{"processId": 4711, "rootUri": nil, "capabilities": object{}})
	if code := s.ended(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if pid := <-asked; pid != 4711 {
		t.Errorf("process %d was asked for", pid)
	}
}

// Whatever comes in, what can be answered is answered once, and the server goes on.
func TestMalformedMessages(t *testing.T) {
	frame := func(body string) string {
		return "Content-Length: " + itoa(len(body)) + "\r\n\r\n" + body
	}
	const parse, invalid, params = -32700, -32600, -32602
	for name, c := range map[string]struct {
		raw  string
		id   string
		code int // 0 for no answer
	}{
		"no JSON":             {frame("{nope"), "null", parse},
		"empty braces":        {frame("{}"), "", 0},
		"a list":              {frame(`[{"jsonrpc":"2.0","id":7,"method":"shutdown"}]`), "null", invalid},
		"a number":            {frame("7"), "null", invalid},
		"deep nesting":        {frame(strings.Repeat("[", 20000)), "null", parse},
		"no version":          {frame(`{"id":7,"method":"relook/status"}`), "7", invalid},
		"old version":         {frame(`{"jsonrpc":"1.0","id":7,"method":"relook/status"}`), "7", invalid},
		"id is an object":     {frame(`{"jsonrpc":"2.0","id":{},"method":"relook/status"}`), "null", invalid},
		"id is a fraction":    {frame(`{"jsonrpc":"2.0","id":1.5,"method":"relook/status"}`), "null", invalid},
		"id is null":          {frame(`{"jsonrpc":"2.0","id":null,"method":"relook/status"}`), "null", invalid},
		"method is a number":  {frame(`{"jsonrpc":"2.0","id":7,"method":5}`), "7", invalid},
		"method is empty":     {frame(`{"jsonrpc":"2.0","id":7,"method":""}`), "7", invalid},
		"params is a number":  {frame(`{"jsonrpc":"2.0","id":"x","method":"textDocument/hover","params":5}`), `"x"`, params},
		"params of no use":    {frame(`{"jsonrpc":"2.0","id":"x","method":"textDocument/hover","params":{"position":"here"}}`), `"x"`, params},
		"a list of params":    {frame(`{"jsonrpc":"2.0","id":7,"method":"textDocument/hover","params":[]}`), "7", params},
		"no params":           {frame(`{"jsonrpc":"2.0","id":7,"method":"textDocument/hover"}`), "7", params},
		"bad notification":    {frame(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":5}}`), "", 0},
		"change of no doc":    {frame(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///x.html","version":1},"contentChanges":[]}}`), "", 0},
		"cancel of nothing":   {frame(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":99}}`), "", 0},
		"cancel of garbage":   {frame(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":{}}}`), "", 0},
		"answer to nothing":   {frame(`{"jsonrpc":"2.0","id":12345,"result":{}}`), "", 0},
		"answer without id":   {frame(`{"jsonrpc":"2.0","result":{}}`), "", 0},
		"answer of garbage":   {frame(`{"jsonrpc":"2.0","id":1,"error":"x"}`), "", 0},
		"escaped names":       {frame(`{"json\u0072pc":"2.0","\u0069d":7,"method":"no/such"}`), "7", -32601},
		"no length":           {"Content-Type: x\r\n\r\n", "null", parse},
		"no colon":            {"hello\r\n\r\n", "null", parse},
		"length is a word":    {"Content-Length: many\r\n\r\n", "null", parse},
		"length is negative":  {"Content-Length: -5\r\n\r\n", "null", parse},
		"length is huge":      {"Content-Length: 99999999999999999999\r\n\r\n", "null", parse},
		"a very long line":    {"X: " + strings.Repeat("y", 100000) + "\r\n\r\n", "null", parse},
		"plain line ends":     {"Content-Length: 58\n\n" + `{"jsonrpc":"2.0","id":7,"method":"relook/no","params":{}} `, "7", -32601},
		"other header fields": {"content-length: 57\r\nContent-Type: x; charset=utf-8\r\n\r\n" + `{"jsonrpc":"2.0","id":7,"method":"relook/no","params":{}}`, "7", -32601},
		"blank lines between": {"\r\n\r\n" + frame(`{"jsonrpc":"2.0","id":7,"method":"relook/no"}`), "7", -32601},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, config(), &servertest.Editor{})
			s.works("initialize", object{"processId": nil, "rootUri": nil, "capabilities": object{}})
			s.must(s.Raw(c.raw))
			s.works("relook/status", nil) // the server lives
			var got []servertest.Message
			err := s.Until(s.ctx(), func(_, stray []servertest.Message) bool {
				got = stray
				return len(stray) > 0 || c.code == 0
			})
			s.must(err)
			switch {
			case c.code == 0 && len(got) > 0:
				t.Errorf("got the answer %+v", got)
			case c.code != 0 && (len(got) != 1 || string(got[0].ID) != c.id && !(c.id == "null" && got[0].ID == nil) || got[0].Error == nil || got[0].Error.Code != c.code):
				t.Errorf("got %+v %+v, want %s with code %d", got, got[0].Error, c.id, c.code)
			}
		})
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n) // a number can be written
	return string(b)
}

func TestHugeMessage(t *testing.T) {
	s := begin(t, config(), &servertest.Editor{})
	s.works("initialize", object{"processId": nil, "rootUri": nil, "capabilities": object{}})
	const size = 65 << 20
	s.must(s.Raw("Content-Length: " + itoa(size) + "\r\n\r\n"))
	go func() {
		block := strings.Repeat(" ", 1<<20)
		for range size >> 20 {
			if s.Raw(block) != nil {
				return
			}
		}
	}()
	s.must(s.Until(s.ctx(), func(_, stray []servertest.Message) bool {
		return len(stray) == 1 && stray[0].Error != nil && stray[0].Error.Code == -32600
	}))
	s.works("relook/status", nil)
}

func TestDuplicateID(t *testing.T) {
	// Two requests with one id: the first is answered as it should be, the second
	// with an error while the first runs.
	cfg := config()
	held := make(chan struct{})
	cfg.Models = func(ctx context.Context, _ server.Settings) ([]string, error) {
		<-held
		return []string{"m"}, nil
	}
	s := begin(t, cfg, &servertest.Editor{})
	s.works("initialize", object{"processId": nil, "rootUri": nil, "capabilities": object{}})
	body := `{"jsonrpc":"2.0","id":"same","method":"workspace/executeCommand","params":{"command":"relook.chooseModel","arguments":[{"model":"m"}]}}`
	for range 2 {
		s.must(s.Raw("Content-Length: " + itoa(len(body)) + "\r\n\r\n" + body))
	}
	s.must(s.Until(s.ctx(), func(_, stray []servertest.Message) bool { return len(stray) == 1 && stray[0].Error != nil }))
	close(held)
	s.must(s.Until(s.ctx(), func(_, stray []servertest.Message) bool { return len(stray) == 2 && stray[1].Error == nil }))
}

func TestCancel(t *testing.T) {
	cfg := config()
	cfg.Models = func(ctx context.Context, _ server.Settings) ([]string, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s := begin(t, cfg, &servertest.Editor{})
	s.works("initialize", object{"processId": nil, "rootUri": nil, "capabilities": object{}})
	id, wait, err := s.Begin("workspace/executeCommand", object{"command": "relook.chooseModel"})
	s.must(err)
	s.must(s.Notify("$/cancelRequest", object{"id": id}))
	if e, ok := wait(s.ctx(), nil).(*servertest.Error); !ok || e.Code != -32800 {
		t.Errorf("got %v", e)
	}
}

func TestPanicIsAnAnswer(t *testing.T) {
	cfg := config()
	cfg.Models = func(context.Context, server.Settings) ([]string, error) { panic("boom") }
	s := begin(t, cfg, &servertest.Editor{})
	s.works("initialize", object{"processId": nil, "rootUri": nil, "capabilities": object{}})
	s.fails("workspace/executeCommand", object{"command": "relook.chooseModel"}, -32603)
	s.works("relook/status", nil)
}

// The page that relook itself fails on does not keep others from being looked at.
func TestPanicInTheBackground(t *testing.T) {
	cfg := config()
	cfg.Browser = func(server.Settings) (server.Browser, error) { return browser{rude{}}, nil }
	s := workspace(t, cfg, &servertest.Editor{}, nil, nil)
	s.open("rude.html", widePage)
	s.open("index.html", widePage)
	s.until("index.html", func(p published) bool { return len(p.Diagnostics) > 0 })
	s.becomes("rude.html", 2, widePage+" ")
	s.works("workspace/executeCommand", object{"command": "relook.diagnose", "arguments": []object{{"uri": s.uri("rude.html")}}})
	s.becomes("index.html", 2, strings.ReplaceAll(widePage, "900px", "90px"))
	s.until("index.html", func(p published) bool { return p.Version == 2 && len(p.Diagnostics) == 1 })
}

// rude panics when it is to render rude.html.
type rude struct{ previewtest.Fake }

func (r rude) Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	if p.Entry == "rude.html" {
		panic("boom")
	}
	return r.Fake.Render(ctx, p, o)
}

// Versions that fall, repeat or jump belong to texts all the same: what counts is
// the order in which they come.
func TestVersionsOutOfOrder(t *testing.T) {
	s := workspace(t, config(), &servertest.Editor{}, nil, map[string]string{"site.css": "p {}"})
	s.open("index.html", widePage)
	fine := strings.ReplaceAll(widePage, "900px", "90px")
	for _, version := range []int{7, 3, 3, -5, 2147483647, 0} {
		s.becomes("index.html", version, fine)
		s.becomes("index.html", version, widePage)
	}
	s.becomes("index.html", 1, fine)
	s.until("index.html", func(p published) bool { return p.Version == 1 && len(p.Diagnostics) == 0 })
}

// An editor that is gone without a word takes the server with it.
func TestParentIsKilled(t *testing.T) {
	parent := exec.Command("sleep", "600")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	s := begin(t, config(), &servertest.Editor{})
	s.works("initialize", object{"processId": parent.Process.Pid, "rootUri": nil, "capabilities": object{}})
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed
	if code := s.ended(); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

// Before a workspace is trusted no model is asked, whatever is saved or chosen.
func TestUntrustedAsksNoModel(t *testing.T) {
	cfg := config()
	asked := make(chan []string, 100)
	policies := cfg.Policies
	cfg.Policies = func(ctx context.Context, s server.Settings, say func(string)) ([]agent.Policy, func() error, error) {
		asked <- s.Policies
		return policies(ctx, s, say)
	}
	inner := cfg.Settings
	cfg.Settings = func(dir string, client []json.RawMessage) (server.Settings, []error) {
		set, bad := inner(dir, client)
		set.Policies, set.OnSave = []string{"rules", "ollama"}, server.OnSaveSuggest
		return set, bad
	}
	e := &servertest.Editor{Answer: func(string, json.RawMessage) (any, *servertest.Error) { return object{"applied": true}, nil }}
	s := workspace(t, cfg, e, object{"initializationOptions": object{"trusted": false}}, nil)
	s.open("index.html", widePage)
	s.works("workspace/executeCommand", object{"command": "relook.chooseModel", "arguments": []object{{"model": "small"}}})
	s.until("index.html", func(p published) bool { return len(p.Diagnostics) > 0 })
	s.must(s.Notify("textDocument/didSave", s.doc("index.html")))
	s.works("workspace/executeCommand", object{"command": "relook.repairPage", "arguments": []object{{"uri": s.uri("index.html")}}})
	for range len(asked) {
		if list := <-asked; len(list) != 1 || list[0] != "rules" {
			t.Errorf("asked are %q", list)
		}
	}
	s.must(s.Notify("relook/trust", object{"trusted": true}))
	s.must(s.Notify("textDocument/didSave", s.doc("index.html")))
	s.must(s.Until(s.ctx(), func([]servertest.Message, []servertest.Message) bool {
		for range len(asked) {
			if len(<-asked) == 2 {
				return true
			}
		}
		return false
	}))
}
