package edit

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"relook/preview"
)

// tagIn returns the place of the first img start tag of src.
func tagIn(src string) preview.SourceSpan {
	start := strings.Index(src, "<img")
	end, quote := start, byte(0)
	for ; src[end] != '>' || quote != 0; end++ {
		switch c := src[end]; {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return preview.SourceSpan{File: "a.html", Span: preview.Span{Start: start, End: end + 1}}
}

func TestSetAttribute(t *testing.T) {
	tests := []struct{ name, src, value, want string }{
		{"change", `<p><img alt="x" src="a.png"></p>`, "b.png", `<p><img alt="x" src="b.png"></p>`},
		{"single quotes", `<img src='a.png' >`, "it's.png", `<img src='it&#39;s.png' >`},
		{"escape", `<img src="a.png">`, `"&.png`, `<img src="&quot;&amp;.png">`},
		{"bare", `<img src=a.png>`, "img/b.png", `<img src=img/b.png>`},
		{"bare to quoted", `<img src=a.png/>`, "b c.png", `<img src="b c.png">`},
		{"without value", `<img src alt>`, "b.png", `<img src="b.png" alt>`},
		{"absent", `<img alt="x">`, "b.png", `<img alt="x" src="b.png">`},
		{"absent, single quotes", `<img alt='x'>`, "b.png", `<img alt='x' src='b.png'>`},
		{"absent, self-closing", `<img alt="x" />`, "b.png", `<img alt="x" src="b.png" />`},
		{"absent, alone", `<img>`, "b.png", `<img src="b.png">`},
		{"absent, lines", "<img\n  alt=\"x\"\n>", "b.png", "<img\n  alt=\"x\"\n  src=\"b.png\"\n>"},
		{"any case", `<img SRC="a.png">`, "b.png", `<img SRC="b.png">`},
		{"bracket in a value", `<img alt="a > b" src="a.png">`, "b.png", `<img alt="a > b" src="b.png">`},
		{"first of two", `<img src="a.png" src="c.png">`, "b.png", `<img src="b.png" src="c.png">`},
		{"space around", `<img src = "a.png" >`, "b.png", `<img src = "b.png" >`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := SetAttribute(preview.NewText(tt.src), tagIn(tt.src), "src", tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if got := mustApply(t, tt.src, e); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	src := `<img src="a&amp;b">`
	if _, err := SetAttribute(preview.NewText(src), tagIn(src), "src", "a&b"); !errors.Is(err, ErrNoChange) {
		t.Errorf("no change gave %v", err)
	}
}

func TestSetAttributeRefuses(t *testing.T) {
	src := preview.NewText(`<img src="a.png">`)
	for _, tt := range []struct{ name, value string }{
		{"onload", "x()"}, {"ONERROR", "x()"}, {"srcdoc", "x"}, {"style", "color: red"}, {"", "x"}, {"a b", "x"}, {"a>", "x"}, {"a=", "x"},
		{"href", "javascript:alert(1)"}, {"href", " JavaScript:alert(1)"}, {"href", "java\tscript:alert(1)"}, {"href", "vbscript:x"},
		{"src", "data:text/html,x"}, {"srcset", "a.png 1x, data:text/html,x 2x"}, {"alt", strings.Repeat("x", MaxValueBytes+1)},
		{"alt", "a\nb"}, {"alt", "\xff"}, {"xlink:href", "javascript:x"},
	} {
		if e, err := SetAttribute(src, tagIn(src.String()), tt.name, tt.value); err == nil {
			t.Errorf("%s=%q gave %+v", tt.name, tt.value, e)
		}
	}
	for _, tag := range []string{"<img", "img>", `<img src="a>`, "</img>", "< img>", "<img a=b>c>"} {
		at := preview.SourceSpan{File: "a", Span: preview.Span{End: len(tag)}}
		if e, err := SetAttribute(preview.NewText(tag), at, "src", "x"); err == nil {
			t.Errorf("tag %q gave %+v", tag, e)
		}
	}
}

func TestRemoveAttribute(t *testing.T) {
	for src, want := range map[string]string{
		`<img alt="x" src="a">`:  `<img alt="x">`,
		`<img src=a alt>`:        `<img alt>`,
		"<img\n  src\n  alt=x/>": "<img\n  alt=x/>",
	} {
		e, err := RemoveAttribute(preview.NewText(src), tagIn(src), "src")
		if err != nil {
			t.Fatal(err)
		}
		if got := mustApply(t, src, e); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	src := "<img>"
	if _, err := RemoveAttribute(preview.NewText(src), tagIn(src), "src"); err == nil {
		t.Error("removing what is not there gave no error")
	}
}

// attributes reads the attributes of the one start tag of s as browsers do.
func attributes(s string) (map[string]string, int) {
	z := html.NewTokenizer(strings.NewReader(s))
	if kind := z.Next(); kind != html.StartTagToken && kind != html.SelfClosingTagToken || len(z.Raw()) != len(s) {
		return nil, 0
	}
	all, n := map[string]string{}, 0
	for _, a := range z.Token().Attr {
		if _, ok := all[a.Key]; !ok {
			all[a.Key] = a.Val
		}
		n++
	}
	return all, n
}

func FuzzSetAttribute(f *testing.F) {
	for _, tag := range []string{"<a>", "<a b=c/>", "<a b='c' d>", "<a b=\"&amp;\">", "<a =b>", "<a b= c>", "<a/b/c=d>", "<a title>"} {
		f.Add(tag, "title", "x \"'y")
		f.Add(tag, "b", "&lt;")
	}
	f.Fuzz(func(t *testing.T, tag, name, value string) {
		before, n := attributes(tag)
		if before == nil || strings.ContainsAny(tag, "\r\x00") || name != strings.ToLower(name) {
			return
		}
		at := preview.SourceSpan{File: "f", Span: preview.Span{End: len(tag)}}
		e, err := SetAttribute(preview.NewText(tag), at, name, value)
		if err != nil {
			return
		}
		got, err := Apply(tag, []preview.Edit{e})
		if err != nil {
			return
		}
		after, m := attributes(got)
		if after[name] != value || m < n || m > n+1 {
			t.Fatalf("%q became %q: %s is %q, not %q", tag, got, name, after[name], value)
		}
		for k, v := range before {
			if k != name && after[k] != v {
				t.Fatalf("%q became %q: %s changed", tag, got, k)
			}
		}
	})
}
