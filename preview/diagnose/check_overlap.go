package diagnose

import (
	"fmt"
	"slices"

	"relook/preview"
)

// Line boxes may share their outermost parts without any letters meeting: the
// room above capitals and the descent make up two fifths of a line. Sharing
// 30 % of the lower line, over more than a thin letter's width, brings strokes
// together. Where the line height is set tight on purpose, boxes overlap more
// before letters do.
const (
	overlapPx        = 3
	overlapPart      = 0.3
	overlapTightPart = 0.45
)

// With half of a line's height shared, over a letter or more, neither text can
// be read: an error.
const (
	overlapErrorPercent = 50
	overlapErrorPx      = 8
)

type overlap struct{}

func (overlap) rule() string { return TextOverlap }

func (overlap) limits() []Limit {
	return []Limit{
		{Name: "slack_px", Is: overlapPx, Least: 0, Most: 200, script: "overlapPx",
			About: "lines that share no more width than this are let pass"},
		{Name: "error_percent", Is: overlapErrorPercent, Least: 0, Most: 100,
			About: "from this shared part of the lower line's height on it is an error, below a warning"},
		{Name: "error_px", Is: overlapErrorPx, Least: 0, Most: 10000,
			About: "an error needs at least this shared width as well"},
	}
}

func (overlap) judge(f finding, s *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityWarning, f.Measure["area_px2"], 1000}
	if f.Measure["overlap_percent"] >= s.limit(TextOverlap, "error_percent") && f.Measure["width_px"] >= s.limit(TextOverlap, "error_px") {
		v.severity = preview.SeverityError
	}
	return v, true
}

func (overlap) sentence(d *draft) string {
	w := d.worst()
	return fmt.Sprintf("The text %s lies on the text %s%s %s", quote(w.Words["a"]), quote(w.Words["b"]), d.pairs(), d.by("overlap_px"))
}

func (overlap) suspects(d *draft) []suspect {
	list := append([]neutral{
		{"margin-top", set("margin-top", "0")},
		{"margin-bottom", set("margin-bottom", "0")},
		{"margin", set("margin", "0")},
		{"margin-block", set("margin-block", "0")},
	}, alongNeutral...)
	return suspectsOf(d, []string{"element", "other", "parent"}, append(list, acrossNeutral...))
}

func (overlap) detail(*draft) (string, bool) { return "", true }

// proof: both texts have ink where they share room, and their strokes meet.
func (overlap) proof(s *sighting) proof {
	p := proof{each: 2, meet: true}
	for pair := range slices.Chunk(s.Elements[:min(len(s.Elements)&^1, 2*provedEach)], 2) {
		shared := pair[0].Box.Intersect(pair[1].Box)
		for _, e := range pair {
			p.looks = append(p.looks, look{region: shared, on: []guise{{e.XPath, "inkless"}}})
		}
	}
	return p
}
