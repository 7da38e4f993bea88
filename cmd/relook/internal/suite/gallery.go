package suite

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	"image/png"
	"slices"

	"golang.org/x/image/draw"

	"relook/preview"
)

// Spread takes n of a list, evenly; all for 0.
func Spread[T any](list []T, n int) []T {
	if n <= 0 || n >= len(list) {
		return list
	}
	var out []T
	for i := range n {
		out = append(out, list[i*len(list)/n])
	}
	return out
}

// A Shown is a page before and after an arm, in the report's gallery.
type Shown struct {
	Item, Arm   string
	Was, Is     float64 // of the main metric
	Note        string
	Before      template.URL // JPEG; "" for a page that does not render
	After       template.URL
	Same        bool // whether the files are the same
	Lost        []string
	WasOK, IsOK bool // whether there is a number
}

// Gallery shows pages before and after, the worst first: those that lost most of
// the main metric, then those that got least.
func Gallery(ctx context.Context, r preview.Renderer, about About, items []Item, records []Record, n int) ([]Shown, error) {
	byID, base := map[string]Item{}, map[string]Record{}
	for _, it := range items {
		byID[it.ID] = it
	}
	main := about.Metrics[0]
	var list []Record
	for _, rec := range records {
		switch {
		case rec.Error != "":
		case rec.Arm == Base:
			base[rec.Item] = rec
		default:
			list = append(list, rec)
		}
	}
	change := func(rec Record) float64 {
		return sign(main) * (rec.Score.Values[main.Name] - base[rec.Item].Score.Values[main.Name])
	}
	slices.SortStableFunc(list, func(a, b Record) int {
		x, y := change(a), change(b)
		if x == y {
			x, y = sign(main)*a.Score.Values[main.Name], sign(main)*b.Score.Values[main.Name]
		}
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	var out []Shown
	for _, rec := range list[:min(n, len(list))] {
		it, ok := byID[rec.Item]
		was, had := base[rec.Item]
		if !ok || !had {
			continue
		}
		s := Shown{Item: rec.Item, Arm: rec.Arm, Note: rec.Score.Note, Lost: Lost(was.Score, rec.Score), Same: textKey("", Step{Files: was.Files}) == textKey("", Step{Files: rec.Files})}
		s.Was, s.WasOK = was.Score.Values[main.Name]
		s.Is, s.IsOK = rec.Score.Values[main.Name]
		var err error
		if s.Before, err = picture(ctx, r, it.Page(was.Files)); err == nil && !s.Same {
			s.After, err = picture(ctx, r, it.Page(rec.Files))
		}
		if err != nil {
			return nil, fmt.Errorf("taking pictures of %s: %w", rec.Item, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// The pictures of the gallery, in px.
const (
	shownWidth  = 480
	shownHeight = 720
)

// picture is a page at the laptop's width, its upper part; "" when it does not
// render.
func picture(ctx context.Context, r preview.Renderer, page preview.Page) (template.URL, error) {
	view := preview.View{Width: 1280, Height: 800}
	d, err := r.Render(ctx, page, preview.RenderOptions{Views: []preview.View{view}, Shots: preview.LastShots, NoCauses: true})
	var input *preview.InputError
	if errors.As(err, &input) {
		return "", nil
	}
	if err != nil || len(d.Shots) == 0 {
		return "", err
	}
	img, err := png.Decode(bytes.NewReader(d.Shots[0].PNG))
	if err != nil {
		return "", err
	}
	b := img.Bounds()
	part := image.Rect(0, 0, b.Dx(), min(b.Dy(), b.Dx()*shownHeight/shownWidth))
	to := image.NewRGBA(image.Rect(0, 0, shownWidth, max(1, part.Dy()*shownWidth/max(part.Dx(), 1))))
	draw.ApproxBiLinear.Scale(to, to.Rect, img, part.Add(b.Min), draw.Src, nil)
	var data bytes.Buffer
	if err := jpeg.Encode(&data, to, &jpeg.Options{Quality: 80}); err != nil {
		return "", err
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data.Bytes())), nil
}
