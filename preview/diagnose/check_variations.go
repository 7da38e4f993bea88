package diagnose

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"relook/preview"
)

// A variation is another way in which people look at the page. Its findings are
// those of other checks that only show when the page is seen so; Words "of"
// names the check.
type variation struct {
	id   string
	when string // begins the sentence
	// soft variations are not how anybody sees the page today: what is an error
	// elsewhere is a warning.
	soft bool
}

var (
	atZoom        = variation{LostAtZoom, "At 200 % zoom", false}
	at320         = variation{LostAt320, "At 320 px", false}
	darkScheme    = variation{DarkScheme, "In the dark scheme", false}
	reducedMotion = variation{ReducedMotion, "With reduced motion", false}
	rightToLeft   = variation{RightToLeft, "From right to left", true}
	longerText    = variation{LongerText, "With text 30 % longer", true}
	textSpacing   = variation{TextSpacing, "With wider text spacing", true}
)

// innerCheck is the check of a finding of a variation, which may be one that no
// other reading runs.
func innerCheck(rule string) check {
	switch rule {
	case ruleLostItem:
		return lostItem{}
	case ruleTwoWay:
		return twoWay{}
	case ruleLostPicture:
		return lostPicture{}
	}
	return checkOf(rule)
}

func (v variation) rule() string { return v.id }

func (v variation) judge(f finding, s *site, view int) (verdict, bool) {
	f.Rule = f.Words["of"]
	c := innerCheck(f.Rule)
	if c == nil {
		return verdict{}, false
	}
	out, ok := c.judge(f, s, view)
	switch {
	case f.Words["unmeant"] != "":
		out.severity = preview.SeverityInfo
	case v.soft && out.severity == preview.SeverityError:
		out.severity = preview.SeverityWarning
	case v.soft:
		out.severity = preview.SeverityInfo
	}
	return out, ok
}

// inner is the draft as the check of its finding knows it.
func (variation) inner(d *draft) *draft {
	of := d.worst().Words["of"]
	in := *d
	in.rule, in.check = of, innerCheck(of)
	return &in
}

func (v variation) sentence(d *draft) string {
	in := v.inner(d)
	s := in.check.sentence(in)
	if r, n := utf8.DecodeRuneInString(s); !strings.HasPrefix(s, "“") {
		s = string(unicode.ToLower(r)) + s[n:]
	}
	return v.when + ", " + s
}

func (v variation) suspects(d *draft) []suspect {
	in := v.inner(d)
	return in.check.suspects(in)
}

// The fault does not show in the view's own tab: the study has tried its causes.
func (variation) detail(*draft) (string, bool) { return "", false }

// The checks that only variations use.
const (
	ruleLostItem    = "lost-item"      // something can't be seen any more
	ruleTwoWay      = "two-way-scroll" // text has to be scrolled to and fro
	ruleLostPicture = "lost-picture"   // a picture has the colour of what is behind it
)

// lostItem judges what could be seen and can't be any more.
type lostItem struct{}

func (lostItem) rule() string { return ruleLostItem }

// A few hidden words are decoration; from this many letters on they are
// something that was written to be read.
const lostLetters = 40

func (lostItem) judge(f finding, _ *site, _ int) (verdict, bool) {
	letters, controls := f.Measure["letters"], f.Measure["controls"]
	v := verdict{preview.SeverityError, letters + 20*controls, 200}
	if f.Words["reason"] != "hidden" {
		return v, letters > 2 || controls > 0
	}
	// Leaving things out where there is little room is a decision: it may be
	// wrong, above all for what can be used.
	v.severity = preview.SeverityInfo
	if f.Measure["used"] > 0 {
		v.severity = preview.SeverityWarning
	}
	return v, letters >= lostLetters || controls > 0
}

func (lostItem) sentence(d *draft) string {
	w := d.worst()
	what := "The text " + quote(w.Words["text"])
	if r := w.Words["role"]; r != "" {
		what = fmt.Sprintf("The %s %s", noun(r), quote(w.Words["text"]))
	}
	is, them := "is", "it"
	if n := w.Measure["count"] - 1; n >= 1 {
		what, is, them = what+" and "+number(n)+" more", "are", "them"
	}
	switch w.Words["reason"] {
	case "cut":
		return fmt.Sprintf("%s %s cut off by %s, which can't be scrolled", what, is, d.name())
	case "fixed":
		return fmt.Sprintf("%s %s out of reach in %s, which stays where it is when the page scrolls", what, is, d.name())
	case "page":
		return fmt.Sprintf("%s %s out of reach, because the page can't be scrolled", what, is)
	case "hidden":
		return fmt.Sprintf("%s %s hidden, and nothing takes the place of %s", what, is, them)
	}
	return fmt.Sprintf("%s %s never seen", what, is)
}

func (lostItem) suspects(d *draft) []suspect {
	var list []neutral
	switch d.worst().Words["reason"] {
	case "hidden":
		list = []neutral{{"display", set("display", "revert")}}
	case "unseen", "moved":
		list = []neutral{
			{"opacity", set("opacity", "1")}, {"visibility", set("visibility", "visible")},
			{"transform", set("transform", "none")}, {"translate", set("translate", "none")},
			{"scale", set("scale", "none")}, {"clip-path", set("clip-path", "none")}, {"color", set("color", "CanvasText")},
		}
	default:
		list = append([]neutral{
			{"height", set("height", "auto")}, {"max-height", set("max-height", "none")}, {"block-size", set("block-size", "auto")},
		}, overflowNeutral...)
		list = append(list, neutral{"position", set("position", "absolute")}, neutral{"inset", set("inset", "auto")})
	}
	return winnersOf(d, []string{"element", "child"}, list)
}

func (lostItem) detail(*draft) (string, bool) { return "", true }

// winnersOf is suspectsOf with values that do harm only here, such as an
// opacity of 0.
func winnersOf(d *draft, roles []string, list []neutral) []suspect {
	var out []suspect
	for _, role := range roles {
		for _, n := range list {
			for i, subject := range d.subjects {
				if subject.Role != role {
					continue
				}
				if r, j, ok := winner(subject, n.property); ok {
					if s := (suspect{i, r, j, n.property, n.overrides}); !repeated(out, s) {
						out = append(out, s)
					}
				}
			}
		}
	}
	return out
}

func winner(subject preview.Subject, property string) (rule, decl int, ok bool) {
	for r, rule := range subject.Rules {
		for j, d := range rule.Decls {
			if rule.Body.File != "" && d.Wins && d.Property == property {
				return r, j, true
			}
		}
	}
	return 0, 0, false
}

// twoWay judges running text that has to be scrolled to and fro.
type twoWay struct{}

func (twoWay) rule() string { return ruleTwoWay }

func (twoWay) judge(f finding, _ *site, _ int) (verdict, bool) {
	return verdict{preview.SeverityWarning, f.Measure["overflow_px"], 100}, true
}

func (twoWay) sentence(d *draft) string {
	w := d.worst()
	return fmt.Sprintf("Each line of the text %s has to be scrolled to and fro in %s, by %s",
		quote(w.Words["text"]), d.name(), pixels(w.Measure["overflow_px"]))
}

func (twoWay) suspects(d *draft) []suspect {
	return suspectsOf(d, []string{"element", "child"}, acrossNeutral)
}

func (twoWay) detail(*draft) (string, bool) { return "", true }
