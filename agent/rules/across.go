package rules

import (
	"strings"

	"relook/preview"
)

// pictures are the tags whose boxes keep a size of their own.
var pictures = map[string]bool{"img": true, "video": true, "iframe": true, "canvas": true, "svg": true, "picture": true, "embed": true, "object": true}

// sideways mends a page that is wider than its viewport.
func sideways(j *job) []wish {
	wishes := j.shift()
	for _, part := range []struct {
		role    string
		penalty int
	}{{"element", 0}, {"child", 2}, {"parent", 4}, {"other", 6}} {
		for _, s := range j.subjects(part.role) {
			t := &setter{job: j, s: s, penalty: part.penalty}
			across(t)
			wishes = append(wishes, t.wishes...)
		}
	}
	return wishes
}

// outside mends what lies beyond an edge of the page: what makes a page too wide
// may, and so may what moves a thing.
func outside(j *job) []wish {
	wishes := sideways(j)
	for i, role := range []string{"element", "child", "parent"} {
		for _, s := range j.subjects(role) {
			t := &setter{job: j, s: s, penalty: 2 * i}
			t.offsets(4)
			wishes = append(wishes, t.wishes...)
		}
	}
	return wishes
}

// across proposes all that makes a subject give way sideways.
func across(t *setter) {
	t.widths()
	t.boxSizing()
	t.tracks()
	t.wrapping()
	t.wide()
	t.negatives(11, "margin-right", "margin-left", "margin-inline", "margin")
	t.offsets(18)
	t.spacing()
}

// widths loosens fixed widths.
func (t *setter) widths() {
	if rule, d := winner(t.s, "width", "inline-size"); d != nil {
		t.fixedWidth(rule, d)
	}
	if rule, d := winner(t.s, "min-width", "min-inline-size"); d != nil {
		if px, ok := absolute(d.Value); ok && px > 0 {
			rank := t.sizeRank(5, px)
			t.change(rank, "never be wider than the room there is", rule, d, "min(100%, "+d.Value+")")
			t.change(rank+1, "drop the least width", rule, d, "0")
		} else if ofViewport(d.Value) {
			t.change(6, "measure by the parent, not by the window", rule, d, "100%")
		}
	}
	if rule, d := winner(t.s, "flex-basis", "flex"); d != nil {
		t.flexBasis(rule, d)
	}
}

func (t *setter) fixedWidth(rule *preview.StyleRule, d *preview.Declaration) {
	px, fixed := absolute(d.Value)
	n, unit, _ := length(d.Value)
	switch {
	case fixed && px > 0:
		rank := t.sizeRank(0, px)
		max := "max-" + d.Property
		if t.fills() {
			t.replace(rank, "let it be narrower", rule, d, max, d.Value, "auto")
			t.declare(rank+1, "let it be narrower", rule, d, decl(max, "100%"))
			t.change(rank+2, "let it be narrower", rule, d, "min(100%, "+d.Value+")")
		} else {
			t.declare(rank, "let it be narrower", rule, d, decl(max, "100%"))
			t.change(rank+1, "let it be narrower", rule, d, "min(100%, "+d.Value+")")
			t.replace(rank+4, "let it be narrower", rule, d, max, d.Value, "auto")
		}
		t.change(rank+7, "let it take the room there is", rule, d, "100%")
	case ofViewport(d.Value), unit == "%" && n > 100, calcPattern.MatchString(d.Value):
		t.change(0, "measure by the parent, not by the window", rule, d, "100%")
		t.declare(2, "never be wider than the parent", rule, d, decl("max-width", "100%"))
	}
	if unit == "%" && (n >= 50 || t.caused(rule, d)) {
		t.change(13, "let it take the room there is", rule, d, "auto")
	}
}

// sizeRank moves sizes that can't by themselves be too wide for the view back.
func (t *setter) sizeRank(rank int, px float64) int {
	if w := t.width(); w > 0 && px < 0.6*w {
		return rank + 15
	}
	return rank
}

// fills reports whether the subject takes the whole width when it has none of
// its own.
func (t *setter) fills() bool {
	return !pictures[t.s.Tag] && t.is("display", "block", "flex", "grid", "list-item", "flow-root") &&
		!t.is("position", "absolute", "fixed") && t.is("float", "none", "")
}

func (t *setter) flexBasis(rule *preview.StyleRule, d *preview.Declaration) {
	fields := strings.Fields(d.Value)
	basis := fields[len(fields)-1]
	px, ok := absolute(basis)
	if !ok || px <= 0 {
		return
	}
	rank := t.sizeRank(6, px)
	if d.Property == "flex-basis" {
		t.change(rank, "never start wider than the room there is", rule, d, "min(100%, "+basis+")")
	} else if len(fields) == 3 {
		if fields[1] == "0" {
			t.change(rank, "let it shrink", rule, d, fields[0]+" 1 "+basis)
		}
		t.change(rank+1, "never start wider than the room there is", rule, d, fields[0]+" 1 min(100%, "+basis+")")
	}
}

// boxSizing counts padding and border into a width.
func (t *setter) boxSizing() {
	if !t.is("box-sizing", "content-box") {
		return
	}
	if rule, d := winner(t.s, "width", "min-width"); d != nil {
		set := decl("box-sizing", "border-box")
		t.add(wish{rank: 3 + t.penalty, why: "count padding and border into the width", rule: rule, set: []preview.Declaration{set}})
	}
}

// tracks lets the columns of a grid give way.
func (t *setter) tracks() {
	if !t.is("display", "grid", "inline-grid") {
		return
	}
	if rule, d := winner(t.s, "grid-template-columns"); d != nil {
		for i, value := range flexibleTracks(d.Value) {
			t.change(1+3*i, "let the columns give way", rule, d, value)
		}
	}
	if rule, d := winner(t.s, "grid-auto-flow"); d != nil && strings.HasPrefix(d.Value, "column") {
		t.change(4, "let the row wrap", rule, d, "row")
	}
	if rule, d := winner(t.s, "grid-auto-columns"); d != nil {
		t.change(6, "let the columns give way", rule, d, "minmax(0, 1fr)")
	}
}

// wrapping lets rows and lines break.
func (t *setter) wrapping() {
	if t.is("display", "flex", "inline-flex") && t.is("flex-wrap", "nowrap", "") {
		if strings.HasPrefix(t.computed("flex-direction"), "column") {
			t.put(24, "let the items be narrower than their content", decl("min-width", "0"))
		} else {
			t.put(7, "let the row wrap", decl("flex-wrap", "wrap"))
			t.put(26, "put the row's items below each other", decl("flex-direction", "column"))
		}
	}
	if t.is("white-space", "nowrap") {
		t.put(8, "let the line break", decl("white-space", "normal"))
	}
	if t.is("white-space", "pre") {
		t.put(10, "let long lines break", decl("white-space", "pre-wrap"))
	}
	if rule, d := winner(t.s, "flex-shrink"); d != nil && d.Value == "0" {
		t.change(9, "let it shrink", rule, d, "1")
	}
	if !pictures[t.s.Tag] && !t.is("overflow-wrap", "anywhere", "break-word") {
		t.put(16, "break words that are too long", breakWords)
	}
	if t.s.Role != "element" && !pictures[t.s.Tag] {
		t.put(21, "let it be narrower than its content", decl("min-width", "0"))
	}
}

// wide bounds what has a size of its own: pictures, tables, code.
func (t *setter) wide() {
	switch {
	case pictures[t.s.Tag]:
		if t.s.Tag == "img" || t.s.Tag == "video" {
			t.put(1, "let the picture shrink with the page", decl("max-width", "100%"), decl("height", "auto"))
		}
		t.put(2, "let the picture shrink with the page", decl("max-width", "100%"))
	case t.s.Tag == "table":
		if t.roomForScrolling() {
			t.put(5, "let the table scroll by itself", decl("display", "block"), decl("overflow-x", "auto"))
		}
		if rule, d := winner(t.s, "table-layout"); d == nil || d.Value != "fixed" {
			t.put(30, "share the width among the columns", decl("table-layout", "fixed"), breakWords)
		} else {
			t.change(14, "let the columns find their widths", rule, d, "auto")
		}
	case t.s.Tag == "pre" || t.s.Tag == "code":
		t.put(4, "let the code scroll by itself", decl("overflow-x", "auto"))
	case t.s.Tag == "input" || t.s.Tag == "textarea" || t.s.Tag == "select" || t.s.Tag == "button":
		t.put(3, "let the field shrink with the page", decl("max-width", "100%"))
	}
	for _, child := range t.subjects("child") {
		if t.s.Role == "element" && child.Tag == "table" && t.s.Box.Width >= leastRoom*t.width() && !t.is("display", "flex", "grid", "") {
			t.put(6, "let the table scroll in its box", decl("overflow-x", "auto"))
			break
		}
	}
}

// breakWords lets words break that no line has room for. Unlike "anywhere" it
// does not let a row squeeze its items to the width of a letter.
var breakWords = decl("overflow-wrap", "break-word")

// leastRoom is the part of the view's width below which a table that scrolls by
// itself shows too little of its rows.
const leastRoom = 0.6

// roomForScrolling reports whether what holds the subject is wide enough.
func (t *setter) roomForScrolling() bool {
	holder := "parent"
	if t.s.Role == "child" {
		holder = "element"
	}
	for _, s := range t.subjects(holder) {
		if s.Box.Width < leastRoom*t.width() {
			return false
		}
	}
	return true
}

// negatives takes negative margins away.
func (t *setter) negatives(rank int, properties ...string) {
	for _, p := range properties {
		rule, d := winner(t.s, p)
		if d == nil {
			continue
		}
		if value, ok := withoutNegatives(d.Value); ok {
			t.change(rank, "take the negative margin away", rule, d, value)
		}
	}
}

// offsets takes back what moves the subject from its place.
func (t *setter) offsets(rank int) {
	if rule, d := winner(t.s, "transform", "translate"); d != nil && d.Value != "none" {
		t.change(rank+4, "leave it where it belongs", rule, d, "none")
	}
	if rule, d := winner(t.s, "text-indent"); d != nil && strings.HasPrefix(d.Value, "-") {
		t.change(rank, "leave the text where it belongs", rule, d, "0")
	}
	t.negatives(rank, "margin-top", "margin-left", "margin")
	if t.is("position", "static", "") {
		return
	}
	for _, p := range []string{"left", "right", "top", "inset"} {
		rule, d := winner(t.s, p)
		if d == nil || d.Value == "auto" || d.Value == "0" || d.Value == "0px" {
			continue
		}
		t.change(rank+1, "leave it where it belongs", rule, d, "0")
		t.change(rank+2, "leave it where it belongs", rule, d, "auto")
	}
	if rule, d := winner(t.s, "left"); d != nil && t.is("position", "absolute") && t.is("right", "auto", "") {
		t.declare(rank+3, "keep its right edge on the page", rule, d, decl("left", "auto"), decl("right", "0"))
	}
}

// spacing makes large gaps, paddings and margins small.
func (t *setter) spacing() {
	for _, p := range []string{"gap", "column-gap", "padding-left", "padding-right", "padding-inline", "padding", "margin-left", "margin-right"} {
		rule, d := winner(t.s, p)
		if d == nil {
			continue
		}
		fields := strings.Fields(d.Value)
		large := false
		for i, f := range fields {
			if px, ok := absolute(f); ok && px >= 32 && (p != "padding" || len(fields) == 1 || i%2 == 1) {
				fields[i], large = "16px", true
			}
		}
		if large {
			t.change(28, "leave less space", rule, d, strings.Join(fields, " "))
		}
	}
}
