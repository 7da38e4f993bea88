package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"

	"relook/preview"
	"relook/preview/diagnose"
)

// A picture shows so many px around a defect, and at most so many in all: across
// the whole width, as a layout is judged by what is beside it, and beyond the edge
// of the screen where the defect reaches there.
const margin, mostHeight, mostWidth = 60, 900, 2000

// reportOf takes the picture of a defect in the tab of its first view. Its Rect is
// in px of the document; it is nil where there is nothing to look at.
func reportOf(ctx context.Context, page string, d preview.Defect, tab diagnose.Tab) (report, *image.RGBA, error) {
	view := tab.View()
	one := report{judgement: judgement{Page: page, Rule: d.Rule, View: view.Name(), Message: d.Message}, Severity: d.Severity}
	part := preview.Box{Width: float64(view.Width), Height: float64(view.Height)}
	var boxes []preview.Box
	for _, e := range d.Elements {
		if e.View != one.View {
			continue
		}
		if len(boxes) == 0 {
			part.Y = max(0, math.Floor(e.Box.Y)-margin)
			part.Height = min(math.Ceil(e.Box.Bottom())+margin-part.Y, mostHeight)
		}
		part.Width = min(max(part.Width, math.Ceil(e.Box.Right())+margin), mostWidth)
		boxes = append(boxes, e.Box)
	}
	if len(d.Elements) > 0 {
		one.Element = d.Elements[0].XPath
	}
	img, err := tab.Picture(ctx, part)
	if err != nil || img.Bounds().Empty() {
		return one, nil, err
	}
	picture := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(picture, picture.Rect, img, img.Bounds().Min, draw.Src)
	sum := sha256.Sum256(picture.Pix)
	one.Picture = hex.EncodeToString(sum[:8])
	picture.Rect = picture.Rect.Add(image.Pt(0, int(part.Y)))
	outline(picture, append(boxes, screen(view, part)...))
	return one, picture, nil
}

// screen is the edge of the screen, where the picture goes beyond it.
func screen(v preview.View, part preview.Box) []preview.Box {
	if part.Width <= float64(v.Width) {
		return nil
	}
	return []preview.Box{{X: float64(v.Width), Y: part.Y, Height: part.Height}}
}

// red is the colour of outlines.
var red = color.RGBA{230, 0, 60, 255}

// outline draws the boxes on the picture.
func outline(m *image.RGBA, boxes []preview.Box) {
	for _, b := range boxes {
		preview.Outline(m, image.Rect(int(b.X)-1, int(b.Y)-1, int(b.Right())+1, int(b.Bottom())+1), m.Rect, red)
	}
}

// writeCrop writes the picture of a page's n-th report, and the report beside it.
func writeCrop(dir string, n int, r report, m *image.RGBA) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	page := strings.NewReplacer("/", "~").Replace(strings.TrimSuffix(r.Page, ".html"))
	base := filepath.Join(dir, fmt.Sprintf("%s-%02d-%s", page, n, r.Rule))
	about, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = os.WriteFile(base+".json", about, 0o644)
	}
	if err != nil || m == nil {
		return err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return err
	}
	return os.WriteFile(base+".png", b.Bytes(), 0o644)
}
