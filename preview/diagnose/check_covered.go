package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"relook/preview"
)

// The script tests five points: the middle and the middles of the quarters. A
// control is covered when the middle and at least three of the others are
// missed, so a badge on a corner covers nothing.
type covered struct{}

func (covered) rule() string { return CoveredControl }

func (covered) judge(f finding, _ *site, _ int) (verdict, bool) {
	return verdict{preview.SeverityError, f.Measure["count"] * f.Measure["covered_percent"], 100}, true
}

func (covered) sentence(d *draft) string {
	w := d.worst()
	what := "The " + noun(w.Words["role"])
	if n := w.Words["name"]; n != "" {
		what += " " + quote(n)
	}
	it := "it"
	if d.others() != "" {
		it = "them"
	}
	unseen := ""
	if w.Words["unseen"] != "" {
		unseen = ", though nothing of it shows"
	}
	return fmt.Sprintf("%s%s can't be clicked %s because %s lies on %s%s", what, d.others(), d.at(), code(w.Words["coverer"]), it, unseen)
}

// noun is the word that people use for a role.
func noun(role string) string {
	switch role {
	case "textbox", "searchbox", "combobox", "spinbutton":
		return "field"
	case "link", "button", "checkbox", "tab", "switch", "slider":
		return role
	case "radio":
		return "choice"
	}
	return "control"
}

func (covered) suspects(d *draft) []suspect {
	return suspectsOf(d, []string{"other", "element", "parent"}, []neutral{
		{"margin-top", set("margin-top", "0")},
		{"margin-bottom", set("margin-bottom", "0")},
		{"margin", set("margin", "0")},
		{"transform", set("transform", "none")},
		{"position", set("position", "static")},
		{"z-index", set("z-index", "-1")},
		{"inset", set("inset", "auto")},
		{"top", set("top", "auto")},
		{"bottom", set("bottom", "auto")},
		{"left", set("left", "auto")},
		{"height", set("height", "auto")},
	})
}

func (covered) detail(*draft) (string, bool) { return "", true }

// proof: the control would show if nothing lay on it. A click that reaches
// nothing on something invisible is worth knowing all the same. What lies on a
// control and holds it too can't be taken away alone.
func (covered) proof(s *sighting) proof {
	p := proof{left: preview.SeverityInfo}
	i := slices.IndexFunc(s.Others, func(o other) bool { return o.Role == "other" })
	if i < 0 {
		return p
	}
	lid := s.Others[i].XPath
	for _, e := range s.Elements[:min(len(s.Elements), provedEach)] {
		if strings.HasPrefix(e.XPath+"/", lid+"/") {
			return proof{}
		}
		p.looks = append(p.looks, look{region: e.Box, base: []guise{{lid, "hidden"}}, on: []guise{{e.XPath, "hidden"}}})
	}
	return p
}
