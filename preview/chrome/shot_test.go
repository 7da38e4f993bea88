package chrome

import (
	"bytes"
	"image/color"
	"image/png"
	"testing"
	"time"

	"relook/preview"
)

// tall is red for one viewport, then blue, with a green bar that is fixed to the
// viewport's lower edge.
const tall = `-- index.html --
<!doctype html><title>x</title><style>body{margin:0} #a{height:100vh;background:#f00} #b{height:1500px;background:#00f}
#c{position:fixed;bottom:0;left:0;right:0;height:40px;background:#008000}</style>
<div id=a></div><div id=b></div><div id=c></div>
`

func TestShotShowsThePageBelowTheViewport(t *testing.T) {
	s := shoot(t, tall, 0)[0]
	if s.Width != 390 || s.Height != 844+1500 {
		t.Fatalf("the shot is %d × %d", s.Width, s.Height)
	}
	img, err := png.Decode(bytes.NewReader(s.PNG))
	if err != nil {
		t.Fatal(err)
	}
	red, green, blue := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 128, 0, 255}, color.RGBA{0, 0, 255, 255}
	for y, want := range map[int]color.RGBA{10: red, 800: red, 806: green, 842: green, 850: blue, 2300: blue} {
		if got := color.RGBAModel.Convert(img.At(200, y)); got != want {
			t.Errorf("at y %d the shot is %v, want %v", y, got, want)
		}
	}
}

func TestShotsFollowWhatMoves(t *testing.T) {
	const style = `-- index.html --
<!doctype html><title>x</title><style>body{margin:0;height:3000px} p{position:absolute;margin:0;width:80px;height:80px;background:#36c}
@keyframes fade{50%{opacity:.2}} @keyframes slide{to{transform:translateX(200px)}}</style>`
	for _, c := range []struct {
		name, page string
		same       []bool // whether each shot is as the one before
	}{
		{"nothing", `<p>`, []bool{true, true}},
		{"in the viewport", `<p style="animation:slide 5s">`, []bool{false, false}},
		{"below the viewport", `<p style="top:2500px;animation:fade 5s">`, []bool{false, false}},
		{"a script, once", `<p id=a style="top:2500px"></p><script>setTimeout(() => a.style.background = "red", 1500)</script>`, []bool{true, false}},
		{"for the first second", `<p style="animation:slide .9s forwards">`, []bool{false, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			shots := shoot(t, style+c.page+"\n", 0, time.Second, 2*time.Second)
			for i, same := range c.same {
				if got := bytes.Equal(shots[i].PNG, shots[i+1].PNG); got != same {
					t.Errorf("shots %d and %d are the same: %v", i, i+1, got)
				}
			}
		})
	}
}

// A shot of more than the viewport must not lay the page out at another width for
// an instant: the bar would be caught at the beginning of its transition from white.
func TestShotDoesNotResizeThePage(t *testing.T) {
	const page = `-- index.html --
<!doctype html><title>x</title><style>body{margin:0;height:3000px;background:#036} nav{height:60px;background:#fff}
@media (min-width:300px){nav{background:#080;transition:background-color .2s}}</style><nav></nav>
<script>onresize = () => { document.body.style.background = "#f00" }</script>
`
	for i, s := range shoot(t, page, 0, time.Second, 2*time.Second) {
		img, err := png.Decode(bytes.NewReader(s.PNG))
		if err != nil {
			t.Fatal(err)
		}
		for y, want := range map[int]color.RGBA{30: {0, 0x88, 0, 255}, 100: {0, 0x33, 0x66, 255}, 2900: {0, 0x33, 0x66, 255}} {
			if got := color.RGBAModel.Convert(img.At(200, y)); got != want {
				t.Errorf("at y %d shot %d is %v, want %v", y, i, got, want)
			}
		}
	}
}

// shoot takes the shots of a page on a phone at the moments.
func shoot(t *testing.T, page string, moments ...time.Duration) []preview.Shot {
	t.Helper()
	r, err := shared.Render(t.Context(), archive(t, page), preview.RenderOptions{
		Views: phone, Moments: moments, Shots: preview.AllShots,
	})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Diagnosis.Valid || len(r.Shots) != len(moments) {
		t.Fatalf("%d shots, %s", len(r.Shots), r.Diagnosis.InvalidReason)
	}
	return r.Shots
}
