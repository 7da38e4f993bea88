package edit

import (
	"errors"
	"strings"
	"testing"

	"relook/preview"
	"relook/preview/stylesheet"
)

// ruleIn finds the rule whose selector is marked by its text in src, wherever
// it is nested.
func ruleIn(t testing.TB, src, selector string) preview.StyleRule {
	t.Helper()
	i := strings.Index(src, selector)
	if i < 0 {
		t.Fatalf("%q is not in the source", selector)
	}
	brace := i + strings.IndexByte(src[i:], '{')
	rule := stylesheet.Scan(selector + src[brace:])[0]
	if !strings.HasSuffix((selector + src[brace:])[:rule.End], "}") {
		t.Fatalf("%q is not closed", selector)
	}
	shift := brace - len(selector)
	body := preview.Span{Start: shift + rule.BodyStart, End: shift + rule.BodyEnd}
	return preview.StyleRule{
		Selector: selector,
		Whole:    preview.SourceSpan{File: "a.css", Span: preview.Span{Start: i, End: body.End + 1}},
		Body:     preview.SourceSpan{File: "a.css", Span: body},
	}
}

// attributeIn finds the style attribute in src.
func attributeIn(t testing.TB, src string) preview.StyleRule {
	t.Helper()
	i := strings.Index(src, "style=") + len("style=")
	end := strings.IndexAny(src[i:], " >")
	if q := src[i]; q == '"' || q == '\'' {
		i++
		end = strings.IndexByte(src[i:], q)
	}
	return preview.StyleRule{Body: preview.SourceSpan{File: "a.html", Span: preview.Span{Start: i, End: i + end}}}
}

func mustApply(t testing.TB, src string, e preview.Edit) string {
	t.Helper()
	out, err := Apply(src, []preview.Edit{e})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSetDeclaration(t *testing.T) {
	tests := []struct{ name, src, property, value, want string }{
		{"change", "a { color: red; width: 9px; }", "color", "blue", "a { color: blue; width: 9px; }"},
		{"change the last", "a { color: red; color: green }", "color", "blue", "a { color: red; color: blue }"},
		{"change the important", "a { color: red !important; color: green }", "color", "blue", "a { color: blue !important; color: green }"},
		{"any case", "a { COLOR : red }", "color", "blue", "a { COLOR : blue }"},
		{"compact", "a{color:red}", "width", "9px", "a{color:red;width:9px}"},
		{"compact with semicolon", "a{color:red;}", "width", "9px", "a{color:red;width:9px;}"},
		{"one line", "a { color: red }", "width", "9px", "a { color: red; width: 9px }"},
		{"one line with semicolon", "a { color: red; }", "width", "9px", "a { color: red; width: 9px; }"},
		{"lines", "a {\n  color: red;\n}\n", "width", "9px", "a {\n  color: red;\n  width: 9px;\n}\n"},
		{"lines without semicolon", "a {\n\tcolor: red\n}\n", "width", "9px", "a {\n\tcolor: red;\n\twidth: 9px\n}\n"},
		{"crlf", "a {\r\n  color: red;\r\n}\r\n", "width", "9px", "a {\r\n  color: red;\r\n  width: 9px;\r\n}\r\n"},
		{"bom", "\ufeffa { color: red; }", "width", "9px", "\ufeffa { color: red; width: 9px; }"},
		{"comment behind", "a {\n  color: red; /* why */\n}", "width", "9px", "a {\n  color: red; /* why */\n  width: 9px;\n}"},
		{"comment behind, no semicolon", "a {\n  color: red /* why */\n}", "width", "9px", "a {\n  color: red; /* why */\n  width: 9px\n}"},
		{"empty", "a {}", "width", "9px", "a { width: 9px; }"},
		{"blank", "a { }", "width", "9px", "a { width: 9px; }"},
		{"empty lines", "  a {\n  }\n", "width", "9px", "  a {\n    width: 9px;\n  }\n"},
		{"comment only", "a {\n  /* nothing */\n}", "width", "9px", "a {\n  width: 9px;\n  /* nothing */\n}"},
		{"nested rules", "a {\n  color: red;\n  &:hover { width: 1px; }\n}", "width", "9px", "a {\n  color: red;\n  width: 9px;\n  &:hover { width: 1px; }\n}"},
		{"nested rule that looks like a declaration", "a { b:hover { color: red } }", "color", "blue", "a { color: blue; b:hover { color: red } }"},
		{"shorthand behind", "a { margin-left: 9px; margin: 0; }", "margin-left", "1px", "a { margin-left: 9px; margin: 0; margin-left: 1px; }"},
		{"semicolon in a string", "a { content: \"a;b}\"; }", "width", "9px", "a { content: \"a;b}\"; width: 9px; }"},
		{"semicolon in an address", "a { background: url(data:image/png;base64,AA==) }", "width", "9px", "a { background: url(data:image/png;base64,AA==); width: 9px }"},
		{"custom property", "a { --x: {a;b}; }", "--x", "1px", "a { --x: 1px; }"},
		{"space around the colon", "a { color : red; }", "width", "9px", "a { color : red; width : 9px; }"},
		{"hack", "a {\n  *zoom: 1;\n}", "width", "9px", "a {\n  *zoom: 1;\n  width: 9px;\n}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := SetDeclaration(preview.NewText(tt.src), ruleIn(t, tt.src, "a"), tt.property, tt.value, false)
			if err != nil {
				t.Fatal(err)
			}
			if got := mustApply(t, tt.src, e); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestSetDeclarationImportant(t *testing.T) {
	src := "a{color:red}"
	rule := ruleIn(t, src, "a")
	for property, want := range map[string]string{
		"color": "a{color:blue !important}",
		"width": "a{color:red;width:blue!important}",
	} {
		e, err := SetDeclaration(preview.NewText(src), rule, property, "blue", true)
		if err != nil {
			t.Fatal(err)
		}
		if got := mustApply(t, src, e); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSetDeclarationInAttribute(t *testing.T) {
	tests := []struct{ name, src, property, value, want string }{
		{"change", `<p style="color: red">`, "color", "blue", `<p style="color: blue">`},
		{"add", `<p style="color: red">`, "width", "9px", `<p style="color: red; width: 9px">`},
		{"add compact", `<p style='color:red;'>`, "width", "9px", `<p style='color:red;width:9px;'>`},
		{"empty", `<p style="">`, "width", "9px", `<p style="width: 9px;">`},
		{"double quote", `<p style="color: red">`, "font-family", `"A & B", x`, `<p style="color: red; font-family: &quot;A &amp; B&quot;, x">`},
		{"single quote", `<p style='color: red'>`, "font-family", `"A", 'B'`, `<p style='color: red; font-family: "A", &#39;B&#39;'>`},
		{"references", `<p style="font-family: &quot;A;B&quot;; color: red">`, "color", "blue", `<p style="font-family: &quot;A;B&quot;; color: blue">`},
		{"bare", `<p style=color:red>`, "color", "blue", `<p style="color:blue">`},
		{"bare, add", `<p style=color:red id=x>`, "margin", "0 auto", `<p style="color:red;margin:0 auto" id=x>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := preview.NewText(tt.src)
			e, err := SetDeclaration(src, attributeIn(t, tt.src), tt.property, tt.value, false)
			if err != nil {
				t.Fatal(err)
			}
			if got := mustApply(t, tt.src, e); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestSetDeclarationTwice(t *testing.T) {
	for _, src := range []string{"a{color:red}", "a { color: red; }", "a {\n  color: red\n}", "a {}", "a { }", "a {\n}"} {
		rule := ruleIn(t, src, "a")
		var edits []preview.Edit
		for _, p := range []string{"width", "height"} {
			e, err := SetDeclaration(preview.NewText(src), rule, p, "9px", false)
			if err != nil {
				t.Fatal(err)
			}
			edits = append(edits, e)
		}
		got, err := Apply(src, edits)
		if err != nil {
			t.Fatal(err)
		}
		var properties []string
		for _, it := range stylesheet.Scan(scan1(got)) {
			properties = append(properties, it.Property)
		}
		if list := strings.Join(properties, " "); !strings.HasSuffix(list, "width height") {
			t.Errorf("%q became %q with %q", src, got, list)
		}
	}
}

// scan1 returns the body of the first rule of a sheet.
func scan1(sheet string) string {
	it := stylesheet.Scan(sheet)[0]
	return sheet[it.BodyStart:it.BodyEnd]
}

func TestSetDeclarationRefuses(t *testing.T) {
	src := preview.NewText("a { color: red; }")
	rule := ruleIn(t, src.String(), "a")
	for _, tt := range []struct{ property, value string }{
		{"color", ""}, {"color", " \t"}, {"color", "red;width:1px"}, {"color", "red}b{"}, {"color", "{}"},
		{"color", "red/**/"}, {"color", "red/*"}, {"color", "</style><script>"}, {"color", "red !important"},
		{"color", "@import"}, {"color", "rgb(1,2,3"}, {"color", "1)"}, {"color", "[)]"}, {"color", "\"x"}, {"color", "'x\""},
		{"color", "\\72 ed"}, {"color", "red\nblue"}, {"color", "expression(alert(1))"}, {"color", "EXPRESSION(1)"},
		{"background", "url(http://x.test/a.png)"}, {"background", "url( 'https://x.test')"}, {"background", "url(//x.test)"},
		{"background", "url(javascript:alert(1))"}, {"background", "url(a.png"}, {"background", "image-set(\"//x.test/a\" 1x)"},
		{"background", "URL(data:text/html,x)"}, {"color", strings.Repeat("a", MaxValueBytes+1)}, {"color", "\xff"}, {"color", "a\x00b"},
		{"Color", "red"}, {"co lor", "red"}, {"", "red"}, {"color:red;x", "red"}, {"--", "red"}, {"--x{", "red"},
		{"behavior", "none"}, {"-moz-binding", "none"}, {"1px", "red"},
	} {
		if e, err := SetDeclaration(src, rule, tt.property, tt.value, false); err == nil {
			t.Errorf("%s: %s was taken: %+v", tt.property, tt.value, e)
		}
	}
	for _, value := range []string{"min(100%, 300px)", "repeat(auto-fit, minmax(min(100%, 300px), 1fr))", "#fff", "url(img/a.png)",
		`"Segoe UI", sans-serif`, "calc((1px + 2%) * 3)", "-1.5em", "var(--x, 1px)", "[full-start] 1fr [end]"} {
		if err := CheckDeclaration("width", value); err != nil {
			t.Errorf("%s was refused: %v", value, err)
		}
	}
}

func TestSetDeclarationBadPlaces(t *testing.T) {
	src := preview.NewText("a { color: red; }\nb { é }")
	good := ruleIn(t, src.String(), "a")
	if _, err := SetDeclaration(src, good, "color", "red", false); !errors.Is(err, ErrNoChange) {
		t.Errorf("no change gave %v", err)
	}
	for name, change := range map[string]func(r *preview.StyleRule){
		"no file":   func(r *preview.StyleRule) { r.Body.File = "" },
		"elsewhere": func(r *preview.StyleRule) { r.Body.Start++ },
		"outside":   func(r *preview.StyleRule) { r.Body.End = 1000 },
		"backwards": func(r *preview.StyleRule) { r.Body.End = 1 },
		"character": func(r *preview.StyleRule) { r.Body.End = strings.Index(src.String(), "é") + 1 },
		"attribute": func(r *preview.StyleRule) { r.Selector = "" },
	} {
		rule := good
		change(&rule)
		if e, err := SetDeclaration(src, rule, "color", "blue", false); err == nil {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}

func TestRemoveDeclaration(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"line", "a {\n  color: red;\n  width: 1px;\n}", "a {\n  color: red;\n}"},
		{"first line", "a {\n  width: 1px;\n  color: red;\n}", "a {\n  color: red;\n}"},
		{"crlf", "a {\r\n  width: 1px;\r\n  color: red\r\n}", "a {\r\n  color: red\r\n}"},
		{"only", "a { width: 1px }", "a { }"},
		{"first", "a { width: 1px; color: red }", "a { color: red }"},
		{"last", "a { color: red; width: 1px }", "a { color: red }"},
		{"last with semicolon", "a { color: red; width: 1px; }", "a { color: red; }"},
		{"compact", "a{color:red;width:1px}", "a{color:red}"},
		{"comment stays", "a {\n  width: 1px; /* why */\n}", "a {\n /* why */\n}"},
		{"all of them", "a {\n  width: 1px;\n  color: red;\n  width: 2px;\n}", "a {\n  color: red;\n}"},
		{"all of them, one line", "a{width:1px;width:2px}", "a{}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := RemoveDeclaration(preview.NewText(tt.src), ruleIn(t, tt.src, "a"), "width")
			if err != nil {
				t.Fatal(err)
			}
			if got := mustApply(t, tt.src, e); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	src := "a { color: red }"
	if _, err := RemoveDeclaration(preview.NewText(src), ruleIn(t, src, "a"), "width"); err == nil {
		t.Error("removing what is not there gave no error")
	}
}

func TestReplaceDeclaration(t *testing.T) {
	src := "a { height: 90px; overflow: hidden; }"
	e, err := ReplaceDeclaration(preview.NewText(src), ruleIn(t, src, "a"), "height", "min-height", "90px")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := mustApply(t, src, e), "a { min-height: 90px; overflow: hidden; }"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := ReplaceDeclaration(preview.NewText(src), ruleIn(t, src, "a"), "width", "max-width", "9px"); err == nil {
		t.Error("replacing what is not there gave no error")
	}
}

func FuzzSetDeclaration(f *testing.F) {
	for _, body := range []string{"", " color: red ", "\n  color: red;\n", "a:b{c:d};e:f", "color:red;/*", "--x:{;};", "\"", "(;", "@media x{a:b}", "color: red !important"} {
		f.Add(body, "width", "9px", false)
		f.Add(body, "color", "url(a)", true)
		f.Add(body, "--y", "\"x;\"", false)
	}
	f.Fuzz(func(t *testing.T, body, property, value string, important bool) {
		// A browser's rule ends where its brace does: take bodies that are whole.
		src := "a{" + body + "}b{color:red}"
		text := preview.NewText(src)
		if sheet := stylesheet.Scan(src); len(sheet) == 0 || sheet[0].BodyEnd != 2+len(body) || strings.IndexByte(src, 0) >= 0 || len(body) > 10000 {
			return
		}
		rule := preview.StyleRule{Selector: "a", Body: preview.SourceSpan{File: "a.css", Span: preview.Span{Start: 2, End: 2 + len(body)}}}
		e, err := SetDeclaration(text, rule, property, value, important)
		if err != nil {
			return
		}
		got, err := Apply(src, []preview.Edit{e})
		if err != nil {
			return // the source is not UTF-8
		}
		sheet := stylesheet.Scan(got)
		if len(sheet) != len(stylesheet.Scan(src)) || !strings.HasSuffix(got, "}b{color:red}") {
			t.Fatalf("%q became %q", src, got)
		}
		before, after := stylesheet.Scan(body), stylesheet.Scan(got[2:len(got)-len("}b{color:red}")])
		i := effective(after, property)
		css := got[2:]
		if i < 0 || css[after[i].ValueStart:after[i].ValueEnd] != strings.TrimSpace(value) || important && !after[i].Important {
			t.Fatalf("%q became %q: %s is not %s", src, got, property, value)
		}
		var old, rest []string
		for _, it := range before {
			if it.Property != property {
				old = append(old, body[it.Start:it.Tail])
			}
		}
		for _, it := range after {
			if it.Property != property {
				rest = append(rest, css[it.Start:it.Tail])
			}
		}
		if strings.Join(old, "\x00") != strings.Join(rest, "\x00") {
			t.Fatalf("%q became %q: other declarations changed", src, got)
		}
	})
}
