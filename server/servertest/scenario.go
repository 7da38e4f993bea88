package servertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"relook/server"
)

// patience is how long what must come is waited for.
const patience = 60 * time.Second

// Scenarios runs each file of a folder as a test. A scenario is a txtar archive:
// its files are the workspace, its comment is what is done, a step a line; text
// in steps is quoted as in Go. In the files ⟦RULE|TEXT⟧ marks where a diagnostic
// is expected; the marks are taken out.
//
//	client WORD...        pull, utf-8, utf-32, edits, bare, deaf, suggestions: see hello
//	settings JSON         relook's settings, as the editor sends them
//	start                 start the server; needed once, after client and settings
//	open FILE
//	edit FILE OLD NEW     type: the first OLD becomes NEW
//	save FILE
//	close FILE
//	outside FILE OLD NEW  change the file on disk
//	expect FILE marked    the diagnostics of FILE are those that are marked
//	expect FILE none      there are none
//	expect FILE RULE=TEXT...
//	offers FILE RULE TITLE KIND    there is a code action at the diagnostic
//	lacks FILE RULE TITLE          there is none
//	disabled FILE RULE TITLE WHY   it is there and disabled
//	apply FILE RULE TITLE          choose it
//	same FILE TEXT-OF-FILE         the document is what the archive has under that name
//	contains FILE TEXT
//	command NAME JSON              JSON may name a document as $FILE
//	fails COMMAND JSON TEXT        the command fails, with a message that has TEXT
//	heard METHOD TEXT              the server has sent or sends it
//	unheard METHOD TEXT            it has not
func Scenarios(t *testing.T, dir string, config func() server.Config) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in %s: %v", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := &runner{t: t, dir: t.TempDir(), archive: a, config: config, files: map[string]*document{}, marks: map[string][]mark{}, want: map[string]string{}}
			r.unpack()
			for n, line := range strings.Split(string(a.Comment), "\n") {
				if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
					if err := r.step(line); err != nil {
						t.Fatalf("%s:%d: %s: %v", file, n+1, line, err)
					}
				}
			}
			r.end()
		})
	}
}

type mark struct {
	rule       string
	start, end int // bytes
}

type document struct {
	text    string
	version int
	open    bool
}

type runner struct {
	t       *testing.T
	dir     string
	archive *txtar.Archive
	config  func() server.Config
	client  []string
	set     json.RawMessage
	e       *Editor
	code    chan int
	cancel  context.CancelFunc

	mu     sync.Mutex
	files  map[string]*document
	marks  map[string][]mark
	want   map[string]string
	pushed map[string]json.RawMessage
}

func (r *runner) has(word string) bool { return slices.Contains(r.client, word) }

func (r *runner) unpack() {
	for _, f := range r.archive.Files {
		text, marks := unmark(string(f.Data))
		r.want[f.Name] = text
		if strings.HasPrefix(f.Name, "want/") {
			continue
		}
		r.marks[f.Name] = marks
		name := filepath.Join(r.dir, filepath.FromSlash(f.Name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			r.t.Fatal(err)
		}
		r.files[f.Name] = &document{text: text}
	}
}

func unmark(text string) (string, []mark) {
	var b strings.Builder
	var list []mark
	for {
		head, rest, ok := strings.Cut(text, "⟦")
		b.WriteString(head)
		if !ok {
			return b.String(), list
		}
		inner, tail, _ := strings.Cut(rest, "⟧")
		rule, body, _ := strings.Cut(inner, "|")
		list = append(list, mark{rule, b.Len(), b.Len() + len(body)})
		b.WriteString(body)
		text = tail
	}
}

// split parts a step into words; quoted ones are taken as in Go, and JSON to the
// line's end.
func split(line string) ([]string, error) {
	var words []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		switch line[0] {
		case '"':
			q, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, err
			}
			w, err := strconv.Unquote(q)
			if err != nil {
				return nil, err
			}
			words, line = append(words, w), line[len(q):]
		case '{':
			end := strings.LastIndexByte(line, '}') + 1
			words, line = append(words, line[:end]), line[end:]
		default:
			w, rest, _ := strings.Cut(line, " ")
			words, line = append(words, w), rest
		}
	}
	return words, nil
}

func (r *runner) step(line string) error {
	w, err := split(line)
	if err != nil {
		return err
	}
	for len(w) < 5 {
		w = append(w, "")
	}
	switch w[0] {
	case "client":
		r.client = strings.Fields(line)[1:]
	case "settings":
		r.set = json.RawMessage(w[1])
		if r.e != nil {
			return r.e.Notify("workspace/didChangeConfiguration", object{"settings": object{"relook": r.set}})
		}
	case "start":
		return r.start()
	case "open":
		return r.open(w[1])
	case "edit":
		return r.edit(w[1], w[2], w[3])
	case "save":
		return errors.Join(r.write(w[1], r.text(w[1])), r.e.Notify("textDocument/didSave", object{"textDocument": object{"uri": r.uri(w[1])}}))
	case "close":
		r.files[w[1]].open = false
		return r.e.Notify("textDocument/didClose", object{"textDocument": object{"uri": r.uri(w[1])}})
	case "outside":
		return r.outside(w[1], w[2], w[3])
	case "expect":
		return r.expect(w[1], slices.DeleteFunc(w[2:], func(s string) bool { return s == "" }))
	case "offers", "lacks", "disabled", "apply":
		return r.action(w[0], w[1], w[2], w[3], w[4])
	case "same":
		return r.until(func() error {
			if got, want := r.text(w[1]), r.want[w[2]]; got != want {
				return fmt.Errorf("got\n%s\nwant\n%s", got, want)
			}
			return nil
		})
	case "contains":
		return r.until(func() error {
			if got := r.text(w[1]); !strings.Contains(got, w[2]) {
				return fmt.Errorf("it is not in\n%s", got)
			}
			return nil
		})
	case "command":
		_, err := r.command(w[1], w[2])
		return err
	case "fails":
		if _, err := r.command(w[1], w[2]); err == nil || !strings.Contains(err.Error(), w[3]) {
			return fmt.Errorf("got %v", err)
		}
	case "heard":
		return r.e.Until(r.ctx(), func(heard, _ []Message) bool { return said(heard, w[1], w[2]) })
	case "unheard":
		r.e.mu.Lock()
		defer r.e.mu.Unlock()
		if said(r.e.log, w[1], w[2]) {
			return errors.New("it was sent")
		}
	default:
		return errors.New("there is no such step")
	}
	return nil
}

func said(list []Message, method, text string) bool {
	return slices.ContainsFunc(list, func(m Message) bool {
		return m.Method == method && strings.Contains(string(m.Params), text)
	})
}

type object = map[string]any

func (r *runner) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	r.t.Cleanup(cancel)
	return ctx
}

func (r *runner) uri(name string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(r.dir, filepath.FromSlash(name)))}).String()
}

// name is the file that an address names.
func (r *runner) name(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(r.dir, filepath.FromSlash(u.Path))
	if err != nil {
		return ""
	}
	return filepath.ToSlash(rel)
}

func (r *runner) text(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.files[name].text
}

func (r *runner) start() error {
	ours, theirs := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	r.code, r.cancel, r.pushed = make(chan int, 1), cancel, map[string]json.RawMessage{}
	go func() {
		code, err := server.Serve(ctx, r.config(), theirs)
		if err != nil {
			r.t.Errorf("serving: %v", err)
		}
		r.code <- code
	}()
	r.e = &Editor{Answer: r.answer, Heard: func(method string, params json.RawMessage) {
		if method == "textDocument/publishDiagnostics" {
			var p struct{ URI string }
			if json.Unmarshal(params, &p) == nil {
				r.mu.Lock()
				r.pushed[r.name(p.URI)] = params
				r.mu.Unlock()
			}
		}
	}}
	r.e.Start(ours)
	r.t.Cleanup(func() {
		cancel()
		_ = r.e.Close() // it may be closed
	})
	if err := r.e.Call(r.ctx(), "initialize", r.hello(), nil); err != nil {
		return err
	}
	return r.e.Notify("initialized", object{})
}

// hello is what the editor can do, by the words of the step client: pull asks for
// diagnostics; edits wants them in code actions; bare can't take versions or
// annotations, nor resolve; deaf confirms edits and drops them; untrusted has a
// workspace that is not trusted.
func (r *runner) hello() object {
	encoding := "utf-16"
	for _, e := range []string{"utf-8", "utf-32"} {
		if r.has(e) {
			encoding = e
		}
	}
	yes := object{"relatedInformation": true, "codeDescriptionSupport": true, "dataSupport": true, "tagSupport": object{"valueSet": []int{1, 2}}}
	doc := object{"publishDiagnostics": yes, "hover": object{"contentFormat": []string{"markdown"}}}
	action := object{"disabledSupport": true, "isPreferredSupport": true, "dataSupport": true, "codeActionLiteralSupport": object{"codeActionKind": object{"valueSet": []string{"quickfix"}}}}
	workspace := object{"applyEdit": true, "workspaceEdit": object{"documentChanges": true, "changeAnnotationSupport": object{}}}
	if r.has("bare") {
		workspace["workspaceEdit"] = object{}
	} else {
		action["resolveSupport"] = object{"properties": []string{"edit"}}
	}
	if r.has("pull") {
		pull := object{"relatedDocumentSupport": true}
		for k, v := range yes {
			pull[k] = v
		}
		doc["diagnostic"] = pull
		workspace["diagnostics"] = object{"refreshSupport": true}
	}
	doc["codeAction"] = action
	options := object{"suggestions": r.has("suggestions"), "status": true}
	if r.set != nil {
		options["settings"] = r.set
	}
	if r.has("edits") {
		options["apply"] = "edit"
	}
	if r.has("untrusted") {
		options["trusted"] = false
	}
	return object{
		"processId": os.Getpid(), "clientInfo": object{"name": "servertest"}, "rootUri": r.uri("."),
		"workspaceFolders":      []object{{"uri": strings.TrimSuffix(r.uri("."), "/."), "name": "test"}},
		"initializationOptions": options,
		"capabilities": object{"workspace": workspace, "textDocument": doc,
			"window":  object{"workDoneProgress": true},
			"general": object{"positionEncodings": []string{encoding, "utf-16"}}},
	}
}

func (r *runner) end() {
	if r.e == nil {
		r.t.Fatal("the scenario starts no server")
	}
	if err := r.e.Goodbye(r.ctx()); err != nil {
		r.t.Errorf("saying goodbye: %v", err)
	}
	select {
	case code := <-r.code:
		if code != 0 {
			r.t.Errorf("exit code %d", code)
		}
	case <-time.After(patience):
		r.t.Error("the server does not end")
	}
}
