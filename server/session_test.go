package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"relook/preview"
	"relook/preview/previewtest"
	"relook/server"
	"relook/server/servertest"
)

const widePage = `<!doctype html>
<html lang="en"><meta name="viewport" content="width=device-width"><title>x</title>
<link rel="stylesheet" href="site.css">
<style>
.wide { width: 900px; height: 40px; background: #333333 }
</style>
<p>A row of words</p>
<div class="wide"></div><div class="far"></div>
`

// workspace begins a server with a folder that holds files, and says hello.
func workspace(t *testing.T, cfg server.Config, e *servertest.Editor, more object, files map[string]string) *session {
	t.Helper()
	s := begin(t, cfg, e)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	hello := object{"processId": nil, "rootUri": "file://" + s.dir, "capabilities": object{
		"workspace":    object{"applyEdit": true, "workspaceEdit": object{"documentChanges": true}, "textDocumentContent": object{}, "configuration": true},
		"textDocument": object{"hover": object{"contentFormat": []string{"markdown"}}, "publishDiagnostics": object{}},
	}}
	for k, v := range more {
		hello[k] = v
	}
	s.works("initialize", hello)
	s.must(s.Notify("initialized", object{}))
	return s
}

func (s *session) uri(name string) string { return "file://" + filepath.Join(s.dir, name) }

func (s *session) doc(name string) object { return object{"textDocument": object{"uri": s.uri(name)}} }

func (s *session) open(name, text string) {
	s.t.Helper()
	s.must(s.Notify("textDocument/didOpen", object{"textDocument": object{"uri": s.uri(name), "languageId": "html", "version": 1, "text": text}}))
}

func (s *session) becomes(name string, version int, text string) {
	s.t.Helper()
	s.must(s.Notify("textDocument/didChange", object{
		"textDocument": object{"uri": s.uri(name), "version": version}, "contentChanges": []object{{"text": text}}}))
}

type published struct {
	URI         string
	Version     int
	Diagnostics []struct {
		Code    string
		Message string
		Range   json.RawMessage
	}
}

// until waits for diagnostics of a document.
func (s *session) until(name string, ok func(published) bool) {
	s.t.Helper()
	err := s.Until(s.ctx(), func([]servertest.Message, []servertest.Message) bool {
		list := s.Said("textDocument/publishDiagnostics")
		for i := len(list) - 1; i >= 0; i-- {
			var p published
			if json.Unmarshal(list[i], &p) == nil && p.URI == s.uri(name) {
				return ok(p)
			}
		}
		return false
	})
	if err != nil {
		s.t.Fatalf("waiting for the diagnostics of %s: %v; so far %s", name, err, s.Said("textDocument/publishDiagnostics"))
	}
}

// mended waits until repairs are known.
func (s *session) mended(name string) previewed {
	s.t.Helper()
	var p previewed
	for range 600 {
		if err := json.Unmarshal(s.works("relook/preview", s.doc(name)), &p); err != nil {
			s.t.Fatal(err)
		}
		if p.Repair != nil {
			return p
		}
		if err := s.Call(s.ctx(), "textDocument/hover", object{"textDocument": object{"uri": s.uri(name)}, "position": object{"line": 0, "character": 0}}, nil); err != nil {
			s.t.Fatal(err)
		}
	}
	s.t.Fatal("no repair is found")
	return p
}

type previewed struct {
	URI    string
	Valid  bool
	Number int
	Views  []struct {
		Name          string
		Before, After []struct{ ID, PNG string }
	}
	Defects []struct {
		Rule, Fix string
		Repaired  bool
	}
	Repair *struct {
		Repaired, Left int
		Diff           string
		Fixes          []struct{ ID, Title, Proof string }
	}
}

func TestPreviewHoverAndContent(t *testing.T) {
	s := workspace(t, config(), &servertest.Editor{}, nil, map[string]string{"site.css": ".far { width: 950px; height: 9px; background: #333333 }"})
	s.open("index.html", widePage)
	s.until("index.html", func(p published) bool { return len(p.Diagnostics) > 0 })
	// A repair is looked for in the background; watching, one is told of it.
	if err := s.Call(s.ctx(), "relook/preview", object{"textDocument": object{"uri": s.uri("index.html")}, "watch": true}, nil); err != nil {
		t.Fatal(err)
	}
	var last previewed
	s.must(s.Until(s.ctx(), func([]servertest.Message, []servertest.Message) bool {
		list := s.Said("relook/previewChanged")
		return len(list) > 0 && json.Unmarshal(list[len(list)-1], &last) == nil && last.Repair != nil
	}))
	if !last.Valid || len(last.Defects) != 2 || last.Repair.Repaired != 2 || !strings.Contains(last.Repair.Diff, "+.wide { max-width: 900px;") {
		t.Errorf("got %+v", last)
	}
	if len(last.Repair.Fixes) != 3 || last.Repair.Fixes[0].ID != "all" || last.Repair.Fixes[1].Proof == "" || last.Defects[0].Fix == "" {
		t.Errorf("fixes: %+v", last.Repair.Fixes)
	}
	for _, v := range last.Views {
		if len(v.Before) == 0 || len(v.After) == 0 {
			t.Errorf("view %s: %+v", v.Name, v)
		}
	}
	// Who keeps no pictures gets them each time, and the others none the less.
	for range 2 {
		var complete previewed
		s.must(s.Call(s.ctx(), "relook/preview", object{"textDocument": object{"uri": s.uri("index.html")}, "complete": true}, &complete))
		for _, v := range complete.Views {
			if v.Before[0].PNG == "" || v.After[0].PNG == "" {
				t.Errorf("view %s comes without its pictures", v.Name)
			}
		}
	}
	var hover struct{ Contents struct{ Kind, Value string } }
	at := object{"textDocument": object{"uri": s.uri("index.html")}, "position": object{"line": 4, "character": 10}}
	s.must(json.Unmarshal(s.works("textDocument/hover", at), &hover))
	text := hover.Contents.Value
	if strings.Count(text, "data:image/jpeg;base64,") != 2 || !strings.Contains(text, "**Repair:**") || len(text) > 100_000 || !strings.Contains(text, "[What sideways-scroll means](http://127.0.0.1:") {
		t.Errorf("hover of %d bytes: %.300s", len(text), text)
	}
	var pair struct {
		Files []struct{ Before, After string }
		Diff  string
	}
	s.must(json.Unmarshal(s.works("workspace/executeCommand", object{"command": "relook.compare", "arguments": []object{{"uri": s.uri("index.html")}}}), &pair))
	if len(pair.Files) != 2 || pair.Files[0].Before != s.uri("index.html") {
		t.Fatalf("got %+v", pair)
	}
	var content struct{ Text string }
	s.must(json.Unmarshal(s.works("workspace/textDocumentContent", object{"uri": pair.Files[0].After}), &content))
	if !strings.Contains(content.Text, ".wide { max-width: 900px;") {
		t.Errorf("the repaired text is %s", content.Text)
	}
	var links []struct{ Target string }
	s.must(json.Unmarshal(s.works("textDocument/documentLink", s.doc("index.html")), &links))
	if len(links) != 1 || links[0].Target != s.uri("site.css")+"#L1,8" {
		t.Errorf("links: %+v", links)
	}
	var trace struct {
		Status string
		Passes []struct{ Attempts []struct{ Admitted bool } }
	}
	s.must(json.Unmarshal(s.works("relook/trace", s.doc("index.html")), &trace))
	if trace.Status != "improved" || len(trace.Passes) == 0 || len(trace.Passes[0].Attempts) < 2 {
		t.Errorf("trace: %+v", trace)
	}
}

// Other pictures than those that are watched are made when they are asked for, and
// change nothing of what is known of the page.
func TestPreviewAsked(t *testing.T) {
	s := workspace(t, config(), &servertest.Editor{}, nil, map[string]string{"site.css": ".far { width: 950px; height: 9px; background: #333333 }"})
	s.open("index.html", widePage)
	s.until("index.html", func(p published) bool { return len(p.Diagnostics) > 0 })
	plain := s.mended("index.html")
	ask := func(more object) (p struct {
		previewed
		Number int
		Views  []struct {
			Name          string
			View          preview.View
			Before, After []struct{ ID, PNG string }
			Difference    *struct{ ID, PNG string }
		}
	}) {
		t.Helper()
		params := s.doc("index.html")
		for k, v := range more {
			params[k] = v
		}
		s.must(json.Unmarshal(s.works("relook/preview", params), &p))
		return p
	}
	dark := ask(object{"scheme": "dark", "state": "hover"})
	if len(dark.Views) == 0 || len(dark.Defects) != 2 || !dark.Defects[0].Repaired || dark.Number != plain.Number {
		t.Errorf("in the dark: %+v", dark)
	}
	for _, v := range dark.Views {
		if v.View.Scheme != "dark" || v.View.State != "hover" || !strings.HasSuffix(v.Name, "+dark+hover") || len(v.Before) == 0 || len(v.After) == 0 || v.Difference != nil {
			t.Errorf("in the dark: %+v", v)
		}
	}
	one := ask(object{"fix": "0", "difference": true})
	if repaired := one.Defects[0].Repaired != one.Defects[1].Repaired; !repaired || one.Repair.Repaired != 1 || one.Repair.Diff == plain.Repair.Diff || len(one.Repair.Fixes) != 3 {
		t.Errorf("one repair: %+v", one)
	}
	for _, v := range one.Views {
		if same := v.Before[len(v.Before)-1].ID == v.After[len(v.After)-1].ID; same != (v.Difference == nil) {
			t.Errorf("the difference at %s is %+v", v.Name, v.Difference)
		}
	}
	if gone := ask(object{"fix": "gone"}); gone.Repair.Diff != plain.Repair.Diff {
		t.Errorf("a repair that is gone gives %s", gone.Repair.Diff)
	}
	if again := ask(nil); again.Views[0].Name != plain.Views[0].Name || again.Repair.Diff != plain.Repair.Diff {
		t.Errorf("what is watched became %+v", again)
	}
	for _, bad := range []object{{"scheme": "red"}, {"state": "dark+print"}} {
		params := s.doc("index.html")
		for k, v := range bad {
			params[k] = v
		}
		s.fails("relook/preview", params, -32602)
	}
}

func TestCodeLens(t *testing.T) {
	s := workspace(t, config(), &servertest.Editor{}, object{"initializationOptions": object{"settings": object{"codeLens": true}}}, nil)
	s.open("index.html", widePage)
	s.until("index.html", func(p published) bool { return len(p.Diagnostics) > 0 })
	s.mended("index.html")
	var list []struct {
		Command struct{ Title, Command string }
	}
	s.must(json.Unmarshal(s.works("textDocument/codeLens", s.doc("index.html")), &list))
	if len(list) != 1 || !strings.HasPrefix(list[0].Command.Title, "2 defects, repair 1") || list[0].Command.Command != "relook.apply" {
		t.Errorf("got %+v", list)
	}
}

// The pages of the loopback port are there for those who know the address only.
func TestWeb(t *testing.T) {
	s := workspace(t, config(), &servertest.Editor{}, nil, nil)
	s.open("index.html", widePage)
	var shown struct{ Address string }
	s.must(json.Unmarshal(s.works("workspace/executeCommand", object{"command": "relook.showPreview", "arguments": []object{{"uri": s.uri("index.html")}}}), &shown))
	base, query, _ := strings.Cut(shown.Address, "/page")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(address, host string) (int, string) {
		req, err := http.NewRequestWithContext(s.ctx(), http.MethodGet, address, nil)
		s.must(err)
		if host != "" {
			req.Host = host
		}
		res, err := client.Do(req)
		s.must(err)
		defer res.Body.Close()
		b, err := io.ReadAll(io.LimitReader(res.Body, 200))
		s.must(err)
		if res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s comes with the header %v", address, res.Header)
		}
		return res.StatusCode, string(b)
	}
	root := base[:strings.LastIndexByte(base, '/')]
	for address, want := range map[string]int{
		shown.Address:                          200,
		base + "/rules/sideways-scroll":        200,
		base + "/rules/none":                   404,
		base + "/files/preview.js":             200,
		base + "/files/..%2f..%2fserver.go":    404,
		base + "/preview?uri=file:///etc/x.js": 404,
		root + "/":                             404,
		root + "/guess/page" + query:           404,
	} {
		if got, body := get(address, ""); got != want {
			t.Errorf("%s gives %d, want %d: %s", address, got, want, body)
		}
	}
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]"} {
		if got, _ := get(shown.Address, host); got != http.StatusOK {
			t.Errorf("forwarded to %s it gives %d", host, got)
		}
	}
	if got, _ := get(shown.Address, "evil.example:80"); got != http.StatusForbidden {
		t.Errorf("another name of the host gives %d", got)
	}
	if _, body := get(base+"/preview"+query, ""); !strings.HasPrefix(body, `data: {"uri":"file://`) {
		t.Errorf("the stream begins %s", body)
	}
}

func TestUntrusted(t *testing.T) {
	page := "<!doctype html><title>x</title><p>text</p><script>for(;;);</script>"
	s := workspace(t, config(), &servertest.Editor{}, object{"initializationOptions": object{"trusted": false}}, nil)
	s.open("index.html", page)
	s.works("workspace/executeCommand", object{"command": "relook.diagnose", "arguments": []object{{"uri": s.uri("index.html")}}})
	s.until("index.html", func(p published) bool { return len(p.Diagnostics) == 0 })
	s.fails("workspace/executeCommand", object{"command": "relook.repairWithInstruction", "arguments": []object{{"uri": s.uri("index.html"), "instruction": "x"}}}, -32803)
	s.must(s.Notify("relook/trust", object{"trusted": true}))
	s.until("index.html", func(p published) bool { return len(p.Diagnostics) == 1 && p.Diagnostics[0].Code == "invalid-render" })
}

// A gated renderer lets each render wait for the test.
type gated struct {
	previewtest.Fake
	enter chan string // the page's text, for each render
	leave chan error
}

func (g *gated) Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	src, err := p.Source()
	if err != nil {
		return nil, err
	}
	g.enter <- src.String()
	// It does not heed ctx: what was rendered in vain must not be published.
	if err := <-g.leave; err != nil {
		return nil, err
	}
	return g.Fake.Render(context.WithoutCancel(ctx), p, o)
}

// What was found out about an older text is never published, even by a render
// that goes on after it was cancelled.
func TestStaleResults(t *testing.T) {
	g := &gated{enter: make(chan string), leave: make(chan error)}
	cfg := config()
	cfg.Browser = func(server.Settings) (server.Browser, error) { return browser{g}, nil }
	s := workspace(t, cfg, &servertest.Editor{}, nil, nil)
	text := func(width int) string { return strings.ReplaceAll(widePage, "900px", fmt.Sprintf("%dpx", width)) }
	s.open("index.html", text(901))
	for n := 2; n < 12; n++ {
		<-g.enter
		s.becomes("index.html", n, strings.Repeat("\n", n)+text(900+n))
		s.works("relook/status", nil) // the server has heard of it
		g.leave <- nil
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-g.enter:
				g.leave <- nil
			case <-done:
				return
			}
		}
	}()
	s.until("index.html", func(p published) bool { return p.Version == 11 && len(p.Diagnostics) > 0 })
	for _, raw := range s.Said("textDocument/publishDiagnostics") {
		var p published
		s.must(json.Unmarshal(raw, &p))
		if p.Version != 11 {
			t.Errorf("version %d was published: %s", p.Version, raw)
		}
	}
	s.must(s.Notify("textDocument/didClose", s.doc("index.html")))
	s.works("shutdown", nil)
	s.must(s.Notify("exit", nil))
	s.ended()
	close(done)
}

// A browser that fails is told of once, and tried again until it works.
func TestBrowserMissing(t *testing.T) {
	cfg := config()
	var mu sync.Mutex
	broken, tries := true, 0
	cfg.Browser = func(server.Settings) (server.Browser, error) {
		mu.Lock()
		defer mu.Unlock()
		if tries++; broken {
			return nil, errors.New("no Chromium found: `relook setup --browser` installs one")
		}
		return browser{previewtest.Fake{}}, nil
	}
	s := workspace(t, cfg, &servertest.Editor{}, object{"initializationOptions": object{"status": true}}, nil)
	s.open("index.html", widePage)
	s.must(s.Until(s.ctx(), func(heard, _ []servertest.Message) bool {
		return strings.Contains(fmt.Sprint(string(join(s.Said("relook/status")))), `"browser":"missing"`)
	}))
	for n := range 5 {
		s.becomes("index.html", n+2, widePage+strings.Repeat(" ", n))
	}
	s.must(s.Until(s.ctx(), func([]servertest.Message, []servertest.Message) bool {
		mu.Lock()
		defer mu.Unlock()
		return tries > 2
	}))
	mu.Lock()
	broken = false
	mu.Unlock()
	s.until("index.html", func(p published) bool { return len(p.Diagnostics) > 0 })
	messages := s.Said("window/showMessage")
	if len(messages) != 1 || !strings.Contains(string(messages[0]), "relook setup --browser") {
		t.Errorf("messages: %s", messages)
	}
}

func join(list []json.RawMessage) []byte {
	var out []byte
	for _, b := range list {
		out = append(out, b...)
	}
	return out
}

// A code action is a look-up, however busy the server is.
func TestCodeActionsDontWait(t *testing.T) {
	s := workspace(t, config(), &servertest.Editor{}, nil, nil)
	s.open("index.html", widePage)
	s.until("index.html", func(p published) bool { return len(p.Diagnostics) > 0 })
	s.mended("index.html")
	params := object{"textDocument": object{"uri": s.uri("index.html")}, "range": object{"start": object{"line": 4, "character": 10}, "end": object{"line": 4, "character": 10}}, "context": object{"diagnostics": []object{}}}
	for range 200 {
		var list []struct{ Title string }
		s.must(json.Unmarshal(s.works("textDocument/codeAction", params), &list))
		if len(list) == 0 || !strings.HasPrefix(list[0].Title, "Repair: ") {
			t.Fatalf("offered are %+v", list)
		}
	}
}

// A large document that is typed in fast keeps up, and ends as the editor has it.
func TestLargeDocument(t *testing.T) {
	s := workspace(t, config(), &servertest.Editor{}, nil, nil)
	text := widePage + "<!--" + strings.Repeat("large document\n", 70_000) + "-->"
	s.open("index.html", text)
	start := time.Now()
	for n := range 200 {
		s.must(s.Notify("textDocument/didChange", object{"textDocument": object{"uri": s.uri("index.html"), "version": n + 2},
			"contentChanges": []object{{"range": object{"start": object{"line": 6, "character": 3}, "end": object{"line": 6, "character": 3}}, "text": "x"}}}))
	}
	s.works("relook/status", nil)
	t.Logf("200 changes of %d KB in %v", len(text)>>10, time.Since(start))
	if took := time.Since(start); took > 40*time.Second {
		t.Errorf("200 changes took %v: a machine that does nothing else takes 4 s", took)
	}
	s.until("index.html", func(p published) bool { return p.Version == 201 })
}

// counted counts how often a browser is started and ended.
type counted struct {
	browser
	ended chan<- struct{}
}

func (c counted) Close() error {
	c.ended <- struct{}{}
	return nil
}

// A browser that nobody uses is let go, and comes back when somebody types.
func TestIdleBrowserIsLetGo(t *testing.T) {
	cfg := config()
	started, ended := make(chan struct{}, 10), make(chan struct{}, 10)
	cfg.Idle = 20 * time.Millisecond
	cfg.Browser = func(server.Settings) (server.Browser, error) {
		started <- struct{}{}
		return counted{browser{previewtest.Fake{}}, ended}, nil
	}
	s := workspace(t, cfg, &servertest.Editor{}, object{"initializationOptions": object{"status": true}}, map[string]string{"site.css": "p {}"})
	comes := func(what string, ch <-chan struct{}) {
		t.Helper()
		select {
		case <-ch:
		case <-time.After(patience):
			t.Fatalf("no browser is %s", what)
		}
	}
	s.open("index.html", widePage)
	for n := range 3 {
		comes("started", started)
		comes("ended", ended)
		s.until("index.html", func(p published) bool { return len(p.Diagnostics) == (n+1)%2 })
		for len(started) > 0 { // a look and the search for repairs may lie far apart
			comes("started", started)
			comes("ended", ended)
		}
		text := widePage
		if n%2 == 0 {
			text = strings.ReplaceAll(widePage, "900px", "90px")
		}
		s.becomes("index.html", n+2, text)
	}
}
