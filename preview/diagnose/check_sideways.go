package diagnose

import "relook/preview"

// A document that is wider by a rounding error scrolls by nothing that a
// visitor could notice; from 2 px on a finger or wheel moves the page.
const sidewaysPx = 1

// A sideways scroll of less than this shifts the page but hides nothing: a
// warning. Beyond it whole words leave the screen.
const sidewaysErrorPx = 12

type sideways struct{}

func (sideways) rule() string { return SidewaysScroll }

func (sideways) limits() []Limit {
	return []Limit{
		{Name: "slack_px", Is: sidewaysPx, Least: 0, Most: 200, script: "sidewaysPx",
			About: "a page that is wider by no more than this is let pass"},
		{Name: "error_px", Is: sidewaysErrorPx, Least: 0, Most: 10000,
			About: "from this overflow on it is an error, below a warning"},
	}
}

func (sideways) judge(f finding, s *site, _ int) (verdict, bool) {
	v := verdict{preview.SeverityError, f.Measure["overflow_px"], 100}
	if v.size < s.limit(SidewaysScroll, "error_px") || f.Words["unseen"] != "" {
		v.severity = preview.SeverityWarning
	}
	return v, true
}

func (sideways) sentence(d *draft) string {
	s := "The page scrolls sideways " + d.by("overflow_px")
	if d.worst().Words["unseen"] != "" {
		s += ", into an empty strip"
	}
	if d.cause == nil || d.cause.Property == "" {
		is := " is"
		if d.others() != "" {
			is = " are"
		}
		if d.worst().Words["unseen"] != "" {
			s += ","
		}
		s += " because " + d.name() + d.others() + is + " wider than the screen"
	}
	return s
}

func (sideways) suspects(d *draft) []suspect {
	return suspectsOf(d, []string{"element", "child", "parent"}, acrossNeutral)
}

func (sideways) detail(d *draft) (string, bool) { return d.worst().Words["part"], true }

// acrossNeutral are the properties that make a thing wide or shift it aside,
// with values that make them harmless.
var acrossNeutral = []neutral{
	{"width", set("width", "auto")},
	{"inline-size", set("inline-size", "auto")},
	{"min-width", set("min-width", "0")},
	{"min-inline-size", set("min-inline-size", "0")},
	{"grid-template-columns", set("grid-template-columns", "repeat(auto-fit, minmax(min(100%, 8rem), 1fr))")},
	{"grid-template", set("grid-template-columns", "minmax(0, 1fr)")},
	{"grid-auto-flow", set("grid-auto-flow", "row")},
	{"flex-basis", set("flex-basis", "auto")},
	{"flex", set("flex", "0 1 auto")},
	{"flex-shrink", set("flex-shrink", "1")},
	{"flex-wrap", set("flex-wrap", "wrap")},
	{"flex-flow", set("flex-wrap", "wrap")},
	{"display", set("flex-wrap", "wrap")},
	{"white-space", set("white-space", "normal")},
	{"text-wrap", set("text-wrap", "wrap")},
	{"word-break", set("word-break", "normal")},
	{"margin", set("margin-left", "0", "margin-right", "0")},
	{"margin-inline", set("margin-inline", "0")},
	{"margin-left", set("margin-left", "0")},
	{"margin-right", set("margin-right", "0")},
	{"left", set("left", "auto")},
	{"right", set("right", "auto")},
	{"inset", set("inset", "auto")},
	{"transform", set("transform", "none")},
	{"translate", set("translate", "none")},
	{"text-indent", set("text-indent", "0")},
	{"padding", set("padding-left", "0", "padding-right", "0")},
	{"padding-inline", set("padding-inline", "0")},
	{"padding-left", set("padding-left", "0")},
	{"padding-right", set("padding-right", "0")},
	{"gap", set("gap", "0")},
	{"column-gap", set("column-gap", "0")},
	{"letter-spacing", set("letter-spacing", "normal")},
	{"float", set("float", "none")},
	{"position", set("position", "static")},
	{"font-size", set("font-size", "1rem")},
}

// proof: something shows beyond the edge. A page that scrolls into an empty
// strip is a nuisance, but hides nothing.
func (sideways) proof(s *sighting) proof {
	p := proof{left: preview.SeverityWarning}
	for _, e := range s.Elements[:min(len(s.Elements), provedEach)] {
		beyond := e.Box
		beyond.X = max(beyond.X, s.Measure["viewport_px"])
		beyond.Width = e.Box.Right() - beyond.X
		p.looks = append(p.looks, look{region: beyond, on: []guise{{e.XPath, "hidden"}}})
	}
	return p
}
