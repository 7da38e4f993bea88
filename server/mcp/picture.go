package mcp

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"relook/preview"
)

// Bounds of a picture: models scale larger ones down, or refuse them.
const (
	maxTall  = 1600 // CSS px of the page in one picture
	maxWide  = 1600 // px of the picture
	maxBytes = 2 << 20
	gap      = 16 // px between two pictures
)

var severities = map[preview.Severity]color.RGBA{
	preview.SeverityError:   {0xd1, 0x24, 0x2f, 0xff},
	preview.SeverityWarning: {0x9a, 0x67, 0x00, 0xff},
	preview.SeverityInfo:    {0x09, 0x69, 0xda, 0xff},
}

// A picture is a stretch of a shot.
type picture struct {
	*image.RGBA
	top, bottom int     // CSS px of the page
	zoom        float64 // px of the picture for one CSS px
}

// pictureOf cuts a stretch out of a shot; nil when the page ends above it.
func pictureOf(s *preview.Shot, top int) (*picture, error) {
	src, err := png.Decode(bytes.NewReader(s.PNG))
	if err != nil {
		return nil, fmt.Errorf("reading a picture: %w", err)
	}
	if top < 0 || top >= s.Height || s.Width <= 0 {
		return nil, nil
	}
	bottom := min(s.Height, top+maxTall)
	scale := float64(src.Bounds().Dx()) / float64(s.Width)
	zoom := min(1, float64(maxWide)/float64(s.Width))
	area := image.Rect(0, int(float64(top)*scale), src.Bounds().Dx(), int(float64(bottom)*scale)).Intersect(src.Bounds())
	out := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(s.Width)*zoom)), max(1, int(float64(bottom-top)*zoom))))
	draw.ApproxBiLinear.Scale(out, out.Bounds(), src, area, draw.Src, nil)
	return &picture{out, top, bottom, zoom}, nil
}

// outline draws frames around what is at fault in a view, each with the number
// that it has in the list of defects.
func (p *picture) outline(d preview.Diagnosis, view string) {
	for n, f := range d.Defects[:min(len(d.Defects), maxDefects)] {
		for _, e := range f.Elements {
			if e.View != view {
				continue
			}
			r := image.Rect(p.px(e.Box.X), p.px(e.Box.Y-float64(p.top)), p.px(e.Box.Right()), p.px(e.Box.Bottom()-float64(p.top)))
			c := severities[f.Severity]
			preview.Outline(p, r, p.Bounds(), c)
			p.tag(r, fmt.Sprint(n+1), c)
		}
	}
}

func (p *picture) px(css float64) int { return int(min(max(css, -1e6), 1e6) * p.zoom) }

// tag writes a number on top of a frame, or inside where there is no room.
func (p *picture) tag(r image.Rectangle, text string, c color.Color) {
	const wide, tall = 7, 13
	box := image.Rect(0, 0, wide*len(text)+4, tall+2).Add(image.Pt(max(r.Min.X, 0), max(r.Min.Y-tall-2, 0)))
	if !box.Overlaps(p.Bounds()) {
		return
	}
	draw.Draw(p, box, image.NewUniform(c), image.Point{}, draw.Src)
	(&font.Drawer{Dst: p, Src: image.White, Face: basicfont.Face7x13, Dot: fixed.P(box.Min.X+2, box.Min.Y+tall-2)}).DrawString(text)
}

// beside puts two pictures side by side, at one scale.
func beside(a, b *picture) *picture {
	w, h := a.Bounds().Dx()+gap+b.Bounds().Dx(), max(a.Bounds().Dy(), b.Bounds().Dy())
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.RGBA{0x80, 0x80, 0x80, 0xff}), image.Point{}, draw.Src)
	draw.Draw(out, a.Bounds(), a, image.Point{}, draw.Src)
	draw.Draw(out, b.Bounds().Add(image.Pt(a.Bounds().Dx()+gap, 0)), b, image.Point{}, draw.Src)
	if w > maxWide {
		small := image.NewRGBA(image.Rect(0, 0, maxWide, max(1, h*maxWide/w)))
		draw.ApproxBiLinear.Scale(small, small.Bounds(), out, out.Bounds(), draw.Src, nil)
		out = small
	}
	return &picture{RGBA: out, top: a.top, bottom: max(a.bottom, b.bottom)}
}

// encode is the picture as a client takes it.
func (p *picture) encode() (data []byte, mime string, err error) {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, p.RGBA); err != nil {
		return nil, "", fmt.Errorf("writing a picture: %w", err)
	}
	if b.Len() <= maxBytes {
		return b.Bytes(), "image/png", nil
	}
	b.Reset()
	if err := jpeg.Encode(&b, p.RGBA, &jpeg.Options{Quality: 80}); err != nil {
		return nil, "", fmt.Errorf("writing a picture: %w", err)
	}
	return b.Bytes(), "image/jpeg", nil
}
