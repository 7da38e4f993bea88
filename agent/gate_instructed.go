package agent

import (
	"fmt"
	"regexp"

	"relook/preview"
)

const (
	// fewGone is how many things an instruction may cost anyway: words that are
	// put together, a mark that is replaced.
	fewGone = 2
	// partGone is the part of the things at a view beyond which an answer is taken
	// to have forgotten them: a model that writes a file anew drops what it grows
	// tired of.
	partGone = 0.2
)

// removing matches instructions that take something away.
var removing = regexp.MustCompile(`(?i)\b(?:remov|delet|drop|hid[ei]|without|get rid|take (?:out|away|off)|strip|omit|eras|discard|clear|only|fewer|less|empty|collapse|merge|replac)`)

// forgotten rejects what was asked for in words when far fewer things can be
// read, seen or used afterwards, unless to take things away was asked for. Things
// are counted, not compared: an instruction may put other words in their place.
func (g Gate) forgotten(c Case) (string, string) {
	if g.Removes {
		return "", ""
	}
	for _, was := range c.Before.Inventories {
		is := c.After.Inventory(was.View)
		if is == nil {
			return RuleInvalid, "the page was not measured at " + was.View
		}
		before, after := shown(was), shown(*is)
		if gone := before - after; gone > fewGone && float64(gone) > partGone*float64(before) {
			return RuleLost, fmt.Sprintf("%d of the %d things at %s are gone, and that was not asked for", gone, before, was.View)
		}
	}
	return "", ""
}

// shown counts what of an inventory can be read, seen or used.
func shown(i preview.Inventory) int {
	n := 0
	for _, item := range i.Items {
		if item.Visible && item.Kind != preview.ItemBox {
			n++
		}
	}
	return n
}
