package preview

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A View is how a page is looked at. The zero value of every field but Width and
// Height is the browser's default.
type View struct {
	Width  int     `json:"width"`            // of the viewport, CSS px, 1 to 10,000
	Height int     `json:"height"`           // of the viewport, CSS px, 1 to 10,000
	Scale  float64 `json:"scale,omitempty"`  // device px per CSS px; 0 is 1
	Scheme string  `json:"scheme,omitempty"` // "light", "dark" or ""
	Media  string  `json:"media,omitempty"`  // "screen", "print" or ""
	// State forces every control into a state, each as if it alone were in it:
	// "hover", "focus" (as by the keyboard) or "".
	State  string `json:"state,omitempty"`
	Motion string `json:"motion,omitempty"` // "reduce" for people who ask for less motion, or ""
}

// Name is the view's short, unique name, such as "390x844" or "390x844@2+dark";
// it is what defects and shots refer to and what ParseViews reads.
func (v View) Name() string {
	s := fmt.Sprintf("%dx%d", v.Width, v.Height)
	if v.Scale != 0 && v.Scale != 1 {
		s += "@" + strconv.FormatFloat(v.Scale, 'g', -1, 64)
	}
	for _, p := range []string{v.Scheme, v.Media, v.State, v.Motion} {
		if p != "" {
			s += "+" + p
		}
	}
	return s
}

// DefaultViews are a phone, a tablet and a laptop.
func DefaultViews() []View {
	return []View{{Width: 390, Height: 844}, {Width: 768, Height: 1024}, {Width: 1280, Height: 800}}
}

// DefaultMoments are the moments of page time of the ReLook paper: at load, one
// and two seconds later.
func DefaultMoments() []time.Duration { return []time.Duration{0, time.Second, 2 * time.Second} }

var viewPattern = regexp.MustCompile(`^(\d{1,5})x(\d{1,5})(?:@(\d(?:\.\d+)?))?((?:\+[a-z]+)*)$`)

// ParseView reads one view in the form that Name writes.
func ParseView(s string) (View, error) {
	m := viewPattern.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return View{}, fmt.Errorf("view %q is not WIDTHxHEIGHT, for example 390x844 or 390x844+dark", s)
	}
	var v View
	v.Width, _ = strconv.Atoi(m[1])
	v.Height, _ = strconv.Atoi(m[2])
	if m[3] != "" {
		v.Scale, _ = strconv.ParseFloat(m[3], 64)
	}
	for part := range strings.SplitSeq(m[4], "+") {
		switch part {
		case "":
		case "light", "dark":
			v.Scheme = part
		case "screen", "print":
			v.Media = part
		case "hover", "focus":
			v.State = part
		case "reduce":
			v.Motion = part
		default:
			return View{}, fmt.Errorf("view %q: %q is not one of light, dark, screen, print, hover, focus, reduce", s, part)
		}
	}
	return v, v.check(s)
}

func (v View) check(s string) error {
	const most = 10000
	if v.Width < 1 || v.Width > most || v.Height < 1 || v.Height > most {
		return fmt.Errorf("view %q: width and height must be from 1 to %d px", s, most)
	}
	if v.Scale < 0 || v.Scale > 4 {
		return fmt.Errorf("view %q: scale must be from 0 to 4", s)
	}
	return nil
}

// ParseViews reads a list of views separated by commas, without repeats.
func ParseViews(s string) ([]View, error) {
	var views []View
	seen := map[string]bool{}
	for part := range strings.SplitSeq(s, ",") {
		v, err := ParseView(part)
		if err != nil {
			return nil, err
		}
		if !seen[v.Name()] {
			seen[v.Name()] = true
			views = append(views, v)
		}
	}
	return views, nil
}

// ParseMoments reads a list of moments such as "0s,1s,2s", rising, each at most
// a minute.
func ParseMoments(s string) ([]time.Duration, error) {
	var moments []time.Duration
	for part := range strings.SplitSeq(s, ",") {
		d, err := time.ParseDuration(strings.TrimSpace(part))
		if err != nil || d < 0 || d > time.Minute {
			return nil, fmt.Errorf("moment %q is not a time from 0s to 1m, for example 500ms", part)
		}
		if n := len(moments); n > 0 && d <= moments[n-1] {
			return nil, fmt.Errorf("moments %q must rise", s)
		}
		moments = append(moments, d)
	}
	return moments, nil
}

// A Shot is a screenshot of a View at a moment of page time.
type Shot struct {
	View View
	At   time.Duration // page time since load
	// PNG is the picture of the whole document at the view's width, cut off
	// at MaxShotHeight.
	PNG []byte
	// Width and Height are the picture's size in CSS px.
	Width, Height int
}

// MaxShotHeight is the height in CSS px at which a full-page shot is cut off.
const MaxShotHeight = 8000
