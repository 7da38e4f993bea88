package agent

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"maps"
	"slices"

	"relook/preview"
	"relook/preview/diagnose"
)

// unseen rejects a repair after which the picture at the defect is the same as
// before: then nobody could see the defect, or nothing was mended. It looks
// only at rules whose defect shows in a picture, and only where both renderings
// have a shot.
func unseen(c Case) (string, string) {
	var targets []preview.Defect
	for _, d := range c.Before.Diagnosis.Defects {
		if slices.Contains(c.Targets, d.Key()) && pictured(d.Rule) {
			targets = append(targets, d)
		}
	}
	compared, changed := make([]int, len(targets)), make([]bool, len(targets))
	for _, view := range views(targets) {
		boxes, of := boxesAt(targets, changed, view)
		if len(boxes) == 0 {
			continue // decoding a shot takes longer than all the rest
		}
		shotB, shotA := lastShot(c.Before, view), lastShot(c.After, view)
		before, errB := crops(shotB, boxes)
		after, errA := before, errB
		if shotB == nil || shotA == nil || !bytes.Equal(shotB.PNG, shotA.PNG) {
			after, errA = crops(shotA, boxes)
		}
		if err := errors.Join(errB, errA); err != nil {
			return RuleInvalid, fmt.Sprintf("a shot of %s can't be read: %v", view, err)
		}
		for i := range min(len(before), len(after)) {
			if len(before[i]) == 0 && len(after[i]) == 0 {
				continue // out of both pictures
			}
			compared[of[i]]++
			changed[of[i]] = changed[of[i]] || !bytes.Equal(before[i], after[i])
		}
	}
	for i, d := range targets {
		if compared[i] > 0 && !changed[i] {
			return RuleUnseen, "the picture at the defect is the same as before: " + d.Message
		}
	}
	return "", ""
}

// pictured reports whether a defect of the rule shows in a picture of the page
// as wide as the view. A page that scrolls sideways may look the same in it with
// and without; what shows under the pointer, in the dark or to those who can't
// see is in none.
func pictured(rule string) bool {
	switch rule {
	case diagnose.OutsideViewport, diagnose.ClippedText, diagnose.TextOverlap, diagnose.LowContrast, diagnose.BrokenImage,
		diagnose.SpilledText, diagnose.SiblingsCollide, diagnose.ChildProtrudes, diagnose.LoneWrap, diagnose.UnevenGaps,
		diagnose.TextTooNarrow, diagnose.TextTooWide, diagnose.TextTooSmall, diagnose.StretchedImage, diagnose.UnfilledText,
		diagnose.NeverAppears:
		return true
	}
	return false
}

// views are the names of the views of defects, the one with the most of them first.
func views(defects []preview.Defect) []string {
	count := map[string]int{}
	for _, d := range defects {
		for _, v := range d.Views {
			count[v]++
		}
	}
	names := slices.Sorted(maps.Keys(count))
	slices.SortStableFunc(names, func(a, b string) int { return count[b] - count[a] })
	return names
}

// boxesAt are the boxes at a view of the elements of the defects that are not
// settled, and the index of the defect of each.
func boxesAt(defects []preview.Defect, settled []bool, view string) (boxes []preview.Box, of []int) {
	for i, d := range defects {
		for _, e := range d.Elements {
			if e.View == view && !settled[i] {
				boxes, of = append(boxes, e.Box), append(of, i)
			}
		}
	}
	return boxes, of
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

// crops returns the pixels of each box, with the place that they were cut from,
// nothing for a box that is not in the picture; nil when there is no shot. Only
// one decoded shot is held at a time: a long page is tens of megabytes.
func crops(s *preview.Shot, boxes []preview.Box) ([][]byte, error) {
	if s == nil {
		return nil, nil
	}
	img, err := png.Decode(bytes.NewReader(s.PNG))
	if err != nil {
		return nil, fmt.Errorf("decoding the shot: %w", err)
	}
	scale := float64(img.Bounds().Dx()) / float64(max(s.Width, 1))
	cut := make([][]byte, len(boxes))
	for i, b := range boxes {
		r := image.Rect(int(b.X*scale), int(b.Y*scale), int(b.Right()*scale)+1, int(b.Bottom()*scale)+1).Intersect(img.Bounds())
		if r.Empty() {
			continue
		}
		part := image.NewRGBA(r)
		draw.Draw(part, r, img, r.Min, draw.Src)
		cut[i] = append([]byte(r.String()), part.Pix...)
	}
	return cut, nil
}
