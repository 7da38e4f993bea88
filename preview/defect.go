package preview

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// Severity says how bad a defect is.
type Severity string

// The severities, worst first. An error is something that a visitor can't read,
// see or use; a warning hurts; an info is worth knowing.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// Rank orders severities: 0 is worst.
func (s Severity) Rank() int {
	return slices.Index([]Severity{SeverityError, SeverityWarning, SeverityInfo}, s)
}

// A Box is a rectangle in CSS px from the top left corner of the document.
type Box struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Area is the box's area in px².
func (b Box) Area() float64 { return b.Width * b.Height }

// Right is the x of the right edge.
func (b Box) Right() float64 { return b.X + b.Width }

// Bottom is the y of the bottom edge.
func (b Box) Bottom() float64 { return b.Y + b.Height }

// Intersect is the part that both boxes cover; the zero Box if there is none.
func (b Box) Intersect(c Box) Box {
	x, y := max(b.X, c.X), max(b.Y, c.Y)
	w, h := min(b.Right(), c.Right())-x, min(b.Bottom(), c.Bottom())-y
	if w <= 0 || h <= 0 {
		return Box{}
	}
	return Box{x, y, w, h}
}

// An Element is where a defect shows in one view. A defect that holds at three
// views names its element three times, once with each view's box.
type Element struct {
	Selector string `json:"selector"` // short and for people, such as ".plans > li:nth-child(2)"
	XPath    string `json:"xpath"`    // exact, such as "/html[1]/body[1]/main[1]"
	View     string `json:"view"`     // View.Name
	Box      Box    `json:"box"`
}

// A Place is a declaration in a file.
type Place struct {
	File     string `json:"file"`  // slash path in the Page's FS
	Range    Range  `json:"range"` // of the declaration
	Text     string `json:"text"`  // the source in that range
	Property string `json:"property,omitempty"`
	Selector string `json:"selector,omitempty"` // of the rule that holds the declaration
}

// A Cause is the place in a file of the person's that makes a defect so: a
// declaration, else a start tag.
type Cause struct {
	File     string `json:"file"`  // slash path in the Page's FS
	Range    Range  `json:"range"` // of the declaration or start tag
	Text     string `json:"text"`  // the source in that range
	Property string `json:"property,omitempty"`
	Selector string `json:"selector,omitempty"` // of the rule that holds the declaration
	// Built is the style sheet that the page loads, if File was built into it: what
	// is changed in File shows when it is built again.
	Built string `json:"built,omitempty"`
	// BuiltFrom is a source of File, if it was built and the place in the source
	// can't be told: a change of File is lost when it is built again.
	BuiltFrom string `json:"builtFrom,omitempty"`
	// Foreign is the declaration that makes the defect so, if it is in a file that
	// is not the person's, such as one in node_modules or one that is loaded from a
	// CDN. The place is then the nearest that is: a declaration of the person's that
	// bears on the defect, else a start tag.
	Foreign *Place `json:"foreign,omitempty"`
	// Definitions are where the custom properties are set that the declaration
	// uses, in the order of use.
	Definitions []Place `json:"definitions,omitempty"`
}

// ForeignFile reports whether a file is not written by the person but brought in
// by a package manager.
func ForeignFile(name string) bool {
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		if part == "node_modules" || part == "bower_components" || part == "jspm_packages" {
			return true
		}
	}
	return false
}

// A WidthRange is a range of viewport widths in CSS px, both ends included.
type WidthRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// A Defect is one measured visual fault.
type Defect struct {
	Rule     string   `json:"rule"` // rule id, such as "sideways-scroll"
	Severity Severity `json:"severity"`
	Message  string   `json:"message"` // one sentence or two, for people
	// Views are the names of the views in which it holds. A defect that holds
	// only between the views that were asked for names one of its own, such as
	// "600x844": there its elements and numbers were measured.
	Views    []string  `json:"views"`
	Elements []Element `json:"elements"`
	Cause    *Cause    `json:"cause,omitempty"`
	// Widths are the ranges of viewport widths in which it holds, rising, where
	// they were searched (ProfileStandard: 320 to 1,440 px). Their ends are exact
	// unless the diagnosis has an "unsearched-widths".
	Widths  []WidthRange       `json:"widths,omitempty"`
	Measure map[string]float64 `json:"measure"` // the numbers that prove it; names end in their unit
	Cost    float64            `json:"cost"`    // above 0; see Diagnosis.Cost
	Ignored *Ignore            `json:"ignored,omitempty"`
	// Evidence is what a policy needs to propose a repair. It is gathered for
	// a page that is opened, and is not written out.
	Evidence *Evidence `json:"-"`
}

// An Ignore is where a person said that a defect is not to be reported: a comment,
// or an element's start tag.
type Ignore struct {
	File   string `json:"file"` // slash path in the Page's FS
	Range  Range  `json:"range"`
	Reason string `json:"reason,omitempty"` // what the person wrote
}

// Key identifies the fault across renders of the same page: the rule and the
// first element. It does not depend on views or numbers.
func (d Defect) Key() string {
	if len(d.Elements) == 0 {
		return d.Rule + " " + d.Message
	}
	return d.Rule + " " + d.Elements[0].XPath
}

// Evidence is what stands behind a defect in the source: the rules that style
// the elements at fault and what the browser computed for them.
type Evidence struct {
	Subjects []Subject
	// Words are what the check says of the fault in words, such as "side": "left";
	// which there are depends on the rule.
	Words map[string]string
}

// A Subject is one element that takes part in a defect, with all that is known
// of how it came to look as it does.
type Subject struct {
	Role     string // "element", "parent", "child", "other": its part in the defect
	XPath    string
	Tag      string            // lower-case
	StartTag *SourceSpan       // the element's start tag, nil if a script made it
	Rules    []StyleRule       // author rules that match it, strongest first
	Computed map[string]string // computed values by property, those that rules ask for
	Box      Box               // in the worst view
}

// A SourceSpan is a stretch of a file.
type SourceSpan struct {
	File string // slash path in the Page's FS
	Span
}

// A StyleRule is an author rule that matches an element.
type StyleRule struct {
	Selector string   // "" for a style attribute
	Media    []string // conditions of the enclosing @media rules, outermost first
	// Whole is the rule from its selector to its closing brace, Body what lies
	// between the braces (or the quotes of a style attribute). Both are empty
	// when the rule is not in a file of the page, such as one a script made.
	Whole, Body SourceSpan
	Decls       []Declaration
	Address     string // of its sheet; "" for a style attribute
	// BuiltFrom is the source that the rule's file was built from, as its source
	// map tells; "" if it was not. A change of the rule is lost when it is built
	// again: policies are not shown such rules.
	BuiltFrom string
}

// A Declaration is one property set in a rule.
type Declaration struct {
	Property  string
	Value     string // without !important
	Important bool
	Wins      bool // whether it decides the element's computed value
	// Parts are the longhands that a shorthand sets, and Decides those of them that
	// it decides; both are empty for a longhand.
	Parts, Decides []string
	Span           Span // from the property's name to the end of the value or its semicolon
	// Source is the same stretch in the file that the rule was built from; nil if
	// it was not built, or if the place can't be told.
	Source *SourceSpan
	// Definitions are the declarations of the custom properties that the value
	// uses, those that they use in turn included; for declarations that win.
	Definitions []Definition
}

// A Definition is a declaration of a custom property.
type Definition struct {
	Selector string // of its rule; "" for a style attribute
	Declaration
	File string // of its Span; "" if it is in no file of the page
}

// A Diagnosis is every defect of a page over its views, and whether the render
// is valid at all. It is what `relook check --format json` prints for a file.
type Diagnosis struct {
	Path          string   `json:"path"`
	Valid         bool     `json:"valid"`
	InvalidReason string   `json:"invalidReason,omitempty"`
	Defects       []Defect `json:"defects"`
	// Ignored are defects that the person said not to report. They count for
	// nothing.
	Ignored []Defect `json:"ignored,omitempty"`
	// LeftOut says in sentences what was not looked at, as the page is too large
	// for the time that it may take. What else is told holds all the same.
	LeftOut []string `json:"leftOut,omitempty"`
	Millis  float64  `json:"ms"` // wall time of render and checks
}

// Cost is the sum of the defects' costs. It is comparable only between renders
// of the same page at the same views, and means nothing for an invalid one.
func (d Diagnosis) Cost() float64 {
	sum := 0.0
	for _, f := range d.Defects {
		sum += f.Cost
	}
	return sum
}

// Count is the number of defects of severity s.
func (d Diagnosis) Count(s Severity) int {
	n := 0
	for _, f := range d.Defects {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Sort puts the worst defects first, in an order that depends on nothing but
// the defects themselves.
func (d *Diagnosis) Sort() {
	for _, list := range [][]Defect{d.Defects, d.Ignored} {
		slices.SortStableFunc(list, func(a, b Defect) int {
			return cmp.Or(
				cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
				-cmp.Compare(a.Cost, b.Cost),
				cmp.Compare(a.Key(), b.Key()),
			)
		})
	}
}
