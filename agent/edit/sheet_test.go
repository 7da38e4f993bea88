package edit

import (
	"errors"
	"slices"
	"testing"

	"relook/preview"
)

func TestSetDeclarations(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"added together", "a{color:red}", "a{color:red;width:auto;margin:0}"},
		{"changed and added", "a {\n  width: 9px;\n  color: red;\n}", "a {\n  width: auto;\n  color: red;\n  margin: 0;\n}"},
		{"changed", "a { margin: 1px; color: red; width: 9px }", "a { margin: 0; color: red; width: auto }"},
		{"one of them is so already", "a { margin: 0; }", "a { margin: 0; width: auto; }"},
		{"empty", "a {}", "a { width: auto;  margin: 0; }"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			edits, err := SetDeclarations(preview.NewText(tt.src), ruleIn(t, tt.src, "a"), decls("width", "auto", "margin", "0"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Apply(tt.src, edits)
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	page := `<p style=color:red>`
	edits, err := SetDeclarations(preview.NewText(page), attributeIn(t, page), decls("width", "auto", "margin", "0"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := mustApply(t, page, edits[0]), `<p style="color:red;width:auto;margin:0">`; len(edits) != 1 || got != want {
		t.Errorf("got %s in %d edits, want %s", got, len(edits), want)
	}
	src := "a { width: auto; margin: 0 }"
	if _, err := SetDeclarations(preview.NewText(src), ruleIn(t, src, "a"), decls("width", "auto", "margin", "0")); !errors.Is(err, ErrNoChange) {
		t.Errorf("no change gave %v", err)
	}
}

func TestAddRule(t *testing.T) {
	src := "a {\n  color: red;\n}\n\nb { c: d }\n"
	for selector, want := range map[string]string{
		"a": "a {\n  color: red;\n}\n\n.x img {\n  max-width: 100%;\n  height: auto;\n}\n\nb { c: d }\n",
		"b": "a {\n  color: red;\n}\n\nb { c: d }\n.x img { max-width: 100%; height: auto; }\n",
	} {
		e, err := AddRule(preview.NewText(src), preview.Span{End: len(src)}, ruleIn(t, src, selector), ".x img", decls("max-width", "100%", "height", "auto"))
		if err != nil {
			t.Fatal(err)
		}
		if got := mustApply(t, src, e); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	for _, selector := range []string{"", "x{}", "x,y", "@media", "x</style", "*", "x:has(y)", "x /**/"} {
		if e, err := AddRule(preview.NewText(src), preview.Span{End: len(src)}, ruleIn(t, src, "a"), selector, decls("width", "9px")); err == nil {
			t.Errorf("selector %q gave %+v", selector, e)
		}
	}
}

func TestSheets(t *testing.T) {
	page := "<!-- <style>no</style> --><style media=print>a{}</style><script>'<style>'</script><p style='x'><style></style><STYLE>b{c:'</p>'}</STYLE>"
	var got []string
	for _, s := range Sheets("a.html", preview.NewText(page)) {
		got = append(got, page[s.Start:s.End])
	}
	if want := []string{"a{}", "b{c:'</p>'}"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Sheets("a.CSS", preview.NewText("a{}")); !slices.Equal(got, []preview.Span{{End: 3}}) {
		t.Errorf("a style sheet gave %v", got)
	}
	if got := Sheets("a.js", preview.NewText("a{}")); got != nil {
		t.Errorf("a script gave %v", got)
	}
}

func BenchmarkAddMediaRule(b *testing.B) {
	var src string
	for range 2000 {
		src += ".a {\n  color: red;\n  width: calc(100% - 20px);\n  background: url(img/a.png) no-repeat;\n}\n"
	}
	src += ".z {\n  color: red;\n}\n"
	text, rule := preview.NewText(src), ruleIn(b, src, ".z")
	for b.Loop() {
		if _, err := AddMediaRule(text, preview.Span{End: len(src)}, rule, "(max-width: 767px)", decls("width", "auto")); err != nil {
			b.Fatal(err)
		}
	}
}
