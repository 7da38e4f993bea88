package diagnose

import (
	"fmt"
	"strings"

	"relook/preview"
)

type fontMissing struct{}

func (fontMissing) rule() string { return FontNotLoaded }

// judge drops fonts that relook itself did not fetch, and takes the request for
// the file as explained. Without its font a text can be read in another one; an
// icon is an empty box. That a family is not known here may be different on the
// visitors' machines, so it is worth knowing only.
func (fontMissing) judge(f finding, s *site, view int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, f.Measure["count"], 10}
	if f.Words["kind"] == "unknown" {
		v.severity = preview.SeverityInfo
		return v, !s.refusedStyle(view)
	}
	for _, e := range s.events[view] {
		if !strings.Contains(" "+f.Words["files"]+" ", " "+e.URL+" ") {
			continue
		}
		if e.Kind == EventRefused {
			return v, false
		}
		s.claimed[e.URL] = true
	}
	if f.Words["icons"] != "" {
		v.severity = preview.SeverityError
	}
	return v, true
}

// refusedStyle reports whether relook kept from the page what could bring a font.
func (s *site) refusedStyle(view int) bool {
	for _, e := range s.events[view] {
		if e.Kind == EventRefused && (e.Resource == "Stylesheet" || e.Resource == "Script" || e.Resource == "Font") {
			return true
		}
	}
	return false
}

func (fontMissing) sentence(d *draft) string {
	w := d.worst()
	family, of := code(w.Words["family"]), d.name()+d.others()
	if t := w.Words["text"]; t != "" && w.Words["icons"] == "" {
		of = quote(t) + d.others()
	}
	if w.Words["kind"] == "unknown" {
		return fmt.Sprintf("The font %s of %s is neither a font of the page nor on this machine, and no other stands after it: the browser's own is shown", family, of)
	}
	s := fmt.Sprintf("The font %s of %s did not load", family, of)
	for _, e := range d.site.events[w.view] {
		if e.Kind == EventFailed && e.Status == 404 && d.site.claimed[e.URL] && strings.Contains(w.Words["files"], e.URL) {
			s += ", because there is no file " + code(fileName(e.URL))
			break
		}
	}
	switch {
	case w.Words["icons"] != "":
		return s + ": boxes are shown in place of icons"
	case w.Words["next"] != "":
		return s + ": " + code(w.Words["next"]) + " is shown in its place"
	}
	return s + ": the browser's own is shown, as no other stands after it"
}

func (fontMissing) suspects(d *draft) []suspect {
	return suspectsOf(d, []string{"element", "parent"}, []neutral{{"font-family", set("font-family", "serif")}, {"font", set("font-family", "serif")}})
}

func (fontMissing) detail(d *draft) (string, bool) { return d.worst().Words["family"], true }
