package rules

import (
	"regexp"
	"strconv"
	"strings"

	"relook/preview"
)

// covered mends a control that something else lies on.
func covered(j *job) []wish {
	var wishes []wish
	top := 0
	for _, s := range j.subjects("other") {
		if z, err := strconv.Atoi(s.Computed["z-index"]); err == nil {
			top = max(top, z)
		}
	}
	for _, s := range j.subjects("element") {
		t := &setter{job: j, s: s}
		t.raise(top + 1)
		t.apartFromControl(4)
		wishes = append(wishes, t.wishes...)
	}
	for _, s := range j.subjects("other") {
		t := &setter{job: j, s: s, penalty: 1}
		t.letThrough()
		t.apartFromControl(2)
		if t.is("white-space", "nowrap") {
			t.put(1, "let the line break", decl("white-space", "normal"))
		}
		t.widths()
		wishes = append(wishes, t.wishes...)
	}
	for _, s := range j.subjects("parent") {
		t := &setter{job: j, s: s, penalty: 6}
		t.raise(top + 1)
		t.apartFromControl(4)
		wishes = append(wishes, t.wishes...)
	}
	return wishes
}

// raise lifts the control above what covers it.
func (t *setter) raise(z int) {
	value := strconv.Itoa(z)
	if !t.is("position", "static", "") {
		t.put(0, "lift it above what covers it", decl("z-index", value))
		return
	}
	t.put(3, "lift it above what covers it", decl("position", "relative"), decl("z-index", value))
}

// letThrough lets clicks pass what only decorates, or puts it behind.
func (t *setter) letThrough() {
	if t.decorates() && t.seeThrough() {
		t.put(1, "let clicks pass the decoration", decl("pointer-events", "none"))
	}
	if !t.is("position", "static", "") {
		rule, d := winner(t.s, "z-index")
		if d != nil && d.Value != "auto" && d.Value != "0" {
			t.change(5, "put it behind the control", rule, d, "0")
			t.change(7, "put it behind the control", rule, d, "auto")
		}
	}
}

var emptyElement = regexp.MustCompile(`^\s*</`)

// decorates reports whether the subject holds nothing: its end tag follows its
// start tag.
func (t *setter) decorates() bool {
	if t.s.StartTag == nil {
		return false
	}
	src, ok := t.text(t.s.StartTag.File)
	if !ok {
		return false
	}
	rest := src.Slice(preview.Span{Start: t.s.StartTag.End, End: t.s.StartTag.End + 200})
	return emptyElement.MatchString(rest)
}

// seeThrough reports whether what lies beneath the subject can be seen: only
// then does a control that can be clicked through it help anyone.
func (t *setter) seeThrough() bool {
	if image := t.computed("background-image"); image != "" && image != "none" && !strings.Contains(image, "gradient") {
		return false
	}
	paint := t.computed("background-color")
	c, ok := parseColour(paint)
	return paint == "" || ok && c.alpha < 0.9 || t.computed("opacity") != "" && t.computed("opacity") < "0.9"
}

// apartFromControl moves things so that they no longer lie on each other.
func (t *setter) apartFromControl(rank int) {
	t.negatives(rank, "margin-top", "margin-bottom", "margin-left", "margin-right", "margin")
	if rule, d := winner(t.s, "height"); d != nil && !t.decorates() {
		if _, unit, ok := length(d.Value); ok && unit != "%" {
			t.replace(rank+3, "let it grow with its content", rule, d, "min-height", d.Value, "auto")
		}
	}
	if t.s.Role != "parent" {
		t.backInFlow(rank + 8)
		t.offsets(rank + 9)
	}
}
