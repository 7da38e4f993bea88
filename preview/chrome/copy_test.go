package chrome

import (
	"image/color"
	"testing"
	"time"

	"relook/preview"
)

const copied = `-- index.html --
<!doctype html><html lang="en"><head><title>t</title><style>
body { margin: 0 } .a { height: 40px; background: rgb(255, 0, 0) } .b { height: 3000px; background: rgb(0, 0, 255) }
.c { position: absolute; top: 0; left: 900px; width: 50px; height: 50px; background: rgb(255, 0, 0) }
@media (max-width: 500px) { .a { background: rgb(0, 128, 0) } }
@media (prefers-reduced-motion: reduce) { .a { height: 60px } }
.a { transition: background 3s }
</style></head><body><div class="a">Words</div><div class="b"></div><div class="c"></div>
<script>let ticks = 0; setInterval(() => document.body.dataset.ticks = ++ticks, 100); addEventListener("resize", () => document.title = "resized")</script></body></html>`

func TestCopy(t *testing.T) {
	tab := load(t, archive(t, copied), preview.RenderOptions{Views: []preview.View{{Width: 800, Height: 600, Scale: 2}}})
	made, err := tab.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	c := made.(*tabCopy).Tab
	const look = `() => [getComputedStyle(document.querySelector(".a")).backgroundColor, document.title,
		document.querySelector(".a").offsetHeight, innerWidth].join(" ")`
	if err := made.Look(t.Context(), preview.View{Width: 400, Height: 600, Motion: "reduce"}); err != nil {
		t.Fatal(err)
	}
	before := eval[int](t, c, `() => +document.body.dataset.ticks`)
	if err := made.Pass(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	if n := eval[int](t, c, `() => +document.body.dataset.ticks`); n != before+10 {
		t.Errorf("%d beats of 100 ms in a second", n-before)
	}
	if got := eval[string](t, c, look); got != "rgb(0, 128, 0) resized 60 400" {
		t.Errorf("the copy, 400 px wide with less motion: %s", got)
	}
	if got := eval[string](t, tab, look); got != "rgb(255, 0, 0) t 40 800" {
		t.Errorf("the tab shows what was done to its copy: %s", got)
	}
}

func TestPicture(t *testing.T) {
	red, blue := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}
	edge := preview.Box{X: -10, Y: 30, Width: 30, Height: 20}
	for _, scale := range []float64{0, 2} {
		tab := load(t, archive(t, copied), preview.RenderOptions{Views: []preview.View{{Width: 800, Height: 600, Scale: scale}}})
		for _, c := range []struct {
			box        preview.Box
			w, h, x, y int
			want       color.NRGBA
		}{
			{edge, 20, 20, 5, 5, red}, // across the edge of two colours, from beyond the left edge
			{edge, 20, 20, 5, 15, blue},
			{preview.Box{X: 700, Y: 2900, Width: 50, Height: 50}, 50, 50, 25, 25, blue}, // below the viewport
			{preview.Box{X: 880, Width: 100, Height: 50}, 70, 50, 30, 5, red},           // beside it, where the page scrolls to
			{preview.Box{X: 990, Width: 50, Height: 50}, 0, 0, 0, 0, color.NRGBA{}},     // nowhere
		} {
			img, err := tab.Picture(t.Context(), c.box)
			if err != nil {
				t.Fatal(err)
			}
			if b := img.Bounds(); b.Dx() != c.w || b.Dy() != c.h {
				t.Errorf("scale %v: the picture of %v is %v, want %d by %d", scale, c.box, b, c.w, c.h)
			} else if got := color.NRGBAModel.Convert(img.At(c.x, c.y)); c.w > 0 && got != c.want {
				t.Errorf("scale %v: %v at %d,%d is %v, want %v", scale, c.box, c.x, c.y, got, c.want)
			}
		}
	}
}

func TestCopyLoad(t *testing.T) {
	const page = `-- index.html --
<!doctype html><html lang="en"><head><title>t</title></head><body><p>Words</p>
<script>if (matchMedia("(prefers-reduced-motion: reduce)").matches) document.title = "still"</script></body></html>`
	made, err := load(t, archive(t, page), preview.RenderOptions{}).Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	v := made.View()
	for _, c := range []struct{ motion, want string }{{"reduce", "still"}, {"", "t"}} {
		v.Motion = c.motion
		if err := made.Load(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		if got := eval[string](t, made.(*tabCopy).Tab, "() => document.title"); got != c.want || made.View() != v {
			t.Errorf("motion %q: the title is %q at %s, want %q", c.motion, got, made.View().Name(), c.want)
		}
	}
}
