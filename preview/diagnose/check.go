package diagnose

import "relook/preview"

// A check judges and words what its half of the script found. There is one file
// for each, here and under script/checks. To add a check: its rule id in tab.go
// and both files, its place in checks below, a page of documentation in
// docs/rules, and labelled pages in testdata/diagnose.
type check interface {
	rule() string
	// judge weighs a finding. Size is in px or a like measure that grows with
	// the harm; ok is false when it is no defect after all.
	judge(f finding, s *site, view int) (v verdict, ok bool)
	// sentence says what is wrong, by how much and where, without the cause
	// and the full stop.
	sentence(d *draft) string
	// suspects names declarations that may be the cause, likeliest first. It
	// asks for them through suspectsOf, because mostly the subjects' rules are
	// not read.
	suspects(d *draft) []suspect
	// detail is passed to the script's probe when suspects are tried; proof is
	// false when they can't be.
	detail(d *draft) (detail string, proof bool)
}

// A verdict is what a check says of a finding in one view.
type verdict struct {
	severity preview.Severity
	size     float64
	half     float64 // the size at which the cost is half way to its bound
}

var checks = []check{
	sideways{}, outside{}, clipped{}, overlap{}, covered{}, narrow{}, lowContrast{}, brokenImage{},
	unfilled{}, stretched{}, oversized{}, missingAlt{}, missingLabel{},
	layoutShift{}, neverAppears{}, flash{}, fontMissing{},
	spilledText{}, siblingsCollide{}, childProtrudes{}, tapTarget{}, textTooSmall{},
	loneWrap{}, unevenGaps{}, textTooWide{}, textTooNarrow{}, stickyCovers{},
	atZoom, at320, darkScheme, reducedMotion, rightToLeft, longerText, textSpacing,
	deadControl{}, keyboardDead{}, focusNotVisible{}, focusTrap{}, hoverBreaks{},
}

func checkOf(rule string) check {
	for _, c := range checks {
		if c.rule() == rule {
			return c
		}
	}
	return nil
}

// rules are the rules that the script checks in every reading.
func rules() []string {
	var names []string
	for _, c := range checks {
		if _, studied := c.(variation); !studied {
			names = append(names, c.rule())
		}
	}
	return names
}

// A sighting is a fault in one view.
type sighting struct {
	view int // index into site.views
	finding
	verdict
}

// A draft is a defect in the making: all sightings of one fault.
type draft struct {
	rule      string
	check     check // nil for faults that the browser reported
	sightings []sighting
	site      *site
	ranges    []preview.WidthRange // in which it holds, where they were searched

	subjects []preview.Subject
	hints    []*hint              // by subject; nil where its rules were read
	own      suspect              // the person's that bears on it, where the cause is not theirs
	loader   string               // path of the element that loads the cause's sheet, where nothing else is known
	places   []preview.SourceSpan // where else the cause stands: built, or not the person's
	cause    *preview.Cause
	ignored  *preview.Ignore // nil unless the person said so
	also     []string        // rules of the faults that its cause makes besides
	message  string          // set for faults that the browser reported
	asked    map[string]int  // by address of a failed request: 1 + the view that counted it last
}

// worst is the sighting with the highest cost.
func (d *draft) worst() *sighting {
	w := &d.sightings[0]
	for i := range d.sightings {
		if s := &d.sightings[i]; cost(s.verdict) > cost(w.verdict) {
			w = s
		}
	}
	return w
}

// severity is that of the worst sighting.
func (d *draft) severity() preview.Severity {
	worst := preview.SeverityInfo
	for _, s := range d.sightings {
		if s.severity.Rank() < worst.Rank() {
			worst = s.severity
		}
	}
	return worst
}

// exhibit is the part of a fault that evidence is gathered for: of many alike
// elements the first, of things that lie on each other the first pair.
func (d *draft) exhibit() []found {
	n := 1
	if d.rule == TextOverlap || d.rule == SiblingsCollide || d.rule == StickyCovers {
		n = 2
	}
	elements := d.worst().Elements
	return elements[:min(len(elements), n)]
}

// others words how many more like elements share the fault: "" or " and 3 more".
func (d *draft) others() string {
	if n := d.worst().Measure["count"] - 1; n >= 1 {
		return " and " + number(n) + " more"
	}
	return ""
}

// pairs words how many more pairs of elements share the fault, as a part of the
// sentence: "" or ", with 3 more pairs like them,".
func (d *draft) pairs() string {
	if n := d.worst().Measure["count"] - 1; n >= 1 {
		return ", with " + plural(n, "more pair") + " like them,"
	}
	return ""
}

// The costs of a fault by severity, before its size: the loop trades them, so
// that one thing that can't be used outweighs a few that are ugly.
var baseCost = map[preview.Severity]float64{
	preview.SeverityError:   10,
	preview.SeverityWarning: 3,
	preview.SeverityInfo:    0.5,
}

// cost is what a fault costs in one view: its severity's base, up to twice that
// with its size. It saturates, so that one huge overflow is not worth ten
// others.
func cost(v verdict) float64 {
	size := max(v.size, 0)
	return baseCost[v.severity] * (1 + size/(size+max(v.half, 1e-9)))
}
