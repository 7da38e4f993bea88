package diagnose

import (
	"fmt"

	"relook/preview"
)

// What has not come in by 2 s of page time is taken for missing: entrances take
// half a second, and web.dev calls a page poor that shows its main content after
// 4 s. The script's clock begins before the load, so a little less counts.
const appearMs = 1900

// Fewer letters are a word or two that wait for their turn: a mark that
// something was saved, a counter.
const appearChars = 12

type neverAppears struct{}

func (neverAppears) rule() string { return NeverAppears }

// judge believes in a fault only where it was proved: an animation that does not
// exist, a page of which most stays invisible, or an entrance that did not come
// when the page was scrolled through (the study says so). Where relook refused a
// script, that script may be what brings the words in.
func (neverAppears) judge(f finding, s *site, view int) (verdict, bool) {
	v := verdict{preview.SeverityError, f.Measure["width_px"] * f.Measure["height_px"], 100000}
	proof := f.Words["proof"]
	if proof == "" || proof != "animation" && refusedScript(s.events[view]) {
		return v, false
	}
	if proof == "scrolled" && f.Words["meant"] == "main" {
		v.severity = preview.SeverityWarning
	}
	return v, true
}

func (neverAppears) sentence(d *draft) string {
	w := d.worst()
	text := quote(w.Words["text"]) + " (" + w.Elements[0].Selector + ")" + d.others()
	verb, it, is := "has its place on the page but can't be seen", "it", "it is"
	if d.others() != "" {
		verb, it, is = "have their place on the page but can't be seen", "them", "they are"
	}
	s := fmt.Sprintf("%s %s %s, 2 s after the page was shown", text, verb, d.at())
	switch w.Words["proof"] {
	case "animation":
		return s + fmt.Sprintf(": the animation %s that was to bring %s in does not exist", code(w.Words["animation"]), it)
	case "scrolled":
		return s + ", even when " + is + " scrolled to"
	}
	return s
}

func (neverAppears) suspects(d *draft) []suspect {
	if d.worst().Words["proof"] == "animation" {
		return suspectsOf(d, []string{"element"}, []neutral{{"animation", nil}, {"animation-name", nil}})
	}
	return suspectsOf(d, []string{"element"}, []neutral{
		{"opacity", set("opacity", "1")},
		{"visibility", set("visibility", "visible")},
	})
}

func (neverAppears) detail(d *draft) (string, bool) {
	return "", d.worst().Words["proof"] != "animation"
}

// Words that nobody sees are the fault.
func (neverAppears) proof(*sighting) proof { return proof{} }
