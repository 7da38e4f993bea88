package diagnose

import (
	"context"
	"errors"
	"image"
	"time"

	"relook/preview"
)

// The rule ids of the checks. They are stable: people write them into
// configuration files.
const (
	SidewaysScroll  = "sideways-scroll"  // the page scrolls sideways
	OutsideViewport = "outside-viewport" // content can't be reached or is cut by the edge of the viewport
	ClippedText     = "clipped-text"     // text is cut off by its box
	TextOverlap     = "text-overlap"     // text lies on other text
	CoveredControl  = "covered-control"  // a control can't be hit because something lies on it
	NarrowRange     = "narrow-range"     // a layout that is there at a few widths only
	LowContrast     = "low-contrast"     // text is too close in colour to what is behind it
	BrokenImage     = "broken-image"     // an image did not load
	SpilledText     = "spilled-text"     // text runs out of its box, or a select is too narrow for its choice
	ChildProtrudes  = "child-protrudes"  // a thing sticks out of the painted box that holds it
	SiblingsCollide = "siblings-collide" // things that should stand side by side lie on each other
	TapTarget       = "tap-target"       // a control is too small and too close to others for a finger
	TextTooSmall    = "text-too-small"   // letters are drawn too small to be read
	LoneWrap        = "lone-wrap"        // one of a row of like things stands in a line of its own
	UnevenGaps      = "uneven-gaps"      // one gap in a row of like things differs from the others
	TextTooWide     = "text-too-wide"    // lines of running text are too long
	TextTooNarrow   = "text-too-narrow"  // text is squeezed into a narrow column
	StickyCovers    = "sticky-covers"    // a bar that stays covers too much
	ConsoleError    = "console-error"    // a script failed or logged an error
	FailedRequest   = "failed-request"   // a file that the page asks for was not to be had
	UnfilledText    = "unfilled-text"    // a text that nobody filled in
	StretchedImage  = "stretched-image"  // a picture is drawn out of its proportions
	OversizedImage  = "oversized-image"  // a picture has far more pixels than are drawn
	MissingAlt      = "missing-alt"      // a picture has no words for those who can't see it
	MissingLabel    = "missing-label"    // a control has no name for those who can't see it
	LayoutShift     = "layout-shift"     // what is being read moves
	NeverAppears    = "never-appears"    // words have their place and stay invisible
	FlashInvisible  = "flash-invisible"  // words come late
	FontNotLoaded   = "font-not-loaded"  // words or icons are shown in another font than was meant

	// The faults of a page that is seen in another way.
	LostAtZoom    = "lost-at-zoom"   // content is lost at 200 % zoom
	LostAt320     = "lost-at-320"    // content is lost or scrolls both ways at 320 px
	DarkScheme    = "dark-scheme"    // content can't be read in the dark scheme
	ReducedMotion = "reduced-motion" // content never appears for those who ask for less motion
	RightToLeft   = "right-to-left"  // the layout breaks when the page runs from right to left
	LongerText    = "longer-text"    // the layout breaks with longer text
	TextSpacing   = "text-spacing"   // the layout breaks with wider spaces between lines, words and letters

	// The faults of a page that is used.
	DeadControl     = "dead-control"      // a control does nothing, or fails, when it is used
	KeyboardDead    = "keyboard-dead"     // a control works with a mouse only
	FocusNotVisible = "focus-not-visible" // nobody can see where the keyboard's focus is
	FocusTrap       = "focus-trap"        // Tab does not lead on
	HoverBreaks     = "hover-breaks"      // the pointer breaks what it rests on

	// TooManyElements is no fault of the page: it says that the page is larger
	// than what is checked.
	TooManyElements = "too-many-elements"
	// UnusedIgnore is no fault that a visitor sees: a relook-ignore that nothing
	// needs hides the next fault.
	UnusedIgnore = "unused-ignore"
	// UnsearchedWidths is none either: it says that faults between the views may
	// have been missed.
	UnsearchedWidths = "unsearched-widths"
)

// A Tab is a page that is loaded at one view and stands still in page time. It
// is not safe for use by several goroutines, but for Styles.
type Tab interface {
	View() preview.View
	// Eval calls a JavaScript function expression such as "(arg) => arg.n + 1"
	// in an isolated world, where the page's own scripts can change nothing but
	// the document, with arg encoded as JSON, and decodes what it returns (a
	// promise is waited for) into result. What the function leaves on
	// globalThis stays there for the next Eval, until the page is loaded anew.
	Eval(ctx context.Context, fn string, arg, result any) error
	// Styles returns the author rules that match the element which the function
	// expression gives, strongest first, those of a style attribute included,
	// each with its place in the page's files. Several calls may run at once,
	// and while Eval runs: most of the time goes into handing the answer over.
	Styles(ctx context.Context, fn string, arg any) ([]preview.StyleRule, error)
	// File is the slash path in the page's FS of what is served for an address; ""
	// if that is no file of it.
	File(address string) string
	// Events are the faults that the browser reported since the page was
	// loaded, in order.
	Events() []Event
	// Picture is how box, in px of the document, looks now, at one pixel per CSS
	// px whatever the view's scale. What lies beyond the document or
	// preview.MaxShotHeight is cut off; an empty rest gives an empty picture.
	Picture(ctx context.Context, box preview.Box) (image.Image, error)
	// Copy loads the page afresh at the same view and moment in a tab of its
	// own, for what changes the page. The caller closes it. ErrNoCopy says that
	// the page did not come up again.
	Copy(ctx context.Context) (Copy, error)
}

// A Copy is a Tab for probes: nothing that is done to it shows in the Tab that it
// was made from.
type Copy interface {
	Tab
	// Look lets the page be seen at another view, without loading it again: its
	// layout, queries and scripts react as to a window that is resized.
	Look(ctx context.Context, v preview.View) error
	// Load loads the page afresh at another view, up to the same moment. ErrNoCopy
	// says that it did not come up, and the copy is as it was.
	Load(ctx context.Context, v preview.View) error
	// Pass lets page time go on.
	Pass(ctx context.Context, d time.Duration) error
	// Click presses and lets go of the main button of a mouse at a place in px
	// of the viewport, Hover moves the pointer there, Press strikes a key and
	// Type the keys of a text. Page time stands still meanwhile. A page that
	// would go elsewhere stays, dialogs are answered as by Escape, and nothing
	// opens. ErrLeft says that the page is gone all the same, ErrHung that it
	// does not come back; after either, as after one from Pass, the copy is of
	// no further use.
	Click(ctx context.Context, x, y float64) error
	Hover(ctx context.Context, x, y float64) error
	Press(ctx context.Context, key Key) error
	Type(ctx context.Context, text string) error
	// Hold has the element that the function expression gives be styled as if
	// the pointer rested on it, whether it does or not.
	Hold(ctx context.Context, fn string, arg any) error
	// Deeds are what the page did since the last call that its document need
	// not show, in order; at most a few hundred.
	Deeds() []Deed
	// Listeners are those of the element which the function expression gives,
	// and of all that its events go on to.
	Listeners(ctx context.Context, fn string, arg any) ([]Listener, error)
	// Close lets go of the copy.
	Close()
}

var (
	// ErrNoCopy says that a page could not be loaded a second time.
	ErrNoCopy = errors.New("the page can't be copied")
	// ErrLeft says that a copy's page went away, closed itself, crashed, or is
	// too slow.
	ErrLeft = errors.New("the page is gone")
	// ErrHung says that a copy's page does not come back from a script.
	ErrHung = errors.New("a script of the page does not end")
)

// A Key is a key of the keyboard that types nothing, or a line or a space.
type Key string

// The keys that Copy.Press knows.
const (
	KeyTab       Key = "Tab"
	KeyBackTab   Key = "Shift+Tab"
	KeyEnter     Key = "Enter"
	KeySpace     Key = "Space"
	KeyEscape    Key = "Escape"
	KeyArrowDown Key = "ArrowDown"
	KeyArrowUp   Key = "ArrowUp"
)

// A Deed is something that a page did.
type Deed struct {
	Kind  DeedKind
	Event Event // of a DeedException
}

// A Listener is a script of the page that waits for an event.
type Listener struct {
	Type  string // of the event, such as "click"
	Level int    // 0 for the element itself, 1 for its parent, and so on up to the window
}

// DeedKind is the kind of a Deed. There are more than the constants: what any
// other means is that the page did something that a visitor may notice.
type DeedKind string

// The kinds of deeds that mean something by themselves.
const (
	DeedException DeedKind = "exception" // an uncaught error or rejection
	DeedRequest   DeedKind = "request"   // a file or an address was asked for
	DeedDialog    DeedKind = "dialog"    // alert, confirm, prompt or a question before leaving
	DeedDrawing   DeedKind = "drawing"   // on a canvas
)

// EventKind is the kind of an Event.
type EventKind string

// The kinds of events.
const (
	EventException EventKind = "exception" // an uncaught error or rejection
	EventConsole   EventKind = "console"   // console.error
	EventFailed    EventKind = "failed"    // a request for a file of the workspace, answered 404 or the like
	EventRefused   EventKind = "refused"   // a request to the network, refused by relook
)

// An Event is a fault that the browser reported.
type Event struct {
	Kind EventKind
	Text string // the error's message, or why the request failed
	URL  string // of the request, or of the script at fault
	// File is the slash path of that script, or of the file that was asked for,
	// in the page's FS; "" if it lies elsewhere.
	File string
	// Line and Column are zero-based in File, for scripts; Line is -1 if unknown.
	Line, Column int
	Status       int    // HTTP status of a failed request, 0 for none
	Resource     string // "Image", "Stylesheet", "Script", "Font", "Fetch", ... as CDP names it
}
