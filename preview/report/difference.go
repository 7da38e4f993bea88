package report

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/orisano/pixelmatch"
	"golang.org/x/image/draw"
)

// cell is the edge in px of the squares in which changes are shown. A change of
// one glyph shows as a patch that can be read, not as scattered dots.
const cell = 8

// ErrSame is the error of pictures between which nobody sees a difference.
var ErrSame = errors.New("the pictures are the same")

// Difference is the PNG after with everything transparent that is as it was in the
// PNG before. The error is ErrSame when everything is.
func Difference(before, after []byte) ([]byte, error) {
	was, err := decode(before)
	if err != nil {
		return nil, err
	}
	is, err := decode(after)
	if err != nil {
		return nil, err
	}
	m, _, err := difference(was, is)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, fmt.Errorf("packing the difference: %w", err)
	}
	return b.Bytes(), nil
}

// difference is after with everything transparent that is as it was in before,
// and the share of it, 0 to 1, that is not. What only moved up or down, because
// something above it grew or shrank, is as it was.
func difference(before, after *image.RGBA) (*image.RGBA, float64, error) {
	out := image.NewRGBA(after.Rect)
	changed := 0
	for _, b := range bands(before, after) {
		mask, err := compare(before, after, b)
		if err != nil {
			return nil, 0, err
		}
		changed += reveal(out, after, mask, b.newStart)
	}
	if changed == 0 {
		return nil, 0, ErrSame
	}
	return out, float64(changed) / float64(after.Rect.Dx()*after.Rect.Dy()), nil
}

// compare is a picture of the rows of band b in after, black where they differ
// from the rows of the band in before, laid top on top, and white elsewhere.
func compare(before, after *image.RGBA, b band) (image.Image, error) {
	size := image.Rect(0, 0, after.Rect.Dx(), b.newEnd-b.newStart)
	if size.Empty() {
		return image.NewRGBA(size), nil
	}
	old, now := image.NewRGBA(size), image.NewRGBA(size)
	draw.Draw(now, size, after, image.Pt(0, b.newStart), draw.Src)
	part := image.Rect(0, 0, min(size.Dx(), before.Rect.Dx()), min(size.Dy(), b.oldEnd-b.oldStart))
	draw.Draw(old, part, before, image.Pt(0, b.oldStart), draw.Src)
	var mask image.Image
	// The library's own mask option smears a change down the column: each row
	// starts from the row above. With alpha 0 and white it writes every pixel.
	_, err := pixelmatch.MatchPixel(old, now, pixelmatch.WriteTo(&mask), pixelmatch.Alpha(0),
		pixelmatch.AntiAliasedColor(color.White), pixelmatch.DiffColor(color.Black))
	return mask, err
}

// reveal copies to out the cells of after in which mask has a black pixel, and
// their neighbours, so that the parts of a word hold together. The mask's top
// row is row top of after. It gives the number of px that it copied.
func reveal(out, after *image.RGBA, mask image.Image, top int) int {
	m, ok := mask.(*image.RGBA)
	if !ok {
		return 0
	}
	copied := 0
	columns, rows := (m.Rect.Dx()+cell-1)/cell, (m.Rect.Dy()+cell-1)/cell
	black := make([]bool, columns*rows)
	for i := range black {
		black[i] = anyBlack(m, cellAt(i%columns, i/columns).Intersect(m.Rect))
	}
	near := func(x, y int) bool {
		for _, d := range [...]image.Point{{}, {X: 1}, {X: -1}, {Y: 1}, {Y: -1}} {
			u, v := x+d.X, y+d.Y
			if u >= 0 && u < columns && v >= 0 && v < rows && black[v*columns+u] {
				return true
			}
		}
		return false
	}
	for i := range black {
		if x, y := i%columns, i/columns; near(x, y) {
			part := cellAt(x, y).Intersect(m.Rect).Add(image.Pt(0, top))
			draw.Draw(out, part, after, part.Min, draw.Src)
			copied += part.Dx() * part.Dy()
		}
	}
	return copied
}

func cellAt(column, row int) image.Rectangle {
	return image.Rect(column*cell, row*cell, (column+1)*cell, (row+1)*cell)
}

func anyBlack(m *image.RGBA, part image.Rectangle) bool {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if m.Pix[m.PixOffset(x, y)] == 0 {
				return true
			}
		}
	}
	return false
}
