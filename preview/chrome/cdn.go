package chrome

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// The CDNs that serve npm packages, as patterns on host and path with the
// package's name and the path in it, which may be absent.
var cdns = []*regexp.Regexp{
	regexp.MustCompile(`^(?:cdn|fastly)\.jsdelivr\.net/npm/((?:@[^/@]+/)?[^/@]+)(?:@[^/]*)?/?(.*)$`),
	regexp.MustCompile(`^unpkg\.com/((?:@[^/@]+/)?[^/@]+)(?:@[^/]*)?/?(.*)$`),
	regexp.MustCompile(`^cdnjs\.cloudflare\.com/ajax/libs/([^/]+)/[^/]+/(.+)$`),
	regexp.MustCompile(`^esm\.sh/((?:@[^/@]+/)?[^/@]+)(?:@[^/]*)?/?(.*)$`),
}

// Projects that serve their own library, each with the package and the file
// that it is.
var ownCDNs = []struct {
	address       *regexp.Regexp
	library, file string
}{
	{regexp.MustCompile(`^cdn\.plot\.ly/plotly-.*\.js$`), "plotly.js-dist-min", "plotly.min.js"},
	{regexp.MustCompile(`^code\.jquery\.com/jquery-[0-9.]+(?:\.slim)?(?:\.min)?\.js$`), "jquery", "dist/jquery.min.js"},
	{regexp.MustCompile(`^d3js\.org/d3\.v[0-9]+(?:\.min)?\.js$`), "d3", "dist/d3.min.js"},
}

// npmNames are the packages whose names differ on cdnjs.
var npmNames = map[string]string{
	"p5.js": "p5", "three.js": "three", "Chart.js": "chart.js", "lodash.js": "lodash", "moment.js": "moment",
	"font-awesome": "@fortawesome/fontawesome-free", "plotly.js": "plotly.js-dist-min",
}

// libraryFolders are where packages keep what cdnjs serves from their top.
var libraryFolders = []string{"", "dist", "build", "lib", "examples/js", "umd"}

// packaged finds a library that a page loads from a CDN in the workspace's
// node_modules, whatever version is installed there.
func (s *site) packaged(u *url.URL) (string, bool) {
	at := u.Host + u.Path
	for _, own := range ownCDNs {
		if own.address.MatchString(at) {
			return s.installed(own.library, own.file)
		}
	}
	for _, re := range cdns {
		m := re.FindStringSubmatch(at)
		if m == nil {
			continue
		}
		name := m[1]
		if known, ok := npmNames[name]; ok && re == cdns[2] {
			name = known
		}
		if found, ok := s.installed(name, m[2]); ok {
			return found, true
		}
	}
	return "", false
}

// installed finds a file of an installed package; without a name, the one that
// the package gives to browsers.
func (s *site) installed(name, file string) (string, bool) {
	for _, root := range s.roots {
		dir := path.Join(root, "node_modules", name)
		wanted := file
		main, declared := s.mainFile(dir)
		// A package may keep an outdated file besides the one that CDNs serve.
		if base := path.Base(main); file == "" || declared && (file == base || minified(file) == base) {
			wanted = main
		}
		for _, within := range libraryFolders {
			for _, variant := range []string{wanted, minified(wanted)} {
				found := path.Join(dir, within, variant)
				if !strings.HasPrefix(found, dir+"/") {
					continue // it leads out of the package
				}
				if info, err := fs.Stat(s.page.FS, found); fs.ValidPath(found) && err == nil && info.Mode().IsRegular() {
					return found, true
				}
			}
		}
	}
	return "", false
}

// minified is the name of the minified twin of a file, or of the plain one: a
// package need not hold both.
func minified(file string) string {
	ext := path.Ext(file)
	base := file[:len(file)-len(ext)]
	if path.Ext(base) == ".min" {
		return base[:len(base)-len(".min")] + ext
	}
	return base + ".min" + ext
}

// mainFile is what a CDN serves for a package without a path: package.json says,
// declared if it does so for CDNs.
func (s *site) mainFile(dir string) (name string, declared bool) {
	data, err := fs.ReadFile(s.page.FS, path.Join(dir, "package.json"))
	if err != nil {
		return "", false
	}
	var about struct {
		JSDelivr, Unpkg, Browser any
		Main                     string
	}
	if json.Unmarshal(data, &about) != nil {
		return "", false
	}
	for i, v := range []any{about.JSDelivr, about.Unpkg, about.Browser, about.Main} {
		if name, ok := v.(string); ok && name != "" {
			return path.Clean("/" + name)[1:], i < 2
		}
	}
	return "index.js", false
}
