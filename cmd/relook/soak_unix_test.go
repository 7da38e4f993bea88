//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/sourcegraph/conc"
	"go.uber.org/goleak"

	"relook/agent"
	"relook/preview"
	"relook/server"
	"relook/server/servertest"
)

// soakFor is how long TestSoak runs when SOAK does not say so.
const soakFor = 20 * time.Second

// soakPatience is how long an answer may take while the browser is killed again
// and again on a busy machine.
const soakPatience = 3 * time.Minute

// TestSoak is an editor in a hurry: 50 documents, random edits, saves, cancels
// and repairs, the real browser killed at random, and a model that comes and goes
// (a policy of the test's own that fails like Ollama when it is stopped). In the
// end the server has the texts that the editor has, every request was answered
// once, and neither goroutines nor memory grew.
//
//	SOAK=10m go test ./cmd/relook -run TestSoak -timeout 30m -v
func TestSoak(t *testing.T) {
	length := soakFor
	if s := os.Getenv("SOAK"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	before := goleak.IgnoreCurrent()
	s := newSoak(t)
	var warm usage
	start := time.Now()
	for round := 0; time.Since(start) < length; round++ {
		s.act()
		if round%250 == 249 {
			s.killBrowser()
		}
		if warm.goroutines == 0 && time.Since(start) > length/4 {
			warm = s.settle()
		}
		time.Sleep(time.Duration(s.r.IntN(20)) * time.Millisecond) // a person types, too
	}
	end := s.settle()
	s.compare()
	s.goodbye()
	t.Logf("%v: %d acts, %d requests, %d browsers killed; goroutines %d then %d, heap %d then %d MB",
		length, s.acts, s.requests, s.killed, warm.goroutines, end.goroutines, warm.heap>>20, end.heap>>20)
	// A page has at most one look or search for repairs under way.
	if most := 60 + len(s.docs); end.goroutines > most {
		t.Errorf("there are %d goroutines, more than %d; at first there were %d", end.goroutines, most, warm.goroutines)
	}
	if end.heap > warm.heap*3/2+50<<20 {
		t.Errorf("the heap grew from %d to %d MB", warm.heap>>20, end.heap>>20)
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

type usage struct {
	goroutines int
	heap       uint64
}

// A soak is the editor, with the documents as it has them.
type soak struct {
	*servertest.Editor
	t       *testing.T
	dir     string
	r       *rand.Rand
	serving conc.WaitGroup
	code    int
	cancel  context.CancelFunc
	waiting sync.WaitGroup

	acts, requests, killed int

	mu   sync.Mutex
	docs map[string]*soakDoc
	seen map[string]string // texts of pages that were rendered last, by name
	// sheets are the texts of the style sheets that a page asked for then.
	sheets map[string]map[string]string
}

type soakDoc struct {
	text    string
	version int
}

const soakPage = `<!doctype html>
<html lang="en"><meta name="viewport" content="width=device-width"><title>%[1]d</title>
<link rel="stylesheet" href="s%[2]d.css">
<p>Row of words %[1]d &#x2014; 😀 é</p>
<div class="wide">wide</div>
<p style="color: #cccccc">pale words</p>
`

func newSoak(t *testing.T) *soak {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("SOAK_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64) // 0 is a seed as well
	}
	t.Logf("SOAK_SEED=%d", seed)
	s := &soak{t: t, dir: t.TempDir(), r: rand.New(rand.NewPCG(seed, 1)), docs: map[string]*soakDoc{}, seen: map[string]string{}, sheets: map[string]map[string]string{}}
	for n := range 40 {
		s.docs[fmt.Sprintf("p%d.html", n)] = &soakDoc{text: fmt.Sprintf(soakPage, n, n%10)}
	}
	for n := range 10 {
		s.docs[fmt.Sprintf("s%d.css", n)] = &soakDoc{text: fmt.Sprintf(".wide { width: %dpx; background: #333333; color: #ffffff }\n", 500+100*n)}
	}
	ours, theirs := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.serving.Go(func() {
		code, err := server.Serve(ctx, s.config(), theirs)
		if err != nil {
			t.Errorf("serving: %v", err)
		}
		s.code = code
	})
	s.Editor = &servertest.Editor{Answer: s.answer}
	s.Start(ours)
	s.ask("initialize", soakObject{"processId": nil, "rootUri": "file://" + s.dir, "capabilities": soakObject{
		"workspace": soakObject{"applyEdit": true, "workspaceEdit": soakObject{"documentChanges": true}}, "window": soakObject{"workDoneProgress": true}},
		"initializationOptions": soakObject{"settings": soakObject{"onSave": "suggest", "policy": []string{"rules"}, "views": []string{"390x500"}, "profile": "fast"}}})
	s.waiting.Wait()
	s.notify("initialized", soakObject{})
	for name, d := range s.docs {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(d.text), 0o644); err != nil {
			t.Fatal(err)
		}
		s.open(name)
	}
	return s
}

type soakObject = map[string]any

// config is the server of `relook lsp`, with a model that fails now and then.
func (s *soak) config() server.Config {
	cfg := lspApp().serverConfig()
	browser := cfg.Browser
	cfg.Browser = func(set server.Settings) (server.Browser, error) {
		b, err := browser(set)
		return watched{b, s}, err
	}
	policies := cfg.Policies
	cfg.Policies = func(ctx context.Context, set server.Settings, say func(string)) ([]agent.Policy, func() error, error) {
		if time.Now().Unix()%10 < 3 { // three seconds of ten it is stopped
			return nil, nil, errors.New("no Ollama answers: start it with `ollama serve`")
		}
		return policies(ctx, set, say)
	}
	return cfg
}

// watched notes the texts that are rendered, and the style sheet that a page asked
// for: random edits take links away, and what no page asks for is not rendered.
type watched struct {
	server.Browser
	s *soak
}

func (w watched) Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	text, _ := fs.ReadFile(p.FS, p.Entry)
	asked := &askedFS{FS: p.FS, texts: map[string]string{}}
	p.FS = asked
	r, err := w.Browser.Render(ctx, p, o)
	if err == nil && o.Profile == preview.ProfileFast && !o.NoCauses { // a look, and not a repair that is tried
		w.s.mu.Lock()
		asked.mu.Lock()
		w.s.seen[p.Entry] = string(text)
		w.s.sheets[p.Entry] = asked.texts
		asked.mu.Unlock()
		w.s.mu.Unlock()
	}
	return r, err
}

// An askedFS keeps the texts of the style sheets that are read from it.
type askedFS struct {
	fs.FS
	mu    sync.Mutex
	texts map[string]string
}

func (a *askedFS) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".css") {
		if text, err := fs.ReadFile(a.FS, name); err == nil {
			a.mu.Lock()
			a.texts[name] = string(text)
			a.mu.Unlock()
		}
	}
	return a.FS.Open(name)
}

func (s *soak) uri(name string) string { return "file://" + s.dir + "/" + name }

func (s *soak) notify(method string, params any) {
	if err := s.Notify(method, params); err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
}

// ask sends a request. Its answer is waited for in the background.
func (s *soak) ask(method string, params any) (id int) {
	id, wait, err := s.Begin(method, params)
	if err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
	s.requests++
	s.waiting.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), soakPatience)
		defer cancel()
		err := wait(ctx, nil)
		var refused *servertest.Error
		if err != nil && !errors.As(err, &refused) {
			s.t.Errorf("%s: %v", method, err)
		}
	})
	return id
}

func (s *soak) open(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.docs[name]
	d.version = 1
	s.notify("textDocument/didOpen", soakObject{"textDocument": soakObject{"uri": s.uri(name), "languageId": strings.TrimPrefix(filepath.Ext(name), "."), "version": 1, "text": d.text}})
}

func (s *soak) any() string {
	if s.r.IntN(4) == 0 {
		return fmt.Sprintf("s%d.css", s.r.IntN(10))
	}
	return fmt.Sprintf("p%d.html", s.r.IntN(40))
}

// act does one thing that an editor does.
func (s *soak) act() {
	s.acts++
	name := s.any()
	doc := soakObject{"uri": s.uri(name)}
	at := soakObject{"line": s.r.IntN(8), "character": s.r.IntN(20)}
	switch n := s.r.IntN(20); {
	case n < 9:
		s.edit(name)
	case n < 11:
		s.notify("textDocument/didSave", soakObject{"textDocument": doc})
	case n < 14:
		s.ask("textDocument/codeAction", soakObject{"textDocument": doc, "range": soakObject{"start": soakObject{"line": 0, "character": 0}, "end": at}, "context": soakObject{"diagnostics": []any{}}})
	case n < 15:
		s.ask("textDocument/hover", soakObject{"textDocument": doc, "position": at})
	case n < 16:
		id := s.ask("workspace/executeCommand", soakObject{"command": "relook.diagnose", "arguments": []soakObject{{"uri": s.uri(name)}}})
		s.notify("$/cancelRequest", soakObject{"id": id})
	case n < 18:
		s.ask("workspace/executeCommand", soakObject{"command": "relook.repairPage", "arguments": []soakObject{{"uri": s.uri(name)}}})
	case n < 19:
		s.ask("workspace/executeCommand", soakObject{"command": "relook.cancel"})
	default:
		s.notify("textDocument/didClose", soakObject{"textDocument": doc})
		saved, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			s.t.Fatal(err)
		}
		s.mu.Lock()
		s.docs[name].text = string(saved) // what is not saved is lost
		s.mu.Unlock()
		s.open(name)
	}
}

// edit types something, or takes something out of the words of a document.
func (s *soak) edit(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.docs[name]
	pieces := []string{"x", "é", "😀", "\n", " ", "width: 300px;", "<b>", "e\u0301", ""}
	units := utf16.Encode([]rune(d.text))
	a := s.r.IntN(len(units) + 1)
	b := min(len(units), a+s.r.IntN(3))
	for a > 0 && a < len(units) && utf16.IsSurrogate(rune(units[a])) && units[a] >= 0xDC00 {
		a--
	}
	for b > 0 && b < len(units) && units[b] >= 0xDC00 && units[b] < 0xE000 {
		b--
	}
	b = max(a, b)
	piece := pieces[s.r.IntN(len(pieces))]
	if len(d.text) > 2000 {
		piece = ""
	}
	s.change(name, []soakEdit{{soakSpan{soakAt(units, a), soakAt(units, b)}, piece}})
}

type soakPosition struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type soakSpan struct {
	Start soakPosition `json:"start"`
	End   soakPosition `json:"end"`
}

type soakEdit struct {
	Range   soakSpan `json:"range"`
	NewText string   `json:"newText"`
}

func soakAt(units []uint16, at int) (p soakPosition) {
	for _, u := range units[:at] {
		if p.Character++; u == '\n' {
			p = soakPosition{p.Line + 1, 0}
		}
	}
	return p
}

// change makes edits of one text, the last first, and tells of them. The caller
// holds mu.
func (s *soak) change(name string, edits []soakEdit) {
	d := s.docs[name]
	units := utf16.Encode([]rune(d.text))
	offset := func(p soakPosition) int {
		for i := 0; ; i++ {
			if i == len(units) || soakAt(units, i) == p {
				return i
			}
		}
	}
	var changes []soakObject
	for i := len(edits) - 1; i >= 0; i-- {
		e := edits[i]
		a, b := offset(e.Range.Start), offset(e.Range.End)
		units = append(append(append([]uint16{}, units[:a]...), utf16.Encode([]rune(e.NewText))...), units[b:]...)
		changes = append(changes, soakObject{"range": e.Range, "text": e.NewText})
	}
	d.text = string(utf16.Decode(units))
	d.version++
	s.notify("textDocument/didChange", soakObject{"textDocument": soakObject{"uri": s.uri(name), "version": d.version}, "contentChanges": changes})
}

// answer applies edits that are for the version that is there.
func (s *soak) answer(method string, params json.RawMessage) (any, *servertest.Error) {
	if method != "workspace/applyEdit" {
		return nil, nil
	}
	var p struct {
		Edit struct {
			DocumentChanges []struct {
				TextDocument struct {
					URI     string
					Version int
				}
				Edits []soakEdit
			}
		}
	}
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, &servertest.Error{Message: err.Error()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range p.Edit.DocumentChanges {
		d := s.docs[filepath.Base(c.TextDocument.URI)]
		if d == nil || d.version != c.TextDocument.Version {
			return soakObject{"applied": false, "failureReason": "the text is another"}, nil
		}
	}
	for _, c := range p.Edit.DocumentChanges {
		s.change(filepath.Base(c.TextDocument.URI), c.Edits)
	}
	return soakObject{"applied": true}, nil
}

// killBrowser kills the browser, if one runs.
func (s *soak) killBrowser() {
	for _, p := range descendants(strconv.Itoa(os.Getpid())) {
		if id, err := strconv.Atoi(p.id); err == nil && browserItself(p) {
			if syscall.Kill(id, syscall.SIGKILL) == nil {
				s.killed++
			}
		}
	}
}

// settle waits for all answers and measures what is used then.
func (s *soak) settle() usage {
	s.waiting.Wait()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{runtime.NumGoroutine(), m.HeapAlloc}
}

// compare has every page looked at, and compares the texts that were rendered
// with those that the editor has.
func (s *soak) compare() {
	for name := range s.docs {
		if strings.HasSuffix(name, ".html") {
			ctx, cancel := context.WithTimeout(context.Background(), soakPatience)
			if err := s.Call(ctx, "workspace/executeCommand", soakObject{"command": "relook.diagnose", "arguments": []soakObject{{"uri": s.uri(name)}}}, nil); err != nil {
				s.t.Errorf("looking at %s: %v", name, err)
			}
			cancel()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	compared := 0
	same := func(name, got string) {
		if compared++; got != s.docs[name].text {
			s.t.Errorf("the server's text of %s is\n%q\nand the editor's\n%q", name, got, s.docs[name].text)
		}
	}
	for name := range s.docs {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		same(name, s.seen[name])
		for sheet, got := range s.sheets[name] {
			if s.docs[sheet] != nil {
				same(sheet, got)
			}
		}
	}
	if compared < 50 {
		s.t.Errorf("only %d texts could be compared", compared)
	}
}

func (s *soak) goodbye() {
	ctx, cancel := context.WithTimeout(context.Background(), soakPatience)
	defer cancel()
	if err := s.Goodbye(ctx); err != nil {
		s.t.Errorf("saying goodbye: %v", err)
	}
	s.serving.Wait()
	s.cancel()
	_ = s.Close() // the server has closed it
	if s.code != 0 {
		s.t.Errorf("exit code %d", s.code)
	}
	err := s.Until(ctx, func(_, stray []servertest.Message) bool {
		for _, m := range stray {
			s.t.Errorf("answered twice, or never asked: %s %s", m.ID, m.Result)
		}
		return true
	})
	if err != nil {
		s.t.Error(err)
	}
}
