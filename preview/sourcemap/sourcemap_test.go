package sourcemap

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"relook/preview"
)

const scss = `// it's ours
.a {
  width: 10px; /* 𝒳; */ top: calc(1px + #{$x}); // 5px;
  margin: { left: 3px }
  .b { height: "}" 5px }
  #{$p}-left: 4px;
}
`

// built is a style sheet in css/a.css with a map, each of whose lines leads to a
// line and column of the source, zero-based.
func built(source string, places ...[2]int) fstest.MapFS {
	var mappings strings.Builder
	line, column := 0, 0
	for i, p := range places {
		if i > 0 {
			mappings.WriteByte(';')
		}
		mappings.WriteString("AA" + vlq(p[0]-line) + vlq(p[1]-column))
		line, column = p[0], p[1]
	}
	return fstest.MapFS{
		"css/a.css.map": {Data: fmt.Appendf(nil, `{"version":3,"sources":["../scss/a.scss"],"mappings":%q}`, mappings.String())},
		"scss/a.scss":   {Data: []byte(source)},
	}
}

// vlq writes a number as source maps do.
func vlq(n int) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	u := n << 1
	if n < 0 {
		u = -n<<1 | 1
	}
	s := ""
	for {
		d := u & 31
		if u >>= 5; u > 0 {
			d |= 32
		}
		if s += string(digits[d]); u == 0 {
			return s
		}
	}
}

func TestFind(t *testing.T) {
	tests := []struct {
		name, property string
		at             [2]int
		want           string // "" for none
	}{
		{"a declaration", "width", [2]int{2, 2}, "width: 10px;"},
		{"another property there", "height", [2]int{2, 2}, ""},
		{"a later one of the line", "top", [2]int{2, 2}, "top: calc(1px + #{$x});"},
		{"behind a character of two units", "top", [2]int{2, 24}, "top: calc(1px + #{$x});"},
		{"a nested property", "margin-left", [2]int{3, 12}, "left: 3px"},
		{"a string", "height", [2]int{4, 7}, `height: "}" 5px`},
		{"a name put together", "padding-left", [2]int{5, 2}, "#{$p}-left: 4px;"},
		{"a rule", "width", [2]int{1, 0}, "width: 10px;"},
		{"a rule, but not those inside it", "height", [2]int{1, 0}, ""},
		{"a rule inside another", "height", [2]int{4, 2}, `height: "}" 5px`},
		{"a comment", "width", [2]int{0, 0}, ""},
		{"beyond the end", "width", [2]int{99, 0}, ""},
	}
	for _, tt := range tests {
		files := built(scss, tt.at)
		m := Open(files, "css/a.css", "a.css.map")
		if m == nil || m.From != "scss/a.scss" {
			t.Fatalf("%s: the map is %+v", tt.name, m)
		}
		p, ok := m.Find(preview.Position{}, tt.property)
		got := ""
		if ok {
			got = preview.NewText(scss).Slice(p.Span)
		}
		if got != tt.want || ok && p.File != "scss/a.scss" {
			t.Errorf("%s: got %q in %q, want %q", tt.name, got, p.File, tt.want)
		}
	}
}

func TestFindInIndentedSass(t *testing.T) {
	files := fstest.MapFS{
		"a.sass": {Data: []byte(".a\n  width: 10px\n  top: 1px\n")},
		"a.map":  {Data: []byte(`{"version":3,"sources":["a.sass"],"mappings":"AACE"}`)},
	}
	p, ok := Open(files, "a.css", "a.map").Find(preview.Position{}, "width")
	if got := preview.NewText(string(files["a.sass"].Data)).Slice(p.Span); !ok || got != "width: 10px" {
		t.Errorf("got %q", got)
	}
}

func TestOpen(t *testing.T) {
	const good = `{"version":3,"sources":["../scss/a.scss"],"mappings":"AAEE"}`
	files := func(maps string) fstest.MapFS {
		return fstest.MapFS{"css/a.css.map": {Data: []byte(maps)}, "scss/a.scss": {Data: []byte(scss)}, "css/a.css": {Data: []byte("a{}")}}
	}
	tests := []struct {
		name, address, maps string
		opens, finds        bool
	}{
		{"beside it", "a.css.map", good, true, true},
		{"from the root", "/css/a.css.map", good, true, true},
		{"guarded", "a.css.map", ")]}'\n" + good, true, true},
		{"plain data", "data:application/json," + strings.ReplaceAll(good, "..", "%2E."), "", true, true},
		{"base64 data", "data:application/json;charset=utf-8;base64," + base64.StdEncoding.EncodeToString([]byte(good)), "", true, true},
		{"a root for the sources", "a.css.map", `{"version":3,"sourceRoot":"../scss/","sources":["a.scss"],"mappings":"AAEE"}`, true, true},
		{"a bundler's address", "a.css.map", `{"version":3,"sources":["webpack:///./scss/a.scss"],"mappings":"AAEE"}`, true, true},
		{"sections", "a.css.map", `{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":` + good + `}]}`, true, true},
		{"the same text", "a.css.map", fmt.Sprintf(`{"version":3,"sources":["../scss/a.scss"],"sourcesContent":[%q],"mappings":"AAEE"}`, strings.ReplaceAll(strings.ReplaceAll(scss, "\n", "\r\n"), "𝒳", "𝒳")), true, true},
		{"another text", "a.css.map", `{"version":3,"sources":["../scss/a.scss"],"sourcesContent":["a{}"],"mappings":"AAEE"}`, true, false},
		{"broken mappings", "a.css.map", `{"version":3,"sources":["../scss/a.scss"],"mappings":"%%%"}`, true, false},
		{"a source of no number", "a.css.map", `{"version":3,"sources":["../scss/a.scss"],"mappings":"AgzgzBEE"}`, true, false},
		{"sections of nothing", "a.css.map", `{"version":3,"sources":["../scss/a.scss"],"sections":[{"map":null},{}]}`, true, false},
		{"no map", "none.map", good, false, false},
		{"no JSON", "a.css.map", "<html>", false, false},
		{"only itself", "a.css.map", `{"version":3,"sources":["a.css"],"mappings":"AAAA"}`, false, false},
		{"outside", "a.css.map", `{"version":3,"sources":["../../scss/a.scss","file:///scss/a.scss","https://x.example/scss/a.scss"],"mappings":"AAEE"}`, false, false},
		{"a map outside", "../../a.map", good, false, false},
		{"a map elsewhere", "https://x.example/a.css.map", good, false, false},
		{"too large", "a.css.map", good + strings.Repeat(" ", maxBytes), false, false},
		{"too large data", "data:application/json," + good + strings.Repeat(" ", 2*maxBytes), "", false, false},
		{"broken data", "data:application/json;base64,%", "", false, false},
		{"nothing", "", "", false, false},
	}
	for _, tt := range tests {
		f := files(tt.maps)
		m := Open(f, "css/a.css", tt.address)
		if (m != nil) != tt.opens || (From(f, "css/a.css", tt.address) != "") != tt.opens {
			t.Errorf("%s: the map is %+v", tt.name, m)
			continue
		}
		if m == nil {
			continue
		}
		if p, ok := m.Find(preview.Position{}, "width"); ok != tt.finds {
			t.Errorf("%s: found %v %v", tt.name, p, ok)
		}
	}
}

func TestAddress(t *testing.T) {
	for css, want := range map[string]string{
		"a{}":                                  "",
		"a{}/*# sourceMappingURL=a.css.map */": "a.css.map",
		"a{}/*@ sourceMappingURL=a.map*/ b{}":  "a.map",
		"/*# sourceMappingURL=x */a{}\n/*# sourceMappingURL=data:,it's */\n": "data:,it's",
		"a{content:'sourceMappingURL=x'}":                                    "",
	} {
		if got := Address(css); got != want {
			t.Errorf("%q: got %q, want %q", css, got, want)
		}
	}
}

// No map and no source can do more than lead nowhere.
func FuzzFind(f *testing.F) {
	f.Add(`{"version":3,"sources":["../scss/a.scss"],"mappings":"AAEE;AACA"}`, scss, "width", 0, 0)
	f.Add(`{"version":3,"sections":[{"offset":{"line":0},"map":{"sources":["a"]}}]}`, "a{b:c", "b", 1, 3)
	f.Fuzz(func(t *testing.T, maps, source, property string, line, character int) {
		files := fstest.MapFS{"css/a.css.map": {Data: []byte(maps)}, "scss/a.scss": {Data: []byte(source)}}
		m := Open(files, "css/a.css", "a.css.map")
		if m == nil {
			return
		}
		if p, ok := m.Find(preview.Position{Line: line, Character: character}, property); ok {
			if p.Span.Start < 0 || p.Span.End <= p.Span.Start || p.Span.End > len(source) {
				t.Errorf("the span %v of %d bytes", p.Span, len(source))
			}
		}
		// A declaration found anywhere lies in the text.
		text := preview.NewText(strings.ToValidUTF8(source, "?"))
		for at := range min(text.Len(), 200) {
			if s, ok := declaration("a.scss", &text, at, property); ok && (s.Start < at || s.End <= s.Start || s.End > text.Len()) {
				t.Errorf("from %d: the span %v of %d bytes", at, s, text.Len())
			}
		}
	})
}
