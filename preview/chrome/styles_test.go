package chrome

import (
	"fmt"
	"strings"
	"testing"

	"relook/preview"
)

// describe writes rules so that a test can compare them: every place is given
// by the text that stands there.
func describe(t *testing.T, page preview.Page, rules []preview.StyleRule) string {
	t.Helper()
	var b strings.Builder
	for _, r := range rules {
		fmt.Fprintf(&b, "%s", r.Selector)
		if len(r.Media) > 0 {
			fmt.Fprintf(&b, " @%s", strings.Join(r.Media, "@"))
		}
		b.WriteString(" {")
		var text preview.Text
		if r.Body.File != "" {
			var err error
			if text, err = page.Read(r.Body.File); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, " %s whole=%q body=%q", r.Body.File, text.Slice(r.Whole.Span), text.Slice(r.Body.Span))
		}
		for _, d := range r.Decls {
			fmt.Fprintf(&b, "\n  %s=%s", d.Property, d.Value)
			if d.Important {
				b.WriteString(" important")
			}
			if d.Wins {
				b.WriteString(" wins")
			}
			if r.Body.File != "" {
				fmt.Fprintf(&b, " %q", text.Slice(d.Span))
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func TestStyles(t *testing.T) {
	page := archive(t, strings.ReplaceAll("-- a/index.html --\n\ufeff"+`<!doctype html><title>ü𝒳</title><style>p{color:red}</style><link rel=stylesheet href=../s/x.css>
<style>/* ü𝒳 */ p { margin: 1px 2px;
  color: blue ; nope: 1; width: 10px !important }
@media (min-width: 100px) { @media screen { #x.y, p:first-child { color : green; } } }
</style>
<p id=x class=y style="height: 5px; width: 20px">text
<p id=e style="font-family: &quot;A&quot;">entity
<script>const s = document.createElement("style"); s.textContent = "p { top: 1px }"; document.body.append(s)</script>
-- s/x.css --
/* 𝒳 */ p { padding: 3px;
  color: pink }
`, "\n", "\r\n"))
	tab := load(t, page, preview.RenderOptions{})
	styles := func(id string) string {
		rules, err := tab.Styles(t.Context(), `(arg) => document.getElementById(arg)`, id)
		if err != nil {
			t.Fatal(err)
		}
		return describe(t, page, rules)
	}
	got := styles("x")
	t.Log(got)
	for _, want := range []string{
		` { a/index.html whole="height: 5px; width: 20px" body="height: 5px; width: 20px"` + "\n" +
			`  height=5px wins "height: 5px;"` + "\n" + `  width=20px "width: 20px"}`,
		`#x.y, p:first-child @(min-width: 100px)@screen { a/index.html whole="#x.y, p:first-child { color : green; }" body=" color : green; "` +
			"\n" + `  color=green wins "color : green;"}`,
		`p { a/index.html whole="p { margin: 1px 2px;\r\n  color: blue ; nope: 1; width: 10px !important }"`,
		`  margin=1px 2px wins "margin: 1px 2px;"`,
		`  width=10px important wins "width: 10px !important"`,
		`p { s/x.css whole="p { padding: 3px;\r\n  color: pink }"`,
		`  color=pink "color: pink"`,
		`p { a/index.html whole="p{color:red}" body="color:red"`,
		"p {\n  top=1px wins}",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the styles lack\n%s", want)
		}
	}
	if strings.Contains(got, "nope=") || strings.Contains(got, "display=block") {
		t.Error("the styles have declarations that are not the author's or not understood")
	}
	if !strings.HasPrefix(got, " {") || strings.Index(got, "#x.y") > strings.Index(got, "\np {") {
		t.Error("the strongest rule does not come first")
	}
	if got := styles("e"); !strings.HasPrefix(got, " {\n  font-family=\"A\" wins}") {
		t.Errorf("a style attribute with entities can't be edited, but has a place: %s", got)
	}
}
