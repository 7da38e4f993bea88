package report

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	"image/png"
	"strings"

	"golang.org/x/image/draw"

	"relook/preview"
)

const (
	// maxPixels is the largest picture that is decoded. It is far above what
	// preview.MaxShotHeight allows at usual widths.
	maxPixels = 200 << 20
	// embedAsIs is the size in bytes up to which a PNG goes into the file as
	// the browser made it: packing it again would save less than it costs.
	embedAsIs = 384 << 10
	// photoBytes is the number of PNG bytes for a pixel above which a picture
	// is mostly photographs, which JPEG holds in a fraction.
	photoBytes = 0.5
	// stripWidth and stripHeight bound the small pictures of moments, in px.
	stripWidth, stripHeight = 240, 320
)

// pictures prepares the shots of one view. It gathers errors and decodes each
// shot once. It is not safe for use by several goroutines.
type pictures struct {
	view    string // for messages
	decoded map[string]*image.RGBA
	errs    []error
}

func newPictures(view string) *pictures {
	return &pictures{view: view, decoded: map[string]*image.RGBA{}}
}

// decode reads a PNG; an empty image when it is none.
func (p *pictures) decode(data []byte) *image.RGBA {
	if m, ok := p.decoded[string(data)]; ok {
		return m
	}
	m, err := decode(data)
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("the shot at %s: %w", p.view, err))
		m = image.NewRGBA(image.Rect(0, 0, 1, 1))
	}
	p.decoded[string(data)] = m
	return m
}

func decode(data []byte) (*image.RGBA, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if c.Width*c.Height > maxPixels {
		return nil, fmt.Errorf("a picture of %d x %d px is too large", c.Width, c.Height)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if rgba, ok := m.(*image.RGBA); ok && rgba.Rect.Min == (image.Point{}) {
		return rgba, nil
	}
	rgba := image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))
	draw.Draw(rgba, rgba.Rect, m, m.Bounds().Min, draw.Src)
	return rgba, nil
}

// size is a shot's size in device px.
func (p *pictures) size(s preview.Shot) (width, height int) {
	b := p.decode(s.PNG).Rect
	return b.Dx(), b.Dy()
}

// source is the src attribute that shows a shot.
func (p *pictures) source(s preview.Shot) template.HTMLAttr {
	if len(s.PNG) <= embedAsIs {
		p.decode(s.PNG) // so that a shot that is no PNG is told
		return dataURI("image/png", s.PNG)
	}
	m := p.decode(s.PNG)
	if float64(len(s.PNG)) > photoBytes*float64(m.Rect.Dx()*m.Rect.Dy()) {
		return p.jpeg(m)
	}
	return p.png(m)
}

func (p *pictures) png(m image.Image) template.HTMLAttr {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		p.errs = append(p.errs, fmt.Errorf("packing the shot at %s: %w", p.view, err))
	}
	return dataURI("image/png", b.Bytes())
}

func (p *pictures) jpeg(m image.Image) template.HTMLAttr {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 85}); err != nil {
		p.errs = append(p.errs, fmt.Errorf("packing the shot at %s: %w", p.view, err))
	}
	return dataURI("image/jpeg", b.Bytes())
}

// dataURI is a whole src attribute: as template.HTMLAttr it is written as it
// stands, where a URL would have every plus sign of the base64 escaped.
func dataURI(kind string, data []byte) template.HTMLAttr {
	return template.HTMLAttr(`src="data:` + kind + `;base64,` + base64.StdEncoding.EncodeToString(data) + `"`)
}

// strip is the small pictures of a view's moments, or, when all of them look
// the same, a sentence that says so.
func (p *pictures) strip(path string, shots []preview.Shot) ([]moment, string) {
	if len(shots) < 2 {
		return nil, ""
	}
	same, times := true, make([]string, len(shots))
	for i, s := range shots {
		times[i] = seconds(s.At)
		same = same && p.alike(shots[0], s)
	}
	if same {
		n := len(times) - 1
		return nil, "Looks the same at " + strings.Join(times[:n], ", ") + " and " + times[n] + "."
	}
	var list []moment
	for i, s := range shots {
		src, w, h := p.small(s)
		list = append(list, moment{Src: src, Width: w, Height: h, Label: times[i],
			Alt: fmt.Sprintf("%s at %s, %s after load", path, p.view, times[i])})
	}
	return list, ""
}

func (p *pictures) alike(a, b preview.Shot) bool {
	return bytes.Equal(a.PNG, b.PNG) || bytes.Equal(p.decode(a.PNG).Pix, p.decode(b.PNG).Pix)
}

// small scales a shot down to the width of the strip and keeps its top.
func (p *pictures) small(s preview.Shot) (src template.HTMLAttr, width, height int) {
	m := p.decode(s.PNG)
	w := min(stripWidth, m.Rect.Dx())
	h := min(stripHeight, max(1, m.Rect.Dy()*w/m.Rect.Dx()))
	from := image.Rect(0, 0, m.Rect.Dx(), min(m.Rect.Dy(), max(1, h*m.Rect.Dx()/w)))
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(out, out.Rect, m, from, draw.Src, nil)
	return p.png(out), w, h
}

// difference is the picture of what changed from one shot to the other, and
// the share of the picture that did, for people. It is "" when nothing did.
func (p *pictures) difference(before, after preview.Shot) (template.HTMLAttr, string) {
	if bytes.Equal(before.PNG, after.PNG) {
		return "", ""
	}
	a, b := p.decode(before.PNG), p.decode(after.PNG)
	if len(p.errs) > 0 {
		return "", ""
	}
	m, share, err := difference(a, b)
	if errors.Is(err, ErrSame) {
		return "", ""
	}
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("comparing the shots at %s: %w", p.view, err))
		return "", ""
	}
	if share < 0.01 {
		return p.png(m), "less than 1 %"
	}
	return p.png(m), fmt.Sprintf("%.0f %%", 100*share)
}
