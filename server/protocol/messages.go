package protocol

import (
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/preview"
)

// The methods that are relook's own. docs/protocol.md tells what they do; it is
// made from the types of this file, like the types of editors/vscode.
const (
	MethodStatus     = "relook/status"         // request, and notification of the server
	MethodPreview    = "relook/preview"        // request
	MethodPreviewed  = "relook/previewChanged" // notification of the server
	MethodTrace      = "relook/trace"          // request
	MethodSuggestion = "relook/suggestion"     // notification of the server
	MethodTrust      = "relook/trust"          // notification of the client
)

// Own marks a message that is written by encoding/json.
type Own struct{}

func (Own) relook() {}

// Messages are all messages that are relook's own, by what they are part of. It is
// what their schema is made from.
type Messages struct {
	Status     Status        `json:"relook/status"`
	Preview    PreviewParams `json:"relook/preview"`
	Previewed  Preview       `json:"relook/previewChanged"`
	Trace      Trace         `json:"relook/trace"`
	Suggestion Suggestion    `json:"relook/suggestion"`
	Trust      TrustParams   `json:"relook/trust"`
	Options    Options       `json:"initializationOptions"`
	Argument   Argument      `json:"argument"`
	Outcome    Outcome       `json:"outcome"`
}

// Options are relook's own in initializationOptions.
type Options struct {
	// Trusted is false for a workspace that the person has not trusted yet; true
	// if it is absent.
	Trusted *bool `json:"trusted,omitempty"`
	// Apply says how a chosen code action reaches the document: "command" (the
	// default: the server sends a versioned edit) or "edit" (the action carries it
	// after it was resolved).
	Apply string `json:"apply,omitempty" jsonschema:"enum=command,enum=edit"`
	// Status asks for relook/status notifications.
	Status bool `json:"status,omitempty"`
	// Preview says that the client shows previews itself: no browser is opened.
	Preview bool `json:"preview,omitempty"`
	// Suggestions asks for relook/suggestion in place of a message.
	Suggestions bool `json:"suggestions,omitempty"`
	// Settings are as in the section "relook" of workspace/configuration.
	Settings map[string]any `json:"settings,omitempty"`
}

// Argument is the one argument of relook's commands.
type Argument struct {
	URI         uri.URI         `json:"uri,omitempty"`         // of a document of the page
	Range       *protocol.Range `json:"range,omitempty"`       // for relook.repairSelection
	Instruction string          `json:"instruction,omitempty"` // for relook.repairWithInstruction, up to 4,000 bytes
	Model       string          `json:"model,omitempty"`       // for relook.chooseModel; the person is asked without it
	Page        uri.URI         `json:"page,omitempty"`        // for relook.apply
	Number      uint64          `json:"number,omitempty"`      // for relook.apply: of the text that the fix is for
	Fix         string          `json:"fix,omitempty"`         // for relook.apply: the id of a fix, such as "all"
	Ignore      string          `json:"ignore,omitempty"`      // for relook.apply: the key of a defect to ignore
}

// Outcome is what the commands that repair answer.
type Outcome struct {
	Page     uri.URI `json:"page"`
	Status   string  `json:"status" jsonschema:"enum=improved,enum=unchanged,enum=failed"`
	Repaired int     `json:"repaired"`
	Left     int     `json:"left"`
	Applied  bool    `json:"applied"` // whether the client made the edit
	Message  string  `json:"message"` // for people
}

// Status is what a status item shows.
type Status struct {
	Own     `json:"-"`
	Browser string   `json:"browser" jsonschema:"enum=idle,enum=running,enum=missing"`
	Model   string   `json:"model,omitempty"` // the one that is asked; empty if none is
	Trusted bool     `json:"trusted"`         // whether the workspace is trusted: else no script of a page and no model runs
	Queue   int      `json:"queue"`           // pages that are looked at or wait for it
	Mending int      `json:"mending"`         // pages for which repairs are looked for or wait for it
	Tasks   []string `json:"tasks"`           // what a person asked for and is under way
	Problem string   `json:"problem,omitempty"`
}

// PreviewParams asks for the pictures of the page that a document belongs to.
type PreviewParams struct {
	TextDocument protocol.TextDocumentIdentifier `json:"textDocument"`
	// Watch true has relook/previewChanged follow each look at the page, until it
	// is asked for with false.
	Watch *bool `json:"watch,omitempty"`
	// Complete has every picture come along, also those that were sent before, and
	// counts none as sent: for those who keep no pictures.
	Complete bool `json:"complete,omitempty"`
	// Scheme, State, Fix and Difference ask for other pictures than those that are
	// watched. They are made for this answer alone.
	Scheme     string `json:"scheme,omitempty" jsonschema:"enum=light,enum=dark"` // of all views
	State      string `json:"state,omitempty" jsonschema:"enum=hover,enum=focus"` // of all controls
	Fix        string `json:"fix,omitempty"`                                      // the repair that after shows; "all" if absent
	Difference bool   `json:"difference,omitempty"`                               // with what it changes
}

// Preview is a page as it is painted.
type Preview struct {
	Own     `json:"-"`
	URI     uri.URI         `json:"uri"`               // of the page
	Name    string          `json:"name"`              // of the page, for people
	Number  uint64          `json:"number"`            // grows with every change of the page
	Valid   bool            `json:"valid"`             // whether there is something to judge
	Reason  string          `json:"reason,omitempty"`  // why not
	Profile preview.Profile `json:"profile,omitempty"` // how thoroughly was looked
	Views   []PreviewView   `json:"views"`
	Defects []PreviewDefect `json:"defects"`
	Repair  *PreviewRepair  `json:"repair,omitempty"` // absent while none is known for this text
}

// PreviewView is a page at one view.
type PreviewView struct {
	Name   string        `json:"name"` // such as "390x844"
	View   preview.View  `json:"view"`
	Before []PreviewShot `json:"before"` // rising by moment
	After  []PreviewShot `json:"after"`  // repaired; empty without a repair
	// Difference is what is not the same in the last pictures before and after, with
	// all else transparent. Absent if nothing is, or if it was not asked for.
	Difference *PreviewShot `json:"difference,omitempty"`
}

// PreviewShot is a picture.
type PreviewShot struct {
	ID     string  `json:"id"`            // of what it shows: equal pictures have equal ids
	PNG    string  `json:"png,omitempty"` // base64; absent when the picture with this id was sent before
	At     float64 `json:"at"`            // moment of page time since load, in ms
	Width  int     `json:"width"`         // CSS px
	Height int     `json:"height"`        // CSS px
}

// PreviewDefect is a defect as it is drawn.
type PreviewDefect struct {
	Number   int               `json:"number"` // from 1
	Key      string            `json:"key"`    // the same across looks
	Rule     string            `json:"rule"`
	Severity preview.Severity  `json:"severity"`
	Message  string            `json:"message"`
	URI      uri.URI           `json:"uri"`   // of the document with its cause
	Range    protocol.Range    `json:"range"` // of the cause, in the units of the connection
	Elements []preview.Element `json:"elements"`
	Repaired bool              `json:"repaired"`      // whether it is gone in the pictures after
	Fix      string            `json:"fix,omitempty"` // of the repair that mends it alone
}

// PreviewRepair is what was found to repair a page.
type PreviewRepair struct {
	Status   string       `json:"status" jsonschema:"enum=improved,enum=unchanged,enum=failed"`
	Repaired int          `json:"repaired"` // defects that are gone after
	Left     int          `json:"left"`     // defects that are still there
	Diff     string       `json:"diff"`     // unified
	Fixes    []PreviewFix `json:"fixes"`
}

// PreviewFix is a repair that can be applied with the command relook.apply.
type PreviewFix struct {
	ID    string   `json:"id"` // "all" for everything together
	Title string   `json:"title"`
	Proof string   `json:"proof"` // why it was admitted
	Keys  []string `json:"keys"`  // of the defects that it mends
}

// Trace is all that was tried to repair a page.
type Trace struct {
	Own    `json:"-"`
	URI    uri.URI     `json:"uri"`
	Status string      `json:"status" jsonschema:"enum=improved,enum=unchanged,enum=failed"`
	Passes []TracePass `json:"passes"`
	Millis float64     `json:"ms"`
}

// TracePass is a round of propose, render and gate.
type TracePass struct {
	Policy   string         `json:"policy"`
	Attempts []TraceAttempt `json:"attempts"`
	Dropped  []string       `json:"dropped"` // replies of a model that could not be used, and why
}

// TraceAttempt is a candidate with what the gate said.
type TraceAttempt struct {
	Why      string `json:"why"`
	Policy   string `json:"policy"`
	Admitted bool   `json:"admitted"`
	Rule     string `json:"rule,omitempty"` // of the gate that rejected it
	Reason   string `json:"reason"`
}

// Suggestion offers a repair after a save.
type Suggestion struct {
	Own      `json:"-"`
	URI      uri.URI `json:"uri"`    // of the page
	Number   uint64  `json:"number"` // of its text
	Fix      string  `json:"fix"`    // for the command relook.apply
	Message  string  `json:"message"`
	Repaired int     `json:"repaired"`
	Left     int     `json:"left"`
}

// TrustParams says whether the workspace is trusted.
type TrustParams struct {
	Trusted bool `json:"trusted"`
}
