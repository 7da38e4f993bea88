package chrome

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"relook/preview"
)

const tried = `-- index.html --
<!doctype html><meta name=viewport content="width=device-width">
<title>x</title><link rel=stylesheet href=s.css>
<style>
  .wide { width: 900px; background: #eee; transition: width 1s }
  p { color: #bbb }
  @media (max-width: 500px) { .row { width: 600px } }
  @keyframes k { from { top: 0 } to { top: 10px } }
</style>
<div class=wide><p>some text that is pale</div><div class=row>row</div><b style="width:1400px;display:block">bold</b><i class=ext>ext</i>
-- s.css --
.ext { display: block; width: 1300px }
`

func editOf(t testing.TB, page preview.Page, file, old, text string) preview.Edit {
	t.Helper()
	src, err := page.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	i := strings.Index(src.String(), old)
	if i < 0 {
		t.Fatalf("%s has no %q", file, old)
	}
	return preview.Edit{File: file, Span: preview.Span{Start: i, End: i + len(old)}, NewText: text}
}

// edited is the page with edits of files that each have at most one.
func edited(t *testing.T, page preview.Page, edits ...preview.Edit) preview.Page {
	t.Helper()
	texts := map[string]string{}
	slices.SortFunc(edits, func(a, b preview.Edit) int { return b.Span.Start - a.Span.Start })
	for _, e := range edits {
		if _, ok := texts[e.File]; !ok {
			src, err := page.Read(e.File)
			if err != nil {
				t.Fatal(err)
			}
			texts[e.File] = src.String()
		}
		texts[e.File] = texts[e.File][:e.Span.Start] + e.NewText + texts[e.File][e.Span.End:]
	}
	return preview.Page{FS: preview.Overlay(page.FS, texts), Entry: page.Entry}
}

func keys(r *preview.Rendering) string {
	var list []string
	for _, d := range r.Diagnosis.Defects {
		list = append(list, d.Key()+" "+strings.Join(d.Views, ","))
	}
	return strings.Join(list, "\n")
}

func TestTryEqualsFresh(t *testing.T) {
	page := archive(t, tried)
	l, err := shared.Open(t.Context(), page, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	before := l.Rendering()
	if !before.Diagnosis.Valid || len(before.Diagnosis.Defects) == 0 {
		t.Fatalf("the page as opened: %+v", before.Diagnosis)
	}
	for name, edits := range map[string][]preview.Edit{
		"nothing":        {},
		"a declaration":  {editOf(t, page, "index.html", "width: 900px", "width: 100%")},
		"two rules":      {editOf(t, page, "index.html", "#bbb", "#222"), editOf(t, page, "index.html", "width: 600px", "max-width: 100%; width: auto")},
		"two files":      {editOf(t, page, "index.html", "900px", "90%"), editOf(t, page, "s.css", "1300px", "30px")},
		"an attribute":   {editOf(t, page, "index.html", "width:1400px", "max-width:100%")},
		"a new rule":     {editOf(t, page, "index.html", "p { color: #bbb }", "p { color: #bbb }\n @media (max-width: 800px) { .wide { width: auto } }")},
		"another file":   {editOf(t, page, "s.css", ".ext { display: block; width: 1300px }", "/* gone */")},
		"bad CSS":        {editOf(t, page, "index.html", "width: 900px", "width: 90 0px; colour")},
		"blank":          {editOf(t, page, "s.css", ".ext {", "body { display: none } .ext {")},
		"several at one": {editOf(t, page, "index.html", "width: 900px", "width: 9px"), editOf(t, page, "index.html", "#eee", "#fff")},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := l.Try(t.Context(), edits)
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := shared.Render(t.Context(), edited(t, page, edits...), preview.RenderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Diagnosis.Valid != fresh.Diagnosis.Valid || r.Diagnosis.Cost() != fresh.Diagnosis.Cost() || keys(r) != keys(fresh) {
				t.Errorf("in place: %v %v\n%s\nfresh: %v %v\n%s", r.Diagnosis.Valid, r.Diagnosis.Cost(), keys(r), fresh.Diagnosis.Valid, fresh.Diagnosis.Cost(), keys(fresh))
			}
		})
	}
	again, err := l.Try(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if again.Diagnosis.Cost() != before.Diagnosis.Cost() || keys(again) != keys(before) {
		t.Errorf("after all that was tried the page differs:\n%s\nbefore:\n%s", keys(again), keys(before))
	}
	for name, e := range map[string]preview.Edit{
		"markup":     editOf(t, page, "index.html", "some text", "other"),
		"attribute":  editOf(t, page, "index.html", "class=row", "class=tow"),
		"title":      editOf(t, page, "index.html", "<title>x", "<title>y"),
		"loads":      editOf(t, page, "index.html", "#eee", "url(a.png)"),
		"ends style": editOf(t, page, "index.html", "#eee", "</style>"),
		"no sheet":   {File: "other.css", NewText: "x"},
	} {
		if _, err := l.Try(t.Context(), []preview.Edit{e}); !errors.Is(err, preview.ErrNotInPlace) {
			t.Errorf("%s: error %v, want ErrNotInPlace", name, err)
		}
	}
}

// A try that takes too long is no failure of the machine: a fresh render tells
// whether the page is to blame. Nothing is tried in a page of which it is not
// known how it was left.
func TestTryTakesTooLong(t *testing.T) {
	page := archive(t, tried)
	opened, err := shared.Open(t.Context(), page, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	l, ok := opened.(*live)
	if !ok {
		t.Fatalf("%T is no live page of this package", opened)
	}
	e := []preview.Edit{editOf(t, page, "index.html", "width: 900px", "width: 90px")}
	patience := l.v.options.Timeout
	for _, timeout := range []time.Duration{time.Nanosecond, patience} {
		l.v.options.Timeout = timeout
		if _, err := l.Try(t.Context(), e); !errors.Is(err, preview.ErrNotInPlace) {
			t.Errorf("with %v: error %v, want ErrNotInPlace", timeout, err)
		}
	}
}

func TestTryBesideScripts(t *testing.T) {
	// A script adds a rule to the sheet; to set the sheet's text would lose it.
	page := archive(t, `-- index.html --
<style>p { color: red } </style><p id=p>text</p>
<script>document.styleSheets[0].insertRule("#p { width: 2000px }")</script>
`)
	l, err := shared.Open(t.Context(), page, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := editOf(t, page, "index.html", "} </style>", "} p { color: blue } </style>")
	if r, err := l.Try(t.Context(), []preview.Edit{e}); err == nil {
		fresh, err := shared.Render(t.Context(), edited(t, page, e), preview.RenderOptions{})
		if err != nil || keys(r) != keys(fresh) {
			t.Errorf("in place:\n%s\nfresh (%v):\n%s", keys(r), err, keys(fresh))
		}
	} else if !errors.Is(err, preview.ErrNotInPlace) {
		t.Error(err)
	}
}
