package term

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"relook/preview"
	"relook/preview/diagnose"
)

// maxProofs is how many numbers are shown for a defect. JSON has all of them.
const maxProofs = 2

// proofsOf names the numbers that prove a defect of a rule, the best first.
// Rules that are not here show the first two of what they measure.
var proofsOf = map[string][]string{
	diagnose.SidewaysScroll:  {"overflow_px", "viewport_px"},
	diagnose.OutsideViewport: {"overflow_px", "viewport_px"},
	diagnose.ClippedText:     {"hidden_px", "height_px"},
	diagnose.TextOverlap:     {"overlap_px"},
	diagnose.CoveredControl:  {"covered_percent"},
	diagnose.LowContrast:     {"ratio", "required_ratio"},
	diagnose.BrokenImage:     {"width_px", "height_px"},
	diagnose.ConsoleError:    {"count"},
	diagnose.FailedRequest:   {"count"},
}

// proofs words the numbers that prove d: overflow_px 710 is "overflow 710 px".
func proofs(d preview.Defect) []string {
	names, ok := proofsOf[d.Rule]
	if !ok {
		names = slices.Sorted(maps.Keys(d.Measure))
	}
	var list []string
	for _, name := range names {
		v, ok := d.Measure[name]
		if !ok || name == "count" && v == 1 || len(list) == maxProofs {
			continue
		}
		list = append(list, proof(name, v))
	}
	return list
}

// proof words a number whose name ends in its unit.
func proof(name string, v float64) string {
	words, value := strings.Split(name, "_"), number(v)
	last := len(words) - 1
	switch words[last] {
	case "px", "ms", "s":
		value, words = value+" "+words[last], words[:last]
	case "px2":
		value, words = value+" px²", words[:last]
	case "percent":
		value, words = value+" %", words[:last]
	}
	return Clean(strings.TrimSpace(strings.Join(words, " ") + " " + value))
}

// number has two decimals below 10 and none above, as nobody sees a hundredth
// of 700 px.
func number(v float64) string {
	if math.Abs(v) >= 10 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}
