package diagnose

import (
	"fmt"

	"relook/preview"
)

// As with text that is cut (clippedPx), a spill of fewer than 3 px, or of less
// than a quarter of the line, is the empty part of the line's box.
const (
	spilledPx   = 3
	spilledPart = 0.25
)

// The width of a select's text is measured apart from the select, and the room
// for its arrow differs by a few px between systems. Half a letter more than
// fits takes away a letter.
const (
	cutValuePx   = 4
	cutValuePart = 0.5
)

// From a third of a choice or label on, too little is left to guess the rest.
const cutValueErrorPercent = 33

// Text that spilled onto something else, by half a line or a letter, can't be
// told from it.
const spilledErrorPercent = 50

type spilledText struct{}

func (spilledText) rule() string { return SpilledText }

func (spilledText) judge(f finding, _ *site, _ int) (verdict, bool) {
	if f.Words["side"] == "value" {
		v := verdict{preview.SeverityWarning, f.Measure["cut_px"], 40}
		if f.Measure["cut_percent"] >= cutValueErrorPercent {
			v.severity = preview.SeverityError
		}
		return v, true
	}
	v := verdict{preview.SeverityWarning, f.Measure["spilled_px"], 40}
	unreadable := f.Measure["landed"] > 0 || f.Measure["lost"] > 0
	if unreadable && f.Measure["line_percent"] >= spilledErrorPercent {
		v.severity = preview.SeverityError
	}
	return v, true
}

func (spilledText) sentence(d *draft) string {
	w := d.worst()
	if w.Words["side"] == "value" {
		return fmt.Sprintf("The %s %s%s is too narrow for what it says, %s, %s", w.Words["control"], d.name(), d.others(), quote(w.Words["text"]), d.by("cut_px"))
	}
	s := fmt.Sprintf("The text %s runs out of its box %s%s", quote(w.Words["text"]), d.name(), sideWord[w.Words["side"]])
	if n := w.Measure["count"] - 1; n >= 1 {
		s = fmt.Sprintf("The text %s and %s run out of their boxes, %s the first,", quote(w.Words["text"]), plural(n, "more text"), d.name())
	}
	if onto := w.Words["onto"]; onto != "" {
		s += " onto " + code(onto)
	}
	return s + " " + d.by("spilled_px")
}

// sideWord says past which side of a box something runs.
var sideWord = map[string]string{
	"top": " at the top", "bottom": " at the bottom", "left": " on the left", "right": " on the right", "both": " on both sides",
}

func (spilledText) suspects(d *draft) []suspect {
	roles := []string{"element", "child", "parent"}
	switch d.worst().Words["side"] {
	case "top", "bottom":
		return suspectsOf(d, roles, alongNeutral)
	case "value":
		return suspectsOf(d, roles, acrossNeutral)
	}
	return suspectsOf(d, roles, append(narrowNeutral, acrossNeutral...))
}

func (spilledText) detail(d *draft) (string, bool) { return d.worst().Words["side"], true }

// narrowNeutral are the properties that keep text from fitting into a width.
var narrowNeutral = []neutral{
	{"white-space", set("white-space", "normal")},
	{"width", set("width", "auto")},
	{"max-width", set("max-width", "none")},
	{"flex-shrink", set("flex-shrink", "0")},
	{"flex", set("flex", "0 0 auto")},
	{"table-layout", set("table-layout", "auto")},
}
