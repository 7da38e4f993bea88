package agent_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"relook/agent"
	"relook/preview"
)

// shots is a rendering of one white picture with a black block in it.
func shots(t *testing.T, w, h int, block image.Rectangle) *preview.Rendering {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			if (image.Point{X: x, Y: y}).In(block) {
				c = color.RGBA{0, 0, 0, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return &preview.Rendering{Shots: []preview.Shot{{View: preview.View{Width: w / 2, Height: 50}, PNG: b.Bytes(), Width: w / 2, Height: h / 2}}}
}

func TestChanges(t *testing.T) {
	before := shots(t, 100, 80, image.Rect(10, 10, 20, 20)) // two pixels to a CSS px
	if c := agent.Changes(before, before); len(c) != 1 || c[0] != (agent.Change{View: "50x50"}) {
		t.Errorf("the same picture: %+v", c)
	}
	moved := agent.Changes(before, shots(t, 100, 80, image.Rect(20, 10, 30, 20)))
	if want := (agent.Change{View: "50x50", Part: 200.0 / 8000, Box: preview.Box{X: 5, Y: 5, Width: 10, Height: 5}}); len(moved) != 1 || moved[0] != want {
		t.Errorf("moved: %+v, want %+v", moved, want)
	}
	longer := agent.Changes(before, shots(t, 100, 100, image.Rect(10, 10, 20, 20)))
	if want := (agent.Change{View: "50x50", Part: 0.2, Box: preview.Box{Y: 40, Width: 50, Height: 10}}); len(longer) != 1 || longer[0] != want {
		t.Errorf("longer: %+v, want %+v", longer, want)
	}
	if c := agent.Changes(before, shots(t, 60, 80, image.Rectangle{})); len(c) != 0 {
		t.Errorf("another view: %+v", c)
	}
}
