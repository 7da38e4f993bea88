package diagnose

import (
	"fmt"

	"relook/preview"
)

// Side bearings and rounding let letters hang over an edge by a pixel or two;
// from 4 px on a stroke is lost.
const outsidePx = 3

// Less than a letter's width beyond the edge leaves a word readable: a warning.
const outsideErrorPx = 10

type outside struct{}

func (outside) rule() string { return OutsideViewport }

func (outside) limits() []Limit {
	return []Limit{
		{Name: "slack_px", Is: outsidePx, Least: 0, Most: 200, script: "outsidePx",
			About: "what lies beyond the edge by no more than this is let pass"},
		{Name: "error_px", Is: outsideErrorPx, Least: 0, Most: 10000,
			About: "from this on it is an error, below a warning"},
	}
}

func (outside) judge(f finding, s *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityError, f.Measure["overflow_px"], 60}
	if v.size < s.limit(OutsideViewport, "error_px") {
		v.severity = preview.SeverityWarning
	}
	return v, true
}

func (outside) sentence(d *draft) string {
	w := d.worst()
	what := d.name()
	if t := w.Words["text"]; t != "" {
		what = fmt.Sprintf("%s (%s)", quote(t), d.worst().Elements[0].Selector)
	}
	verb := "lies"
	if d.others() != "" {
		verb = "lie"
	}
	return fmt.Sprintf("%s%s %s beyond the %s edge of the page, where nobody can scroll, %s",
		what, d.others(), verb, w.Words["edge"], d.by("overflow_px"))
}

func (outside) suspects(d *draft) []suspect {
	roles := []string{"element", "child", "parent"}
	if d.worst().Words["edge"] == "top" {
		return suspectsOf(d, roles, alongNeutral)
	}
	return suspectsOf(d, roles, acrossNeutral)
}

func (outside) detail(d *draft) (string, bool) { return d.worst().Words["edge"], true }

// proof: what is left of the text within the page has ink. What lies wholly
// outside can't be pictured and is believed.
func (outside) proof(s *sighting) proof {
	for _, o := range s.Others {
		if o.Role == "child" && s.Words["text"] != "" {
			return proof{looks: []look{{region: s.Elements[0].Box, on: []guise{{o.XPath, "inkless"}}}}}
		}
	}
	return proof{looks: []look{{region: s.Elements[0].Box, on: []guise{{s.Elements[0].XPath, "hidden"}}}}}
}
