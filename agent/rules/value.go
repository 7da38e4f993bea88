package rules

import (
	"regexp"
	"strconv"
	"strings"
)

var lengthPattern = regexp.MustCompile(`^(-?\d*\.?\d+)(px|rem|em|ch|ex|vw|vh|svh|dvh|lvh|dvw|svw|pt|cm|in|mm|%)$`)

// unitPx is about how many px a unit is worth, for judging sizes only.
var unitPx = map[string]float64{
	"px": 1, "rem": 16, "em": 16, "ch": 8, "ex": 8, "pt": 4.0 / 3, "cm": 37.8, "mm": 3.78, "in": 96,
}

// length reads a single length or percentage.
func length(value string) (n float64, unit string, ok bool) {
	m := lengthPattern.FindStringSubmatch(strings.ToLower(strings.TrimSpace(value)))
	if m == nil {
		return 0, "", false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	return n, m[2], err == nil
}

// absolute is the size in px, roughly, of a length that does not depend on the
// page's width; ok is false for all else.
func absolute(value string) (px float64, ok bool) {
	n, unit, ok := length(value)
	worth, known := unitPx[unit]
	return n * worth, ok && known
}

// ofViewport reports whether a value is or holds a length in units of the
// viewport's width.
func ofViewport(value string) bool { return viewportPattern.MatchString(value) }

var (
	viewportPattern = regexp.MustCompile(`(?i)\d(?:vw|dvw|svw|lvw)\b`)
	negativePattern = regexp.MustCompile(`(^|[\s(,])-(?:\d*\.?\d+)(?:[a-z]+|%)?`)
	calcPattern     = regexp.MustCompile(`(?i)\bcalc\(`)
)

// withoutNegatives sets the negative parts of a value such as "-40px 0 0" to 0.
func withoutNegatives(value string) (string, bool) {
	if calcPattern.MatchString(value) {
		return "0", strings.Contains(value, "-")
	}
	out := negativePattern.ReplaceAllString(value, "${1}0")
	return out, out != value
}

var (
	repeatFixed  = regexp.MustCompile(`(?i)^repeat\(\s*(?:\d+|auto-fit|auto-fill)\s*,\s*(\d*\.?\d+(?:px|rem|em|ch))\s*\)$`)
	repeatEqual  = regexp.MustCompile(`(?i)^(?:repeat\(\s*[2-9]\d?\s*,\s*(?:1fr|minmax\(0,\s*1fr\))\s*\)|(?:1fr\s+)+1fr)$`)
	minmaxLength = regexp.MustCompile(`(?i)minmax\(\s*(\d*\.?\d+(?:px|rem|em|ch))\s*,`)
	fraction     = regexp.MustCompile(`(?i)(^|[\s,])(\d*\.?\d+fr)\b`)
	minmaxZero   = regexp.MustCompile(`(?i)minmax\(\s*0(?:px)?\s*,\s*\d*\.?\d+fr\s*\)`)
	trackLength  = regexp.MustCompile(`(?i)(?:^|\s)(\d*\.?\d+(?:px|rem|em|ch))(?:\s|$)`)
)

// flexibleTracks are the ways in which the columns of a grid may give way, best
// first.
func flexibleTracks(value string) []string {
	value = strings.TrimSpace(value)
	var out []string
	if m := minmaxLength.FindString(value); m != "" {
		out = append(out, minmaxLength.ReplaceAllString(value, "minmax(min(100%, $1),"))
	}
	if m := repeatFixed.FindStringSubmatch(value); m != nil {
		out = append(out, "repeat(auto-fit, minmax(min(100%, "+m[1]+"), 1fr))", "repeat(auto-fit, minmax(0, "+m[1]+"))")
	} else if list := equalLengths(value); list != "" {
		out = append(out, "repeat(auto-fit, minmax(min(100%, "+list+"), 1fr))")
	} else if m := trackLength.FindStringSubmatch(value); m != nil {
		out = append(out, strings.Replace(value, m[1], "minmax(0, "+m[1]+")", 1))
	}
	if bare := minmaxZero.ReplaceAllString(value, ""); fraction.MatchString(bare) && !strings.Contains(value, "minmax(") {
		out = append(out, fraction.ReplaceAllString(value, "${1}minmax(0, $2)"))
	}
	if repeatEqual.MatchString(value) {
		out = append(out, "repeat(auto-fit, minmax(min(100%, 240px), 1fr))")
	}
	return append(out, "minmax(0, 1fr)")
}

// equalLengths is the length of which value is a list, "" if it is none.
func equalLengths(value string) string {
	fields := strings.Fields(value)
	if len(fields) < 2 {
		return ""
	}
	for _, f := range fields {
		if _, ok := absolute(f); !ok || f != fields[0] {
			return ""
		}
	}
	return fields[0]
}
