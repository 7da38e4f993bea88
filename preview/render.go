package preview

import (
	"context"
	"errors"
	"time"
)

// RenderOptions says how a page is rendered. The zero value means the defaults.
type RenderOptions struct {
	Views   []View          // default DefaultViews()
	Moments []time.Duration // of page time since load; default DefaultMoments(). Checks run at the last.
	Shots   ShotMode        // which shots are taken; default NoShots
	Timeout time.Duration   // wall time for one view; default 10 s. A page that takes longer is invalid.
	// AllowHosts lists hosts outside the workspace that a page may load from.
	// The default is none.
	AllowHosts []string
	// Profile says which checks run; default ProfileFast.
	Profile Profile
	// Rules are the person's settings by rule id.
	Rules map[string]RuleSetting
	// NoCauses leaves out what a verdict does not need: the causes of the
	// defects, which take half as long as all the rest. Open looks them up all the
	// same.
	NoCauses bool
	// NoScripts keeps the scripts of the page from running: it is of somebody whom
	// the person does not trust yet.
	NoScripts bool
}

// ShotMode says which shots a render takes.
type ShotMode int

// The shot modes.
const (
	NoShots   ShotMode = iota
	LastShots          // one per view, at the last moment
	AllShots           // one per view and moment
)

// Defaulted returns o with every unset field set to its default.
func (o RenderOptions) Defaulted() RenderOptions {
	if len(o.Views) == 0 {
		o.Views = DefaultViews()
	}
	if len(o.Moments) == 0 {
		o.Moments = DefaultMoments()
	}
	if o.Profile == "" {
		o.Profile = ProfileFast
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	return o
}

// A Rendering is what one render of a page showed.
type Rendering struct {
	Diagnosis   Diagnosis
	Inventories []Inventory // one per view, in the order of RenderOptions.Views
	Shots       []Shot      // by view, then by moment
	Files       []string    // slash paths in the Page's FS of what the page loaded, itself included, sorted
}

// Inventory returns the inventory of the named view, or nil.
func (r *Rendering) Inventory(view string) *Inventory {
	for i := range r.Inventories {
		if r.Inventories[i].View == view {
			return &r.Inventories[i]
		}
	}
	return nil
}

// Shot returns the shot of the named view at moment at, or nil.
func (r *Rendering) Shot(view string, at time.Duration) *Shot {
	for i := range r.Shots {
		if r.Shots[i].View.Name() == view && r.Shots[i].At == at {
			return &r.Shots[i]
		}
	}
	return nil
}

// An Edit replaces a stretch of a file. Offsets are bytes into the file as it
// was before any edit of the same candidate.
type Edit struct {
	File    string // slash path in the Page's FS
	Span    Span
	NewText string
}

// A Renderer renders pages. A bad page is data: a Rendering whose Diagnosis is
// not valid and says why. An error means that the machine failed (no browser,
// browser gone) or the input can't be rendered at all (*InputError); it is never
// scored. When ctx ends, the error is ctx's.
type Renderer interface {
	// Render loads the page afresh at every view.
	Render(ctx context.Context, p Page, o RenderOptions) (*Rendering, error)
	// Open loads the page and keeps it so that edits can be tried in place.
	// The caller closes it. A page whose render is invalid opens too; trying
	// edits on it gives ErrNotInPlace.
	Open(ctx context.Context, p Page, o RenderOptions) (Live, error)
}

// A Live is an opened page. It is not safe for use by several goroutines.
type Live interface {
	// Rendering is the page as opened, with Evidence on its defects.
	Rendering() *Rendering
	// Try sets the edits in the live page, measures it at every view and takes
	// them back. It gives ErrNotInPlace when an edit can't be tried so (it
	// changes markup, or a file that the page did not load as a style sheet):
	// then a fresh render must tell. No shots are taken.
	Try(ctx context.Context, edits []Edit) (*Rendering, error)
	// Close lets go of the page.
	Close() error
}

// ErrNotInPlace says that an edit can't be tried in the live page.
var ErrNotInPlace = errors.New("the edit can't be tried in place")
