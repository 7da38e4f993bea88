package diagnose

import (
	"fmt"
	"math"

	"relook/preview"
)

// Less than seven tenths of the first screen's words, or a line of them in all,
// is a part of the page that comes in by design.
const (
	flashPart  = 0.7
	flashChars = 60
)

type flash struct{}

func (flash) rule() string { return FlashInvisible }

// judge takes for a fault what makes a visitor wait: a second or more without
// the words, and with nothing else to look at it hurts. What an animation brings
// in within a second is design.
func (flash) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityInfo, f.Measure["hidden_percent"], 100}
	long, empty := f.Words["late"] != "1", f.Words["empty"] != ""
	if long && empty {
		v.severity = preview.SeverityWarning
	}
	return v, long || empty && f.Words["faded"] == ""
}

func (flash) sentence(d *draft) string {
	w := d.worst()
	part := number(math.Floor(w.Measure["hidden_percent"])) + " % of the words on the first screen"
	if w.Measure["hidden_percent"] >= 99.5 {
		part = "No words"
	}
	verb, when := "are invisible", "when the page is shown and come within a second"
	if w.Words["late"] != "1" {
		when = "for more than a second after the page was shown"
	}
	if part == "No words" {
		part, verb = "The words on the first screen", "are all invisible"
	}
	return fmt.Sprintf("%s %s %s %s, %s first", part, verb, d.at(), when, quote(w.Words["text"]))
}

// The start tag of what holds the words is the cause: what hid them is gone.
func (flash) suspects(*draft) []suspect { return nil }

func (flash) detail(*draft) (string, bool) { return "", false }

// What was seen too late is seen now.
func (flash) proof(*sighting) proof { return proof{} }
