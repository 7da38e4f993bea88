package edit

import (
	"strings"
	"testing"

	"relook/preview"
)

func TestRules(t *testing.T) {
	src := preview.NewText(`<!doctype html><style>
/* a { color: red } */
a, .b > c { color: red; margin : 0 1px !important }
@media (max-width: 10px) { @supports (display: grid) { d::after { content: "}" } } }
@keyframes k { from { top: 0 } }
</style><p style="top: 0"><style>e{--x:{y}}</style>`)
	rules := Rules("page.html", src)
	var got []string
	for _, r := range rules {
		text := r.Selector + "|" + strings.Join(r.Media, " and ") + "|" + src.Slice(r.Body.Span)
		for _, d := range r.Decls {
			text += "|" + d.Property + "=" + d.Value
			if d.Important {
				text += "!"
			}
			if s := src.Slice(d.Span); !strings.HasPrefix(s, d.Property) {
				t.Errorf("the span of %s holds %q", d.Property, s)
			}
		}
		if whole := src.Slice(r.Whole.Span); !strings.HasPrefix(whole, r.Selector) || !strings.HasSuffix(whole, "}") {
			t.Errorf("the span of %s holds %q", r.Selector, whole)
		}
		got = append(got, text)
	}
	want := []string{
		"a, .b > c|| color: red; margin : 0 1px !important |color=red|margin=0 1px!",
		`d::after|(max-width: 10px)| content: "}" |content="}"`,
		"e||--x:{y}|--x={y}",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("rules:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	groups := Groups("page.html", src)
	if len(groups) != 1 || src.Slice(groups[0]) != `@media (max-width: 10px) { @supports (display: grid) { d::after { content: "}" } } }` {
		t.Errorf("groups: %v", groups)
	}
}

// Untrusted pages nest without end.
func TestRulesDeep(t *testing.T) {
	css := strings.Repeat("@media all {", 400) + "a{top:0}" + strings.Repeat("}", 400)
	if rules := Rules("a.css", preview.NewText(css)); len(rules) != 0 {
		t.Errorf("%d rules at a depth of 400", len(rules))
	}
}
