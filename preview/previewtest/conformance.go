package previewtest

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"relook/preview"
)

// Page makes a page of a txtar archive; the first file is the entry.
func Page(t testing.TB, archive string) preview.Page {
	t.Helper()
	a := txtar.Parse([]byte(archive))
	if len(a.Files) == 0 {
		t.Fatal("the archive holds no file")
	}
	f, err := txtar.FS(a)
	if err != nil {
		t.Fatal(err)
	}
	return preview.Page{FS: f, Entry: a.Files[0].Name}
}

const wide = `-- index.html --
<!doctype html><html lang=en><head><title>Wide</title><link rel=stylesheet href=css/a.css><style>
.wide { width: 900px; background: #eee }
@media (max-width: 500px) { .wide { color: #aaa } }
p { color: #999 }
</style></head><body style="margin: 0">
<div class=wide>a wide box</div>
<p>pale text</p><div style="width: 50%">half</div><button>Press</button>
</body></html>
-- css/a.css --
body { background: #fff }
.gone { display: none }
`

// Conformance tests a renderer. open gives a fresh one, or the same each time;
// whoever opens it closes it.
func Conformance(t *testing.T, open func(testing.TB) preview.Renderer) {
	t.Run("Pages", func(t *testing.T) { testPages(t, open(t)) })
	t.Run("Shots", func(t *testing.T) { testShots(t, open(t)) })
	t.Run("Same", func(t *testing.T) { testSame(t, open(t)) })
	t.Run("Evidence", func(t *testing.T) { testEvidence(t, open(t)) })
	t.Run("Try", func(t *testing.T) { testTry(t, open(t)) })
	t.Run("Input", func(t *testing.T) { testInput(t, open(t)) })
	t.Run("Cancel", func(t *testing.T) { testCancel(t, open(t)) })
}

func render(t *testing.T, r preview.Renderer, p preview.Page, o preview.RenderOptions) *preview.Rendering {
	t.Helper()
	got, err := r.Render(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// defects lists the rules and views of what was found.
func defects(r *preview.Rendering) string {
	var list []string
	for _, d := range r.Diagnosis.Defects {
		list = append(list, d.Rule+" at "+strings.Join(d.Views, ","))
	}
	slices.Sort(list) // costs, and so the order, are each renderer's own
	return strings.Join(list, "; ")
}

func testPages(t *testing.T, r preview.Renderer) {
	for _, c := range []struct{ name, page, invalid, want string }{
		{"fine", "-- a.html --\n<!doctype html><title>x</title><p>text", "", ""},
		{"wide", wide, "", "low-contrast at 390x844; low-contrast at 390x844,768x1024,1280x800; sideways-scroll at 390x844,768x1024"},
		{"image", "-- b/a.html --\n<!doctype html><p>text</p><img src=../no.png alt=picture width=40 height=40>", "", "broken-image at 390x844,768x1024,1280x800"},
		{"empty body", "-- a.html --\n<!doctype html><title>x</title>", "blank", ""},
		{"all hidden", "-- a.html --\n<!doctype html><style>body { display: none }</style><p>text", "blank", ""},
		{"endless script", "-- a.html --\n<!doctype html><p>text<script>for(;;);</script>", "a script never ends", ""},
		{"clipped by the page", "-- a.html --\n<!doctype html><style>.x { display: none; width: 2000px }</style><p>text</p><div class=x>more</div>", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := render(t, r, Page(t, c.page), preview.RenderOptions{Timeout: 5 * time.Second})
			d := got.Diagnosis
			if d.Valid != (c.invalid == "") || !strings.Contains(d.InvalidReason, c.invalid) || c.invalid == "" && d.InvalidReason != "" {
				t.Fatalf("valid is %v, reason %q; want reason %q", d.Valid, d.InvalidReason, c.invalid)
			}
			if d.Defects == nil || d.Path == "" || d.Millis <= 0 {
				t.Errorf("the diagnosis is not whole: %+v", d)
			}
			if !d.Valid {
				if len(d.Defects) > 0 || len(got.Inventories) > 0 {
					t.Error("an invalid render has defects or inventories")
				}
				return
			}
			if list := defects(got); list != c.want {
				t.Errorf("found %q, want %q", list, c.want)
			}
			if !slices.Contains(got.Files, d.Path) {
				t.Errorf("the page is not among the files %v", got.Files)
			}
			if len(got.Inventories) != 3 || len(got.Shots) != 0 {
				t.Errorf("%d inventories and %d shots, want 3 and none", len(got.Inventories), len(got.Shots))
			}
		})
	}
}

func testShots(t *testing.T, r preview.Renderer) {
	views := []preview.View{{Width: 390, Height: 844}, {Width: 300, Height: 200, Scale: 2}, {Width: 1280, Height: 800}}
	tall := Page(t, "-- a.html --\n<!doctype html><style>.tall { height: 9500px; width: 100% }</style><div class=tall>text</div>")
	for _, c := range []struct {
		mode preview.ShotMode
		each int
	}{{preview.NoShots, 0}, {preview.LastShots, 1}, {preview.AllShots, 3}} {
		got := render(t, r, tall, preview.RenderOptions{Views: views, Shots: c.mode})
		if len(got.Shots) != len(views)*c.each {
			t.Fatalf("%d shots, want %d", len(got.Shots), len(views)*c.each)
		}
		for i, s := range got.Shots {
			v := views[i/c.each]
			at := preview.DefaultMoments()[i%c.each]
			if c.mode == preview.LastShots {
				at = 2 * time.Second
			}
			if s.View != v || s.At != at {
				t.Errorf("shot %d is of %s at %v, want %s at %v", i, s.View.Name(), s.At, v.Name(), at)
			}
			cfg, err := png.DecodeConfig(bytes.NewReader(s.PNG))
			if err != nil {
				t.Fatal(err)
			}
			scale := max(v.Scale, 1)
			if s.Width != v.Width || s.Height != preview.MaxShotHeight ||
				cfg.Width != int(float64(s.Width)*scale) || cfg.Height != int(float64(s.Height)*scale) {
				t.Errorf("shot %d is %dx%d px of %dx%d CSS px", i, cfg.Width, cfg.Height, s.Width, s.Height)
			}
			if got.Shot(v.Name(), at) != &got.Shots[i] {
				t.Errorf("shot %d is not found by view and moment", i)
			}
		}
	}
	short := render(t, r, Page(t, "-- a.html --\n<!doctype html><p>text"), preview.RenderOptions{Views: views, Shots: preview.LastShots})
	for _, s := range short.Shots {
		cfg, err := png.DecodeConfig(bytes.NewReader(s.PNG))
		if err != nil {
			t.Fatal(err)
		}
		if want := int(float64(s.View.Height) * max(s.View.Scale, 1)); s.Height != s.View.Height || cfg.Height != want {
			t.Errorf("the shot of a short page is %d px high, %d CSS px, want the viewport's %d", cfg.Height, s.Height, s.View.Height)
		}
	}
}

// testSame renders twice: everything but the time must be equal, with shots and
// without.
func testSame(t *testing.T, r preview.Renderer) {
	p := Page(t, wide)
	first := render(t, r, p, preview.RenderOptions{Shots: preview.AllShots})
	second := render(t, r, p, preview.RenderOptions{Shots: preview.AllShots})
	third := render(t, r, p, preview.RenderOptions{})
	for i := range first.Shots {
		if !bytes.Equal(first.Shots[i].PNG, second.Shots[i].PNG) {
			t.Errorf("shot %d differs between two renders", i)
		}
	}
	for _, other := range []*preview.Rendering{second, third} {
		other.Diagnosis.Millis = first.Diagnosis.Millis
		if !reflect.DeepEqual(first.Diagnosis, other.Diagnosis) {
			t.Errorf("two diagnoses differ:\n%+v\n%+v", first.Diagnosis, other.Diagnosis)
		}
		if !reflect.DeepEqual(first.Inventories, other.Inventories) {
			t.Errorf("two inventories differ:\n%+v\n%+v", first.Inventories, other.Inventories)
		}
	}
}

func testEvidence(t *testing.T, r preview.Renderer) {
	p := Page(t, wide)
	src, err := p.Source()
	if err != nil {
		t.Fatal(err)
	}
	l, err := r.Open(t.Context(), p, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	list := l.Rendering().Diagnosis.Defects
	i := slices.IndexFunc(list, func(d preview.Defect) bool { return d.Rule == "sideways-scroll" })
	if i < 0 || list[i].Evidence == nil || len(list[i].Evidence.Subjects) == 0 {
		t.Fatalf("no sideways-scroll with evidence among %+v", list)
	}
	d := list[i]
	s := d.Evidence.Subjects[0]
	if s.StartTag == nil || src.Slice(s.StartTag.Span) != "<div class=wide>" {
		t.Errorf("start tag %+v", s.StartTag)
	}
	var found bool
	for _, rule := range s.Rules {
		if rule.Selector != ".wide" || len(rule.Media) > 0 {
			continue
		}
		found = true
		if got := src.Slice(rule.Body.Span); rule.Body.File != "index.html" || got != " width: 900px; background: #eee " {
			t.Errorf("the rule's body is %q in %s", got, rule.Body.File)
		}
		if got := src.Slice(rule.Whole.Span); got != ".wide { width: 900px; background: #eee }" {
			t.Errorf("the whole rule is %q", got)
		}
		if w := rule.Decls[0]; w.Property != "width" || w.Value != "900px" || !w.Wins || src.Slice(w.Span) != "width: 900px;" {
			t.Errorf("the declaration is %+v %q", w, src.Slice(w.Span))
		}
	}
	if !found {
		t.Errorf("no rule .wide among %+v", s.Rules)
	}
	if d.Cause == nil || d.Cause.File != "index.html" || !strings.HasPrefix(d.Cause.Text, "width: 900px") || d.Cause.Range.Start.Line != 1 {
		t.Errorf("cause %+v", d.Cause)
	}
}

// edit replaces the first occurrence of old in a file.
func edit(t *testing.T, p preview.Page, file, old, text string) preview.Edit {
	t.Helper()
	src, err := p.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	i := strings.Index(src.String(), old)
	if i < 0 {
		t.Fatalf("%s has no %q", file, old)
	}
	return preview.Edit{File: file, Span: preview.Span{Start: i, End: i + len(old)}, NewText: text}
}

func testTry(t *testing.T, r preview.Renderer) {
	p := Page(t, wide)
	l, err := r.Open(t.Context(), p, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, e := range map[string]preview.Edit{
		"a width":      edit(t, p, "index.html", "width: 900px", "width: 100%"),
		"a new decl":   edit(t, p, "index.html", "900px;", "900px; max-width: 100%;"),
		"a colour":     edit(t, p, "index.html", "#999", "#222222"),
		"an attribute": edit(t, p, "index.html", "width: 50%", "width: 1500px"),
		"another file": edit(t, p, "css/a.css", ".gone { display", ".wide { display"),
		"a new rule":   edit(t, p, "index.html", "p { color: #999 }", "p { color: #000 } p { width: 2000px }"),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := l.Try(t.Context(), []preview.Edit{e})
			if err != nil {
				t.Fatal(err)
			}
			src, err := p.Read(e.File)
			if err != nil {
				t.Fatal(err)
			}
			text := src.String()[:e.Span.Start] + e.NewText + src.String()[e.Span.End:]
			after := preview.Page{FS: preview.Overlay(p.FS, map[string]string{e.File: text}), Entry: p.Entry}
			fresh := render(t, r, after, preview.RenderOptions{})
			if defects(got) != defects(fresh) || math.Abs(got.Diagnosis.Cost()-fresh.Diagnosis.Cost()) > 0.01 {
				t.Errorf("in place: %s, cost %v; fresh: %s, cost %v", defects(got), got.Diagnosis.Cost(), defects(fresh), fresh.Diagnosis.Cost())
			}
			if !reflect.DeepEqual(got.Inventories, fresh.Inventories) {
				t.Errorf("in place there is\n%+v\nfresh\n%+v", got.Inventories, fresh.Inventories)
			}
			if defects(got) == defects(l.Rendering()) && got.Diagnosis.Cost() == l.Rendering().Diagnosis.Cost() {
				t.Error("the edit changed nothing")
			}
		})
	}
	again, err := l.Try(t.Context(), nil)
	if err != nil || defects(again) != defects(l.Rendering()) {
		t.Errorf("the page did not come back: %v, error %v", again, err)
	}
	for _, e := range []preview.Edit{
		edit(t, p, "index.html", "pale text", "other text"),
		edit(t, p, "index.html", "class=wide", "class=gone"),
		edit(t, p, "index.html", "#eee", "url(x.png)"),
		{File: "css/none.css", NewText: "x"},
	} {
		if _, err := l.Try(t.Context(), []preview.Edit{e}); !errors.Is(err, preview.ErrNotInPlace) {
			t.Errorf("trying %q: error %v, want ErrNotInPlace", e.NewText, err)
		}
	}
	testTryInvalid(t, r)
}

func testTryInvalid(t *testing.T, r preview.Renderer) {
	p := Page(t, "-- a.html --\n<!doctype html><style>body { display: none }</style><p>text")
	l, err := r.Open(t.Context(), p, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Rendering().Diagnosis.Valid {
		t.Error("a blank page is valid")
	}
	if _, err := l.Try(t.Context(), []preview.Edit{edit(t, p, "a.html", "none", "block")}); !errors.Is(err, preview.ErrNotInPlace) {
		t.Errorf("trying on an invalid page: error %v", err)
	}
}

func testInput(t *testing.T, r preview.Renderer) {
	f := fstest.MapFS{"d/a.html": {Data: []byte("x")}, "empty.html": {}, "bin.html": {Data: []byte("a\x00b")}, "utf.html": {Data: []byte("a\xffb")}}
	for _, entry := range []string{"none.html", "d", "empty.html", "bin.html", "utf.html", "../up.html"} {
		var bad *preview.InputError
		if _, err := r.Render(t.Context(), preview.Page{FS: f, Entry: entry}, preview.RenderOptions{}); !errors.As(err, &bad) {
			t.Errorf("rendering %s: error %v, want an InputError", entry, err)
		} else if bad.File != entry || bad.What == "" {
			t.Errorf("rendering %s: %+v", entry, bad)
		}
		if _, err := r.Open(t.Context(), preview.Page{FS: f, Entry: entry}, preview.RenderOptions{}); !errors.As(err, &bad) {
			t.Errorf("opening %s: error %v, want an InputError", entry, err)
		}
	}
}

func testCancel(t *testing.T, r preview.Renderer) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if _, err := r.Render(ctx, Page(t, wide), preview.RenderOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("rendering when cancelled: error %v", err)
	}
	if _, err := r.Open(ctx, Page(t, wide), preview.RenderOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("opening when cancelled: error %v", err)
	}
}
