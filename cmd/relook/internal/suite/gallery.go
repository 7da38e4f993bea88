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
	Width       int  // of the viewport, CSS px
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
		var view preview.View
		if s.Before, view, err = before(ctx, r, it.Page(was.Files)); err == nil && !s.Same {
			s.After, err = after(ctx, r, it.Page(rec.Files), view)
		}
		s.Width = view.Width
		if err != nil {
			return nil, fmt.Errorf("taking pictures of %s: %w", rec.Item, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// The pictures of the gallery are at most this large, in px.
const (
	shownWidth  = 480
	shownHeight = 720
)

// before is a page at the view at which its worst fault shows, the widest one if
// it has none; "" when it does not render.
func before(ctx context.Context, r preview.Renderer, page preview.Page) (template.URL, preview.View, error) {
	views := preview.DefaultViews()
	view := views[len(views)-1]
	d, err := rendered(ctx, r, page, views)
	if err != nil || d == nil {
		return "", view, err
	}
	if list := d.Diagnosis.Defects; len(list) > 0 { // the worst first
		for _, v := range views {
			if slices.Contains(list[0].Views, v.Name()) {
				view = v
				break
			}
		}
	}
	picture, err := shown(d, view)
	return picture, view, err
}

// after is a page at a view; "" when it does not render.
func after(ctx context.Context, r preview.Renderer, page preview.Page, view preview.View) (template.URL, error) {
	d, err := rendered(ctx, r, page, []preview.View{view})
	if err != nil || d == nil {
		return "", err
	}
	return shown(d, view)
}

// rendered is nil for a page that can't be rendered at all.
func rendered(ctx context.Context, r preview.Renderer, page preview.Page, views []preview.View) (*preview.Rendering, error) {
	d, err := r.Render(ctx, page, preview.RenderOptions{Views: views, Shots: preview.LastShots, NoCauses: true})
	if input := new(preview.InputError); errors.As(err, &input) {
		return nil, nil
	}
	return d, err
}

// shown is the upper part of the shot at a view.
func shown(d *preview.Rendering, view preview.View) (template.URL, error) {
	i := slices.IndexFunc(d.Shots, func(s preview.Shot) bool { return s.View == view })
	if i < 0 {
		return "", nil
	}
	img, err := png.Decode(bytes.NewReader(d.Shots[i].PNG))
	if err != nil {
		return "", err
	}
	b := img.Bounds()
	width := min(shownWidth, b.Dx())
	part := image.Rect(0, 0, b.Dx(), min(b.Dy(), b.Dx()*shownHeight/width))
	to := image.NewRGBA(image.Rect(0, 0, width, max(1, part.Dy()*width/max(part.Dx(), 1))))
	draw.ApproxBiLinear.Scale(to, to.Rect, img, part.Add(b.Min), draw.Src, nil)
	var data bytes.Buffer
	if err := jpeg.Encode(&data, to, &jpeg.Options{Quality: 80}); err != nil {
		return "", err
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data.Bytes())), nil
}
