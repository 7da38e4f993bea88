package diagnose

import (
	"context"
	"fmt"
	"image"
	"math"
	"slices"

	"relook/preview"
)

// A picture that is drawn for a light page, such as a black logo without a
// background, may vanish on a dark one. A picture is lost when less than
// picturePart of its pixels stand out from what is behind it by pictureRatio,
// and picturePlain of them did so by pictureRatio before: what is faint on both
// is meant to be. Icons of 12 px have more than 1 pixel in 300 at their edges
// alone.
const (
	picturePart  = 0.003
	pictureRatio = 1.4
	picturePlain = 0.03
	groundRatio  = 4.5  // between what was behind a picture and what is now
	picturesHigh = 1000 // px of the page that are looked at, from the first on
)

// A drawing is a picture with the colour behind it, as the script tells.
type drawing struct {
	finding
	Ground [3]float64 `json:"ground"` // red, green, blue, 0 to 255
}

// pictures finds the pictures that vanish in the dark scheme, which the copy
// shows.
func (v *varier) pictures(ctx context.Context, view int) ([]finding, error) {
	var light, dark []drawing
	tab := v.site.tabs[view]
	if err := call(ctx, tab, map[string]any{"entry": "drawings", "limits": v.site.scriptLimits()}, &light); err != nil {
		return nil, err
	}
	if err := call(ctx, v.copy, map[string]any{"entry": "drawings", "limits": v.site.scriptLimits()}, &dark); err != nil {
		return nil, err
	}
	var was, is []drawing
	for _, d := range dark {
		i := slices.IndexFunc(light, func(l drawing) bool { return l.Elements[0].XPath == d.Elements[0].XPath })
		if i >= 0 && ratioOf(light[i].Ground, d.Ground) >= groundRatio {
			was, is = append(was, light[i]), append(is, d)
		}
	}
	after, err := standOut(ctx, v.copy, is)
	if err != nil || !slices.ContainsFunc(after, vanishes) {
		return nil, err
	}
	before, err := standOut(ctx, tab, was)
	if err != nil {
		return nil, err
	}
	var out []finding
	for i := range min(len(before), len(after)) {
		if vanishes(after[i]) && before[i] >= picturePlain {
			is[i].Measure["seen_percent"], is[i].Measure["seen_before_percent"] = 100*after[i], 100*before[i]
			out = append(out, is[i].finding)
		}
	}
	return out, nil
}

func vanishes(part float64) bool { return part < picturePart }

// standOut gives, for each drawing up to picturesHigh below the first, the part
// of its pixels that differ from what is behind it. One picture of the page has
// them all: to take it is dear.
func standOut(ctx context.Context, tab Tab, of []drawing) ([]float64, error) {
	if len(of) == 0 {
		return nil, nil
	}
	whole := of[0].Elements[0].Box
	top := whole.Y
	for _, d := range of {
		if b := d.Elements[0].Box; b.Bottom() <= top+picturesHigh {
			x, y := min(whole.X, b.X), min(whole.Y, b.Y)
			whole = box{X: x, Y: y, Width: max(whole.Right(), b.Right()) - x, Height: max(whole.Bottom(), b.Bottom()) - y}
		}
	}
	img, err := tab.Picture(ctx, whole)
	if err != nil {
		return nil, fmt.Errorf("looking at the pictures: %w", err)
	}
	var parts []float64
	for _, d := range of {
		b := d.Elements[0].Box
		x, y := int(b.X-math.Floor(max(whole.X, 0))), int(b.Y-math.Floor(max(whole.Y, 0)))
		parts = append(parts, partSeen(img, image.Rect(x, y, x+int(b.Width), y+int(b.Height)).Add(img.Bounds().Min), d.Ground))
	}
	return parts, nil
}

// partSeen is 1 for what is not in the picture.
func partSeen(img image.Image, in image.Rectangle, ground [3]float64) float64 {
	if in.Empty() || !in.In(img.Bounds()) {
		return 1
	}
	n := 0
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if ratioOf(rgbAt(img, x, y), ground) >= pictureRatio {
				n++
			}
		}
	}
	return float64(n) / float64(in.Dx()*in.Dy())
}

func rgbAt(img image.Image, x, y int) [3]float64 {
	r, g, b, _ := img.At(x, y).RGBA()
	return [3]float64{float64(r) / 257, float64(g) / 257, float64(b) / 257}
}

// ratioOf is the contrast of WCAG 2.x between two colours.
func ratioOf(a, b [3]float64) float64 {
	x, y := luminanceOf(a), luminanceOf(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminanceOf(c [3]float64) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		s := c[i] / 255
		if s <= 0.04045 {
			s /= 12.92
		} else {
			s = math.Pow((s+0.055)/1.055, 2.4)
		}
		sum += weight * s
	}
	return sum
}

// lostPicture judges a picture that has the colour of what is behind it.
type lostPicture struct{}

func (lostPicture) rule() string { return ruleLostPicture }

// A picture with words to it, or the only thing in a control, says something;
// another may be decoration.
func (lostPicture) judge(f finding, _ *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, math.Sqrt(f.Measure["area_px2"]), 100}
	if f.Words["text"] != "" {
		v.severity = preview.SeverityError
	}
	return v, true
}

func (lostPicture) sentence(d *draft) string {
	what := "The picture " + d.name()
	if t := d.worst().Words["text"]; t != "" {
		what = fmt.Sprintf("The picture %s (%s)", quote(t), d.worst().Elements[0].Selector)
	}
	has, its := "has", "it"
	if d.others() != "" {
		has, its = "have", "them"
	}
	return fmt.Sprintf("%s%s %s the colour of what is behind %s and can't be seen", what, d.others(), has, its)
}

func (lostPicture) suspects(*draft) []suspect { return nil }

func (lostPicture) detail(*draft) (string, bool) { return "", false }
