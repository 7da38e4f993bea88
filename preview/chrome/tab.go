package chrome

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/go-rod/rod/lib/proto"
	"github.com/sourcegraph/conc"

	"relook/preview"
	"relook/preview/diagnose"
)

//go:embed init.js
var initScript string

// A Tab is a page in a browser context of its own, so that it shares nothing
// with other tabs. Between two loads it is renewed. It implements diagnose.Tab.
type Tab struct {
	*session
	proc    *process
	context proto.BrowserBrowserContextID
	target  proto.TargetTargetID
	uses    int
	view    preview.View
	inert   bool // the page has no scripts and asked the workspace only
	muted   bool // scripts of pages don't run
	site    *site
	allow   []string
	clock   clock
	world   proto.RuntimeExecutionContextID // the isolated world
	worldOf int                             // state.commits of the document that it is in
	styled  bool                            // whether style sheets are reported
	styling sync.Mutex                      // held while style reports are switched on
	last    *preview.Shot                   // the last one, while the page still looks so
	viewing *viewing                        // that loaded the page

	workers []*session     // of the page's workers
	wg      conc.WaitGroup // of the answers that are on their way
	busy    chan struct{}  // bounds them
	base    context.Context
	quit    context.CancelFunc // ends base, and with it every answer

	mu      sync.Mutex
	state   state
	changed chan struct{} // closed and replaced when state changes
	giveUp  func()        // ends the load that runs: calls to a page that has ended are never answered
}

// state is what the browser has told about a load so far.
type state struct {
	url     string   // of the main document
	commits int      // main documents so far
	loads   int      // load events of the current main document
	budgets int      // virtual time budgets that ran out
	asked   []string // addresses
	frames  int      // documents in frames
	events  []fault
	still   bool // the last moment has come: what is reported from now is not the page's doing
	sheets  []*sheetHeader
	fickle  bool   // a style sheet holds something fickle
	ended   string // why the page can't go on; "" while it can
}

// newTab opens a tab and makes it ready for its load.
func newTab(ctx context.Context, p *process) (*Tab, error) {
	t := &Tab{proc: p, changed: make(chan struct{}), busy: make(chan struct{}, maxBusy)}
	t.base, t.quit = context.WithCancel(context.Background())
	c, err := proto.TargetCreateBrowserContext{DisposeOnDetach: true}.Call(p.root(ctx))
	if err != nil {
		t.quit()
		return nil, fmt.Errorf("opening a browser context: %w", err)
	}
	t.context = c.BrowserContextID
	err = firstError(
		func() error { return t.create(ctx) },
		func() error { return t.prepare(ctx) },
	)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a tab: %w", err), t.close(ctx))
	}
	return t, nil
}

// create opens the page and a session with it.
func (t *Tab) create(ctx context.Context) error {
	root := t.proc.root(ctx)
	err := proto.BrowserSetDownloadBehavior{
		Behavior: proto.BrowserSetDownloadBehaviorBehaviorDeny, BrowserContextID: t.context,
	}.Call(root)
	if err != nil {
		return err
	}
	created, err := proto.TargetCreateTarget{
		URL: "about:blank", BrowserContextID: t.context, EnableBeginFrameControl: t.proc.control,
	}.Call(root)
	if err != nil {
		return err
	}
	t.target = created.TargetID
	attached, err := proto.TargetAttachToTarget{TargetID: t.target, Flatten: true}.Call(root)
	if err != nil {
		return err
	}
	t.session = t.proc.conn.open(attached.SessionID, t.handle)
	return nil
}

// close throws the tab away with all that its page stored.
func (t *Tab) close(ctx context.Context) error {
	t.quit()
	if t.session != nil {
		t.session.end()
	}
	t.wg.Wait()
	for _, w := range t.workers {
		w.end()
	}
	return proto.TargetDisposeBrowserContext{BrowserContextID: t.context}.Call(t.proc.root(ctx))
}

// prepare sets all that is the same for every load.
func (t *Tab) prepare(ctx context.Context) error {
	c := t.in(ctx)
	return firstError(
		func() error { return proto.PageEnable{}.Call(c) },
		func() error { return proto.RuntimeEnable{}.Call(c) },
		func() error { return proto.LogEnable{}.Call(c) },
		func() error { return proto.FetchEnable{}.Call(c) },
		func() error {
			_, err := proto.PageAddScriptToEvaluateOnNewDocument{Source: strings.Replace(initScript, "EPOCH", strconv.Itoa(epoch*1000), 1)}.Call(c)
			return err
		},
		func() error {
			_, err := proto.PageAddScriptToEvaluateOnNewDocument{Source: diagnose.Script, WorldName: worldName}.Call(c)
			return err
		},
		func() error { return proto.EmulationSetScrollbarsHidden{Hidden: true}.Call(c) },
		func() error { return proto.EmulationSetFocusEmulationEnabled{Enabled: true}.Call(c) },
		func() error {
			// Workers load their files in sessions of their own.
			return proto.TargetSetAutoAttach{AutoAttach: true, WaitForDebuggerOnStart: true, Flatten: true}.Call(c)
		},
	)
}

// mainFrame is the id of the main frame, which is the target's.
func (t *Tab) mainFrame() proto.PageFrameID { return proto.PageFrameID(t.target) }

// View implements diagnose.Tab.
func (t *Tab) View() preview.View { return t.view }

// File implements diagnose.Tab.
func (t *Tab) File(address string) string {
	name, dir, ok := t.site.file(address)
	if !ok || dir {
		return ""
	}
	return name
}

// Events implements diagnose.Tab.
func (t *Tab) Events() []diagnose.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []diagnose.Event
	for _, f := range t.state.events {
		list = append(list, f.Event)
	}
	return list
}

// Eval implements diagnose.Tab.
func (t *Tab) Eval(ctx context.Context, fn string, arg, result any) error {
	got, err := t.run(ctx, fn, arg, true)
	if err != nil || result == nil {
		return err
	}
	value, err := got.Value.MarshalJSON()
	if err != nil {
		return fmt.Errorf("reading what a script gave: %w", err)
	}
	if err := json.Unmarshal(value, result); err != nil {
		return fmt.Errorf("decoding what a script gave: %w", err)
	}
	return nil
}

// run calls a function expression in the isolated world.
func (t *Tab) run(ctx context.Context, fn string, arg any, byValue bool) (*proto.RuntimeRemoteObject, error) {
	if arg == nil {
		arg = struct{}{}
	}
	raw, err := json.Marshal(arg)
	if err != nil {
		return nil, fmt.Errorf("encoding the argument of a script: %w", err)
	}
	var res proto.RuntimeCallFunctionOnResult
	err = t.call(ctx, "Runtime.callFunctionOn", callFunction{
		Function: fn, Arguments: []callArgument{{Value: raw}}, Context: t.world, ByValue: byValue, Await: true,
	}, &res)
	if err != nil {
		return nil, err
	}
	if res.ExceptionDetails != nil {
		return nil, fmt.Errorf("running a script in the page: %s", exceptionText(res.ExceptionDetails))
	}
	return res.Result, nil
}

// callFunction is Runtime.callFunctionOn with an argument that is JSON already.
type callFunction struct {
	Function  string                          `json:"functionDeclaration"`
	Arguments []callArgument                  `json:"arguments"`
	Context   proto.RuntimeExecutionContextID `json:"executionContextId"`
	ByValue   bool                            `json:"returnByValue"`
	Await     bool                            `json:"awaitPromise"`
}

type callArgument struct {
	Value json.RawMessage `json:"value"`
}

// exceptionText is what a person would read in the console.
func exceptionText(e *proto.RuntimeExceptionDetails) string {
	if e.Exception != nil && e.Exception.Description != "" {
		return e.Exception.Description
	}
	if e.Exception != nil && e.Exception.Value.Val() != nil {
		return e.Text + " " + e.Exception.Value.String()
	}
	return e.Text
}

// firstError runs steps in order up to the first that fails.
func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
