package preview

import (
	"image"
	"image/color"
	"image/draw"
)

// Outline draws a frame of 2 px just inside the edges of r, as far as it lies
// within clip.
func Outline(m draw.Image, r, clip image.Rectangle, c color.Color) {
	src := image.NewUniform(c)
	for _, side := range []image.Rectangle{
		{Min: r.Min, Max: image.Pt(r.Max.X, r.Min.Y+2)}, {Min: image.Pt(r.Min.X, r.Max.Y-2), Max: r.Max},
		{Min: r.Min, Max: image.Pt(r.Min.X+2, r.Max.Y)}, {Min: image.Pt(r.Max.X-2, r.Min.Y), Max: r.Max},
	} {
		draw.Draw(m, side.Intersect(clip), src, image.Point{}, draw.Src)
	}
}
