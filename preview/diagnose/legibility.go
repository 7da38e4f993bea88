package diagnose

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"slices"
)

const (
	// nearPx is how far from a stroke the eye looks for its edge: the width of a
	// stroke of small text, which is also how far a shadow that is to help must
	// reach.
	nearPx = 2
	// A pixel is a letter's from half of the full paint on, and none of it up to
	// a tenth: what lies between is the smoothed edge, whose colour says nothing.
	letterPart, emptyPart = 0.5, 0.1
	// A letter can be made out when a third of its outline stands out, as with a
	// hard shadow to one side.
	outlinePart = 1.0 / 3
	// A text is as legible as the worst quarter of its letters: whoever misses
	// one letter in four misses words.
	textPart = 0.25
	// Worse than all but a twentieth of the letters is what is told as the worst:
	// a single speck behind a letter is no measure.
	worstPart = 0.05
	// Where even the strongest px of the letters have less of their paint than
	// this, something lies over the text, such as the shade of a dialog: then its
	// colour is not the declared one.
	hazePart = 0.6
	// Paint is grey where only black turned to white; a picture that moved
	// between the two photographs is not.
	greyStep = 24
)

// A legibility is how well a text stands out from what is behind it.
type legibility struct {
	unknown bool       // it could not be measured
	letters int        // px of letters
	quarter float64    // the contrast that the worst quarter of the letters have at best
	worst   float64    // contrast
	below   float64    // share of the letters with less contrast than required
	behind  [4]float64 // the mean colour beside the letters of the worst quarter
}

// A patch is a piece of a line, about a letter wide.
type patch struct {
	letters  int
	contrast float64
	behind   [4]float64
}

// readLetters measures a text from two pictures of it, one with black and one with
// white letters.
func readLetters(dark, light album, t doubtfulText) legibility {
	var patches []patch
	looked := false
	for _, l := range t.Lines {
		b, ok := newBlot(dark, light, around(l))
		if !ok {
			continue
		}
		if b.moved || b.full >= faintestPaint && float64(b.full) < hazePart*255*t.Opacity {
			return legibility{unknown: true}
		}
		looked = true
		patches = append(patches, b.patches(t)...)
	}
	r := sumUp(patches, t.Required)
	r.unknown = !looked
	return r
}

// sumUp weighs the patches by the paint of their letters.
func sumUp(patches []patch, required float64) legibility {
	slices.SortStableFunc(patches, func(a, b patch) int { return cmp.Compare(a.contrast, b.contrast) })
	var r legibility
	for _, p := range patches {
		r.letters += p.letters
	}
	n, quarter := 0, 0
	for _, p := range patches {
		before := n
		n += p.letters
		if float64(before) <= worstPart*float64(r.letters) {
			r.worst = p.contrast
		}
		if float64(before) <= textPart*float64(r.letters) {
			r.quarter = p.contrast
			quarter += p.letters
			for c := range r.behind {
				r.behind[c] += p.behind[c] * float64(p.letters)
			}
		}
		if p.contrast < required-ratioSlack {
			r.below += float64(p.letters)
		}
	}
	for c := range r.behind {
		r.behind[c] /= float64(max(quarter, 1))
	}
	r.below /= float64(max(r.letters, 1))
	return r
}

// A blot is where a line's letters are painted: 0 to 255 for each px.
type blot struct {
	image.Rectangle
	paint  []int
	ground *image.RGBA // with black letters: as it is where there are none
	full   int         // the most paint of any px
	moved  bool
}

func newBlot(dark, light album, r image.Rectangle) (*blot, bool) {
	p, q := dark.of(r), light.of(r)
	if p == nil || q == nil {
		return nil, false
	}
	r = r.Intersect(p.Rect).Intersect(q.Rect)
	b := &blot{Rectangle: r, paint: make([]int, size(r)), ground: p}
	strange := 0
	for i := range b.paint {
		x, y := r.Min.X+i%r.Dx(), r.Min.Y+i/r.Dx()
		u, v := p.Pix[p.PixOffset(x, y):], q.Pix[q.PixOffset(x, y):]
		d0, d1, d2 := int(v[0])-int(u[0]), int(v[1])-int(u[1]), int(v[2])-int(u[2])
		least, most := min(d0, d1, d2), max(d0, d1, d2)
		if most-least > greyStep || least < -greyStep {
			strange++
			continue
		}
		b.paint[i] = max(0, (d0+d1+d2)/3)
		b.full = max(b.full, b.paint[i])
	}
	b.moved = strange*20 > len(b.paint)
	return b, true
}

// faintestPaint is less than the letters of any text that is meant to be seen
// have somewhere.
const faintestPaint = 12

// patches measures pieces of the line that are as wide as its letters are high.
func (b *blot) patches(t doubtfulText) []patch {
	if b.full < faintestPaint {
		return nil
	}
	wide := max(8, int(t.Font))
	list := make([]patch, b.Dx()/wide+1)
	beside := make([][]float64, len(list))
	for i, paint := range b.paint {
		x := i % b.Dx()
		at := x / wide
		switch {
		case float64(paint) >= letterPart*float64(b.full):
			list[at].letters++
		case float64(paint) <= emptyPart*float64(b.full) && b.nearLetter(x, i/b.Dx()):
			c := b.colour(i)
			beside[at] = append(beside[at], contrast(over(t.Ink, c), c))
			for k := range c {
				list[at].behind[k] += c[k]
			}
		}
	}
	out := list[:0]
	for i, p := range list {
		if p.letters == 0 || len(beside[i]) == 0 {
			continue
		}
		slices.Sort(beside[i])
		p.contrast = beside[i][int(float64(len(beside[i])-1)*(1-outlinePart))]
		for k := range p.behind {
			p.behind[k] /= float64(len(beside[i]))
		}
		out = append(out, p)
	}
	return out
}

func (b *blot) nearLetter(x, y int) bool {
	for v := max(0, y-nearPx); v <= min(b.Dy()-1, y+nearPx); v++ {
		for u := max(0, x-nearPx); u <= min(b.Dx()-1, x+nearPx); u++ {
			if float64(b.paint[v*b.Dx()+u]) >= letterPart*float64(b.full) {
				return true
			}
		}
	}
	return false
}

func (b *blot) colour(i int) [4]float64 {
	p := b.ground.Pix[b.ground.PixOffset(b.Min.X+i%b.Dx(), b.Min.Y+i/b.Dx()):]
	return [4]float64{float64(p[0]), float64(p[1]), float64(p[2]), 1}
}

// over paints top, with its alpha, on an opaque colour.
func over(top, bottom [4]float64) [4]float64 {
	for c := range 3 {
		top[c] = top[c]*top[3] + bottom[c]*(1-top[3])
	}
	top[3] = 1
	return top
}

// contrast is the ratio of WCAG 2.x.
func contrast(a, b [4]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c [4]float64) float64 {
	linear := func(v float64) float64 {
		if v /= 255; v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

func hexOf(c [4]float64) string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0])), int(math.Round(c[1])), int(math.Round(c[2])))
}
