package diagnose

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"math"
	"time"
)

// What changes by less than this in every channel nobody sees, and a few pixels
// more or less are no letter.
const (
	visibleStep = 8
	visiblePx   = 4
)

// A part of the page costs as much to capture as about this many px² of it:
// parts that are nearer to each other than that are captured in one picture.
const capturePx = 300_000

// A guise is what is done to an element for the time of a picture: "hidden",
// its letters "inkless", "black" or "white". It changes no layout.
type guise struct {
	XPath string `json:"xpath"`
	Way   string `json:"way"`
}

// dress has the page wear the guises and nothing else, and tells for each
// whether it shows.
func dress(ctx context.Context, tab Tab, guises []guise) ([]bool, error) {
	if guises == nil {
		guises = []guise{}
	}
	var on []bool
	err := call(ctx, tab, map[string]any{"entry": "dress", "guises": guises}, &on)
	return on, err
}

// undressTimeout is how long taking the guises off may take once the caller has
// given up.
const undressTimeout = 10 * time.Second

// undress takes all guises off, even when the caller has given up meanwhile.
func undress(ctx context.Context, tab Tab) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undressTimeout)
	defer cancel()
	var done bool
	return call(ctx, tab, map[string]any{"entry": "undress"}, &done)
}

// An album is how parts of a page look at one time, in px of the document.
type album []*image.RGBA

// photograph takes the pictures that hold all regions.
func photograph(ctx context.Context, tab Tab, regions []image.Rectangle) (album, error) {
	var a album
	for _, r := range gather(regions) {
		at := box{X: float64(r.Min.X), Y: float64(r.Min.Y), Width: float64(r.Dx()), Height: float64(r.Dy())}
		img, err := tab.Picture(ctx, at)
		if err != nil {
			return nil, fmt.Errorf("comparing pictures at %s: %w", tab.View().Name(), err)
		}
		if img.Bounds().Empty() {
			continue
		}
		p := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
		draw.Draw(p, p.Rect, img, img.Bounds().Min, draw.Src)
		p.Rect = p.Rect.Add(image.Pt(max(r.Min.X, 0), max(r.Min.Y, 0)))
		a = append(a, p)
	}
	return a, nil
}

// gather joins regions where one picture of both is cheaper than two.
func gather(regions []image.Rectangle) []image.Rectangle {
	var out []image.Rectangle
	for _, r := range regions {
		if r.Empty() {
			continue
		}
		for i := 0; i < len(out); i++ {
			both := out[i].Union(r)
			if size(both) < size(out[i])+size(r)+capturePx {
				// The larger one may reach others that were passed.
				r, out = both, append(out[:i], out[i+1:]...)
				i = -1
			}
		}
		out = append(out, r)
	}
	return out
}

func total(regions []image.Rectangle) (sum int) {
	for _, r := range regions {
		sum += size(r)
	}
	return sum
}

func size(r image.Rectangle) int { return r.Dx() * r.Dy() }

// of is the picture that shows the most of r, nil if none does.
func (a album) of(r image.Rectangle) *image.RGBA {
	var best *image.RGBA
	most := 0
	for _, p := range a {
		if n := size(p.Rect.Intersect(r)); n > most {
			best, most = p, n
		}
	}
	return best
}

// A mask marks pixels of a rectangle of the document.
type mask struct {
	image.Rectangle
	on    []bool
	count int
}

// differences marks what looks different within r; nil if the pictures don't
// both show it.
func differences(a, b album, r image.Rectangle) *mask {
	p, q := a.of(r), b.of(r)
	if p == nil || q == nil {
		return nil
	}
	r = r.Intersect(p.Rect).Intersect(q.Rect)
	m := &mask{Rectangle: r, on: make([]bool, size(r))}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		i, j := p.PixOffset(r.Min.X, y), q.PixOffset(r.Min.X, y)
		for x := range r.Dx() {
			if apart(p.Pix[i+4*x:], q.Pix[j+4*x:]) {
				m.on[(y-r.Min.Y)*r.Dx()+x] = true
				m.count++
			}
		}
	}
	return m
}

func apart(a, b []byte) bool {
	for c := range 3 {
		if d := int(a[c]) - int(b[c]); d >= visibleStep || d <= -visibleStep {
			return true
		}
	}
	return false
}

// seen reports whether a person would see what is marked.
func (m *mask) seen() bool { return m.count >= visiblePx }

// without takes away what is marked in noise too.
func (m *mask) without(noise *mask) {
	if noise == nil {
		return
	}
	for i, on := range m.on {
		if at := image.Pt(m.Min.X+i%m.Dx(), m.Min.Y+i/m.Dx()); on && noise.at(at) {
			m.on[i] = false
			m.count--
		}
	}
}

func (m *mask) at(p image.Point) bool {
	return p.In(m.Rectangle) && m.on[(p.Y-m.Min.Y)*m.Dx()+p.X-m.Min.X]
}

// touches reports whether marks of both lie side by side or on each other, in
// more than a few places.
func (m *mask) touches(o *mask) bool {
	n := 0
	for i, on := range m.on {
		if !on {
			continue
		}
		x, y := m.Min.X+i%m.Dx(), m.Min.Y+i/m.Dx()
		for d := range 9 {
			if o.at(image.Pt(x+d%3-1, y+d/3-1)) {
				n++
				break
			}
		}
	}
	return n >= visiblePx
}

// pixelsOf is the box in whole px.
func pixelsOf(b box) image.Rectangle {
	return image.Rect(int(math.Floor(b.X)), int(math.Floor(b.Y)), int(math.Ceil(b.Right())), int(math.Ceil(b.Bottom())))
}
