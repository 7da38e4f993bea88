package report

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"relook/preview"
)

func TestHeadline(t *testing.T) {
	none := func(d *Data) {}
	tests := map[string]struct {
		change  func(*Data)
		want    string
		verdict string
	}{
		"mixed":     {none, "2 defects at 3 widths, 1 repaired, 1 left (needs your decision), 1 new", "bad"},
		"checked":   {func(d *Data) { d.After = nil }, "2 defects at 3 widths", "bad"},
		"repaired":  {func(d *Data) { d.After.Diagnosis.Defects = nil }, "2 defects at 3 widths, all repaired", "good"},
		"none left": {func(d *Data) { d.After.Diagnosis.Defects = d.After.Diagnosis.Defects[:1] }, "2 defects at 3 widths, 1 repaired, 1 left (needs your decision)", "fair"},
		"no repair": {func(d *Data) { d.After = d.Before }, "2 defects at 3 widths, none repaired, 2 left (need your decision)", "bad"},
		"fine":      {func(d *Data) { d.After, d.Before.Diagnosis.Defects = nil, nil }, "No defects at 3 widths", "good"},
		"only worse": {func(d *Data) {
			d.Before.Diagnosis.Defects, d.After.Diagnosis.Defects = nil, d.After.Diagnosis.Defects[1:]
		}, "No defects before at 3 widths, 1 new", "bad"},
		"invalid":  {func(d *Data) { d.After, d.Before.Diagnosis.Valid = nil, false }, "The page could not be rendered", "bad"},
		"one view": {func(d *Data) { d.After, d.Before.Shots = nil, d.Before.Shots[:2] }, "2 defects at 1 width", "bad"},
		"schemes": {func(d *Data) {
			d.After, d.Before.Shots = nil, d.Before.Shots[:2]
			d.Before.Shots[1].View.Scheme = "dark"
		}, "2 defects at 2 views", "bad"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := sample(t)
			test.change(&d)
			s := summarize(d, number(d), parseDiff(d.Diff))
			if s.Line != test.want || s.Verdict != test.verdict {
				t.Errorf("it says %q (%s), not %q (%s)", s.Line, s.Verdict, test.want, test.verdict)
			}
		})
	}
}

func TestFacts(t *testing.T) {
	d := sample(t)
	got := facts(d, parseDiff(d.Diff))
	want := []string{"1 line changed", "390, 768 and 1,280 px wide", "4.2 s, 900 ms of it waiting for the model"}
	if !slices.Equal(got, want) {
		t.Errorf("the facts are %q, not %q", got, want)
	}
}

func TestNumber(t *testing.T) {
	d := sample(t)
	list := number(d)
	var states []string
	for i, f := range list {
		if f.Number != i+1 {
			t.Errorf("defect %d has number %d", i+1, f.Number)
		}
		states = append(states, f.State)
	}
	if want := []string{stateRepaired, stateLeft, stateNew}; !slices.Equal(states, want) {
		t.Errorf("the states are %q, not %q", states, want)
	}
	if got, want := list[1].Eased(), "Before the repair it held at 390, 768 and 1,280 px wide."; got != want {
		t.Errorf("what eased is told as %q, not %q", got, want)
	}
	if got, want := list[0].Proof(), []string{"overflow 710 px", "ratio 2.06"}; !slices.Equal(got, want) {
		t.Errorf("the proof is %q, not %q", got, want)
	}
}

func TestDecimal(t *testing.T) {
	tests := map[float64]string{0: "0", 2.056: "2.06", 999: "999", 1000: "1,000", -1234.5: "-1,234.5", -123: "-123", 1234567: "1,234,567"}
	for value, want := range tests {
		if got := decimal(value); got != want {
			t.Errorf("%v is written %q, not %q", value, got, want)
		}
	}
}

func TestRuns(t *testing.T) {
	tests := map[string][]run{
		"a `b` c":     {{false, "a "}, {true, "b"}, {false, " c"}},
		"`b`":         {{true, "b"}},
		"a ` lone":    {{false, "a "}, {false, "` lone"}},
		"`a`b`c":      {{true, "a"}, {false, "b"}, {false, "`c"}},
		"plain words": {{false, "plain words"}},
	}
	for text, want := range tests {
		if got := runs(text); !slices.Equal(got, want) {
			t.Errorf("%q is split into %v, not %v", text, got, want)
		}
	}
}

// TestParseDiff has removed and added lines that look like the headers of a
// diff, a file without a last line end and a second file.
func TestParseDiff(t *testing.T) {
	text := strings.Join([]string{
		"--- a/x.css", "+++ b/x.css\t2024-01-01", "@@ -7,3 +7,3 @@ head",
		" same", "--- gone", "+++ come", " end", `\ No newline at end of file`,
		"--- a/y.css", "+++ b/y.css", "@@ -1 +1 @@", "-a", "+b", "",
	}, "\n")
	type line struct {
		kind, text, file string
		old, new         int
	}
	var got []line
	for _, l := range parseDiff(text) {
		got = append(got, line{l.Kind, l.Text, l.file, l.Old, l.New})
	}
	want := []line{
		{"file", "x.css", "x.css", 0, 0}, {"hunk", "@@ -7,3 +7,3 @@ head", "x.css", 0, 0},
		{"same", " same", "x.css", 7, 7}, {"del", "--- gone", "x.css", 8, 0}, {"add", "+++ come", "x.css", 0, 8},
		{"same", " end", "x.css", 9, 9}, {"same", `\ No newline at end of file`, "x.css", 0, 0},
		{"file", "y.css", "y.css", 0, 0}, {"hunk", "@@ -1 +1 @@", "y.css", 0, 0},
		{"del", "-a", "y.css", 1, 0}, {"add", "+b", "y.css", 0, 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("the lines are\n%v\nnot\n%v", got, want)
	}
}

// TestTieLines ties by the admitted attempt, and without one by the cause.
func TestTieLines(t *testing.T) {
	tied := func(d Data) string {
		lines, defects := parseDiff(d.Diff), number(d)
		tieLines(lines, d, defects)
		for _, l := range lines {
			if len(l.Numbers) > 0 && l.ID == defects[0].Line {
				return l.Text
			}
		}
		return "no line"
	}
	d := sample(t)
	if got, want := tied(d), "+  max-width: 1100px;"; got != want {
		t.Errorf("with attempts it is tied to %q, not %q", got, want)
	}
	d.Passes = nil
	if got, want := tied(d), "-  width: 1100px;"; got != want {
		t.Errorf("by its cause it is tied to %q, not %q", got, want)
	}
}

func TestPlace(t *testing.T) {
	view := preview.View{Width: 200, Height: 100}
	s := &side{Width: 200, Height: 400}
	tests := map[string]struct {
		box        preview.Box
		x, y, w, h string
		over       string
	}{
		"inside":        {preview.Box{X: 50, Y: 100, Width: 100, Height: 40}, "25.000", "25.000", "50.000", "10.000", ""},
		"sticks out":    {preview.Box{X: 100, Y: 0, Width: 400, Height: 40}, "50.000", "0.000", "50.000", "10.000", "+300 px"},
		"off the right": {preview.Box{X: 300, Y: 0, Width: 20, Height: 40}, "96.000", "0.000", "4.000", "10.000", "+120 px"},
		"off the left":  {preview.Box{X: -90, Y: 0, Width: 50, Height: 40}, "0.000", "0.000", "4.000", "10.000", ""},
		"off the cut":   {preview.Box{X: 0, Y: 900, Width: 200, Height: 40}, "0.000", "98.000", "100.000", "2.000", ""},
		"no size":       {preview.Box{X: 0, Y: 200}, "0.000", "50.000", "4.000", "2.000", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found := &preview.Defect{Measure: map[string]float64{"overflow_px": 1},
				Elements: []preview.Element{{View: "other"}, {View: view.Name(), Box: test.box}}}
			marks := place(&defect{}, found, view.Name(), s)
			if len(marks) != 1 {
				t.Fatalf("there are %d outlines", len(marks))
			}
			m := marks[0]
			if m.X != test.x || m.Y != test.y || m.Width != test.w || m.Height != test.h || m.Over != test.over || !m.Tagged {
				t.Errorf("the outline is %+v", m)
			}
		})
	}
}

// TestDifference repairs one patch on a page that is pushed down by 40 px: the
// patch and nothing else must show.
func TestDifference(t *testing.T) {
	before, after := paint(300, 300, 0, false), paint(300, 340, 40, true)
	got, share, err := difference(before, after)
	if err != nil {
		t.Fatal(err)
	}
	patch := image.Rect(150, 40+2*24+4, 170, 40+2*24+14)
	around := patch.Inset(-2 * cell)
	top := image.Rect(0, 0, 300, 48) // where rows were put in
	for y := range 340 {
		for x := range 300 {
			p, at := image.Pt(x, y), got.RGBAAt(x, y)
			switch {
			case p.In(patch) && at != after.RGBAAt(x, y):
				t.Fatalf("the change at %v does not show: %v", p, at)
			case !p.In(around) && !p.In(top) && at.A != 0:
				t.Fatalf("%v shows, and nothing changed there", p)
			}
		}
	}
	if share <= 0 || share > 0.2 {
		t.Errorf("the share that changed is %.2f", share)
	}
	if _, _, err := difference(after, after); err != ErrSame {
		t.Errorf("a picture differs from itself: %v", err)
	}
	var a, b bytes.Buffer
	if err := errors.Join(png.Encode(&a, before), png.Encode(&b, after)); err != nil {
		t.Fatal(err)
	}
	packed, err := Difference(a.Bytes(), b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if m, err := decode(packed); err != nil || !bytes.Equal(m.Pix, got.Pix) {
		t.Errorf("the packed difference is another: %v", err)
	}
	if _, err := Difference(a.Bytes(), []byte("no picture")); err == nil {
		t.Error("what is no picture is compared")
	}
}

// TestBands checks, on random pictures, that all rows outside of the bands are
// the same in both and come in the same order.
func TestBands(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	column := func(n int) *image.RGBA {
		m := image.NewRGBA(image.Rect(0, 0, 1, n))
		for y := range n {
			m.Pix[m.PixOffset(0, y)] = uint8(random.IntN(12))
		}
		return m
	}
	for range 500 {
		a, b := column(random.IntN(30)), column(random.IntN(30))
		i, j := 0, 0
		for _, d := range append(bands(a, b), band{a.Rect.Dy(), a.Rect.Dy(), b.Rect.Dy(), b.Rect.Dy()}) {
			if d.oldStart-i != d.newStart-j || d.oldEnd < d.oldStart || d.newEnd < d.newStart {
				t.Fatalf("the band %+v does not follow row %d, %d", d, i, j)
			}
			for ; i < d.oldStart; i, j = i+1, j+1 {
				if a.Pix[a.PixOffset(0, i)] != b.Pix[b.PixOffset(0, j)] {
					t.Fatalf("rows %d and %d are not in a band and differ", i, j)
				}
			}
			i, j = d.oldEnd, d.newEnd
		}
	}
}

func TestStrip(t *testing.T) {
	v := preview.View{Width: 320, Height: 500}
	same := paint(320, 500, 0, false)
	p := newPictures("320 px")
	list, still := p.strip("p.html", []preview.Shot{shot(t, v, 0, same), shot(t, v, time.Second, same), shot(t, v, 1500*time.Millisecond, same)})
	if want := "Looks the same at 0 s, 1 s and 1.5 s."; len(list) != 0 || still != want {
		t.Errorf("moments that look the same are told as %d pictures and %q, not %q", len(list), still, want)
	}
	list, still = p.strip("p.html", []preview.Shot{shot(t, v, 0, same), shot(t, v, time.Second, paint(320, 500, 0, true))})
	if len(list) != 2 || still != "" || list[1].Label != "1 s" || list[1].Width != stripWidth || list[1].Height != stripHeight {
		t.Errorf("two moments are told as %+v and %q", list, still)
	}
	if len(p.errs) > 0 {
		t.Error(p.errs)
	}
}

// TestPhotographs are packed as JPEG, pages as PNG.
func TestPhotographs(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	noise := image.NewRGBA(image.Rect(0, 0, 500, 500))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(random.IntN(256)) | uint8(255*(i%4/3))
	}
	v, p := preview.View{Width: 500, Height: 500}, newPictures("500 px")
	if s := p.source(shot(t, v, 0, noise)); !strings.HasPrefix(string(s), `src="data:image/jpeg;`) {
		t.Errorf("a photograph is %.40s", s)
	}
	if s := p.source(shot(t, v, 0, paint(500, 500, 0, false))); !strings.HasPrefix(string(s), `src="data:image/png;`) {
		t.Errorf("a page is %.40s", s)
	}
	if len(p.errs) > 0 {
		t.Error(p.errs)
	}
}
