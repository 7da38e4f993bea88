package diagnose

import (
	"fmt"

	"relook/preview"
)

// A line's box is taller than its letters. A cut of fewer than 3 px, or of less
// than a quarter of the line, misses the letters in common fonts (a quarter is
// the descent, or the room above the capitals).
const (
	clippedPx   = 3
	clippedPart = 0.25
)

// From two fifths of a line on the letters themselves are cut through and can't
// be read: an error. Lines that are gone altogether are one as well.
const clippedErrorPercent = 40

type clipped struct{}

func (clipped) rule() string { return ClippedText }

func (clipped) limits() []Limit {
	return []Limit{
		{Name: "slack_px", Is: clippedPx, Least: 0, Most: 200, script: "clippedPx",
			About: "a cut of less than this is let pass"},
		{Name: "error_percent", Is: clippedErrorPercent, Least: 0, Most: 100,
			About: "from this part of a line's height on it is an error, below a warning"},
	}
}

func (clipped) judge(f finding, s *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, f.Measure["hidden_px"], 40}
	if f.Measure["line_percent"] >= s.limit(ClippedText, "error_percent") {
		v.severity = preview.SeverityError
	}
	return v, true
}

func (clipped) sentence(d *draft) string {
	w := d.worst()
	if n := w.Measure["count"] - 1; n >= 1 {
		return fmt.Sprintf("The text %s and %s are cut off by their boxes, %s the first, %s",
			quote(w.Words["text"]), plural(n, "more text"), d.name(), d.by("hidden_px"))
	}
	return fmt.Sprintf("The text %s is cut off by its box %s %s", quote(w.Words["text"]), d.name(), d.by("hidden_px"))
}

func (clipped) suspects(d *draft) []suspect {
	roles := []string{"element", "child", "parent"}
	if d.worst().Words["axis"] == "x" {
		narrow := []neutral{
			{"white-space", set("white-space", "normal")},
			{"width", set("width", "auto")},
			{"max-width", set("max-width", "none")},
		}
		return append(suspectsOf(d, roles, append(narrow, acrossNeutral...)), suspectsOf(d, roles, overflowNeutral)...)
	}
	// What hides the text is the cause only if nothing makes the box too small.
	return append(suspectsOf(d, roles, alongNeutral), suspectsOf(d, roles, overflowNeutral)...)
}

func (clipped) detail(d *draft) (string, bool) { return d.worst().Words["axis"], true }

// alongNeutral are the properties that make a thing low or shift it up or down.
var alongNeutral = []neutral{
	{"height", set("height", "auto")},
	{"block-size", set("block-size", "auto")},
	{"max-height", set("max-height", "none")},
	{"aspect-ratio", set("aspect-ratio", "auto")},
	{"margin-top", set("margin-top", "0")},
	{"margin-bottom", set("margin-bottom", "0")},
	{"margin-block", set("margin-block", "0")},
	{"margin", set("margin-top", "0", "margin-bottom", "0")},
	{"top", set("top", "auto")},
	{"bottom", set("bottom", "auto")},
	{"inset", set("inset", "auto")},
	{"transform", set("transform", "none")},
	{"translate", set("translate", "none")},
	{"line-height", set("line-height", "normal")},
	{"white-space", set("white-space", "normal")},
	{"grid-template-rows", set("grid-template-rows", "none")},
	{"grid-auto-rows", set("grid-auto-rows", "auto")},
	{"flex", set("flex", "0 0 auto")},
	{"flex-shrink", set("flex-shrink", "0")},
	{"flex-basis", set("flex-basis", "auto")},
	{"position", set("position", "static")},
}

var overflowNeutral = []neutral{
	{"overflow", set("overflow", "visible")},
	{"overflow-x", set("overflow-x", "visible")},
	{"overflow-y", set("overflow-y", "visible")},
}

// proof: the text that is cut has ink within its box.
func (clipped) proof(s *sighting) proof {
	var p proof
	for _, o := range s.Others {
		if o.Role == "child" {
			p.looks = append(p.looks, look{region: s.Elements[0].Box, on: []guise{{o.XPath, "inkless"}}})
		}
	}
	if len(p.looks) == 0 {
		p.looks = []look{{region: s.Elements[0].Box, on: []guise{{s.Elements[0].XPath, "inkless"}}}}
	}
	return p
}
