package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A message is one of the protocol.
type message struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

type diagnostic struct {
	Range    json.RawMessage
	Code     string
	Severity int
	Message  string
}

// essence is what matters of an answer: two runs must agree in it. What is left
// out is different each time (addresses on a loopback port, numbers of tokens and
// versions of a page) or follows from the rest (pictures).
func essence(method string, m message) string {
	if m.Error != nil {
		return fmt.Sprintf("error %d", m.Error.Code)
	}
	switch method {
	case "textDocument/diagnostic":
		var report struct{ Items []diagnostic }
		_ = json.Unmarshal(m.Result, &report) // what can't be read is empty, in both runs
		return diagnostics(report.Items)
	case "textDocument/codeAction":
		var lines []string
		for _, a := range actions(m.Result) {
			lines = append(lines, fmt.Sprintf("%s %q %s", a.Kind, a.Title, a.reason()))
		}
		return strings.Join(lines, "\n")
	case "codeAction/resolve":
		var a struct{ Edit json.RawMessage }
		_ = json.Unmarshal(m.Result, &a) // as above
		return edits(a.Edit)
	case "workspace/executeCommand":
		var o struct {
			Status         string
			Repaired, Left int
			Applied        bool
			Valid          bool
			Defects        int
		}
		_ = json.Unmarshal(m.Result, &o) // as above
		return fmt.Sprintf("%+v", o)
	}
	return "answered"
}

// looksUp reports whether an answer depends on what was found in the background
// by then: it is asked for again until it is what was recorded.
func looksUp(method string) bool {
	return method == "textDocument/codeAction" || method == "textDocument/diagnostic"
}

func diagnostics(list []diagnostic) string {
	var lines []string
	for _, d := range list {
		lines = append(lines, fmt.Sprintf("%s %s %d %s", compact(d.Range), d.Code, d.Severity, d.Message))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// published is what a notification of diagnostics says, and of which document.
func published(params json.RawMessage) (uri, what string) {
	var p struct {
		URI         string
		Version     json.RawMessage
		Diagnostics []diagnostic
	}
	_ = json.Unmarshal(params, &p) // what can't be read is empty, in both runs
	return p.URI, "version " + string(p.Version) + "\n" + diagnostics(p.Diagnostics)
}

type action struct {
	Title    string
	Kind     string
	Data     json.RawMessage
	Disabled *struct{ Reason string }
	Command  *struct{ Arguments json.RawMessage }
}

func (a action) reason() string {
	if a.Disabled == nil {
		return ""
	}
	return a.Disabled.Reason
}

func actions(result json.RawMessage) (list []action) {
	_ = json.Unmarshal(result, &list) // what can't be read is empty, in both runs
	return list
}

// edits are the texts and ranges of a workspace edit.
func edits(raw json.RawMessage) string {
	type textEdit struct {
		Range   json.RawMessage
		NewText string
	}
	var e struct {
		Changes         map[string][]textEdit
		DocumentChanges []struct {
			TextDocument struct {
				URI     string
				Version json.RawMessage
			}
			Edits []textEdit
		}
	}
	_ = json.Unmarshal(raw, &e) // what can't be read is empty, in both runs
	var lines []string
	add := func(uri, version string, list []textEdit) {
		for _, t := range list {
			lines = append(lines, fmt.Sprintf("%s %s %s %q", uri, version, compact(t.Range), t.NewText))
		}
	}
	for uri, list := range e.Changes {
		add(uri, "", list)
	}
	for _, c := range e.DocumentChanges {
		add(c.TextDocument.URI, string(c.TextDocument.Version), c.Edits)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return ""
	}
	return b.String()
}
