package chrome

import (
	"testing"
)

func TestLibraryOfACDN(t *testing.T) {
	s := newSite(archive(t, `-- web/index.html --
<!doctype html>
-- node_modules/p5/lib/p5.min.js --
-- node_modules/three/build/three.min.js --
-- node_modules/three/examples/js/controls/OrbitControls.js --
-- node_modules/plotly.js-dist-min/plotly.min.js --
-- node_modules/chart.js/package.json --
{"main": "./dist/chart.cjs", "jsdelivr": "./dist/chart.umd.js"}
-- node_modules/chart.js/dist/chart.umd.js --
-- node_modules/mathjs/package.json --
{"main": "lib/cjs", "unpkg": "./lib/browser/math.js"}
-- node_modules/mathjs/lib/browser/math.js --
-- node_modules/mathjs/dist/math.min.js --
throw new Error("moved")
-- node_modules/moment/package.json --
{"main": "src/moment.js"}
-- node_modules/moment/src/moment.js --
-- node_modules/moment/dist/moment.js --
-- node_modules/@scope/lib/package.json --
{"browser": {"a": "b"}, "main": "x.js"}
-- node_modules/@scope/lib/x.js --
-- node_modules/evil/package.json --
{"main": "../../web/index.html"}
`))
	for address, want := range map[string]string{
		"https://cdnjs.cloudflare.com/ajax/libs/p5.js/1.4.0/p5.js":                         "node_modules/p5/lib/p5.min.js",
		"https://cdnjs.cloudflare.com/ajax/libs/three.js/r128/three.min.js":                "node_modules/three/build/three.min.js",
		"https://cdnjs.cloudflare.com/ajax/libs/three.js/r128/controls/OrbitControls.js":   "node_modules/three/examples/js/controls/OrbitControls.js",
		"https://cdn.jsdelivr.net/npm/three@0.128.0/examples/js/controls/OrbitControls.js": "node_modules/three/examples/js/controls/OrbitControls.js",
		"https://cdn.plot.ly/plotly-latest.min.js":                                         "node_modules/plotly.js-dist-min/plotly.min.js",
		"https://cdn.jsdelivr.net/npm/chart.js":                                            "node_modules/chart.js/dist/chart.umd.js",
		"https://cdnjs.cloudflare.com/ajax/libs/mathjs/9.4.4/math.min.js":                  "node_modules/mathjs/lib/browser/math.js",
		"https://cdnjs.cloudflare.com/ajax/libs/moment.js/2.29.1/moment.js":                "node_modules/moment/dist/moment.js",
		"https://unpkg.com/@scope/lib@1":                                                   "node_modules/@scope/lib/x.js",
		"https://unpkg.com/evil":                                                           "",
		"https://cdn.jsdelivr.net/npm/p5@1/../../../web/index.html":                        "",
		"https://example.com/p5.js":                                                        "",
	} {
		name, _, ok := s.file(address)
		if ok != (want != "") || name != want {
			t.Errorf("%s is %q (%v), want %q", address, name, ok, want)
		}
	}
}
