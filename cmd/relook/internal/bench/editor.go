package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc"

	"relook/server/servertest"
)

const (
	percent99   = 0.99
	manyOpen    = 50
	changesPerS = 20
	idleFor     = 5 * time.Second
)

type object = map[string]any

// editors measures what a person at an editor waits for: `relook lsp` as editors
// start it, with the real browser.
func editors(ctx context.Context, c config) (rows []row, err error) {
	e, err := startEditor(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.stop(ctx)) }()
	rows = []row{{"`relook lsp`: from its start to the answer to initialize", ms(e.hello), "under 100 ms", e.hello < 100*time.Millisecond}}
	for _, part := range []func(context.Context, config) ([]row, error){e.typing, e.acting, e.restarting, e.large, e.many, e.idle} {
		more, err := part(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("measuring the language server: %w", err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// An editor is `relook lsp` and what speaks with it.
type editor struct {
	*servertest.Editor
	cmd     *exec.Cmd
	dir     string
	page    string // the text of the measured page
	hello   time.Duration
	look    time.Duration // from a change to its diagnostics, usually
	version int
}

// pipes are a process's stdin and stdout.
type pipes struct {
	io.Reader
	io.WriteCloser
}

func startEditor(ctx context.Context, c config) (e *editor, err error) {
	src, err := os.ReadFile(c.page)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "relook-bench-")
	if err != nil {
		return nil, err
	}
	relook, err := filepath.Abs(c.relook)
	if err != nil {
		return nil, err
	}
	e = &editor{Editor: &servertest.Editor{}, dir: dir, page: string(src), cmd: exec.CommandContext(ctx, relook, "lsp")}
	e.cmd.Dir = dir
	in, err := e.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := e.cmd.Start(); err != nil {
		return nil, err
	}
	e.Start(pipes{out, in})
	err = e.Call(ctx, "initialize", object{"processId": nil, "rootUri": "file://" + dir,
		"capabilities":          object{"textDocument": object{"diagnostic": object{}}},
		"initializationOptions": object{"settings": object{"debounce": "1ms"}}}, nil)
	e.hello = time.Since(start)
	return e, errors.Join(err, e.Notify("initialized", object{}))
}

func (e *editor) stop(ctx context.Context) error {
	err := e.Goodbye(ctx)
	return errors.Join(err, e.cmd.Wait(), os.RemoveAll(e.dir))
}

func (e *editor) uri(name string) string { return "file://" + e.dir + "/" + name }

func (e *editor) open(name, text string) error {
	return e.Notify("textDocument/didOpen", object{"textDocument": object{"uri": e.uri(name), "languageId": "html", "version": 0, "text": text}})
}

// change changes a number in the page, another each time.
func (e *editor) change(name string) error {
	e.version++
	text := strings.Replace(e.page, "width: 1100px", fmt.Sprintf("width: %dpx", 1101+e.version%90), 1)
	return e.Notify("textDocument/didChange", object{"textDocument": object{"uri": e.uri(name), "version": e.version}, "contentChanges": []object{{"text": text}}})
}

// diagnosed waits for the diagnostics of a document's newest text.
func (e *editor) diagnosed(ctx context.Context, name string) error {
	return e.Call(ctx, "textDocument/diagnostic", object{"textDocument": object{"uri": e.uri(name)}}, nil)
}

const editedPage = "page.html"

func (e *editor) typing(ctx context.Context, c config) ([]row, error) {
	if err := errors.Join(e.open(editedPage, e.page), e.diagnosed(ctx, editedPage)); err != nil {
		return nil, err
	}
	times, err := spread(4*c.rounds, timed(func() error { return errors.Join(e.change(editedPage), e.diagnosed(ctx, editedPage)) }))
	if err != nil {
		return nil, err
	}
	e.look = at(times[0], 0.5)
	p95 := at(times[0], percent95)
	return []row{
		{"from a change to its diagnostics, examples/pricing.html, debounce aside: p50", ms(e.look), "under 250 ms", e.look < 250*time.Millisecond},
		{"the same: p95", ms(p95), "under 600 ms", p95 < 600*time.Millisecond},
	}, nil
}

// acting measures code actions while repairs of the page are looked for.
func (e *editor) acting(ctx context.Context, _ config) ([]row, error) {
	refining := make(chan struct{})
	var wg conc.WaitGroup
	wg.Go(func() {
		defer close(refining)
		// This editor applies nothing, which the server takes amiss at the end.
		_ = e.Call(ctx, "workspace/executeCommand", object{"command": "relook.repairPage", "arguments": []object{{"uri": e.uri(editedPage)}}}, nil)
	})
	defer wg.Wait()
	var times []time.Duration
	for line := 0; ; line++ {
		select {
		case <-refining:
			slices.Sort(times)
			p99 := at(times, percent99)
			return []row{{fmt.Sprintf("a code action while repairs are looked for: p99 of %d", len(times)), fmt.Sprintf("%.1f ms", float64(p99.Microseconds())/1000), "under 20 ms", p99 < 20*time.Millisecond}}, nil
		default:
		}
		p := object{"line": line % 100, "character": 6}
		start := time.Now()
		if err := e.Call(ctx, "textDocument/codeAction", object{"textDocument": object{"uri": e.uri(editedPage)},
			"range": object{"start": p, "end": p}, "context": object{"diagnostics": []object{}}}, nil); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
		time.Sleep(2 * time.Millisecond) // as often as no editor asks, and yet not as a load of its own
	}
}

// restarting measures what a person waits for whose browser was let go.
func (e *editor) restarting(ctx context.Context, c config) ([]row, error) {
	var times []time.Duration
	for range max(3, c.rounds/3) {
		if err := e.Call(ctx, "workspace/executeCommand", object{"command": "relook.restartBrowser"}, nil); err != nil {
			return nil, err
		}
		start := time.Now() // the page is looked at again by itself
		if err := e.diagnosed(ctx, editedPage); err != nil {
			return nil, err
		}
		times = append(times, max(0, time.Since(start)-e.look))
	}
	slices.Sort(times)
	back := at(times, 0.5)
	return []row{{"a browser that was let go is back, the look aside", ms(back), "under 500 ms", back < 500*time.Millisecond}}, nil
}

// large has a document of 1 MB be edited for five seconds, and measures how far
// behind the server is after the last change.
func (e *editor) large(ctx context.Context, _ config) ([]row, error) {
	const name = "large.html"
	text := e.page + "<!--" + strings.Repeat("a large document\n", 1<<20/17) + "-->"
	if err := e.open(name, text); err != nil {
		return nil, err
	}
	tick := time.NewTicker(time.Second / changesPerS)
	defer tick.Stop()
	for n := range 5 * changesPerS {
		<-tick.C
		p := object{"line": 300 + n, "character": 0}
		if err := e.Notify("textDocument/didChange", object{"textDocument": object{"uri": e.uri(name), "version": n + 1},
			"contentChanges": []object{{"range": object{"start": p, "end": p}, "text": "x"}}}); err != nil {
			return nil, err
		}
	}
	start := time.Now()
	if err := e.Call(ctx, "relook/status", nil, nil); err != nil {
		return nil, err
	}
	behind := time.Since(start)
	err := e.Notify("textDocument/didClose", object{"textDocument": object{"uri": e.uri(name)}})
	return []row{{"a document of 1 MB, 20 changes a second: behind after the last one", ms(behind), "under 50 ms", behind < 50*time.Millisecond}}, err
}

// many opens documents and measures the memory of relook itself.
func (e *editor) many(ctx context.Context, _ config) ([]row, error) {
	for n := range manyOpen - 1 {
		if err := e.open(fmt.Sprintf("%d.html", n), e.page); err != nil {
			return nil, err
		}
	}
	for n := range manyOpen - 1 {
		if err := e.diagnosed(ctx, fmt.Sprintf("%d.html", n)); err != nil {
			return nil, err
		}
	}
	kb := inStatus(e.cmd.Process.Pid, "VmRSS:")
	if kb == 0 {
		return nil, errors.New("this system does not tell how much memory a process uses")
	}
	mb := float64(kb) / 1024
	return []row{{fmt.Sprintf("memory of relook itself with %d open documents", manyOpen), fmt.Sprintf("%.0f MB", mb), "under 150 MB", mb < 150}}, nil
}

// idle closes what is not saved and measures what an editor costs that nobody
// types in.
func (e *editor) idle(ctx context.Context, _ config) ([]row, error) {
	for n := range manyOpen - 1 {
		if err := e.Notify("textDocument/didClose", object{"textDocument": object{"uri": e.uri(fmt.Sprintf("%d.html", n))}}); err != nil {
			return nil, err
		}
	}
	for {
		var s struct{ Queue, Mending int }
		if err := e.Call(ctx, "relook/status", nil, &s); err != nil {
			return nil, err
		}
		if s.Queue == 0 && s.Mending == 0 {
			break
		}
		time.Sleep(200 * time.Millisecond) // the person waits, too
	}
	time.Sleep(time.Second) // what was used is tidied up
	before := ticks(e.cmd.Process.Pid)
	time.Sleep(idleFor)
	used := time.Duration(ticks(e.cmd.Process.Pid)-before) * 10 * time.Millisecond // a tick of Linux
	return []row{{fmt.Sprintf("processor time of relook in %v without a word", idleFor), ms(used), "0 ms", used == 0}}, nil
}
