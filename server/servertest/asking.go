package servertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

type diagnostic struct {
	Range           span
	Code            string
	Message         string
	CodeDescription *struct{ Href string }
	raw             json.RawMessage
}

// diagnostics are those of a file: what was pushed last, or what is pulled now.
func (r *runner) diagnostics(name string) ([]diagnostic, error) {
	var report struct {
		Diagnostics, Items []json.RawMessage
		Version            *int
	}
	if r.has("pull") {
		if err := r.e.Call(r.ctx(), "textDocument/diagnostic", object{"textDocument": object{"uri": r.uri(name)}}, &report); err != nil {
			return nil, err
		}
	} else {
		r.mu.Lock()
		raw, d := r.pushed[name], r.files[name]
		version, open := d.version, d.open
		r.mu.Unlock()
		if raw == nil {
			return nil, nil
		}
		if err := json.Unmarshal(raw, &report); err != nil {
			return nil, err
		}
		if open && (report.Version == nil || *report.Version > version) {
			return nil, fmt.Errorf("the diagnostics name version %v of %s, which is at %d", report.Version, name, version)
		}
	}
	var list []diagnostic
	for _, raw := range append(report.Items, report.Diagnostics...) {
		d := diagnostic{raw: raw}
		if err := json.Unmarshal(raw, &d); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// until tries until ok holds.
func (r *runner) until(ok func() error) error {
	ctx := r.ctx()
	for {
		r.e.mu.Lock()
		change := r.e.change
		r.e.mu.Unlock()
		err := ok()
		if err == nil {
			return nil
		}
		// What is pulled may change without a word from the server.
		tick := time.NewTimer(100 * time.Millisecond)
		select {
		case <-change:
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
		tick.Stop()
	}
}

func (r *runner) expect(name string, words []string) error {
	var want []string
	text := r.text(name)
	add := func(rule string, a, b int) {
		want = append(want, fmt.Sprintf("%s at %v", rule, r.span(text, a, b)))
	}
	for _, w := range words {
		rule, piece, ok := strings.Cut(w, "=")
		switch {
		case w == "marked":
			for _, m := range r.marks[name] {
				add(m.rule, m.start, m.end)
			}
		case w == "none":
		case !ok || !strings.Contains(text, piece):
			return fmt.Errorf("%q is no RULE=TEXT of %s", w, name)
		default:
			at := strings.Index(text, piece)
			add(rule, at, at+len(piece))
		}
	}
	slices.Sort(want)
	return r.until(func() error {
		list, err := r.diagnostics(name)
		if err != nil {
			return err
		}
		var got []string
		for _, d := range list {
			got = append(got, fmt.Sprintf("%s at %v", d.Code, d.Range))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			return fmt.Errorf("got %q\nwant %q", got, want)
		}
		return nil
	})
}

type action struct {
	Title    string
	Kind     string
	Disabled *struct{ Reason string }
	Edit     json.RawMessage
	Command  *struct {
		Command   string
		Arguments []json.RawMessage
	}
	raw json.RawMessage
}

// action looks for a code action until it is there as it should be.
func (r *runner) action(verb, name, rule, title, more string) error {
	var found *action
	err := r.until(func() error {
		list, err := r.actions(name, rule, more)
		if err != nil {
			return err
		}
		var titles []string
		found = nil
		for i := range list {
			titles = append(titles, list[i].Title)
			if strings.HasPrefix(list[i].Title, title) && found == nil {
				found = &list[i]
			}
		}
		switch {
		case verb == "lacks":
			if found != nil {
				return fmt.Errorf("it is offered: %q", titles)
			}
		case found == nil:
			return fmt.Errorf("offered are %q", titles)
		case verb == "disabled" && (found.Disabled == nil || !strings.Contains(found.Disabled.Reason, more)):
			return fmt.Errorf("it is not disabled for that: %+v", found.Disabled)
		case verb != "disabled" && found.Disabled != nil:
			return fmt.Errorf("it is disabled: %s", found.Disabled.Reason)
		case verb == "offers" && more != "" && found.Kind != more:
			return fmt.Errorf("it is of kind %s", found.Kind)
		}
		return nil
	})
	if err != nil || verb != "apply" {
		return err
	}
	return r.choose(*found)
}

// actions asks for code actions at the diagnostic of a rule; "-" is the start of
// the file.
func (r *runner) actions(name, rule, kind string) ([]action, error) {
	list, err := r.diagnostics(name)
	if err != nil {
		return nil, err
	}
	at, diags := span{}, []json.RawMessage{}
	if i := slices.IndexFunc(list, func(d diagnostic) bool { return d.Code == rule }); i >= 0 {
		at, diags = list[i].Range, append(diags, list[i].raw)
	} else if rule != "-" {
		return nil, fmt.Errorf("there is no diagnostic %s", rule)
	}
	context := object{"diagnostics": diags, "triggerKind": 1}
	if strings.HasPrefix(kind, "source") || strings.HasPrefix(kind, "refactor") {
		context["only"] = []string{kind}
	}
	var raws []json.RawMessage
	if err := r.e.Call(r.ctx(), "textDocument/codeAction", object{"textDocument": object{"uri": r.uri(name)}, "range": at, "context": context}, &raws); err != nil {
		return nil, err
	}
	var out []action
	for _, raw := range raws {
		a := action{raw: raw}
		if err := json.Unmarshal(raw, &a); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// choose does what editors do with a code action.
func (r *runner) choose(a action) error {
	if len(a.Edit) == 0 && a.Command == nil {
		if err := r.e.Call(r.ctx(), "codeAction/resolve", a.raw, &a); err != nil {
			return err
		}
		again := a
		if err := r.e.Call(r.ctx(), "codeAction/resolve", a.raw, &again); err != nil || !bytes.Equal(again.Edit, a.Edit) {
			return fmt.Errorf("resolved again it is another: %v", err)
		}
	}
	if len(a.Edit) > 0 {
		if err := r.make(a.Edit); err != nil {
			return err
		}
	}
	if a.Command == nil {
		return nil
	}
	return r.e.Call(r.ctx(), "workspace/executeCommand", object{"command": a.Command.Command, "arguments": a.Command.Arguments}, nil)
}

func (r *runner) command(name, argument string) (json.RawMessage, error) {
	for file := range r.files {
		argument = strings.ReplaceAll(argument, `"$`+file+`"`, strconv.Quote(r.uri(file)))
	}
	var out json.RawMessage
	params := object{"command": name}
	if argument != "" {
		params["arguments"] = []json.RawMessage{json.RawMessage(argument)}
	}
	return out, r.e.Call(r.ctx(), "workspace/executeCommand", params, &out)
}
