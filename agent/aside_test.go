package agent

import (
	"slices"
	"testing"

	"relook/preview"
)

func widthsOf(views []preview.View) []int {
	var list []int
	for _, v := range views {
		list = append(list, v.Width)
	}
	return list
}

func TestAsides(t *testing.T) {
	views := func(widths ...int) (list []preview.View) {
		for _, w := range widths {
			list = append(list, preview.View{Width: w, Height: 800})
		}
		return list
	}
	ranged := []preview.Defect{{Widths: []preview.WidthRange{{From: 320, To: 610}}}}
	dark := views(390, 1280)
	dark[1].Scheme = "dark"
	for _, tt := range []struct {
		name    string
		views   []preview.View
		defects []preview.Defect
		want    []int
	}{
		{"about and between the views", views(390, 768, 1280), nil, []int{320, 363, 1369, 579, 1024}},
		{"the ends of a range, not what is narrower than any phone", views(390, 1280), ranged, []int{320, 363, 1369, 835, 610, 611}},
		{"a single view", views(500), nil, []int{320, 465, 535}},
		{"only views that differ in size", dark, nil, []int{320, 363, 417}},
	} {
		if got := widthsOf(asides(tt.views, tt.defects)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	print := preview.View{Width: 800, Height: 800, Media: "print"}
	if got := asides([]preview.View{print}, nil); got != nil {
		t.Errorf("print has %v beside it", got)
	}
}
