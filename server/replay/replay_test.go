package replay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net"
	"os"
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
	"relook/server/replay"
	"relook/server/servertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const page = `<!doctype html>
<html lang="en"><meta name="viewport" content="width=device-width"><title>x</title>
<style>
.wide { width: 900px; height: 40px; background: #333333 }
</style>
<p>A row of words</p>
<div class="wide"></div>
`

type browser struct{ preview.Renderer }

func (browser) Close() error { return nil }

type disk struct{ *os.Root }

func (d disk) Snapshot() fs.FS { return d.FS() }

func config(r preview.Renderer) server.Config {
	return server.Config{
		Settings: func(string, []json.RawMessage) (server.Settings, []error) {
			return server.Settings{Debounce: 10 * time.Millisecond, Moments: []time.Duration{0}, Views: []preview.View{{Width: 390, Height: 200}}}, nil
		},
		Root: filepath.Dir,
		Open: func(dir string) (server.Disk, error) {
			root, err := os.OpenRoot(dir)
			return disk{root}, err
		},
		Browser: func(server.Settings) (server.Browser, error) { return browser{r}, nil },
		Policies: func(context.Context, server.Settings, func(string)) ([]agent.Policy, func() error, error) {
			return []agent.Policy{rules.New()}, func() error { return nil }, nil
		},
	}
}

// blind finds nothing: what it publishes is another thing.
type blind struct{ previewtest.Fake }

func (b blind) Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	r, err := b.Fake.Render(ctx, p, o)
	if err == nil {
		r.Diagnosis.Defects = nil
	}
	return r, err
}

type object = map[string]any

// session has a real session recorded: a page is opened, its repair chosen and
// applied, and looked at again.
func session(t *testing.T, dir string) []byte {
	t.Helper()
	ours, theirs := net.Pipe()
	var out bytes.Buffer
	rec := replay.Record(theirs, &out)
	code := make(chan int, 1)
	go func() {
		c, err := server.Serve(context.Background(), config(previewtest.Fake{}), rec)
		if err != nil {
			t.Errorf("serving: %v", err)
		}
		code <- c
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	uri := "file://" + dir + "/index.html"
	heard := func(e *servertest.Editor, text string) {
		must(e.Until(ctx, func(heard, _ []servertest.Message) bool {
			for _, m := range heard {
				if m.Method == "textDocument/publishDiagnostics" && strings.Contains(string(m.Params), text) {
					return true
				}
			}
			return false
		}))
	}
	e := &servertest.Editor{Answer: func(string, json.RawMessage) (any, *servertest.Error) { return object{"applied": true}, nil }}
	e.Start(ours)
	must(e.Call(ctx, "initialize", object{"processId": os.Getpid(), "rootUri": "file://" + dir, "capabilities": object{
		"workspace": object{"applyEdit": true, "workspaceEdit": object{"documentChanges": true}}}}, nil))
	must(e.Notify("initialized", object{}))
	must(e.Notify("textDocument/didOpen", object{"textDocument": object{"uri": uri, "languageId": "html", "version": 1, "text": page}}))
	heard(e, "sideways-scroll")
	var list []struct {
		Title   string
		Command struct {
			Command   string
			Arguments json.RawMessage
		}
	}
	at := object{"line": 3, "character": 10}
	for len(list) == 0 || !strings.HasPrefix(list[0].Title, "Repair: ") {
		must(e.Call(ctx, "textDocument/codeAction", object{"textDocument": object{"uri": uri}, "range": object{"start": at, "end": at}, "context": object{"diagnostics": []object{}}}, &list))
	}
	must(e.Call(ctx, "workspace/executeCommand", object{"command": list[0].Command.Command, "arguments": list[0].Command.Arguments}, nil))
	must(e.Notify("textDocument/didChange", object{"textDocument": object{"uri": uri, "version": 2},
		"contentChanges": []object{{"text": strings.Replace(page, "width: 900px", "max-width: 900px", 1)}}}))
	heard(e, `"version":2`)
	must(e.Goodbye(ctx))
	if c := <-code; c != 0 {
		t.Errorf("exit code %d", c)
	}
	_ = e.Close() // the server has closed it
	must(rec.Finish())
	return out.Bytes()
}

func play(t *testing.T, lines []replay.Line, folder string, r preview.Renderer, patience time.Duration) []string {
	t.Helper()
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := server.Serve(context.Background(), config(r), theirs); err != nil {
			t.Errorf("serving: %v", err)
		}
	}()
	different, err := replay.Play(t.Context(), ours, lines, replay.Options{Folder: folder, Patience: patience})
	if err != nil {
		t.Error(err)
	}
	<-done
	return different
}

func TestSessionPlaysAgain(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	for _, d := range []string{dir, other} {
		if err := os.WriteFile(filepath.Join(d, "index.html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := replay.Read(bytes.NewReader(session(t, dir)))
	if err != nil || len(lines) < 15 {
		t.Fatalf("%d messages, %v", len(lines), err)
	}
	if d := play(t, lines, "", previewtest.Fake{}, time.Minute); len(d) > 0 {
		t.Errorf("in the same folder it differs: %s", d)
	}
	if d := play(t, lines, other, previewtest.Fake{}, time.Minute); len(d) > 0 {
		t.Errorf("in another folder it differs: %s", d)
	}
	// What is different is told.
	if d := strings.Join(play(t, lines, "", blind{}, 2*time.Second), "\n"); !strings.Contains(d, "sideways-scroll") {
		t.Errorf("of a server that finds nothing it says %s", d)
	}
}

func TestWhatIsNoRecording(t *testing.T) {
	for _, text := range []string{"{", `{"from":"nobody"}`, "hello", `[1]`} {
		if _, err := replay.Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
	for _, lines := range [][]replay.Line{
		{{From: replay.Client, Raw: "x"}},
		{{From: replay.Client, Message: json.RawMessage("[]")}},
	} {
		ours, theirs := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, theirs) }() // it ends with the pipe
		if _, err := replay.Play(t.Context(), ours, lines, replay.Options{}); err == nil {
			t.Errorf("%+v is played", lines)
		}
		_ = theirs.Close() // as above
	}
}

// What is no message is kept as it came, and keeps nothing from going on.
func TestBadMessagesAreKept(t *testing.T) {
	ours, theirs := net.Pipe()
	var out bytes.Buffer
	rec := replay.Record(theirs, &out)
	go func() {
		_, _ = io.WriteString(ours, "Content-Length: 4\r\n\r\n{no}Content-Length: x\r\n\r\nmore") // it is read to its end
		_ = ours.Close()                                                                          // a pipe's end always closes
	}()
	all, err := io.ReadAll(rec)
	if err != nil || !strings.HasSuffix(string(all), "more") {
		t.Errorf("passed on is %q, %v", all, err)
	}
	if err := rec.Finish(); err != nil {
		t.Fatal(err)
	}
	lines, err := replay.Read(&out)
	if err != nil || len(lines) != 2 || lines[0].Raw != "{no}" || lines[1].Raw == "" {
		t.Errorf("kept is %+v, %v", lines, err)
	}
}
