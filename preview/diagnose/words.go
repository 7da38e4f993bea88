package diagnose

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"relook/preview"
)

// words is the sentence that people read: what is seen, by how much, when and
// why.
func (d *draft) words() string {
	if d.check == nil {
		return d.message
	}
	s := d.check.sentence(d)
	if why := because(d.cause); why != "" {
		s += ": " + why
	}
	s += "."
	if len(d.also) > 0 {
		s += " This causes " + and(quoted(unique(d.also))) + " too."
	}
	return s
}

// because tells a cause in words: "`.plans` is set to `width: 1100px`
// (pricing.html:8)".
func because(c *preview.Cause) string {
	switch {
	case c == nil:
		return ""
	case c.Foreign != nil:
		f := c.Foreign
		why := fmt.Sprintf("caused by %s:%d, which is not yours and sets `%s` on `%s`", f.File, f.Range.Start.Line+1, oneLine(f.Text), cut(foldSpace(f.Selector), 60))
		if near := setTo(c); near != "" {
			why += "; with it, " + near
		}
		return why
	}
	why := setTo(c)
	for _, d := range c.Definitions {
		_, value, _ := strings.Cut(oneLine(d.Text), ":")
		why += fmt.Sprintf(", where `%s` is `%s` (%s:%d)", d.Property, strings.TrimSpace(value), d.File, d.Range.Start.Line+1)
	}
	return why
}

// setTo tells what a declaration sets.
func setTo(c *preview.Cause) string {
	place := fmt.Sprintf("(%s:%d)", c.File, c.Range.Start.Line+1)
	switch {
	case c.Property == "":
		return ""
	case c.Selector == "":
		return fmt.Sprintf("its `style` sets `%s` %s", oneLine(c.Text), place)
	}
	return fmt.Sprintf("`%s` is set to `%s` %s", cut(foldSpace(c.Selector), 60), oneLine(c.Text), place)
}

// oneLine is a declaration without its semicolon, shortened.
func oneLine(declaration string) string {
	return cut(strings.TrimRight(foldSpace(declaration), "; "), 80)
}

// at names the widths, "at widths up to 767 px", and where they were not
// searched the views: "at 390 px and 768 px wide".
func (d *draft) at() string {
	if len(d.ranges) > 0 {
		in := d.within()
		if strings.HasPrefix(in, "at ") {
			return in
		}
		return "at widths " + in
	}
	var widths []string
	for _, s := range d.sightings {
		widths = append(widths, d.width(s.view))
	}
	return "at " + and(unique(widths)) + " wide"
}

// by names a number and the views in which it holds: "by 710 px at 390 px and
// by 332 px at 768 px wide (up to 1,123 px)". Views with the same number share
// it; the widths in which it holds follow where they were searched.
func (d *draft) by(measure string) string {
	var order []string
	widths := map[string][]string{}
	for _, s := range d.sightings {
		n := pixels(s.Measure[measure])
		if widths[n] == nil {
			order = append(order, n)
		}
		widths[n] = append(widths[n], d.width(s.view))
	}
	for i, n := range order {
		order[i] = "by " + n + " at " + and(unique(widths[n]))
	}
	if len(d.ranges) == 0 {
		return and(order) + " wide"
	}
	return fmt.Sprintf("%s wide (%s)", and(order), d.within())
}

// within words the widths in which the fault holds: "from 481 to 767 px".
func (d *draft) within() string {
	const most = 3
	var parts []string
	for _, r := range d.ranges[:min(len(d.ranges), most)] {
		parts = append(parts, rangeWords(r, d.site.widths.all))
	}
	if more := len(d.ranges) - most; more > 0 {
		parts = append(parts, plural(float64(more), "more range"))
	}
	return and(parts)
}

// rangeWords words one range of all widths that were searched.
func rangeWords(r, all preview.WidthRange) string {
	from, to := number(float64(r.From)), number(float64(r.To))
	switch {
	case r == all:
		return "at every width"
	case r.From == r.To:
		return "at exactly " + to + " px"
	case r.From == all.From:
		return "up to " + to + " px"
	case r.To == all.To:
		return "from " + from + " px on"
	}
	return "from " + from + " to " + to + " px"
}

// width names a view by its width, and by what sets it apart beyond that.
func (d *draft) width(view int) string {
	v := d.site.views[view]
	var more []string
	for _, s := range []string{v.Scheme, v.Media, v.State} {
		if s != "" {
			more = append(more, s)
		}
	}
	name := number(float64(v.Width)) + " px"
	if len(more) > 0 {
		name += " (" + strings.Join(more, ", ") + ")"
	}
	return name
}

// name is the selector of the first element, quoted.
func (d *draft) name() string { return code(d.worst().Elements[0].Selector) }

// quote puts a piece of the page's text between quotation marks.
// A text that brings its own quotation marks loses them.
func quote(s string) string {
	return "“" + cut(strings.Trim(foldSpace(s), `"'“”„«»`), 40) + "”"
}

// code puts something of the source between backquotes; it can't break out.
func code(s string) string {
	return "`" + cut(strings.ReplaceAll(foldSpace(s), "`", "'"), 60) + "`"
}

func quoted(names []string) []string {
	var list []string
	for _, n := range names {
		list = append(list, code(n))
	}
	return list
}

func pixels(n float64) string { return number(max(1, math.Round(n))) + " px" }

// number writes a whole number with its thousands apart.
func number(n float64) string {
	s := strconv.FormatFloat(math.Round(n), 'f', 0, 64)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func and(list []string) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

func unique(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func foldSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// cut shortens s to at most n characters.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return strings.TrimRight(string(r[:n-1]), " ") + "…"
}

// plural writes "1 line" or "3 lines".
func plural(n float64, one string) string {
	if math.Round(n) == 1 {
		return "1 " + one
	}
	return number(n) + " " + one + "s"
}
