package picture

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"relook/preview"
	"relook/server/protocol"
)

// page has a defect that sticks out at a narrow view, and nothing at a wide one.
func page(t *testing.T) *protocol.Preview {
	t.Helper()
	shot := func(w, h int, c color.Color) []protocol.PreviewShot {
		m := image.NewRGBA(image.Rect(0, 0, w, h))
		for i := range w * h {
			m.Set(i%w, i/w, c)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		return []protocol.PreviewShot{{ID: "x", PNG: base64.StdEncoding.EncodeToString(b.Bytes()), Width: w, Height: h}}
	}
	blue, green := color.RGBA{0, 0, 0xff, 0xff}, color.RGBA{0, 0xff, 0, 0xff}
	return &protocol.Preview{
		Name: "index.html", Valid: true,
		Views: []protocol.PreviewView{
			{Name: "800x600", View: preview.View{Width: 800, Height: 600}, Before: shot(800, 600, blue)},
			{Name: "400x600", View: preview.View{Width: 400, Height: 600}, Before: shot(400, 600, blue), After: shot(400, 600, green)},
		},
		Defects: []protocol.PreviewDefect{{Number: 1, Severity: preview.SeverityError, Message: "too \x1b[31mwide", Repaired: true,
			Elements: []preview.Element{{View: "400x600", Box: preview.Box{X: 100, Y: 200, Width: 500, Height: 100}}}}},
		Repair: &protocol.PreviewRepair{Repaired: 1},
	}
}

func drawn(t *testing.T, p *protocol.Preview, view string, b Blocks) string {
	t.Helper()
	s, err := New(p, view)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := b.Draw(&out, s); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestBlocks(t *testing.T) {
	text := drawn(t, page(t), "", Blocks{Columns: 60})
	for _, want := range []string{
		"index.html at 400x600: 1 defect, 1 repaired, 0 left", "■ 1 repaired: too", "before", "after",
		"\x1b[38;2;0;0;255m", "\x1b[38;2;0;255;0m", "\x1b[38;2;196;18;47m", "+200",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	if strings.Contains(text, "\x1b[31m") {
		t.Error("what a page says reaches the terminal as it is")
	}
	// Neither picture is wider than its half.
	for line := range strings.Lines(text) {
		if n := strings.Count(line, "▀"); n > 60 {
			t.Errorf("a line has %d characters", n)
		}
	}
	if text := drawn(t, page(t), "800x600", Blocks{Columns: 60}); strings.Contains(text, "after") || strings.Contains(text, "+") {
		t.Errorf("a view without a defect and a repair is drawn as %q", text)
	}
	if text := drawn(t, page(t), "", Blocks{Columns: 60, Indexed: true}); strings.Contains(text, ";2;") || !strings.Contains(text, "\x1b[38;5;21m") {
		t.Errorf("with 256 colours it is drawn as %q", text)
	}
}

func TestPNG(t *testing.T) {
	s, err := New(page(t), "400x600")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := PNG(&out, s, 1000); err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	if want := image.Rect(0, 0, 2*400+3*space, 600+2*space); m.Bounds() != want {
		t.Fatalf("it is %v, want %v", m.Bounds(), want)
	}
	at := func(x, y int) color.Color { return color.RGBAModel.Convert(m.At(x, y)) }
	red := colours[preview.SeverityError]
	if got := at(space+100, space+250); got != red {
		t.Errorf("the left edge of the box is %v", got)
	}
	if got := at(space+50, space+250); got != (color.RGBA{0, 0, 0xff, 0xff}) {
		t.Errorf("beside the box it is %v", got)
	}
	if got := at(2*space+400+100, space+250); got != (color.RGBA{0, 0xff, 0, 0xff}) {
		t.Errorf("after, it is %v", got)
	}
}

// Of a long page the part around the first defect is shown.
func TestLongPage(t *testing.T) {
	shot := image.NewRGBA(image.Rect(0, 0, 200, 3000))
	s := &Scene{Before: shot, Width: 200, Marks: []Mark{{Number: 1, Severity: preview.SeverityError, Boxes: []preview.Box{{X: 50, Y: 2000, Width: 100, Height: 50}}}}}
	var out bytes.Buffer
	if err := PNG(&out, s, 500); err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	if want := image.Rect(0, 0, 200+2*space, 400+2*space); m.Bounds() != want {
		t.Fatalf("it is %v, want %v", m.Bounds(), want)
	}
	// 50 px above the box the part begins.
	if got := color.RGBAModel.Convert(m.At(space+50, space+50+30)); got != colours[preview.SeverityError] {
		t.Errorf("the left edge of the box is %v", got)
	}
}

// What can't be drawn is an error that says what, and nothing else.
func TestBadPreviews(t *testing.T) {
	for _, text := range []string{"", "null", "[]", `{"views":1}`} {
		p, err := Read(strings.NewReader(text))
		if err == nil {
			_, err = New(p, "")
		}
		if err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	p := page(t)
	if _, err := New(p, "1x1"); err == nil || !strings.Contains(err.Error(), "800x600, 400x600") {
		t.Errorf("a view that is not there: %v", err)
	}
	for _, bad := range []string{"", "!", "aGVsbG8="} {
		p.Views[1].Before[0].PNG = bad
		if _, err := New(p, "400x600"); err == nil {
			t.Errorf("the picture %q is taken", bad)
		}
	}
	if err := (Blocks{Columns: 5}).Draw(&strings.Builder{}, &Scene{}); err == nil {
		t.Error("5 columns are taken")
	}
}
