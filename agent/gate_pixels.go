package agent

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"slices"

	"relook/preview"
	"relook/preview/diagnose"
)

// unseen rejects a repair after which the picture at the defect is the same as
// before: then nobody could see the defect, or nothing was mended. It looks
// only at rules whose defect shows in a picture, and only where both renderings
// have a shot.
func unseen(c Case) (string, string) {
	shots := album{}
	for _, d := range c.Before.Diagnosis.Defects {
		if !slices.Contains(c.Targets, d.Key()) || !pictured(d.Rule) {
			continue
		}
		compared, changed := 0, false
		for _, e := range d.Elements {
			a, errA := shots.picture(c.Before, e.View)
			b, errB := shots.picture(c.After, e.View)
			if err := errors.Join(errA, errB); err != nil {
				return RuleInvalid, fmt.Sprintf("a shot can't be read: %v", err)
			}
			if a == nil || b == nil {
				continue
			}
			compared++
			changed = changed || !samePicture(a, b, e.Box)
		}
		if compared > 0 && !changed {
			return RuleUnseen, "the picture at the defect is the same as before: " + d.Message
		}
	}
	return "", ""
}

func pictured(rule string) bool {
	switch rule {
	case diagnose.CoveredControl, diagnose.ConsoleError, diagnose.FailedRequest:
		return false
	}
	return true
}

func lastShot(r *preview.Rendering, view string) *preview.Shot {
	var last *preview.Shot
	for i := range r.Shots {
		if s := &r.Shots[i]; s.View.Name() == view && (last == nil || s.At >= last.At) {
			last = s
		}
	}
	return last
}

// An album decodes each shot once.
type album map[*preview.Shot]*picture

type picture struct {
	image.Image
	scale float64 // device px per CSS px
}

func (a album) picture(r *preview.Rendering, view string) (*picture, error) {
	shot := lastShot(r, view)
	if shot == nil {
		return nil, nil
	}
	if p := a[shot]; p != nil {
		return p, nil
	}
	img, err := png.Decode(bytes.NewReader(shot.PNG))
	if err != nil {
		return nil, fmt.Errorf("decoding the shot of %s: %w", view, err)
	}
	a[shot] = &picture{img, float64(img.Bounds().Dx()) / float64(max(shot.Width, 1))}
	return a[shot], nil
}

// samePicture compares what both pictures show in box. Pictures of which only
// one reaches into all of it differ.
func samePicture(a, b *picture, box preview.Box) bool {
	r := image.Rect(int(box.X*a.scale), int(box.Y*a.scale), int(box.Right()*a.scale)+1, int(box.Bottom()*a.scale)+1)
	ra, rb := r.Intersect(a.Bounds()), r.Intersect(b.Bounds())
	if ra != rb {
		return false
	}
	for y := ra.Min.Y; y < ra.Max.Y; y++ {
		for x := ra.Min.X; x < ra.Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}
