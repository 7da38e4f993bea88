package agent

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"

	"relook/preview"
)

// A Change tells how much of the picture of a view is another one afterwards.
type Change struct {
	View string
	Part float64     // of the pixels of the larger of the two pictures, 0 to 1
	Box  preview.Box // that holds all of them, CSS px; the zero Box for none
}

// Changes compares the last shots of two renderings, view by view. Views without
// both shots are left out.
func Changes(before, after *preview.Rendering) []Change {
	var out []Change
	seen := map[string]bool{}
	for _, s := range before.Shots {
		view := s.View.Name()
		was, is := lastShot(before, view), lastShot(after, view)
		if seen[view] || is == nil {
			continue
		}
		seen[view] = true
		if bytes.Equal(was.PNG, is.PNG) {
			out = append(out, Change{View: view})
			continue
		}
		a, errA := pixels(was)
		b, errB := pixels(is)
		if errA != nil || errB != nil {
			continue
		}
		c := compared(a, b, float64(a.Bounds().Dx())/float64(max(was.Width, 1)))
		c.View = view
		out = append(out, c)
	}
	return out
}

func pixels(s *preview.Shot) (*image.RGBA, error) {
	img, err := png.Decode(bytes.NewReader(s.PNG))
	if err != nil {
		return nil, err
	}
	flat := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(flat, flat.Bounds(), img, img.Bounds().Min, draw.Src)
	return flat, nil
}

// compared counts the pixels that differ; those that only one picture has do.
func compared(a, b *image.RGBA, scale float64) Change {
	whole := a.Bounds().Union(b.Bounds())
	both := a.Bounds().Intersect(b.Bounds())
	var at image.Rectangle
	n := whole.Dx()*whole.Dy() - both.Dx()*both.Dy()
	if both != whole {
		at = image.Rect(both.Max.X, 0, whole.Max.X, whole.Max.Y).Union(image.Rect(0, both.Max.Y, whole.Max.X, whole.Max.Y))
	}
	for y := range both.Dy() {
		rowA, rowB := a.Pix[y*a.Stride:], b.Pix[y*b.Stride:]
		if bytes.Equal(rowA[:4*both.Dx()], rowB[:4*both.Dx()]) {
			continue
		}
		for x := range both.Dx() {
			if [4]byte(rowA[4*x:]) != [4]byte(rowB[4*x:]) {
				n++
				at = at.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return Change{
		Part: float64(n) / float64(max(whole.Dx()*whole.Dy(), 1)),
		Box: preview.Box{
			X: float64(at.Min.X) / scale, Y: float64(at.Min.Y) / scale,
			Width: float64(at.Dx()) / scale, Height: float64(at.Dy()) / scale,
		},
	}
}
