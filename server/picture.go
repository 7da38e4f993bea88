package server

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"strings"

	"golang.org/x/image/draw"

	"relook/preview"
)

// Bounds of a picture in a hover text. Editors cut texts of more than 100,000
// characters off, and two pictures must fit, beside each other and unscrolled.
const (
	hoverWidth  = 320
	hoverHeight = 160
	hoverBytes  = 30_000
	hoverMargin = 24 // CSS px around the element
)

// red is the colour of an error.
var red = color.RGBA{0xd1, 0x24, 0x2f, 0xff}

// crop cuts an element out of a shot: a data address of a small picture, with the
// element outlined. "" if it lies outside.
func crop(shot *preview.Shot, box preview.Box) string {
	if shot == nil || shot.Width == 0 {
		return ""
	}
	src, err := png.Decode(bytes.NewReader(shot.PNG))
	if err != nil {
		return ""
	}
	scale := float64(src.Bounds().Dx()) / float64(shot.Width)
	at := rect(box, scale, 0).Intersect(src.Bounds())
	area := rect(box, scale, hoverMargin).Intersect(src.Bounds())
	if at.Empty() || area.Empty() {
		return ""
	}
	// Of something very tall the top is shown: that is where it is recognised.
	area.Max.Y = min(area.Max.Y, area.Min.Y+area.Dx()*hoverHeight/hoverWidth+int(float64(hoverHeight)*scale))
	zoom := min(1, float64(hoverWidth)/float64(area.Dx()), float64(hoverHeight)/float64(area.Dy()))
	for ; ; zoom *= 0.8 {
		out := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(area.Dx())*zoom)), max(1, int(float64(area.Dy())*zoom))))
		draw.ApproxBiLinear.Scale(out, out.Bounds(), src, area, draw.Src, nil)
		preview.Outline(out, image.Rect(
			int(float64(at.Min.X-area.Min.X)*zoom), int(float64(at.Min.Y-area.Min.Y)*zoom),
			int(float64(at.Max.X-area.Min.X)*zoom), int(float64(at.Max.Y-area.Min.Y)*zoom)), out.Bounds(), red)
		var b bytes.Buffer
		if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: 80}); err != nil {
			return ""
		}
		if b.Len() <= hoverBytes || out.Bounds().Dx() < 40 {
			return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
		}
	}
}

func rect(b preview.Box, scale, margin float64) image.Rectangle {
	px := func(f float64) int { return int(math.Max(-1e6, math.Min(1e6, f*scale))) }
	return image.Rect(px(b.X-margin), px(b.Y-margin), px(b.Right()+margin), px(b.Bottom()+margin))
}

// boxAfter is where an element lies in a rendering, if its inventory tells.
func boxAfter(r *preview.Rendering, view, xpath string, otherwise preview.Box) preview.Box {
	inv := r.Inventory(view)
	if inv == nil {
		return otherwise
	}
	best, found := otherwise, false
	for _, i := range inv.Items {
		if i.XPath == xpath {
			return i.Box
		}
		if !found && strings.HasPrefix(i.XPath, xpath+"/") {
			best, found = i.Box, true
		}
	}
	return best
}

// lastShot is the shot of a view at the last moment.
func lastShot(r *preview.Rendering, view string) *preview.Shot {
	var last *preview.Shot
	if r == nil {
		return nil
	}
	for i := range r.Shots {
		if r.Shots[i].View.Name() == view && (last == nil || r.Shots[i].At > last.At) {
			last = &r.Shots[i]
		}
	}
	return last
}
