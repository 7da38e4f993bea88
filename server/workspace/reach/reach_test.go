package reach

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestFiles(t *testing.T) {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"site/a.html": `<link rel=stylesheet href=css/one.css><script type="module" src="/js/app.js?v=2"></script>
			<img srcset="img/small.png 1x, img/large%20one.png 2x"><a href="b.html#top">b</a> <img src=img/gone.png><img src="https://example.com/x.png">`,
		"site/b.html":        `<p>b`,
		"site/css/one.css":   `@import "two.css"; a { background: url(../img/bg.png) }`,
		"site/css/two.css":   `@import url('one.css');`,
		"site/js/app.js":     "import { x } from './part'; fetch('data.json')",
		"site/js/part.js":    `const pic = "img/late.png"`,
		"site/data.json":     `{}`,
		"site/img/small.png": "", "site/img/large one.png": "", "site/img/bg.png": "", "site/img/late.png": "",
		"site/img/none.png": "", "site/x.png": "", "other.css": "",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	got := slices.Sorted(maps.Keys(Files(fsys, "site/a.html", map[string]bool{"site/img/gone.png": true})))
	want := "site/a.html site/css/one.css site/css/two.css site/data.json site/img/bg.png site/img/gone.png site/img/large one.png site/img/late.png site/img/small.png site/js/app.js site/js/part.js"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}
