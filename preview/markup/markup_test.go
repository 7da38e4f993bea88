package markup

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"relook/preview"
)

const page = "\ufeff<!doctype html>\r\n" + `<title>a <b> c</title>
<body class=x>
<!-- <div> -->
<p id=1>one<p ID = "2" style='color: red; x: "y"' style="no">two
<table><tr><td style=width:1px>cell</table>
<svg viewBox="0 0 1 1"><linearGradient id="g"/><path d="M0"/></svg>
<script>"<div>"</script>
<div data-a='1>2' data-relook-offset=7><img src=a.png alt/></div>
<template><i></i></template>`

func TestStartTag(t *testing.T) {
	m := Parse(preview.NewText(page))
	for xpath, want := range map[string]string{
		"/html[1]/head[1]/title[1]":                      "<title>",
		"/html[1]/body[1]":                               "<body class=x>",
		"/html[1]/body[1]/p[1]":                          "<p id=1>",
		"/html[1]/body[1]/p[2]":                          `<p ID = "2" style='color: red; x: "y"' style="no">`,
		"/html[1]/body[1]/table[1]/tbody[1]/tr[1]/td[1]": "<td style=width:1px>",
		"/html[1]/body[1]/table[1]/tbody[1]":             "",
		"/html[1]/body[1]/svg[1]/lineargradient[1]":      `<linearGradient id="g"/>`,
		"/html[1]/body[1]/div[1]":                        `<div data-a='1>2' data-relook-offset=7>`,
		"/html[1]/body[1]/div[1]/img[1]":                 "<img src=a.png alt/>",
		"/html[1]/body[1]/div[2]":                        "",
		"/html[1]/body[1]/template[1]":                   "<template>",
		"/html[1]/body[1]/template[1]/i[1]":              "",
		"":                                               "",
		"/html[1]/head[1]/title[1]/b[1]":                 "",
	} {
		span, ok := m.StartTag(xpath)
		if got := m.src.Slice(span); ok != (want != "") || got != want {
			t.Errorf("StartTag(%s) = %q, %v; want %q", xpath, got, ok, want)
		}
	}
}

func TestAttr(t *testing.T) {
	m := Parse(preview.NewText(page))
	for _, c := range []struct {
		xpath, name, want string
		ok                bool
	}{
		{"/html[1]/body[1]/p[2]", "style", `color: red; x: "y"`, true},
		{"/html[1]/body[1]/p[2]", "id", "2", true},
		{"/html[1]/body[1]/table[1]/tbody[1]/tr[1]/td[1]", "style", "width:1px", true},
		{"/html[1]/body[1]/div[1]/img[1]", "alt", "", false},
		{"/html[1]/body[1]/div[1]/img[1]", "src", "a.png", true},
		{"/html[1]/body[1]/div[1]", "data-a", "1>2", true},
		{"/html[1]/body[1]/svg[1]/path[1]", "d", "M0", true},
		{"/html[1]/body[9]", "d", "", false},
	} {
		span, ok := m.Attr(c.xpath, c.name)
		if got := m.src.Slice(span); ok != c.ok || got != c.want {
			t.Errorf("Attr(%s, %s) = %q, %v; want %q", c.xpath, c.name, got, ok, c.want)
		}
		if !ok {
			continue
		}
		xpath, name, value, ok := m.AttrAt(span)
		if !ok || xpath != c.xpath || name != c.name || value != span {
			t.Errorf("AttrAt(%v) = %s %s %v %v, want %s %s", span, xpath, name, value, ok, c.xpath, c.name)
		}
	}
	i := strings.Index(page, "one")
	if _, _, _, ok := m.AttrAt(preview.Span{Start: i, End: i + 1}); ok {
		t.Error("AttrAt found an attribute in text")
	}
}

// FuzzParse checks against the tokenizer of x/net/html: every tag that is found
// starts where it should and has the attributes that the tokenizer reads.
func FuzzParse(f *testing.F) {
	f.Add(page)
	f.Add("<a b=c d='e' f=\"g\" h i=/>")
	f.Add("<x =a/b==c>\x00<svg><style><p>")
	f.Fuzz(func(t *testing.T, s string) {
		m := Parse(preview.NewText(s))
		for _, tag := range m.list {
			raw := s[tag.span.Start:tag.span.End]
			z := html.NewTokenizer(strings.NewReader(raw))
			z.Next()
			tok := z.Token()
			if tok.Type != html.StartTagToken && tok.Type != html.SelfClosingTagToken {
				t.Fatalf("%s is at %q, which is no start tag", tag.xpath, raw)
			}
			seen := map[string]bool{}
			for _, a := range tok.Attr {
				if seen[a.Key] || strings.ContainsAny(raw, "\x00\r") {
					continue
				}
				seen[a.Key] = true
				span, ok := m.Attr(tag.xpath, a.Key)
				if got := Unescape(m.src.Slice(span)); ok && got != a.Val {
					t.Errorf("attribute %q of %q is %q, want %q", a.Key, raw, got, a.Val)
				}
			}
		}
	})
}
