package rules

import (
	"slices"
	"strconv"
	"strings"

	"relook/preview"
)

// clipped mends text that is cut off by its box.
func clipped(j *job) []wish {
	var wishes []wish
	_, across := j.defect.Measure["width_px"]
	for _, part := range []struct {
		role    string
		penalty int
	}{{"element", 0}, {"child", 3}, {"parent", 6}} {
		for _, s := range j.subjects(part.role) {
			t := &setter{job: j, s: s, penalty: part.penalty}
			if across {
				t.clippedAcross()
			} else {
				t.clippedAlong()
			}
			wishes = append(wishes, t.wishes...)
		}
	}
	return wishes
}

func (t *setter) clippedAlong() {
	t.heights()
	t.lineHeight(8)
	t.narrowLines(14)
	t.negatives(12, "margin-top", "margin-bottom", "margin-block", "margin")
	t.offsets(20)
	t.showOverflow()
}

func (t *setter) clippedAcross() {
	if t.is("white-space", "nowrap") {
		t.put(0, "let the line break", decl("white-space", "normal"))
	}
	if t.is("white-space", "pre") {
		t.put(1, "let the line break", decl("white-space", "pre-wrap"))
	}
	t.put(6, "break words that are too long", breakWords)
	across(t)
	if rule, d := winner(t.s, "width", "max-width"); d != nil && d.Value != "100%" {
		if d.Property == "width" {
			t.replace(9, "let it grow with its text", rule, d, "min-width", d.Value, "auto")
			t.change(10, "let it be as wide as its text", rule, d, "auto")
		} else {
			t.change(11, "let it be as wide as its text", rule, d, "none")
		}
	}
	t.showOverflow()
}

// heights lets fixed heights grow.
func (t *setter) heights() {
	if rule, d := winner(t.s, "height", "block-size"); d != nil {
		if _, unit, ok := length(d.Value); ok && unit != "%" {
			t.replace(0, "let it grow with its text", rule, d, "min-"+d.Property, d.Value, "auto")
		}
		if d.Value != "auto" {
			t.change(2, "let it be as high as its text", rule, d, "auto")
		}
	}
	if rule, d := winner(t.s, "max-height", "max-block-size"); d != nil && d.Value != "none" {
		t.remove(1, "drop the greatest height", rule, d, "none")
	}
	if rule, d := winner(t.s, "aspect-ratio"); d != nil && d.Value != "auto" {
		t.change(4, "let it be as high as its text", rule, d, "auto")
	}
	for _, p := range []string{"grid-template-rows", "grid-auto-rows"} {
		if rule, d := winner(t.s, p); d != nil {
			t.growingRows(rule, d)
		}
	}
	if rule, d := winner(t.s, "flex", "flex-basis"); d != nil && t.s.Role != "parent" {
		t.change(10, "let it be as high as its text", rule, d, map[string]string{"flex": "0 0 auto", "flex-basis": "auto"}[d.Property])
	}
	if t.is("position", "absolute", "fixed") {
		if rule, d := winner(t.s, "bottom"); d != nil && d.Value != "auto" {
			t.change(11, "let it be as high as its text", rule, d, "auto")
		}
	}
}

// growingRows lets the rows of a grid be higher than their fixed height.
func (t *setter) growingRows(rule *preview.StyleRule, d *preview.Declaration) {
	fields := strings.Fields(d.Value)
	for i, f := range fields {
		if _, ok := absolute(f); ok {
			fields[i] = "minmax(" + f + ", auto)"
		}
	}
	if value := strings.Join(fields, " "); value != d.Value {
		t.change(3, "let the rows grow with their text", rule, d, value)
	}
}

// lineHeight gives lines the room that their letters need.
func (t *setter) lineHeight(rank int) {
	rule, d := winner(t.s, "line-height")
	if d == nil {
		return
	}
	size, _ := absolute(t.computed("font-size"))
	px, fixed := absolute(d.Value)
	ratio, err := strconv.ParseFloat(d.Value, 64)
	switch {
	case err == nil && ratio < 1.15, fixed && size > 0 && px < 1.15*size:
		t.change(rank, "give the lines the room that they need", rule, d, "1.2")
		t.change(rank+1, "give the lines the room that they need", rule, d, "1.4")
	case fixed && strings.HasSuffix(d.Value, "px"):
		t.change(rank+6, "give the lines the room that they need", rule, d, "1.4")
	}
}

// narrowLines lets text take fewer or narrower lines.
func (t *setter) narrowLines(rank int) {
	if t.is("white-space", "nowrap") {
		t.put(rank, "let the line break", decl("white-space", "normal"))
	}
	if rule, d := winner(t.s, "letter-spacing"); d != nil && d.Value != "normal" {
		t.change(rank+8, "set the letters closer", rule, d, "normal")
	}
}

// showOverflow is the last resort: what is shown may lie on what comes next.
func (t *setter) showOverflow() {
	if t.s.Role != "element" {
		return
	}
	for _, p := range []string{"overflow", "overflow-y", "overflow-x"} {
		if rule, d := winner(t.s, p); d != nil && (d.Value == "hidden" || d.Value == "clip") {
			t.add(wish{rank: 40, why: "show what does not fit", rule: rule, set: []preview.Declaration{decl(p, "visible")}})
		}
	}
}

// overlap mends text that lies on other text.
func overlap(j *job) []wish {
	var wishes []wish
	for _, part := range []struct {
		role    string
		penalty int
	}{{"element", 0}, {"other", 1}, {"parent", 4}} {
		for _, s := range j.subjects(part.role) {
			t := &setter{job: j, s: s, penalty: part.penalty}
			t.apart()
			wishes = append(wishes, t.wishes...)
		}
	}
	return wishes
}

// apart moves the subject away from its neighbours.
func (t *setter) apart() {
	t.negatives(0, "margin-top", "margin-bottom", "margin-block", "margin-left", "margin-right", "margin")
	t.heights()
	t.lineHeight(3)
	t.backInFlow(5)
	t.offsets(7)
	t.wrapping()
	t.widths()
	t.tracks()
	if rule, d := winner(t.s, "float"); d != nil && d.Value != "none" {
		t.change(14, "stop it from floating", rule, d, "none")
		return
	}
	t.put(30, "put it below what floats", decl("clear", "both"))
}

// backInFlow lets the page make room for what is positioned. That changes the
// look of a page more than anything else here, so it comes late even where the
// position is what the diagnosis blames. What only decorates stays where it is:
// in the flow it would be a hole in the page.
func (t *setter) backInFlow(rank int) {
	rule, d := winner(t.s, "position")
	if d == nil || t.decorates() || !slices.Contains([]string{"absolute", "fixed"}, d.Value) {
		return
	}
	for i, value := range []string{"static", "relative"} {
		t.add(wish{
			rank: rank + t.penalty + i, why: "let the page make room for it", rule: rule,
			set: []preview.Declaration{{Property: "position", Value: value, Important: d.Important}},
		})
	}
}
