package diagnose

import (
	"fmt"
	"math"

	"relook/preview"
)

// The score is that of web.dev's cumulative layout shift: the part of the screen
// that moves, times how far it moves as a part of the screen's longer side. A
// page is good up to 0.1 and poor from 0.25 on; both were chosen there as what
// people notice and what annoys them. Moves below 5 px pass for a flicker.
const (
	shiftScore     = 0.1
	shiftPoorScore = 0.25
	shiftPx        = 5
)

type layoutShift struct{}

func (layoutShift) rule() string { return LayoutShift }

func (layoutShift) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityInfo, f.Measure["shift_score"], shiftPoorScore}
	if v.size >= shiftPoorScore {
		v.severity = preview.SeverityWarning
	}
	return v, true
}

func (layoutShift) sentence(d *draft) string {
	w := d.worst()
	moved := code(w.Words["moved"])
	if t := w.Words["text"]; t != "" {
		moved = quote(t) + " (" + w.Words["moved"] + ")"
	}
	score := fmt.Sprintf("a shift of %.2f", math.Floor(w.Measure["shift_score"]*100)/100)
	way := "up"
	if w.Words["down"] != "" {
		way = "down"
	}
	switch w.Words["kind"] {
	case "image":
		return fmt.Sprintf("The picture %s of %s%s has no size until it is loaded, and then pushes %s down %s, %s: `width` and `height` keep its room",
			code(fileName(w.Words["url"])), d.name(), d.others(), moved, d.by("moved_px"), score)
	case "grew":
		return fmt.Sprintf("%s grows by %s px %s the page was shown, and pushes %s down %s, %s",
			d.name(), w.Words["grown"], after(w.Words["late"]), moved, d.by("moved_px"), score)
	}
	return fmt.Sprintf("%s moves %s %s, %s the page was shown, %s", moved, way, d.by("moved_px"), after(w.Words["late"]), score)
}

// after words in which second after the page was shown something came.
func after(step string) string {
	if step == "1" {
		return "within a second after"
	}
	return "more than a second after"
}

// The start tag of what grows is the cause: that is where room can be kept.
func (layoutShift) suspects(*draft) []suspect { return nil }

func (layoutShift) detail(*draft) (string, bool) { return "", false }

// What moved stands still now.
func (layoutShift) proof(*sighting) proof { return proof{} }
