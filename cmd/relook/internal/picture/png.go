package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// space is between the pictures and around them, px.
const space = 16

// PNG writes the scene as one picture of at most width px: before, and after
// beside it. Of a long page it is the part around the first defect: all of it
// would be too small to see anything in a terminal.
func PNG(w io.Writer, s *Scene, width int) error {
	if width < 100 || width > 10_000 {
		return fmt.Errorf("%d px are too few or too many: a picture is 100 to 10,000 px wide", width)
	}
	room := width - 2*space
	if s.After != nil {
		room = (room - space) / 2
	}
	each := min(room, s.Before.Bounds().Dx())
	top := s.top()
	height := func(m image.Image) int { return max(1, s.part(m, top).Dy()*each/m.Bounds().Dx()) }
	tall, all := height(s.Before), 2*space+each
	if s.After != nil {
		tall, all = max(tall, height(s.After)), all+space+each
	}
	out := image.NewRGBA(image.Rect(0, 0, all, tall+2*space))
	draw.Draw(out, out.Rect, image.NewUniform(color.RGBA{0x80, 0x80, 0x80, 0xff}), image.Point{}, draw.Src)
	place := func(src image.Image, x int) image.Rectangle {
		r := image.Rect(x, space, x+each, space+height(src))
		draw.CatmullRom.Scale(out, r, src, s.part(src, top), draw.Src, nil)
		return r
	}
	before := place(s.Before, space)
	if s.After != nil {
		place(s.After, 2*space+each)
	}
	outline(out, s, before, top, float64(each)/float64(s.Width))
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	return enc.Encode(w, out)
}

// longest is how much taller than wide a part of a page is shown.
const longest = 2

// top is where the part begins, in CSS px: a little above the first defect.
func (s *Scene) top() float64 {
	scale := float64(s.Before.Bounds().Dx()) / float64(s.Width)
	end := float64(s.Before.Bounds().Dy())/scale - float64(longest*s.Width)
	if len(s.Marks) == 0 || end <= 0 {
		return 0
	}
	return max(0, min(s.Marks[0].Boxes[0].Y-float64(s.Width)/4, end))
}

// part is what of a picture is shown.
func (s *Scene) part(m image.Image, top float64) image.Rectangle {
	r := m.Bounds()
	scale := float64(r.Dx()) / float64(s.Width)
	r.Max.Y = min(r.Max.Y, r.Min.Y+int((top+float64(longest*s.Width))*scale))
	r.Min.Y = min(r.Min.Y+int(top*scale), r.Max.Y-1)
	return r
}

// outline draws the defects' boxes and numbers in the picture at area.
func outline(out *image.RGBA, s *Scene, area image.Rectangle, top, scale float64) {
	zero := area.Min.Sub(image.Pt(0, int(top*scale)))
	for _, m := range s.Marks {
		c := colours[m.Severity]
		for i, b := range m.Boxes {
			r := image.Rect(int(b.X*scale), int(b.Y*scale), int(b.Right()*scale), int(b.Bottom()*scale)).Add(zero)
			frame(out, r, area, c, m.dashed())
			if i == 0 && r.Overlaps(area) {
				number(out, r.Min, area, fmt.Sprint(m.Number), c)
			}
		}
		if over := m.over(s.Width); over >= 1 {
			b := m.Boxes[0]
			strip := image.Rect(area.Max.X, zero.Y+int(b.Y*scale), area.Max.X+space-2, zero.Y+int(b.Bottom()*scale))
			strip.Min.Y, strip.Max.Y = max(strip.Min.Y, area.Min.Y), min(strip.Max.Y, area.Max.Y)
			if strip.Empty() {
				continue
			}
			hatch(out, strip, c)
			number(out, image.Pt(area.Max.X-44, strip.Min.Y), area, fmt.Sprintf("+%.0f", over), c)
		}
	}
}

// frame draws an outline of 2 px of which on of every 6 px are drawn.
func frame(out *image.RGBA, r, clip image.Rectangle, c color.RGBA, on int) {
	dot := func(x, y int) {
		if (image.Point{x, y}).In(clip) && (x+y)%6 < on {
			out.SetRGBA(x, y, c)
		}
	}
	for i := range 2 {
		for x := r.Min.X; x < r.Max.X; x++ {
			dot(x, r.Min.Y+i)
			dot(x, r.Max.Y-1-i)
		}
		for y := r.Min.Y; y < r.Max.Y; y++ {
			dot(r.Min.X+i, y)
			dot(r.Max.X-1-i, y)
		}
	}
}

func hatch(out *image.RGBA, r image.Rectangle, c color.RGBA) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if (x+y)%6 < 2 {
				out.SetRGBA(x, y, c)
			}
		}
	}
}

// number writes a tag whose corner is at, moved into clip.
func number(out *image.RGBA, at image.Point, clip image.Rectangle, text string, c color.RGBA) {
	face := basicfont.Face7x13
	size := image.Pt(len(text)*face.Advance+6, face.Height+3)
	at.X = max(clip.Min.X, min(at.X, clip.Max.X-size.X))
	at.Y = max(clip.Min.Y, min(at.Y, clip.Max.Y-size.Y))
	draw.Draw(out, image.Rectangle{at, at.Add(size)}, image.NewUniform(c), image.Point{}, draw.Src)
	d := font.Drawer{Dst: out, Src: image.White, Face: face, Dot: fixed.P(at.X+3, at.Y+face.Ascent+1)}
	d.DrawString(text)
}
