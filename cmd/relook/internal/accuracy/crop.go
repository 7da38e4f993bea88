package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"relook/preview"
)

// margin is how many px of what is around a defect its picture shows; wide
// pictures are needed to judge a layout.
const margin, mostHeight = 60, 900

// reportOf cuts the picture of a defect out of the shot of its first view.
func reportOf(page string, d preview.Defect, shots []preview.Shot) (report, *image.RGBA) {
	one := report{judgement: judgement{Page: page, Rule: d.Rule, View: d.Views[0]}, Severity: d.Severity, Message: d.Message}
	var boxes []preview.Box
	for _, e := range d.Elements {
		if e.View == one.View {
			boxes = append(boxes, e.Box)
		}
	}
	if len(d.Elements) > 0 {
		one.Element = d.Elements[0].XPath
	}
	picture := cropOf(shots, one.View, boxes)
	if picture != nil {
		sum := sha256.Sum256(picture.Pix)
		one.Picture = hex.EncodeToString(sum[:8])
		outline(picture, boxes)
	}
	return one, picture
}

// cropOf is the part of the view's shot around the first box, across the whole
// width; its Rect is in px of the document. It is nil when there is no shot.
func cropOf(shots []preview.Shot, view string, boxes []preview.Box) *image.RGBA {
	for _, s := range shots {
		if s.View.Name() != view {
			continue
		}
		m, err := png.Decode(bytes.NewReader(s.PNG))
		if err != nil {
			return nil
		}
		part := image.Rect(0, 0, m.Bounds().Dx(), s.View.Height)
		if len(boxes) > 0 {
			part.Min.Y = int(boxes[0].Y) - margin
			part.Max.Y = int(boxes[0].Bottom()) + margin
		}
		part.Max.Y = min(part.Max.Y, part.Min.Y+mostHeight)
		if part = part.Intersect(m.Bounds()); part.Empty() {
			return nil // it lies where nobody can look
		}
		out := image.NewRGBA(part)
		draw.Draw(out, part, m, part.Min, draw.Src)
		return out
	}
	return nil
}

// outline draws the boxes on the picture.
func outline(m *image.RGBA, boxes []preview.Box) {
	red := image.NewUniform(color.RGBA{230, 0, 60, 255})
	for _, b := range boxes {
		r := image.Rect(int(b.X)-1, int(b.Y)-1, int(b.Right())+1, int(b.Bottom())+1)
		for _, edge := range []image.Rectangle{
			{r.Min, image.Pt(r.Max.X, r.Min.Y+2)}, {image.Pt(r.Min.X, r.Max.Y-2), r.Max},
			{r.Min, image.Pt(r.Min.X+2, r.Max.Y)}, {image.Pt(r.Max.X-2, r.Min.Y), r.Max},
		} {
			draw.Draw(m, edge.Intersect(m.Rect), red, image.Point{}, draw.Src)
		}
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
