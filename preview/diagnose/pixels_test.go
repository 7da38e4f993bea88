package diagnose

import (
	"image"
	"image/color"
	"image/draw"
	"testing"
)

func TestGather(t *testing.T) {
	near := []image.Rectangle{image.Rect(0, 0, 100, 20), image.Rect(0, 40, 100, 60), {}}
	if got := gather(near); len(got) != 1 || got[0] != image.Rect(0, 0, 100, 60) {
		t.Errorf("parts that are near each other fit into one picture: %v", got)
	}
	far := append(near, image.Rect(900, 5000, 1000, 5020))
	if got := gather(far); len(got) != 2 {
		t.Errorf("parts that are far from each other need a picture each: %v", got)
	}
	bridge := []image.Rectangle{image.Rect(0, 0, 600, 10), image.Rect(0, 900, 600, 910), image.Rect(0, 450, 600, 460)}
	if got := gather(bridge); len(got) != 1 {
		t.Errorf("what lies between joins both: %v", got)
	}
}

// painted is an album of one white picture at r with black boxes.
func painted(r image.Rectangle, boxes ...image.Rectangle) album {
	p := image.NewRGBA(r)
	draw.Draw(p, r, image.White, image.Point{}, draw.Src)
	for _, b := range boxes {
		draw.Draw(p, b, image.Black, image.Point{}, draw.Src)
	}
	return album{p}
}

func TestDifferences(t *testing.T) {
	r := image.Rect(100, 200, 140, 240)
	plain, box := painted(r), image.Rect(110, 210, 114, 214)
	m := differences(plain, painted(r, box), image.Rect(0, 0, 120, 220))
	if m == nil || m.count != 16 || !m.at(image.Pt(113, 213)) || m.at(image.Pt(114, 213)) || !m.seen() {
		t.Fatalf("a box of 4 by 4 px: %+v", m)
	}
	beside := differences(plain, painted(r, image.Rect(114, 210, 118, 214)), r)
	apart := differences(plain, painted(r, image.Rect(116, 210, 120, 214)), r)
	if !m.touches(beside) || m.touches(apart) {
		t.Error("boxes touch when no px lies between them")
	}
	m.without(differences(plain, painted(r, image.Rect(110, 210, 114, 213)), r))
	if m.count != 4 {
		t.Errorf("%d px change beyond the noise, want the last row of 4", m.count)
	}
	faint := painted(r)
	faint[0].Set(110, 210, color.RGBA{250, 250, 250, 255})
	if m := differences(plain, faint, r); m.count != 0 {
		t.Error("nobody sees 5 in 255")
	}
	if differences(plain, nil, r) != nil {
		t.Error("without a picture nothing is known")
	}
}

func TestSumUp(t *testing.T) {
	good, bad := patch{letters: 10, contrast: 12}, patch{letters: 10, contrast: 1.5, behind: [4]float64{250, 250, 250, 1}}
	got := sumUp([]patch{good, bad, good, good, good}, 4.5)
	if got.quarter != 12 || got.worst != 1.5 || got.below != 0.2 {
		t.Errorf("one faint letter in five: %+v", got)
	}
	got = sumUp([]patch{good, bad, bad, good}, 4.5)
	if got.quarter != 1.5 || got.below != 0.5 || hexOf(got.behind) != "#fafafa" {
		t.Errorf("every other letter is faint: %+v", got)
	}
	if got := sumUp(nil, 4.5); got.letters != 0 {
		t.Errorf("no letters: %+v", got)
	}
}
