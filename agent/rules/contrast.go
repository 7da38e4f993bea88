package rules

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/lucasb-eyer/go-colorful"

	"relook/preview"
)

// slack keeps a colour that is just enough from falling short by rounding.
const slack = 1.02

// contrast mends text that is too close in colour to what is behind it. The
// answer is in closed form: the same hue, as little darker or lighter as it
// takes.
func contrast(j *job) []wish {
	required := j.defect.Measure["required_ratio"]
	subjects := j.subjects("element", "parent", "other")
	if len(subjects) == 0 || required < 1 || required > 21 {
		return nil
	}
	text, okText := parseColour(subjects[0].Computed["color"])
	behind, okBehind := parseColour(subjects[0].Computed["relook-background"])
	if !okText || !okBehind {
		return nil
	}
	var wishes []wish
	for i, s := range subjects {
		t := &setter{job: j, s: s, penalty: 10 * i}
		if t.s.Role != "other" {
			t.recolour(text.Color, behind.Color, required)
		}
		t.reground(text.Color, behind.Color, required)
		t.opaque()
		wishes = append(wishes, t.wishes...)
	}
	return wishes
}

// recolour changes the colour of the text.
func (t *setter) recolour(text, behind colorful.Color, required float64) {
	rule, d := winner(t.s, "color")
	nearest, ok := reach(text, behind, required*slack)
	if !ok {
		return
	}
	stronger, ok := reach(text, behind, min(required*1.2, 20.5))
	if !ok {
		stronger = nearest
	}
	for i, c := range []colorful.Color{nearest, stronger, extreme(behind)} {
		why := "make the text " + shade(text, c)
		if d == nil {
			rank := 3*i + 1
			if crosses(text, c, behind) {
				rank += inverse
			}
			t.put(rank, why, decl("color", c.Hex()))
			continue
		}
		value := notation(c, d.Value, func(c colorful.Color) bool { return ratio(c, behind) >= required*slack })
		if crosses(text, c, behind) {
			t.add(wish{
				rank: inverse + i + t.penalty, why: why, rule: rule,
				set: []preview.Declaration{{Property: d.Property, Value: value, Important: d.Important}},
			})
			continue
		}
		t.change(3*i, why, rule, d, value)
	}
}

// inverse is the rank of text that turns from light to dark or from dark to
// light. That changes the look of a button more than another shade behind its
// text does, so it comes after that, whatever the diagnosis blames.
const inverse = 60

// crosses reports whether text turns from one side of its background to the
// other. Text that can hardly be told from it is on neither.
func crosses(from, to, behind colorful.Color) bool {
	return ratio(from, behind) > 1.3 && (luminance(from) > luminance(behind)) != (luminance(to) > luminance(behind))
}

// reground changes the colour behind the text.
func (t *setter) reground(text, behind colorful.Color, required float64) {
	rule, d := winner(t.s, "background-color", "background")
	if d == nil {
		return
	}
	if _, ok := parseColour(d.Value); !ok { // a picture, or a variable
		return
	}
	c, ok := reach(behind, text, required*slack)
	if !ok {
		return
	}
	t.change(14, "make what is behind the text "+shade(behind, c), rule, d, notation(c, d.Value, func(c colorful.Color) bool {
		return ratio(c, text) >= required*slack
	}))
}

// opaque takes faded text back to its full colour.
func (t *setter) opaque() {
	if rule, d := winner(t.s, "opacity"); d != nil && d.Value != "1" {
		t.change(5, "stop fading the text", rule, d, "1")
	}
}

func shade(from, to colorful.Color) string {
	if luminance(to) < luminance(from) {
		return "darker"
	}
	return "lighter"
}

// luminance is WCAG's relative luminance, 0 to 1.
func luminance(c colorful.Color) float64 {
	r, g, b := c.Clamped().LinearRgb()
	return 0.2126*r + 0.7152*g + 0.0722*b
}

// ratio is WCAG's contrast ratio, 1 to 21.
func ratio(a, b colorful.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// extreme is black or white, whichever differs more from behind.
func extreme(behind colorful.Color) colorful.Color {
	black, white := colorful.Color{}, colorful.Color{R: 1, G: 1, B: 1}
	if ratio(black, behind) > ratio(white, behind) {
		return black
	}
	return white
}

// reach moves the lightness of c, and nothing else as far as screens can show
// it, by as little as it takes to reach the ratio against behind: away from
// behind if that is possible, else across it.
func reach(c, behind colorful.Color, want float64) (colorful.Color, bool) {
	l, chroma, hue := c.OkLch()
	ends := []float64{0, 1}
	if luminance(c) > luminance(behind) || luminance(c) == luminance(behind) && extreme(behind).R == 1 {
		ends = []float64{1, 0}
	}
	for _, end := range ends {
		at := func(part float64) colorful.Color {
			lightness := l + (end-l)*part
			// Near black and white no screen shows much chroma: let it go with
			// the lightness rather than clip it into another hue.
			room := min(1, 4*math.Min(lightness, 1-lightness))
			moved := colorful.OkLch(lightness, chroma*min(1, max(room, 1-part)), hue)
			if c.R == c.G && c.G == c.B { // grey stays grey
				moved.R, moved.B = moved.G, moved.G
			}
			return rounded(moved)
		}
		if ratio(at(1), behind) < want {
			continue
		}
		low, high := 0.0, 1.0
		for range 24 {
			if mid := (low + high) / 2; ratio(at(mid), behind) >= want {
				high = mid
			} else {
				low = mid
			}
		}
		return at(high), true
	}
	return c, false
}

// rounded is c as a screen with 8 bits for each colour shows it.
func rounded(c colorful.Color) colorful.Color {
	r, g, b := c.Clamped().RGB255()
	return colorful.Color{R: float64(r) / 255, G: float64(g) / 255, B: float64(b) / 255}
}

// notation writes c as the value that it replaces was written: short or long
// hexadecimal, in lower or upper case, or rgb(). A short one is only taken when
// good says that it is still right.
func notation(c colorful.Color, old string, good func(colorful.Color) bool) string {
	old = strings.TrimSpace(old)
	if strings.HasPrefix(strings.ToLower(old), "rgb") {
		r, g, b := c.RGB255()
		join := ", "
		if !strings.Contains(old, ", ") {
			join = ","
		}
		return "rgb(" + strconv.Itoa(int(r)) + join + strconv.Itoa(int(g)) + join + strconv.Itoa(int(b)) + ")"
	}
	s := c.Hex()
	if len(old) == 4 && old[0] == '#' {
		if short, ok := shortHex(c, good); ok {
			s = short
		}
	}
	if len(s) == 7 && len(old) != 7 && s[1] == s[2] && s[3] == s[4] && s[5] == s[6] {
		s = "#" + s[1:2] + s[3:4] + s[5:6]
	}
	if strings.HasPrefix(old, "#") && old != strings.ToLower(old) {
		s = strings.ToUpper(s)
	}
	return s
}

// shortHex finds the nearest colour with three digits that is good.
func shortHex(c colorful.Color, good func(colorful.Color) bool) (string, bool) {
	best, bestDistance := "", math.Inf(1)
	for _, r := range near(c.R) {
		for _, g := range near(c.G) {
			for _, b := range near(c.B) {
				short := colorful.Color{R: float64(r) / 15, G: float64(g) / 15, B: float64(b) / 15}
				if d := short.DistanceLab(c); good(short) && d < bestDistance {
					best, bestDistance = "#"+digit(r)+digit(g)+digit(b), d
				}
			}
		}
	}
	return best, best != "" && bestDistance < 0.08
}

func near(v float64) []int {
	n := int(math.Floor(v * 15))
	return []int{max(n-1, 0), n, min(n+1, 15)}
}

func digit(n int) string { return strconv.FormatInt(int64(n), 16) }

// A colour is a colour with its opacity, 0 to 1.
type colour struct {
	colorful.Color
	alpha float64
}

var rgbPattern = regexp.MustCompile(`(?i)^rgba?\(\s*([\d.]+)\s*[, ]\s*([\d.]+)\s*[, ]\s*([\d.]+)\s*(?:[,/]\s*([\d.]+%?)\s*)?\)$`)

// parseColour reads hexadecimal and rgb() colours, the forms in which browsers
// write computed colours, and a few names.
func parseColour(s string) (colour, bool) {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "white":
		s = "#fff"
	case "black":
		s = "#000"
	case "transparent":
		return colour{}, true
	}
	if m := rgbPattern.FindStringSubmatch(s); m != nil {
		var v [3]float64
		for i := range v {
			n, err := strconv.ParseFloat(m[i+1], 64)
			if err != nil || n > 255 {
				return colour{}, false
			}
			v[i] = n / 255
		}
		alpha := 1.0
		if m[4] != "" {
			n, err := strconv.ParseFloat(strings.TrimSuffix(m[4], "%"), 64)
			if err != nil {
				return colour{}, false
			}
			if alpha = n; strings.HasSuffix(m[4], "%") {
				alpha = n / 100
			}
		}
		return colour{colorful.Color{R: v[0], G: v[1], B: v[2]}, alpha}, true
	}
	c, err := colorful.Hex(s)
	return colour{c, 1}, err == nil && (len(s) == 4 || len(s) == 7)
}
