package diagnose

import (
	"fmt"
	"math"

	"relook/preview"
)

// The ways in which resting the pointer on something breaks it.
const (
	hoverFlickers = "flickers" // it flees from the pointer, comes back, and so on
	hoverVanishes = "vanishes" // it can't be seen while the pointer is on it
	hoverJumps    = "jumps"    // what is around it moves
	hoverPale     = "pale"     // its text is too close in colour to what is behind it
	hoverCut      = "cut"      // its text is cut off
)

// Neighbours that move by a pixel and a half are seen to jump. What moves far
// while the change is drawn out in time is meant: panels that unfold.
const (
	jumpPx   = 1.5
	unfoldPx = 24
)

// hoverBreaks is an error where the thing itself gets lost, a warning where it
// only looks wrong.
type hoverBreaks struct{}

func (hoverBreaks) rule() string { return HoverBreaks }

func (hoverBreaks) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, max(f.Measure["moved_px"], 1), 40}
	switch f.Words["way"] {
	case hoverFlickers, hoverVanishes:
		v.severity = preview.SeverityError
	case hoverPale:
		if f.Measure["ratio"] < contrastErrorRatioLarge {
			v.severity = preview.SeverityError
		}
	}
	return v, true
}

func (hoverBreaks) sentence(d *draft) string {
	w := d.worst()
	what := code(w.Words["target"])
	switch w.Words["way"] {
	case hoverFlickers:
		return fmt.Sprintf("%s flickers under the pointer: it goes away, comes back, and so on", what)
	case hoverVanishes:
		return fmt.Sprintf("%s can't be seen while the pointer is on it", what)
	case hoverPale:
		return fmt.Sprintf("With the pointer on %s, its text %s has a contrast of %.1f to 1, %s on %s, and needs %.1f", what, quote(w.Words["text"]),
			math.Floor(w.Measure["ratio"]*10)/10, w.Words["color"], w.Words["background"], w.Measure["required_ratio"])
	case hoverCut:
		return fmt.Sprintf("With the pointer on %s, its text %s is cut off", what, quote(w.Words["text"]))
	}
	return fmt.Sprintf("With the pointer on %s, what is around it jumps by %s", what, pixels(w.Measure["moved_px"]))
}

func (hoverBreaks) suspects(*draft) []suspect { return nil }

func (hoverBreaks) detail(*draft) (string, bool) { return "", false }

// hoverProperties are what a rule for the pointer may set to break a thing so.
var hoverProperties = map[string][]string{
	hoverFlickers: {"display", "visibility", "transform", "translate", "scale", "position", "pointer-events", "margin", "top", "left", "right", "bottom", "width", "height"},
	hoverVanishes: {"opacity", "visibility", "display"},
	hoverPale:     {"color", "background", "background-color", "opacity"},
	hoverCut:      {"font", "letter-spacing", "padding", "width", "height", "max-height", "max-width", "white-space", "overflow", "text-transform", "border"},
	hoverJumps:    {"border", "padding", "margin", "font", "letter-spacing", "width", "height", "min-", "max-", "display", "line-height", "position", "flex", "gap", "text-transform"},
}
