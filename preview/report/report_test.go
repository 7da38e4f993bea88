package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"relook/preview"
)

// paint makes a picture that looks a little like a page: lines of dark strokes
// on white, each line its own, moved down by shift px, with an optional patch
// of another colour in the middle of the third line.
func paint(width, height, shift int, patch bool) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	for line := 0; shift+line*24+14 < height; line++ {
		for x := 8; x < width-8; x++ {
			if (x*(line+3)/5+x/7)%3 != 0 {
				continue
			}
			for y := range 10 {
				m.SetRGBA(x, shift+line*24+4+y, color.RGBA{R: uint8(line), G: 40, B: uint8(y), A: 255})
			}
		}
	}
	if patch {
		for y := shift + 2*24 + 4; y < shift+2*24+14; y++ {
			for x := width / 2; x < width/2+20; x++ {
				m.SetRGBA(x, y, color.RGBA{R: 200, A: 255})
			}
		}
	}
	return m
}

func encode(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shot is a shot that shows m. Its size in CSS px need not be that of m: a view
// with a scale has more px, and these tests save time with fewer.
func shot(t testing.TB, v preview.View, at time.Duration, m image.Image) preview.Shot {
	t.Helper()
	return preview.Shot{View: v, At: at, PNG: encode(t, m), Width: v.Width, Height: v.Width * m.Bounds().Dy() / m.Bounds().Dx()}
}

func defectAt(rule, message, xpath string, views ...preview.View) preview.Defect {
	d := preview.Defect{Rule: rule, Severity: preview.SeverityError, Message: message, Cost: 10,
		Measure: map[string]float64{"overflow_px": 710, "ratio": 2.056}}
	for _, v := range views {
		d.Views = append(d.Views, v.Name())
		d.Elements = append(d.Elements, preview.Element{Selector: xpath, XPath: xpath, View: v.Name(),
			Box: preview.Box{X: 20, Y: 30, Width: 1100, Height: 50}})
	}
	return d
}

// sample is a refinement with one defect repaired, one left and one new.
func sample(t testing.TB) Data {
	t.Helper()
	views := preview.DefaultViews()
	before, after := &preview.Rendering{}, &preview.Rendering{}
	first, second, repair := paint(100, 120, 0, false), paint(100, 120, 2, false), paint(100, 160, 40, true)
	for _, v := range views {
		before.Shots = append(before.Shots, shot(t, v, 0, first), shot(t, v, time.Second, second))
		after.Shots = append(after.Shots, shot(t, v, 0, repair), shot(t, v, time.Second, repair))
	}
	repaired := defectAt("sideways-scroll", "The page scrolls sideways: `.plans` is set to `width: 1100px`.", "/html[1]/body[1]/div[1]", views[0], views[1])
	repaired.Cause = &preview.Cause{File: "pricing.html", Text: "width: 1100px", Property: "width", Selector: ".plans",
		Range: preview.Range{Start: preview.Position{Line: 1, Character: 2}, End: preview.Position{Line: 1, Character: 15}}}
	left := defectAt("low-contrast", "The text is too pale.", "/html[1]/body[1]/p[1]", views...)
	left.Severity = preview.SeverityWarning
	stillLeft := left
	stillLeft.Views, stillLeft.Elements = left.Views[:1], left.Elements[:1]
	before.Diagnosis = preview.Diagnosis{Valid: true, Defects: []preview.Defect{repaired, left}}
	after.Diagnosis = preview.Diagnosis{Valid: true, Defects: []preview.Defect{stillLeft, defectAt("clipped-text", "Cut.", "/html[1]/body[1]/h1[1]", views[2])}}
	diff := "--- a/pricing.html\n+++ b/pricing.html\n@@ -1,3 +1,3 @@\n .plans {\n-  width: 1100px;\n+  max-width: 1100px;\n }\n"
	return Data{
		Path: "examples/pricing.html", Before: before, After: after, Diff: diff, Millis: 4210, PolicyMillis: 900,
		Passes: []Pass{{Policy: "rules", Dropped: []string{"an empty reply"}, Attempts: []Attempt{
			{Why: "drop the width", Diff: strings.ReplaceAll(diff, "max-width: 1100px", "color: red"), Reason: "The text of `h3` is cut off.", Cost: 31, Targets: []string{repaired.Key()}},
			{Why: "let it shrink", Diff: diff, Admitted: true, Cost: 20, Targets: []string{repaired.Key()}},
		}}},
	}
}

func write(t testing.TB, d Data) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func parse(t testing.TB, text string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestSelfContained reads the report as a browser would and looks for anything
// that points outside of the file, or at nothing.
func TestSelfContained(t *testing.T) {
	checked := sample(t)
	checked.After, checked.Diff, checked.Passes = nil, "", nil
	for name, d := range map[string]Data{"refined": sample(t), "checked": checked} {
		t.Run(name, func(t *testing.T) {
			doc := parse(t, write(t, d))
			ids, links := map[string]bool{}, []string{}
			for n := range doc.Descendants() {
				if n.Type != html.ElementNode {
					continue
				}
				if id, ok := attr(n, "id"); ok {
					if ids[id] {
						t.Errorf("id %q is given twice", id)
					}
					ids[id] = true
				}
				if href, ok := attr(n, "href"); ok {
					links = append(links, href)
				}
				if src, ok := attr(n, "src"); ok && !strings.HasPrefix(src, "data:image/") {
					t.Errorf("<%s> loads %.80s", n.Data, src)
				}
				if n.Data == "img" {
					if alt, _ := attr(n, "alt"); !strings.Contains(alt, d.Path) {
						t.Errorf("a picture has the text %q", alt)
					}
				}
				if n.Data == "link" || n.Data == "iframe" || n.Data == "object" || n.Data == "base" {
					t.Errorf("there is a <%s>", n.Data)
				}
			}
			if len(links) == 0 {
				t.Error("nothing links to anything")
			}
			for _, l := range links {
				if target, ok := strings.CutPrefix(l, "#"); !ok || !ids[target] {
					t.Errorf("a link goes to %q", l)
				}
			}
		})
	}
}

func TestContentPolicyAllowsOnlyTheScript(t *testing.T) {
	var policy, code string
	for n := range parse(t, write(t, sample(t))).Descendants() {
		if v, _ := attr(n, "http-equiv"); v == "Content-Security-Policy" {
			policy, _ = attr(n, "content")
		}
		if n.Data == "script" {
			code = n.FirstChild.Data
		}
	}
	sum := sha256.Sum256([]byte(code))
	if want := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
		t.Errorf("policy %q lacks %q", policy, want)
	}
	if !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("policy %q lets things through", policy)
	}
}

// TestHostileText puts markup everywhere that text of a page or a model can go.
func TestHostileText(t *testing.T) {
	const evil = "`</code></style></script><script>alert(1)</script><img src=x onerror=alert(1)>\" onload=\"alert(1)' javascript:alert(1) {{.Path}}"
	count := func(d Data) map[string]int {
		tags := map[string]int{}
		for n := range parse(t, write(t, d)).Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data != "code" { // a message is split into code at its backticks
				tags[n.Data]++
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
				}
			}
		}
		return tags
	}
	want := count(sample(t))
	d := sample(t)
	d.Path += evil
	for _, r := range []*preview.Rendering{d.Before, d.After} {
		for i := range r.Diagnosis.Defects {
			f := &r.Diagnosis.Defects[i]
			f.Message += evil
			f.Measure = map[string]float64{"overflow_px": 710, "ratio" + evil: 1}
			if f.Cause != nil {
				f.Cause.Text, f.Cause.Selector, f.Cause.Property = evil, evil, evil
			}
		}
	}
	d.Diff = strings.ReplaceAll(d.Diff, "1100px;", "1100px;"+evil)
	p := &d.Passes[0]
	p.Policy, p.Dropped[0] = evil, evil
	for i := range p.Attempts {
		a := &p.Attempts[i]
		a.Why, a.Diff = evil, strings.ReplaceAll(a.Diff, "1100px;", "1100px;"+evil)
	}
	p.Attempts[0].Reason += evil
	got := count(d)
	for tag, n := range want {
		if got[tag] != n {
			t.Errorf("%d <%s> with hostile text, %d without", got[tag], tag, n)
		}
		delete(got, tag)
	}
	for tag, n := range got {
		t.Errorf("hostile text made %d <%s>", n, tag)
	}
}

func TestWriteTellsWhatIsWrong(t *testing.T) {
	noPicture := sample(t)
	noPicture.Before.Shots[1].PNG = []byte("not a png")
	tests := map[string]struct {
		d    Data
		want string
	}{
		"no rendering": {Data{Path: "p.html"}, "p.html: there is no rendering"},
		"no picture":   {noPicture, "the shot at 390 px: png: invalid format"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			err := Write(&b, test.d)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, not %q", err, test.want)
			}
			if b.Len() > 0 {
				t.Errorf("%d bytes were written all the same", b.Len())
			}
		})
	}
	full := errors.New("the disk is full")
	if err := Write(failing{full}, sample(t)); !errors.Is(err, full) {
		t.Errorf("the error of the writer came out as %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestWriteWithoutShots is a report of a render that took no pictures.
func TestWriteWithoutShots(t *testing.T) {
	d := sample(t)
	d.Before.Shots, d.After.Shots = nil, nil
	text := write(t, d)
	if strings.Contains(text, "<figure") || !strings.Contains(text, "2 defects at 3 widths") {
		t.Errorf("no pictures were given, and the report shows some or does not say what was found")
	}
}

// TestSize keeps the file near the size of its pictures: base64 adds a third.
func TestSize(t *testing.T) {
	d, pictures := sample(t), 0
	for _, r := range []*preview.Rendering{d.Before, d.After} {
		for _, s := range r.Shots {
			pictures += len(s.PNG)
		}
	}
	if n, most := len(write(t, d)), pictures*5/3+64<<10; n > most {
		t.Errorf("the report takes %d bytes for %d bytes of pictures, more than %d", n, pictures, most)
	}
}

func BenchmarkWrite(b *testing.B) {
	d := sample(b)
	for i, v := range preview.DefaultViews() {
		d.Before.Shots[2*i] = shot(b, v, 0, paint(v.Width, 2400, 0, false))
		d.After.Shots[2*i] = shot(b, v, 0, paint(v.Width, 2600, 40, true))
		d.Before.Shots[2*i+1], d.After.Shots[2*i+1] = d.Before.Shots[2*i], d.After.Shots[2*i]
	}
	for b.Loop() {
		if err := Write(&bytes.Buffer{}, d); err != nil {
			b.Fatal(err)
		}
	}
}
