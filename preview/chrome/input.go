package chrome

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/go-rod/rod/lib/proto"
	"github.com/sourcegraph/conc"

	"relook/preview/diagnose"
)

// inputTimeout is the wall time that a page gets for its answer to one input: far
// more than any handler that a visitor would wait for. One that does not answer
// a bare question for hungTimeout either hangs; else the machine is slow.
const (
	inputTimeout = 4 * time.Second
	hungTimeout  = time.Second
)

// Click implements diagnose.Copy.
func (c *tabCopy) Click(ctx context.Context, x, y float64) error {
	buttons := 1
	event := proto.InputDispatchMouseEvent{
		X: x, Y: y, Button: proto.InputMouseButtonLeft, ClickCount: 1, Buttons: &buttons,
		PointerType: proto.InputDispatchMouseEventPointerTypeMouse,
	}
	return c.input(ctx, "clicking", func(ctx context.Context) error {
		// A page that acts on the press counts as well, so both are sent.
		event.Type = proto.InputDispatchMouseEventTypeMousePressed
		if err := event.Call(c.in(ctx)); err != nil {
			return err
		}
		released := 0
		event.Type, event.Buttons = proto.InputDispatchMouseEventTypeMouseReleased, &released
		return event.Call(c.in(ctx))
	})
}

// Hover implements diagnose.Copy.
func (c *tabCopy) Hover(ctx context.Context, x, y float64) error {
	event := proto.InputDispatchMouseEvent{
		Type: proto.InputDispatchMouseEventTypeMouseMoved, X: x, Y: y,
		PointerType: proto.InputDispatchMouseEventPointerTypeMouse,
	}
	return c.input(ctx, "moving the pointer", func(ctx context.Context) error {
		// The browser hands moves over with the next frame, so its answer waits
		// for one.
		var wg conc.WaitGroup
		var err error
		done := make(chan struct{})
		wg.Go(func() {
			defer close(done)
			err = event.Call(c.in(ctx))
		})
		defer wg.Wait()
		for {
			select {
			case <-done:
				wg.Wait()
				return err
			default:
			}
			if failed := c.frame(ctx); failed != nil {
				return failed
			}
		}
	})
}

// Press implements diagnose.Copy.
func (c *tabCopy) Press(ctx context.Context, key diagnose.Key) error {
	return c.input(ctx, "pressing "+string(key), func(ctx context.Context) error { return c.stroke(ctx, strokes[key]) })
}

// Type implements diagnose.Copy.
func (c *tabCopy) Type(ctx context.Context, text string) error {
	return c.input(ctx, "typing", func(ctx context.Context) error {
		for _, r := range text {
			upper := unicode.ToUpper(r)
			k := stroke{Key: string(r), Text: string(r), Code: "Key" + string(upper), Number: int(upper)}
			if unicode.IsDigit(r) {
				k.Code = "Digit" + string(r)
			}
			if err := c.stroke(ctx, k); err != nil {
				return err
			}
		}
		return nil
	})
}

// A stroke is a key as the protocol names it; Text is what it types.
type stroke struct {
	Key, Code, Text string
	Number          int // of the key on Windows, which pages read
	Shift           bool
}

var strokes = map[diagnose.Key]stroke{
	diagnose.KeyTab:       {Key: "Tab", Code: "Tab", Number: 9},
	diagnose.KeyBackTab:   {Key: "Tab", Code: "Tab", Number: 9, Shift: true},
	diagnose.KeyEnter:     {Key: "Enter", Code: "Enter", Text: "\r", Number: 13},
	diagnose.KeySpace:     {Key: " ", Code: "Space", Text: " ", Number: 32},
	diagnose.KeyEscape:    {Key: "Escape", Code: "Escape", Number: 27},
	diagnose.KeyArrowDown: {Key: "ArrowDown", Code: "ArrowDown", Number: 40},
	diagnose.KeyArrowUp:   {Key: "ArrowUp", Code: "ArrowUp", Number: 38},
}

func (c *tabCopy) stroke(ctx context.Context, k stroke) error {
	event := proto.InputDispatchKeyEvent{
		Type: proto.InputDispatchKeyEventTypeKeyDown, Key: k.Key, Code: k.Code, Text: k.Text, UnmodifiedText: k.Text,
		WindowsVirtualKeyCode: k.Number,
	}
	if k.Text == "" {
		event.Type = proto.InputDispatchKeyEventTypeRawKeyDown
	}
	if k.Shift {
		event.Modifiers = 8 // the protocol's bit
	}
	if err := event.Call(c.in(ctx)); err != nil {
		return err
	}
	event.Type, event.Text, event.UnmodifiedText = proto.InputDispatchKeyEventTypeKeyUp, "", ""
	return event.Call(c.in(ctx))
}

// input makes one input and draws a frame: until then the browser holds back
// everything but drawing, files that were asked for too.
func (c *tabCopy) input(ctx context.Context, what string, do func(context.Context) error) error {
	return c.bounded(ctx, what, func(ctx context.Context) error {
		if err := do(ctx); err != nil {
			return err
		}
		return c.frame(ctx)
	})
}

// bounded runs do for as long as a page may take.
func (c *tabCopy) bounded(ctx context.Context, what string, do func(context.Context) error) error {
	c.last = nil
	timed, cancel := context.WithTimeout(ctx, inputTimeout)
	defer cancel()
	err := firstError(
		func() error { return c.watch(timed) },
		func() error { return do(timed) },
	)
	var ended errEnded
	switch {
	case c.moved(c.worldOf) || c.over() != "" || errors.As(err, &ended):
		return diagnose.ErrLeft
	case err == nil:
		return nil
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		asked, cancel := context.WithTimeout(ctx, hungTimeout)
		defer cancel()
		if _, err := (proto.RuntimeEvaluate{Expression: "1"}).Call(c.in(asked)); err == nil {
			return diagnose.ErrLeft
		}
		return diagnose.ErrHung
	}
	return fmt.Errorf("%s: %w", what, err)
}

//go:embed deeds.js
var deedsScript string

// deedsBinding is what the page's own world tells its deeds through. The script
// takes the name away again before the page runs on.
const deedsBinding = "relookTells"

// watch has the copy take note of what the page does beyond its document, and
// keeps it from going elsewhere.
func (c *tabCopy) watch(ctx context.Context) error {
	if c.heard {
		return nil
	}
	c.heard = true
	c.session.conn.open(c.id, c.hear)
	return firstError(
		func() error { return proto.RuntimeAddBinding{Name: deedsBinding}.Call(c.in(ctx)) },
		func() error {
			res, err := proto.RuntimeEvaluate{Expression: fmt.Sprintf("(%s)(%q)", withoutComment(deedsScript), deedsBinding)}.Call(c.in(ctx))
			if err == nil && res.ExceptionDetails != nil {
				err = errors.New(exceptionText(res.ExceptionDetails))
			}
			return err
		},
		func() error { return proto.PageSetInterceptFileChooserDialog{Enabled: true}.Call(c.in(ctx)) },
	)
}

// withoutComment is a script from its first line of code on.
func withoutComment(script string) string { return script[strings.Index(script, "\n(")+1:] }

// maxDeeds is how many deeds are kept between two calls of Deeds.
const maxDeeds = 200

func (c *tabCopy) did(d diagnose.Deed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.deeds) < maxDeeds {
		c.deeds = append(c.deeds, d)
	}
}

// Deeds implements diagnose.Copy.
func (c *tabCopy) Deeds() []diagnose.Deed {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.deeds
	c.deeds = nil
	return d
}

// hear takes one event before the tab does; see handler.
func (c *tabCopy) hear(method string, params json.RawMessage) {
	switch method {
	case "Fetch.requestPaused":
		on(params, c.onPaused)
		return
	case "Runtime.bindingCalled":
		on(params, func(e proto.RuntimeBindingCalled) {
			if e.Name == deedsBinding {
				c.did(diagnose.Deed{Kind: diagnose.DeedKind(e.Payload)})
			}
		})
		return
	case "Page.javascriptDialogOpening":
		c.did(diagnose.Deed{Kind: diagnose.DeedDialog})
	case "Page.windowOpen":
		c.did(diagnose.Deed{Kind: "window"})
	case "Page.navigatedWithinDocument", "Page.frameRequestedNavigation":
		c.did(diagnose.Deed{Kind: "navigation"})
	case "Page.downloadWillBegin", "Page.fileChooserOpened":
		c.did(diagnose.Deed{Kind: "download"})
	case "Runtime.exceptionThrown":
		on(params, func(e proto.RuntimeExceptionThrown) {
			ev := c.exception(e.ExceptionDetails)
			c.did(diagnose.Deed{Kind: diagnose.DeedException, Event: ev})
		})
	case "Runtime.consoleAPICalled":
		c.did(diagnose.Deed{Kind: "console"})
	}
	c.handle(method, params)
}

// onPaused aborts what would leave the page: then the browser stays where it is.
func (c *tabCopy) onPaused(e proto.FetchRequestPaused) {
	r := request{c.session, e}
	if !c.isPage(r) {
		c.did(diagnose.Deed{Kind: diagnose.DeedRequest})
		c.onRequest(c.session, e)
		return
	}
	c.did(diagnose.Deed{Kind: "navigation"})
	c.wg.Go(func() {
		// An answer that fails belongs to a navigation that was given up.
		_ = r.stay(c.base)
	})
}

// Hold implements diagnose.Copy.
func (c *tabCopy) Hold(ctx context.Context, fn string, arg any) error {
	if err := c.style(ctx); err != nil {
		return err
	}
	object, err := c.run(ctx, fn, arg, false)
	if err != nil || object.ObjectID == "" {
		return err
	}
	node, err := proto.DOMRequestNode{ObjectID: object.ObjectID}.Call(c.in(ctx))
	if err != nil {
		return fmt.Errorf("finding an element: %w", err)
	}
	c.last = nil
	if err := (proto.CSSForcePseudoState{NodeID: node.NodeID, ForcedPseudoClasses: []string{"hover"}}).Call(c.in(ctx)); err != nil {
		return fmt.Errorf("holding an element as if hovered: %w", err)
	}
	return nil
}

// maxAncestors is how far up Listeners looks.
const maxAncestors = 60

// Listeners implements diagnose.Copy. The browser tells the listeners of an
// object's own world only, so the element is taken to the page's.
func (c *tabCopy) Listeners(ctx context.Context, fn string, arg any) ([]diagnose.Listener, error) {
	object, err := c.run(ctx, fn, arg, false)
	if err != nil || object.ObjectID == "" {
		return nil, err
	}
	node, err := proto.DOMDescribeNode{ObjectID: object.ObjectID}.Call(c.in(ctx))
	if err != nil {
		return nil, fmt.Errorf("finding an element: %w", err)
	}
	there, err := proto.DOMResolveNode{BackendNodeID: node.Node.BackendNodeID}.Call(c.in(ctx))
	if err != nil {
		return nil, fmt.Errorf("finding an element in the page: %w", err)
	}
	var out []diagnose.Listener
	for at, level := there.Object.ObjectID, 0; at != "" && level < maxAncestors; level++ {
		var own handlers
		if err := c.callOn(ctx, at, handlersScript, &own); err != nil {
			return nil, err
		}
		for _, kind := range own.Types {
			out = append(out, diagnose.Listener{Type: kind, Level: level})
		}
		res, err := proto.DOMDebuggerGetEventListeners{ObjectID: at}.Call(c.in(ctx))
		if err != nil {
			return nil, fmt.Errorf("reading the listeners of an element: %w", err)
		}
		for _, l := range res.Listeners {
			if !own.Container {
				out = append(out, diagnose.Listener{Type: l.Type, Level: level})
			}
		}
		up, err := proto.RuntimeCallFunctionOn{ObjectID: at, FunctionDeclaration: upScript}.Call(c.in(ctx))
		if err != nil {
			return nil, fmt.Errorf("finding what holds an element: %w", err)
		}
		at = up.Result.ObjectID
	}
	return out, nil
}

// handlers are what a framework keeps on an element.
type handlers struct {
	Types []string `json:"types"`
	// Container says that the framework listens here for all that is inside.
	Container bool `json:"container"`
}

// callOn calls a function of an object in the object's own world.
func (c *tabCopy) callOn(ctx context.Context, id proto.RuntimeRemoteObjectID, fn string, result any) error {
	res, err := proto.RuntimeCallFunctionOn{ObjectID: id, FunctionDeclaration: fn, ReturnByValue: true}.Call(c.in(ctx))
	if err != nil {
		return fmt.Errorf("asking an element of the page: %w", err)
	}
	value, err := res.Result.Value.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(value, result)
	}
	if err != nil {
		return fmt.Errorf("reading what an element of the page says: %w", err)
	}
	return nil
}

const (
	// upScript goes on to what an event goes on to.
	upScript = `function () {
  return this === window ? null : this === document ? window : this.parentNode || this.host || null;
}`
	// handlersScript reads what React, Svelte and Solid keep on an element: they
	// listen at the root of the page and call these.
	handlersScript = `function () {
  const types = [], keys = Object.keys(this);
  for (const key of keys) {
    const delegated = /^(?:__|\$\$)([a-z]+)$/.exec(key);
    if (delegated && typeof this[key] === "function") types.push(delegated[1]);
    if (!key.startsWith("__reactProps$")) continue;
    for (const p of Object.keys(this[key] || {})) if (/^on[A-Z]/.test(p) && typeof this[key][p] === "function") types.push(p.slice(2).toLowerCase());
  }
  return { types: types.slice(0, 50), container: keys.some((k) => k.startsWith("__reactContainer$")) };
}`
)
