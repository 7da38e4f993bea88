package diagnose

import (
	"fmt"
	"net/url"
	"path"

	"relook/preview"
)

type brokenImage struct{}

func (brokenImage) rule() string { return BrokenImage }

// judge drops what relook itself refused to fetch, and background pictures that
// did load. A broken image without a word in its place is an error: what it
// showed is lost. A background picture is mostly decoration.
func (brokenImage) judge(f finding, s *site, view int) (verdict, bool) {
	address := f.Words["url"]
	failed, refused := false, false
	for _, e := range s.events[view] {
		failed = failed || e.URL == address && e.Kind == EventFailed
		refused = refused || e.URL == address && e.Kind == EventRefused
	}
	background := f.Words["background"] != ""
	if refused || background && !failed {
		return verdict{}, false
	}
	s.claimed[address] = true
	f.Measure["natural_px"] = 0
	v := verdict{preview.SeverityError, f.Measure["width_px"] * f.Measure["height_px"], 10000}
	if background {
		v.severity = preview.SeverityWarning
	}
	return v, true
}

func (brokenImage) sentence(d *draft) string {
	w := d.worst()
	kind := "image"
	if w.Words["background"] != "" {
		kind = "background picture"
	}
	s := fmt.Sprintf("The %s %s of %s did not load %s", kind, code(fileName(w.Words["url"])), d.name(), d.at())
	for _, e := range d.site.events[w.view] {
		if e.URL == w.Words["url"] && e.Status == 404 {
			return s + ": there is no such file"
		}
	}
	return s
}

func (brokenImage) suspects(d *draft) []suspect {
	if d.worst().Words["background"] == "" {
		return nil // the start tag is the cause
	}
	return suspectsOf(d, []string{"element"}, []neutral{{"background-image", set("background-image", "none")}, {"background", set("background-image", "none")}})
}

func (brokenImage) detail(d *draft) (string, bool) {
	w := d.worst().Words
	return w["url"], w["background"] != ""
}

// fileName is the last part of an address, for people.
func fileName(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "data" {
		return cut(address, 30)
	}
	return path.Base(u.Path)
}

// proof: there is nothing to see where a picture is missing; that is the fault.
func (brokenImage) proof(*sighting) proof { return proof{} }
