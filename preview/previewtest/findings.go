package previewtest

import (
	"fmt"
	"image/color"
	"math"

	"relook/preview"
	"relook/preview/diagnose"
)

// findings gathers the defects of a page over its views.
type findings struct {
	doc   *document
	byKey map[string]*preview.Defect
	order []string
}

func (f *findings) defects() []preview.Defect {
	var list []preview.Defect
	for _, k := range f.order {
		d := f.byKey[k]
		d.Message = fmt.Sprintf("%s at %d widths: %s", d.Rule, len(d.Views), d.Elements[0].Selector)
		list = append(list, *d)
	}
	return list
}

// check finds the defects at one view.
func (f *findings) check(l *layout) {
	for i, b := range l.boxes {
		over := b.Right() - float64(l.view.Width)
		if over > 1 && !l.clips && (b.parent < 0 || l.boxes[b.parent].Right() < b.Right()) {
			f.add(l, i, diagnose.SidewaysScroll, preview.SeverityError, 10*(1+over/(over+100)), "width",
				map[string]float64{"overflow_px": over, "viewport_px": float64(l.view.Width)})
		}
		if r := ratio(b.color, b.background); b.text != "" && r < 4.5 {
			f.add(l, i, diagnose.LowContrast, preview.SeverityWarning, 3*(1+(4.5-r)/4.5), "color",
				map[string]float64{"ratio": r, "required_ratio": 4.5})
		}
		if _, gone := l.missing(b); gone {
			f.add(l, i, diagnose.BrokenImage, preview.SeverityError, 10, "src", map[string]float64{"natural_px": 0})
		}
	}
	for range f.doc.missing {
		f.add(l, 0, diagnose.FailedRequest, preview.SeverityError, 10, "href", map[string]float64{"status": 404})
	}
}

// add notes a defect of box i at the view of l. property is what may cause it.
func (f *findings) add(l *layout, i int, rule string, s preview.Severity, cost float64, property string, measure map[string]float64) {
	b := l.boxes[i]
	selector := b.node.Data
	if class := attr(b.node, "class"); class != "" {
		selector = "." + class
	}
	key := rule + " " + b.xpath
	d := f.byKey[key]
	if d == nil {
		d = &preview.Defect{Rule: rule, Severity: s, Measure: measure, Evidence: f.evidence(l, i)}
		d.Cause = f.cause(d.Evidence, property)
		f.byKey[key], f.order = d, append(f.order, key)
	}
	d.Views = append(d.Views, l.view.Name())
	d.Cost += cost
	d.Elements = append(d.Elements, preview.Element{Selector: selector, XPath: b.xpath, View: l.view.Name(), Box: b.Box})
}

func (f *findings) evidence(l *layout, i int) *preview.Evidence {
	var e preview.Evidence
	for role := "element"; i >= 0 && len(e.Subjects) < 2; role = "parent" {
		b := l.boxes[i]
		s := preview.Subject{
			Role: role, XPath: b.xpath, Tag: b.node.Data, Rules: b.rules, Box: b.Box,
			Computed: map[string]string{
				"width": fmt.Sprintf("%gpx", b.Width), "height": fmt.Sprintf("%gpx", b.Height), "display": "block",
				"color": notation(b.color), "relook-background": notation(b.background),
			},
		}
		if span, ok := f.doc.markup.StartTag(b.xpath); ok {
			s.StartTag = &preview.SourceSpan{File: f.doc.page.Entry, Span: span}
		}
		e.Subjects = append(e.Subjects, s)
		i = b.parent
	}
	return &e
}

// cause is the winning declaration of property, else the start tag.
func (f *findings) cause(e *preview.Evidence, property string) *preview.Cause {
	s := e.Subjects[0]
	for _, r := range s.Rules {
		for _, d := range r.Decls {
			if d.Wins && (d.Property == property || d.Property == "min-"+property) {
				return f.at(preview.SourceSpan{File: r.Body.File, Span: d.Span}, d.Property, r.Selector)
			}
		}
	}
	if s.StartTag == nil {
		return nil
	}
	return f.at(*s.StartTag, "", "")
}

func (f *findings) at(s preview.SourceSpan, property, selector string) *preview.Cause {
	text, err := f.doc.page.Read(s.File)
	if err != nil {
		return nil
	}
	return &preview.Cause{File: s.File, Range: text.Range(s.Span), Text: text.Slice(s.Span), Property: property, Selector: selector}
}

// notation writes a colour as CSS does.
func notation(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// ratio is the contrast of two colours as WCAG 2 defines it.
func ratio(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.RGBA) float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}
