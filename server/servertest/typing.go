package servertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

func (r *runner) open(name string) error {
	d := r.files[name]
	if d == nil {
		return errors.New("there is no such file")
	}
	d.open, d.version = true, 1
	return r.e.Notify("textDocument/didOpen", object{"textDocument": object{
		"uri": r.uri(name), "languageId": strings.TrimPrefix(filepath.Ext(name), "."), "version": 1, "text": d.text}})
}

// edit types, as an editor tells it: with a range.
func (r *runner) edit(name, old, now string) error {
	d := r.files[name]
	at := strings.Index(d.text, old)
	if at < 0 {
		return fmt.Errorf("%q is not in %s", old, name)
	}
	return r.change(name, []textEdit{{r.span(d.text, at, at+len(old)), now}})
}

type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type span struct {
	Start position `json:"start"`
	End   position `json:"end"`
}

type textEdit struct {
	Range   span   `json:"range"`
	NewText string `json:"newText"`
}

func (r *runner) span(text string, a, b int) span {
	return span{r.position(text, a), r.position(text, b)}
}

func (r *runner) position(text string, at int) position {
	head := strings.ReplaceAll(text[:at], "\r\n", "\n")
	if strings.HasSuffix(text[:at], "\r") && strings.HasPrefix(text[at:], "\n") {
		head = strings.TrimSuffix(head, "\r")
	}
	head = strings.ReplaceAll(head, "\r", "\n")
	last := head[strings.LastIndexByte(head, '\n')+1:]
	return position{strings.Count(head, "\n"), r.units(last)}
}

func (r *runner) units(s string) int {
	switch {
	case r.has("utf-8"):
		return len(s)
	case r.has("utf-32"):
		return utf8.RuneCountInString(s)
	}
	n := 0
	for _, c := range s {
		if n++; c >= 0x10000 {
			n++
		}
	}
	return n
}

// offset finds a position by trying every place.
func (r *runner) offset(text string, p position) int {
	for i := range text {
		if r.position(text, i) == p {
			return i
		}
	}
	return len(text)
}

// change makes edits, whose ranges all mean the text before, and tells of them.
func (r *runner) change(name string, edits []textEdit) error {
	r.mu.Lock()
	d := r.files[name]
	before := d.text
	type piece struct {
		a, b int
		textEdit
	}
	var list []piece
	for _, e := range edits {
		list = append(list, piece{r.offset(before, e.Range.Start), r.offset(before, e.Range.End), e})
	}
	slices.SortFunc(list, func(x, y piece) int { return y.a - x.a })
	var changes []object
	for _, p := range list {
		changes = append(changes, object{"range": p.Range, "text": p.NewText})
		d.text = d.text[:p.a] + p.NewText + d.text[p.b:]
	}
	d.version++
	open, version, text := d.open, d.version, d.text
	r.mu.Unlock()
	if !open {
		return errors.Join(r.write(name, text), r.watched(name))
	}
	return r.e.Notify("textDocument/didChange", object{
		"textDocument": object{"uri": r.uri(name), "version": version}, "contentChanges": changes})
}

func (r *runner) write(name, text string) error {
	return os.WriteFile(filepath.Join(r.dir, filepath.FromSlash(name)), []byte(text), 0o644)
}

func (r *runner) watched(name string) error {
	return r.e.Notify("workspace/didChangeWatchedFiles", object{"changes": []object{{"uri": r.uri(name), "type": 2}}})
}

func (r *runner) outside(name, old, now string) error {
	d := r.files[name]
	if !strings.Contains(d.text, old) {
		return fmt.Errorf("%q is not in %s", old, name)
	}
	text := strings.Replace(d.text, old, now, 1)
	if !d.open {
		d.text = text
	}
	return errors.Join(r.write(name, text), r.watched(name))
}

// answer is what the editor says when it is asked.
func (r *runner) answer(method string, params json.RawMessage) (any, *Error) {
	if method != "workspace/applyEdit" {
		return nil, nil
	}
	if r.has("deaf") {
		return object{"applied": true}, nil
	}
	var p struct{ Edit json.RawMessage }
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, &Error{Message: err.Error()}
	}
	if err := r.make(p.Edit); err != nil {
		return object{"applied": false, "failureReason": err.Error()}, nil
	}
	return object{"applied": true}, nil
}

// make makes a workspace edit, if it is for the versions that are there.
func (r *runner) make(raw json.RawMessage) error {
	var e struct {
		Changes         map[string][]textEdit
		DocumentChanges []struct {
			TextDocument struct {
				URI     string
				Version *int
			}
			Edits []textEdit
		}
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	for uri, edits := range e.Changes {
		if err := r.change(r.name(uri), edits); err != nil {
			return err
		}
	}
	for _, c := range e.DocumentChanges {
		name := r.name(c.TextDocument.URI)
		r.mu.Lock()
		d := r.files[name]
		stale := d == nil || d.open && (c.TextDocument.Version == nil || *c.TextDocument.Version != d.version)
		r.mu.Unlock()
		if stale {
			return fmt.Errorf("the edit is not for the text of %s that is there", name)
		}
		if err := r.change(name, c.Edits); err != nil {
			return err
		}
	}
	return nil
}
