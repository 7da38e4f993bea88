package diagnose

import (
	"fmt"
	"math"

	"relook/preview"
)

// Below 2,000 px a side and 500 kB a picture is quickly there on a phone; more
// is worth sparing if nobody sees it. A screen of double density shows four
// pixels for each px; four times as many again are more than one file for all
// widths has to cost.
const (
	oversizedPx    = 2000
	oversizedKB    = 500
	oversizedTimes = 16
)

// A megabyte is several seconds on a slow phone line.
const oversizedWarningKB = 1000

type oversized struct{}

func (oversized) rule() string { return OversizedImage }

// judge looks at the view that needs most of the picture: one file may serve
// them all.
func (oversized) judge(f finding, s *site, _ int) (verdict, bool) {
	times := f.Measure["pixels_times"]
	for _, r := range s.readings {
		for _, other := range r.Findings {
			if other.Rule == OversizedImage && other.Group == f.Group {
				times = min(times, other.Measure["pixels_times"])
			}
		}
	}
	v := verdict{preview.SeverityInfo, f.Measure["file_kb"], 1000}
	if f.Measure["file_kb"] >= oversizedWarningKB {
		v.severity = preview.SeverityWarning
	}
	return v, times >= oversizedTimes
}

func (oversized) sentence(d *draft) string {
	w := d.worst()
	s := fmt.Sprintf("The picture %s of %s%s has %s by %s px", code(fileName(w.Words["url"])), d.name(), d.others(),
		number(w.Measure["natural_width_px"]), number(w.Measure["natural_height_px"]))
	if kb := w.Measure["file_kb"]; kb >= 1 {
		s += " (" + number(kb) + " kB)"
	}
	return s + fmt.Sprintf(" and is drawn at %s by %s px at most, with %.0f times the pixels", number(d.most("width_px")), number(d.most("height_px")), math.Floor(d.least("pixels_times")))
}

// most and least are the largest and the smallest value of a measure over the views.
func (d *draft) most(measure string) float64 {
	most := d.sightings[0].Measure[measure]
	for _, s := range d.sightings {
		most = max(most, s.Measure[measure])
	}
	return most
}

func (d *draft) least(measure string) float64 {
	least := d.sightings[0].Measure[measure]
	for _, s := range d.sightings {
		least = min(least, s.Measure[measure])
	}
	return least
}

// The start tag that asks for the file is the cause.
func (oversized) suspects(*draft) []suspect { return nil }

func (oversized) detail(*draft) (string, bool) { return "", false }
