package edit

import (
	"errors"
	"testing"

	"relook/preview"
)

func decls(pairs ...string) []preview.Declaration {
	var list []preview.Declaration
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, preview.Declaration{Property: pairs[i], Value: pairs[i+1]})
	}
	return list
}

func TestAddMediaRule(t *testing.T) {
	const query = "(max-width: 767px)"
	tests := []struct{ name, src, selector, want string }{
		{"behind the rule", ".a {\n  width: 9px;\n}\n.b { c: d }\n", ".a",
			".a {\n  width: 9px;\n}\n@media (max-width: 767px) {\n  .a {\n    width: 100%;\n  }\n}\n.b { c: d }\n"},
		{"empty lines between rules", ".a {\n\twidth: 9px;\n}\n\n.b { c: d }\n", ".a",
			".a {\n\twidth: 9px;\n}\n\n@media (max-width: 767px) {\n\t.a {\n\t\twidth: 100%;\n\t}\n}\n\n.b { c: d }\n"},
		{"one-line rules", ".a { width: 9px; }\r\n.b { c: d }\r\n", ".a",
			".a { width: 9px; }\r\n@media (max-width: 767px) { .a { width: 100%; } }\r\n.b { c: d }\r\n"},
		{"minified", ".a{width:9px}.b{c:d}", ".a",
			".a{width:9px}@media (max-width:767px){.a{width:100%}}.b{c:d}"},
		{"indented in a page", "  <style>\n    .a {\n      width: 9px;\n    }\n  </style>", ".a",
			"  <style>\n    .a {\n      width: 9px;\n    }\n    @media (max-width: 767px) {\n      .a {\n        width: 100%;\n      }\n    }\n  </style>"},
		{"into the last block behind", ".a { x: y; }\n@media (max-width: 767px) { .b { c: d; } }\n@media (max-width:767px) {\n  .b { c: e; }\n}\n", ".a",
			".a { x: y; }\n@media (max-width: 767px) { .b { c: d; } }\n@media (max-width:767px) {\n  .b { c: e; }\n  .a { width: 100%; }\n}\n"},
		{"not into a block before", "@media (max-width: 767px) { .b { c: d; } }\n.a { x: y; }\n", ".a",
			"@media (max-width: 767px) { .b { c: d; } }\n.a { x: y; }\n@media (max-width: 767px) { .a { width: 100%; } }\n"},
		{"screen is the same", ".a { x: y; }\n@media only screen and (max-width:767px) {\n}\n", ".a",
			".a { x: y; }\n@media only screen and (max-width:767px) {\n  .a { width: 100%; }\n}\n"},
		{"another query is not", ".a { x: y; }\n@media (max-width: 768px) { .b { c: d; } }\n", ".a",
			".a { x: y; }\n@media (max-width: 767px) { .a { width: 100%; } }\n@media (max-width: 768px) { .b { c: d; } }\n"},
		{"the selector is there", ".a > b { x: y; }\n@media (max-width: 767px) {\n  .a>b { c: d; }\n}\n", ".a > b",
			".a > b { x: y; }\n@media (max-width: 767px) {\n  .a>b { c: d; width: 100%; }\n}\n"},
		{"the declaration is there", ".a { x: y; }\n@media (max-width: 767px) {\n  .a { width: 9px; c: d; }\n}\n", ".a",
			".a { x: y; }\n@media (max-width: 767px) {\n  .a { width: 100%; c: d; }\n}\n"},
		{"same level", "@layer x {\n  .a { x: y; }\n}\n@media (max-width: 767px) {}\n", ".a",
			"@layer x {\n  .a { x: y; }\n  @media (max-width: 767px) { .a { width: 100%; } }\n}\n@media (max-width: 767px) {}\n"},
		{"selector list", ".a,\n.b {\n  x: y;\n}", ".a",
			".a,\n.b {\n  x: y;\n}\n@media (max-width: 767px) {\n  .a, .b {\n    width: 100%;\n  }\n}"},
		{"descendant is another selector", ".a :hover { x: y; }\n@media (max-width: 767px) {\n  .a:hover { c: d; }\n}\n", ".a :hover",
			".a :hover { x: y; }\n@media (max-width: 767px) {\n  .a:hover { c: d; }\n  .a :hover { width: 100%; }\n}\n"},
		{"brace on its own line", ".a\n{\n  x: y;\n}\n", ".a",
			".a\n{\n  x: y;\n}\n@media (max-width: 767px) {\n  .a\n  {\n    width: 100%;\n  }\n}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := preview.NewText(tt.src)
			sheet := preview.Span{End: len(tt.src)}
			if tt.name == "indented in a page" {
				sheet = preview.Span{Start: len("  <style>"), End: len(tt.src) - len("</style>")}
			}
			e, err := AddMediaRule(src, sheet, ruleIn(t, tt.src, tt.selector), query, decls("width", "100%"))
			if err != nil {
				t.Fatal(err)
			}
			if got := mustApply(t, tt.src, e); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAddMediaRuleSeveral(t *testing.T) {
	src := ".a { x: y; }\n@media (max-width: 767px) {\n  .a { width: 9px; }\n}\n"
	list := decls("width", "auto", "margin", "0")
	list[1].Important = true
	e, err := AddMediaRule(preview.NewText(src), preview.Span{End: len(src)}, ruleIn(t, src, ".a"), "(max-width: 767px)", list)
	if err != nil {
		t.Fatal(err)
	}
	want := ".a { x: y; }\n@media (max-width: 767px) {\n  .a { width: auto; margin: 0 !important; }\n}\n"
	if got := mustApply(t, src, e); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	again := preview.NewText(want)
	if _, err := AddMediaRule(again, preview.Span{End: len(want)}, ruleIn(t, want, ".a"), "(max-width: 767px)", list); !errors.Is(err, ErrNoChange) {
		t.Errorf("the same again gave %v", err)
	}
}

func TestAddMediaRuleRefuses(t *testing.T) {
	text := ".a { x: y; } .b { c: d; }"
	src, sheet := preview.NewText(text), preview.Span{End: len(text)}
	rule := ruleIn(t, text, ".a")
	good := decls("width", "9px")
	for _, media := range []string{"", "screen", "(max-width: 9px", "(a){}", "(a);", "(a) /* x */", "(a)\n", "@x (a)", "(a) </style>"} {
		if e, err := AddMediaRule(src, sheet, rule, media, good); err == nil {
			t.Errorf("media %q gave %+v", media, e)
		}
	}
	for name, list := range map[string][]preview.Declaration{"none": nil, "bad": decls("width", "1px;x:y")} {
		if e, err := AddMediaRule(src, sheet, rule, "(a: b)", list); err == nil {
			t.Errorf("declarations %s gave %+v", name, e)
		}
	}
	if e, err := AddMediaRule(src, preview.Span{Start: 13, End: len(text)}, rule, "(a: b)", good); err == nil {
		t.Errorf("another sheet gave %+v", e)
	}
	page := `<p style="x: y">`
	if e, err := AddMediaRule(preview.NewText(page), preview.Span{End: len(page)}, attributeIn(t, page), "(a: b)", good); err == nil {
		t.Errorf("a style attribute gave %+v", e)
	}
}
