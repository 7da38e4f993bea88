package chrome

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-rod/rod/lib/proto"

	"relook/preview/diagnose"
)

// Bounds on what one load may do before it is called endless.
const (
	maxCommits  = 10   // main documents: a page may reload itself, not for ever
	maxFrames   = 100  // documents in frames: frames may nest, not without end
	maxRequests = 5000 // requests in all
	maxEvents   = 500  // faults that are kept
	maxText     = 2000 // bytes of one fault's text
	maxBusy     = 8    // requests that are answered at the same time
)

// update changes the state and wakes who waits for it.
func (t *Tab) update(change func(*state)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.state)
	close(t.changed)
	t.changed = make(chan struct{})
}

// handle takes one event of the tab; see handler.
func (t *Tab) handle(method string, params json.RawMessage) {
	switch method {
	case "Fetch.requestPaused":
		on(params, func(e proto.FetchRequestPaused) { t.onRequest(t.session, e) })
	case "Target.attachedToTarget":
		on(params, t.onWorker)
	case "Page.frameNavigated":
		on(params, t.onCommit)
	case "Page.loadEventFired":
		t.update(func(s *state) { s.loads++ })
	case "Page.frameStoppedLoading":
		on(params, t.onStopped)
	case "Emulation.virtualTimeBudgetExpired":
		t.update(func(s *state) { s.budgets++ })
	case "Page.javascriptDialogOpening":
		on(params, t.onDialog)
	case "Inspector.targetCrashed":
		t.fail("the page crashed its tab")
	case "Inspector.detached":
		t.fail("the page closed itself")
	case "Runtime.exceptionThrown":
		on(params, t.onException)
	case "Runtime.consoleAPICalled":
		on(params, t.onConsole)
	case "Log.entryAdded":
		on(params, t.onLog)
	case "CSS.styleSheetAdded":
		on(params, t.onSheet)
	case "CSS.styleSheetRemoved":
		on(params, t.onSheetGone)
	case "Runtime.exceptionRevoked":
		on(params, t.onRevoked)
	}
}

// on decodes an event for h. One that can't be decoded is of a kind that this
// browser sends differently, and is passed over.
func on[E any](params json.RawMessage, h func(E)) {
	var e E
	if json.Unmarshal(params, &e) == nil {
		h(e)
	}
}

// fail marks the load as one that can't go on.
func (t *Tab) fail(reason string) {
	t.update(func(s *state) {
		if s.ended == "" {
			s.ended = reason
		}
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.giveUp != nil {
		t.giveUp()
	}
}

// A fault is an event of a page; exception is the browser's number for it, 0 for
// none.
type fault struct {
	diagnose.Event
	exception int
}

func (t *Tab) report(e diagnose.Event) { t.reportException(e, 0) }

func (t *Tab) reportException(e diagnose.Event, exception int) {
	if len(e.Text) > maxText {
		e.Text = strings.ToValidUTF8(e.Text[:maxText], "") + "..."
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.state.events) < maxEvents && !t.state.still {
		t.state.events = append(t.state.events, fault{e, exception})
	}
}

func (t *Tab) onCommit(e proto.PageFrameNavigated) {
	if e.Frame.ParentID != "" {
		return
	}
	t.update(func(s *state) {
		s.commits++
		s.loads = 0
		s.url = e.Frame.URL
		if s.commits > maxCommits && s.ended == "" {
			s.ended = "the page loads itself again and again"
		}
	})
}

// onStopped counts as loaded a document that went away to where it may not and
// so never gets its load event.
func (t *Tab) onStopped(e proto.PageFrameStoppedLoading) {
	if e.FrameID == t.mainFrame() {
		t.update(func(s *state) { s.loads++ })
	}
}

// onWorker lets a worker of the page run, with its requests answered like the
// page's own. It waits until it is told to.
func (t *Tab) onWorker(e proto.TargetAttachedToTarget) {
	t.wg.Go(func() {
		w := t.conn.open(e.SessionID, func(method string, params json.RawMessage) {
			if method == "Fetch.requestPaused" {
				on(params, func(e proto.FetchRequestPaused) { t.onRequest(t.session, e) })
			}
		})
		t.mu.Lock()
		t.workers = append(t.workers, w)
		t.mu.Unlock()
		// A worker that has ended meanwhile needs none of this.
		_ = proto.FetchEnable{}.Call(w.in(t.base))
		_ = proto.RuntimeRunIfWaitingForDebugger{}.Call(w.in(t.base))
	})
}

// onDialog answers a dialog as someone who presses Escape, save that a page
// which asks whether it may be left is left.
func (t *Tab) onDialog(e proto.PageJavascriptDialogOpening) {
	leave := e.Type == proto.PageDialogTypeBeforeunload
	t.wg.Go(func() {
		// A page that closed meanwhile has no dialog any more.
		_ = proto.PageHandleJavaScriptDialog{Accept: leave}.Call(t.in(t.base))
	})
}

func (t *Tab) onException(e proto.RuntimeExceptionThrown) {
	t.reportException(t.exception(e.ExceptionDetails), e.ExceptionDetails.ExceptionID)
}

// exception is where a script failed, and how.
func (t *Tab) exception(d *proto.RuntimeExceptionDetails) diagnose.Event {
	ev := diagnose.Event{Kind: diagnose.EventException, Text: exceptionText(d), URL: d.URL, Line: d.LineNumber, Column: d.ColumnNumber}
	if d.StackTrace != nil && len(d.StackTrace.CallFrames) > 0 {
		f := d.StackTrace.CallFrames[0]
		ev.URL, ev.Line, ev.Column = f.URL, f.LineNumber, f.ColumnNumber
	}
	return t.placed(ev)
}

// onRevoked takes back a rejection that the page handled after all.
func (t *Tab) onRevoked(e proto.RuntimeExceptionRevoked) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.events = slices.DeleteFunc(t.state.events, func(f fault) bool { return f.exception == e.ExceptionID })
}

func (t *Tab) onConsole(e proto.RuntimeConsoleAPICalled) {
	if e.Type != proto.RuntimeConsoleAPICalledTypeError && e.Type != proto.RuntimeConsoleAPICalledTypeAssert {
		return
	}
	var words []string
	for _, a := range e.Args {
		switch {
		case a.Description != "":
			words = append(words, a.Description)
		default:
			words = append(words, a.Value.String())
		}
	}
	ev := diagnose.Event{Kind: diagnose.EventConsole, Text: strings.Join(words, " "), Line: -1}
	if e.StackTrace != nil && len(e.StackTrace.CallFrames) > 0 {
		f := e.StackTrace.CallFrames[0]
		ev.URL, ev.Line, ev.Column = f.URL, f.LineNumber, f.ColumnNumber
	}
	t.report(t.placed(ev))
}

// onLog takes what the browser itself writes into the console. A file that
// failed to load is known from its request already.
func (t *Tab) onLog(e proto.LogEntryAdded) {
	if e.Entry.Level != proto.LogLogEntryLevelError || strings.HasPrefix(e.Entry.Text, "Failed to load resource") {
		return
	}
	ev := diagnose.Event{Kind: diagnose.EventConsole, Text: e.Entry.Text, URL: e.Entry.URL, Line: -1}
	if e.Entry.LineNumber != nil {
		ev.Line = *e.Entry.LineNumber
	}
	t.report(t.placed(ev))
}

// placed adds the file that the event's address stands for.
func (t *Tab) placed(e diagnose.Event) diagnose.Event {
	if t.site == nil {
		return e
	}
	if name, _, ok := t.site.file(e.URL); ok && e.URL != "" {
		e.File = name
	} else {
		e.Line = -1
	}
	return e
}
