package critic

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strconv"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"relook/agent"
	"relook/preview"
)

const (
	// maxPixels is the largest shot that is decoded.
	maxPixels = 200 << 20
	// maxTall is the height of a picture in widths: of a longer page its top is
	// shown, or letters would become too small to read.
	maxTall = 3
	// minSide is the shortest side of a picture. Some models fail on less.
	minSide = 112
	// pngBytes is the size up to which pictures go as PNG, which keeps letters
	// sharp.
	pngBytes = 1 << 20
)

// pictures are the shots of the view in the order of time, scaled and encoded for
// a model, with marks drawn on them; only one when all look the same in a
// comparison, where there are no marks.
func (m *Model) pictures(l agent.Look, marks []mark) ([][]byte, error) {
	var shots []preview.Shot
	for _, s := range l.Rendering.Shots {
		if s.View.Name() == l.View {
			shots = append(shots, s)
		}
	}
	if len(shots) == 0 {
		return nil, errNoShots
	}
	if len(shots) > maxShots {
		shots = shots[len(shots)-maxShots:]
	}
	if marks == nil && alike(shots) {
		shots = shots[:1]
	}
	var out [][]byte
	for _, s := range shots {
		b, err := m.picture(s, marks)
		if err != nil {
			return nil, fmt.Errorf("the shot of %s at %s: %w", l.View, s.At, err)
		}
		out = append(out, b)
	}
	return out, nil
}

func alike(shots []preview.Shot) bool {
	for _, s := range shots {
		if !bytes.Equal(s.PNG, shots[0].PNG) {
			return false
		}
	}
	return true
}

// picture scales one shot and draws the marks.
func (m *Model) picture(s preview.Shot, marks []mark) ([]byte, error) {
	c, err := png.DecodeConfig(bytes.NewReader(s.PNG))
	if err != nil {
		return nil, err
	}
	if c.Width < 1 || c.Height < 1 || c.Width*c.Height > maxPixels {
		return nil, fmt.Errorf("a picture of %d x %d px can't be shown", c.Width, c.Height)
	}
	src, err := png.Decode(bytes.NewReader(s.PNG))
	if err != nil {
		return nil, err
	}
	part := image.Rect(0, 0, c.Width, min(c.Height, maxTall*c.Width)).Add(src.Bounds().Min)
	scale := min(1, float64(m.cfg.MaxSide)/float64(max(part.Dx(), part.Dy())))
	size := image.Rect(0, 0, max(1, int(float64(part.Dx())*scale)), max(1, int(float64(part.Dy())*scale)))
	// What is too small stands on white.
	out := image.NewRGBA(image.Rect(0, 0, max(size.Dx(), minSide), max(size.Dy(), minSide)))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(out, size, src, part, draw.Over, nil)
	perPX := float64(size.Dx()) / float64(max(s.Width, 1))
	for i, k := range marks {
		drawMark(out, size, k.box, perPX, i+1)
	}
	return encode(out)
}

// The tag's colour is one that pages seldom have.
var tagColour = color.RGBA{R: 0xc4, G: 0x00, B: 0x7a, A: 0xff}

// drawMark outlines a box and puts its number into the corner.
func drawMark(m *image.RGBA, size image.Rectangle, box preview.Box, perPX float64, number int) {
	at := func(v float64) int { return int(v * perPX) }
	r := image.Rect(at(box.X), at(box.Y), at(box.Right())+1, at(box.Bottom())+1)
	if r.Intersect(size).Empty() {
		return
	}
	preview.Outline(m, r, size, tagColour)
	text := strconv.Itoa(number)
	face := basicfont.Face7x13
	tag := image.Rect(0, 0, len(text)*face.Advance+4, face.Height)
	tag = tag.Add(image.Pt(min(max(r.Min.X, 0), max(0, size.Dx()-tag.Dx())), min(max(r.Min.Y, 0), max(0, size.Dy()-tag.Dy()))))
	draw.Draw(m, tag, image.NewUniform(tagColour), image.Point{}, draw.Src)
	d := font.Drawer{Dst: m, Src: image.White, Face: face, Dot: fixed.P(tag.Min.X+2, tag.Min.Y+face.Ascent)}
	d.DrawString(text)
}

// encode is PNG, or JPEG where that would be large.
func encode(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m); err != nil {
		return nil, err
	}
	if b.Len() <= pngBytes {
		return b.Bytes(), nil
	}
	b.Reset()
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 88})
	return b.Bytes(), err
}
