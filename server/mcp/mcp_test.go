package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"relook/agent"
	"relook/agent/rules"
	"relook/preview"
	"relook/preview/previewtest"
	"relook/server"
	"relook/server/engine"
	"relook/server/mcp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

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

// A folder is a workspace that writes as it is told.
type folder struct{ *os.Root }

func (f folder) Open(name string) (fs.File, error) { return f.FS().Open(name) }

func (f folder) Save(texts map[string]string) error {
	var err error
	for name, text := range texts {
		err = errors.Join(err, f.WriteFile(name, []byte(text), 0o644))
	}
	return err
}

func (f folder) Create(name, text string) error {
	if _, err := f.Stat(name); err == nil {
		return fs.ErrExist
	}
	return f.WriteFile(name, []byte(text), 0o644)
}

// writer is a model that always writes the same page.
type writer struct{}

func (writer) Name() string { return "ollama:test" }

func (writer) Propose(context.Context, agent.Task, func(agent.Candidate) bool) error { return nil }

func (writer) Draft(context.Context, agent.DraftTask) (string, error) { return page, nil }

func config(dir string, r preview.Renderer) mcp.Config {
	return mcp.Config{
		Version: "test", Dir: dir, Root: filepath.Dir,
		Settings: func(string, []json.RawMessage) (server.Settings, []error) {
			return server.Settings{Views: []preview.View{{Width: 390, Height: 200}, {Width: 1000, Height: 200}}, Moments: []time.Duration{0}}, nil
		},
		Open: func(dir string) (mcp.Workspace, error) {
			root, err := os.OpenRoot(dir)
			return folder{root}, err
		},
		Browser: func(server.Settings) (engine.Browser, error) { return browser{r}, nil },
		Policies: func(_ context.Context, s server.Settings, _ func(string)) ([]agent.Policy, func() error, error) {
			list := []agent.Policy{rules.New()}
			if len(s.Policies) > 1 {
				list = append(list, writer{})
			}
			return list, func() error { return nil }, nil
		},
	}
}

// A session is a client that is connected to a server.
type session struct {
	*sdk.ClientSession
	t *testing.T
}

func begin(t *testing.T, cfg mcp.Config, o *sdk.ClientOptions, roots ...string) *session {
	t.Helper()
	in, out := io.Pipe()
	back, answers := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- mcp.Serve(context.Background(), cfg, in, answers)
		_ = answers.Close() // a pipe's end always closes
	}()
	c := sdk.NewClient(&sdk.Implementation{Name: "test"}, o)
	for _, r := range roots {
		//lint:ignore SA1019 as above
		c.AddRoots(&sdk.Root{URI: "file://" + r})
	}
	s, err := c.Connect(t.Context(), &sdk.IOTransport{Reader: back, Writer: out}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close() // it may be closed
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("serving: %v", err)
			}
		case <-time.After(patience):
			t.Error("the server does not end")
		}
	})
	return &session{s, t}
}

// plain is a client that has no roots.
func plain() *sdk.ClientOptions { return &sdk.ClientOptions{Capabilities: &sdk.ClientCapabilities{}} }

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// call uses a tool: its words, its pictures, and whether it failed.
func (s *session) call(tool string, arguments any) (text string, pictures []image.Image, failed bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	r, err := s.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		s.t.Fatalf("%s: %v", tool, err)
	}
	if r.StructuredContent != nil {
		s.t.Errorf("%s has structured content: clients show that in place of the rest", tool)
	}
	for _, c := range r.Content {
		switch c := c.(type) {
		case *sdk.TextContent:
			text += c.Text + "\n"
		case *sdk.ImageContent:
			img, err := png.Decode(strings.NewReader(string(c.Data)))
			if err != nil || c.MIMEType != "image/png" {
				s.t.Errorf("a picture of type %s can't be read: %v", c.MIMEType, err)
				continue
			}
			pictures = append(pictures, img)
		}
	}
	return text, pictures, r.IsError
}

type object = map[string]any

func contains(t *testing.T, text string, pieces ...string) {
	t.Helper()
	for _, p := range pieces {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in\n%s", p, text)
		}
	}
}

func TestLooking(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "index.html", page)
	s := begin(t, config(dir, previewtest.Fake{}), plain())
	list, err := s.ListTools(t.Context(), nil)
	if err != nil || len(list.Tools) != 5 {
		t.Fatalf("%d tools, %v", len(list.Tools), err)
	}
	for _, tool := range list.Tools {
		writes := tool.Name == "repair" || tool.Name == "generate"
		if tool.Annotations.ReadOnlyHint == writes || tool.OutputSchema != nil {
			t.Errorf("%s: %+v", tool.Name, tool.Annotations)
		}
	}
	text, _, failed := s.call("check", object{"path": "index.html"})
	if failed {
		t.Fatal(text)
	}
	contains(t, text, "1 error", "[sideways-scroll]", "cause: index.html:4:9 `width: 900px;` in `.wide`", "views: 390x200")
	text, pictures, _ := s.call("render", object{"path": filepath.Join(dir, "index.html"), "outlined": true, "at": "0s,1s"})
	contains(t, text, "390x200 at 0s", "1000x200 at 1s")
	if len(pictures) != 4 || pictures[0].Bounds().Dx() < 390 {
		t.Errorf("%d pictures", len(pictures))
	}
	if text, pictures, _ = s.call("render", object{"path": "index.html", "top": 5000}); len(pictures) != 0 {
		t.Errorf("below the page's end there are %d pictures: %s", len(pictures), text)
	}
	if text, _, _ = s.call("check", object{"path": "index.html", "views": "1400x900"}); !strings.Contains(text, "no defects") {
		t.Errorf("got %s", text)
	}
	text, _, _ = s.call("check", object{"path": "index.html", "texts": object{"index.html": strings.Replace(page, "900px", "90px", 1)}})
	contains(t, text, "no defects")
}

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "index.html", page)
	s := begin(t, config(dir, previewtest.Fake{}), plain())
	for name, c := range map[string]struct{ old, now, want string }{
		"better":  {"width: 900px", "max-width: 900px", "The gate admits the change"},
		"hidden":  {"width: 900px", "display: none; width: 900px", "The gate rejects the change [lost]"},
		"worse":   {"width: 900px", "width: 950px", "The gate rejects the change"},
		"meant":   {"width: 900px", "max-width: 300px", "The gate admits the change"},
		"blank":   {page, "<!doctype html><title>x</title>", "with the change: index.html can't be judged"},
		"no text": {page, "", "with the change: index.html: "},
	} {
		t.Run(name, func(t *testing.T) {
			text, pictures, _ := s.call("compare", object{"path": "index.html", "redesign": name == "meant", "texts": object{"index.html": strings.Replace(page, c.old, c.now, 1)}})
			contains(t, text, c.want)
			if name == "better" {
				contains(t, text, "1 defect before, 1 gone, 0 left, 0 new", "gone: error [sideways-scroll]")
			}
			if name == "meant" && (len(pictures) != 2 || pictures[0].Bounds().Dx() < 2*390 || !strings.Contains(text, "before on the left")) {
				t.Errorf("%d pictures", len(pictures))
			}
		})
	}
	if text, _, failed := s.call("compare", object{"path": "index.html"}); !failed {
		t.Errorf("without texts it says %s", text)
	}
	if read(t, filepath.Join(dir, "index.html")) != page {
		t.Error("the file was changed")
	}
}

func TestRepair(t *testing.T) {
	dir := t.TempDir()
	file := put(t, dir, "index.html", page)
	s := begin(t, config(dir, previewtest.Fake{}), plain())
	text, pictures, failed := s.call("repair", object{"path": "index.html"})
	contains(t, text, "1 defect before, 1 gone", "admitted: ", "Not written.", "+.wide { max-width: 900px;", `[{"file":"index.html","range":{"start":{"line":3,`)
	if failed || len(pictures) != 0 || read(t, file) != page { // what is beyond the view is in no picture
		t.Errorf("failed %t, %d pictures, the file reads %s", failed, len(pictures), read(t, file))
	}
	if text, _, failed = s.call("repair", object{"path": "index.html", "write": true, "texts": object{"index.html": page + " "}}); !failed || read(t, file) != page {
		t.Errorf("texts were written: %s", text)
	}
	text, _, _ = s.call("repair", object{"path": "index.html", "write": true})
	contains(t, text, "Wrote index.html in "+dir)
	if want := strings.Replace(page, "width: 900px", "max-width: 900px", 1); read(t, file) != want {
		t.Errorf("the file reads %s", read(t, file))
	}
	text, _, _ = s.call("repair", object{"path": "index.html", "write": true})
	contains(t, text, "Nothing was changed. The page has no defects.")
}

func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	file := put(t, dir, "there.html", page)
	s := begin(t, config(dir, previewtest.Fake{}), plain())
	for _, write := range []bool{false, true} {
		text, pictures, failed := s.call("generate", object{"request": "a page", "path": "new.html", "write": write})
		_, err := os.Stat(filepath.Join(dir, "new.html"))
		if failed || write != (err == nil) || len(pictures) != 2 {
			t.Errorf("write %t: %v, %d pictures, %s", write, err, len(pictures), text)
		}
		contains(t, text, "max-width: 900px", "no defects")
	}
	for _, path := range []string{"there.html", "new.html", ""} {
		if text, _, failed := s.call("generate", object{"request": "a page", "path": path, "write": true}); !failed {
			t.Errorf("%q was written: %s", path, text)
		}
	}
	if read(t, file) != page {
		t.Error("a file that was there was written over")
	}
}

// However a file is named, none outside of the roots is read, and nobody learns
// whether it is there.
func TestOutside(t *testing.T) {
	secret, dir := t.TempDir(), t.TempDir()
	file := put(t, secret, "index.html", page)
	put(t, secret, "package.json", "{}")
	inner := put(t, dir, "index.html", page)
	for link, to := range map[string]string{"link.html": file, "away": secret} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	s := begin(t, config(dir, previewtest.Fake{}), plain())
	rel, err := filepath.Rel(dir, file)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		file, filepath.Join(secret, "none.html"), rel, "link.html", "away/index.html", "away/none.html", "file://" + file, "file://host" + inner, "file:index.html",
		dir + "/../" + filepath.Base(secret) + "/index.html", "~/index.html", dir, ".", "/", "", "..", "index.html\x00", strings.Repeat("a", 5000), "//host/share/x.html", `..\index.html`,
	} {
		for tool, more := range map[string]object{"check": {}, "render": {}, "repair": {"write": true}, "compare": {"texts": object{"index.html": page}}} {
			more["path"] = path
			text, pictures, failed := s.call(tool, more)
			if !failed || len(pictures) > 0 || strings.Contains(text, "sideways") {
				t.Errorf("%s of %q gives %s", tool, path, text)
			}
			if strings.HasPrefix(path, secret) && !strings.Contains(text, "is outside of the folders") {
				t.Errorf("%s of %q tells more than that it is outside: %s", tool, path, text)
			}
		}
		if path == `..\index.html` {
			continue // on some systems that is the name of a new file
		}
		if _, _, failed := s.call("check", object{"path": "index.html", "texts": object{path: page}}); !failed {
			t.Errorf("a text for %q is taken", path)
		}
	}
	for _, path := range []string{filepath.Join(secret, "new.html"), "away/new.html", "../new.html"} {
		if text, _, failed := s.call("generate", object{"request": "a page", "path": path, "write": true}); !failed {
			t.Errorf("%s was written: %s", path, text)
		}
	}
	if list, err := os.ReadDir(secret); err != nil || len(list) != 2 || read(t, file) != page {
		t.Errorf("outside there is %v, %v", list, err)
	}
}

func TestRoots(t *testing.T) {
	work, a, b := t.TempDir(), t.TempDir(), t.TempDir()
	put(t, work, "work.html", page)
	put(t, a, "a.html", page)
	file := put(t, b, "b.html", page)
	taken := func(s *session, path string, want bool) {
		t.Helper()
		if text, _, failed := s.call("check", object{"path": path}); failed == want {
			t.Errorf("%s: taken %t: %s", path, !failed, text)
		}
	}
	t.Run("the client's", func(t *testing.T) {
		s := begin(t, config(work, previewtest.Fake{}), nil, a, b)
		taken(s, "a.html", true)
		taken(s, "b.html", true)
		taken(s, filepath.Join(work, "work.html"), false)
	})
	t.Run("none named", func(t *testing.T) {
		s := begin(t, config(work, previewtest.Fake{}), nil)
		taken(s, "work.html", true)
		taken(s, file, false)
	})
	t.Run("elsewhere", func(t *testing.T) {
		s := begin(t, config(work, previewtest.Fake{}), nil, "example.org/x")
		taken(s, "work.html", false)
	})
	t.Run("of the command line", func(t *testing.T) {
		cfg := config(work, previewtest.Fake{})
		cfg.Roots = []string{b}
		s := begin(t, cfg, nil, a)
		taken(s, "b.html", true)
		taken(s, filepath.Join(a, "a.html"), false)
		taken(s, filepath.Join(work, "work.html"), false)
	})
	t.Run("the disk", func(t *testing.T) {
		s := begin(t, config("/", previewtest.Fake{}), plain())
		taken(s, file, false)
	})
}

func TestHostileArguments(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "index.html", page)
	put(t, dir, "endless.html", "<!doctype html><p>x<script>for(;;);</script>")
	put(t, dir, "bytes.html", "\xff\xfe\x00")
	s := begin(t, config(dir, previewtest.Fake{}), plain())
	many := object{}
	for n := range 30 {
		many[fmt.Sprintf("%d.css", n)] = "p{}"
	}
	for _, c := range []struct {
		tool string
		args any
	}{
		{"check", object{}},
		{"check", object{"path": 5}},
		{"check", object{"path": "index.html", "unknown": true}},
		{"check", object{"path": "index.html", "profile": "best"}},
		{"check", object{"path": "index.html", "views": "9999x9999"}},
		{"check", object{"path": "index.html", "views": strings.Repeat("1x1,", 100_000) + "2x2"}},
		{"check", object{"path": "index.html", "texts": many}},
		{"check", object{"path": "index.html", "texts": object{"index.html": strings.Repeat("x", 9<<20)}}},
		{"check", object{"path": "none.html"}},
		{"check", object{"path": "endless.html"}},
		{"check", object{"path": "bytes.html"}},
		{"render", object{"path": "index.html", "at": "9h"}},
		{"render", object{"path": "index.html", "at": "0s,1s,2s,3s"}},
		{"render", object{"path": "index.html", "top": "low"}},
		{"repair", object{"path": "index.html", "passes": 1000}},
		{"repair", object{"path": "index.html", "instruction": strings.Repeat("x", 5000)}},
		{"repair", object{"path": "index.html", "write": "yes"}},
		{"generate", object{"request": " "}},
		{"generate", object{"request": "x", "drafts": 99}},
	} {
		if text, _, failed := s.call(c.tool, c.args); !failed || text == "" {
			t.Errorf("%s takes %.100v: %.200s", c.tool, c.args, text)
		}
	}
	for _, top := range []int{-1 << 40, -1, 1 << 40} {
		if text, pictures, failed := s.call("render", object{"path": "index.html", "top": top}); failed || len(pictures) > 0 {
			t.Errorf("top %d gives %d pictures, %s", top, len(pictures), text)
		}
	}
	if _, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "shell"}); err == nil {
		t.Error("there is a tool that should not be there")
	}
	if text, _, failed := s.call("check", object{"path": "index.html"}); failed {
		t.Errorf("afterwards: %s", text)
	}
}

// What a page says reaches the model on one line each, without what could draw
// over it.
func TestWordsAreClean(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "index.html", strings.ReplaceAll(page, "width: 900px;", "width: 900px /* `\n\x1b[2J\u202e"+strings.Repeat("x", 2000)+" */;"))
	s := begin(t, config(dir, previewtest.Fake{}), plain())
	text, _, _ := s.call("check", object{"path": "index.html"})
	if strings.ContainsAny(text, "\x1b\u202e") || len(text) > 3000 {
		t.Errorf("it says %q", text)
	}
}

// stuck renders until it is told not to.
type stuck struct {
	previewtest.Fake
	begun chan struct{}
	ended chan error
}

func (s stuck) Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	if p.Entry != "slow.html" {
		return s.Fake.Render(ctx, p, o)
	}
	s.begun <- struct{}{}
	<-ctx.Done()
	s.ended <- ctx.Err()
	return nil, ctx.Err()
}

func TestCancelAndProgress(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "index.html", page)
	put(t, dir, "slow.html", page)
	r := stuck{begun: make(chan struct{}), ended: make(chan error, 1)}
	told := make(chan *sdk.ProgressNotificationParams, 100)
	o := plain()
	o.ProgressNotificationHandler = func(_ context.Context, p *sdk.ProgressNotificationClientRequest) { told <- p.Params }
	s := begin(t, config(dir, r), o)
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	params := &sdk.CallToolParams{Name: "check", Arguments: object{"path": "slow.html"}}
	params.SetProgressToken("t1")
	go func() {
		_, err := s.CallTool(ctx, params)
		answered <- err
	}()
	<-r.begun
	select {
	case p := <-told:
		if p.ProgressToken != "t1" || p.Progress <= 0 || !strings.Contains(p.Message, "rendering slow.html") {
			t.Errorf("told is %+v", p)
		}
	case <-time.After(patience):
		t.Error("no progress is told")
	}
	cancel()
	if err := <-r.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the render ends with %v", err)
	}
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Errorf("the call ends with %v", err)
	}
	if text, _, failed := s.call("check", object{"path": "index.html"}); failed {
		t.Errorf("after a cancelled call: %s", text)
	}
}

// A client that goes away in the middle of a call leaves nothing running.
func TestGone(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "slow.html", page)
	r := stuck{begun: make(chan struct{}), ended: make(chan error, 1)}
	in, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- mcp.Serve(context.Background(), config(dir, r), in, io.Discard) }()
	for _, line := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"check","arguments":{"path":"slow.html"}}}`,
	} {
		if _, err := io.WriteString(out, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	<-r.begun
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-r.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the render ends with %v", err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("serving: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("the server does not end")
	}
}

// rude panics.
type rude struct{ previewtest.Fake }

func (rude) Render(context.Context, preview.Page, preview.RenderOptions) (*preview.Rendering, error) {
	panic("boom")
}

func TestPanicIsAnAnswer(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "index.html", page)
	s := begin(t, config(dir, rude{}), plain())
	for range 2 {
		if text, _, failed := s.call("check", object{"path": "index.html"}); !failed || !strings.Contains(text, "relook failed inside: boom") {
			t.Errorf("got %s", text)
		}
	}
}
