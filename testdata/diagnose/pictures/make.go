//go:build ignore

// Command make draws the pictures that texts lie on in the labelled pages:
//
//	cd testdata/diagnose/pictures && go run make.go
package main

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
)

const width, height = 96, 64

func main() {
	paint("sky.png", func(x, y float64) float64 { return 0.82 + 0.12*cloud(x, y) })
	paint("night.png", func(x, y float64) float64 { return 0.06 + 0.08*cloud(x, y) })
}

// cloud is a smooth pattern from -1 to 1.
func cloud(x, y float64) float64 {
	return (math.Sin(9*x+4*math.Sin(5*y)) + math.Sin(11*y+3*math.Sin(7*x))) / 2
}

// paint writes a picture whose lightness at 0 to 1 across and down is light.
func paint(name string, light func(x, y float64) float64) {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := uint8(255 * min(1, max(0, light(float64(x)/width, float64(y)/height))))
			img.Set(x, y, color.NRGBA{v, uint8(min(255, int(v)+6)), uint8(min(255, int(v)+14)), 255})
		}
	}
	f, err := os.Create(name)
	if err != nil {
		panic(err)
	}
	if err := png.Encode(f, img); err != nil {
		panic(err)
	}
	if err := f.Close(); err != nil {
		panic(err)
	}
}
