package previewtest

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"relook/preview"
)

// A Label says what must be found on a labelled page. It is the page's first
// line, a comment:
//
//	<!-- expect: RULE at WIDTHS on SELECTOR cause "TEXT"; ... -->
//	<!-- expect: RULE at none cause "TEXT" widths 481-767,900-1000 -->
//	<!-- expect: RULE at WIDTHS cause "TEXT" in FILE foreign "TEXT" uses "TEXT" -->
//	<!-- expect: nothing -->
//	<!-- expect thorough: RULE at WIDTHS -->
//
// The word before the colon is the profile that the page is checked in, standard
// if there is none. WIDTHS is "all", a list such as 390,768, or "none" for a
// fault that only shows between the views. SELECTOR must match one of the
// defect's elements. After the cause come its file, the declaration that is not the
// person's, a definition of a custom property, and the ranges of widths in which it
// holds.
// What is not named is not compared.
type Label struct {
	Profile preview.Profile
	Defects []Expected // none for a page that must stay silent
}

// An Expected is a defect that a Label announces.
type Expected struct {
	Rule     string
	Widths   []string             // of the default views in which it holds
	Ranges   []preview.WidthRange // as Defect.Widths; nil if not named
	Selector string
	Cause    string
	File     string // of the cause
	Foreign  string // Cause.Foreign.Text
	Uses     string // the text of one of Cause.Definitions
}

var (
	labelComment = regexp.MustCompile(`^<!-- expect(?: ([a-z]+))?: (.*) -->\n`)
	labelForm    = regexp.MustCompile(`^([a-z0-9-]+) at ([0-9,]+|all|none)(?: on (.+?))?(?: cause ("(?:[^"\\]|\\.)*"))?(?: in (\S+))?(?: foreign (".*?"))?(?: uses (".*?"))?(?: widths ([0-9,-]+))?$`)
)

// ParseLabel reads the label of a page's source.
func ParseLabel(source string) (Label, error) {
	m := labelComment.FindStringSubmatch(source)
	if m == nil {
		return Label{}, fmt.Errorf("the page does not begin with <!-- expect: ... -->")
	}
	l := Label{Profile: preview.ProfileStandard}
	if m[1] != "" {
		var err error
		if l.Profile, err = preview.ParseProfile(m[1]); err != nil {
			return Label{}, err
		}
	}
	if m[2] == "nothing" {
		return l, nil
	}
	for part := range strings.SplitSeq(m[2], "; ") {
		e, err := parseExpected(part)
		if err != nil {
			return Label{}, err
		}
		l.Defects = append(l.Defects, e)
	}
	return l, nil
}

func parseExpected(text string) (Expected, error) {
	f := labelForm.FindStringSubmatch(text)
	if f == nil {
		return Expected{}, fmt.Errorf("can't read the expectation %q", text)
	}
	e := Expected{Rule: f[1], Selector: f[3], Widths: strings.Split(f[2], ",")}
	switch f[2] {
	case "all":
		e.Widths = []string{"390", "768", "1280"}
	case "none":
		e.Widths = nil
	}
	e.File = f[5]
	if f[8] != "" {
		for part := range strings.SplitSeq(f[8], ",") {
			var r preview.WidthRange
			if _, err := fmt.Sscanf(part, "%d-%d", &r.From, &r.To); err != nil {
				return Expected{}, fmt.Errorf("the widths in %q: %w", text, err)
			}
			e.Ranges = append(e.Ranges, r)
		}
	}
	for i, into := range map[int]*string{4: &e.Cause, 6: &e.Foreign, 7: &e.Uses} {
		if f[i] == "" {
			continue
		}
		var err error
		if *into, err = strconv.Unquote(f[i]); err != nil {
			return Expected{}, fmt.Errorf("the cause in %q: %w", text, err)
		}
	}
	return e, nil
}

// String is the expectation as it stands in a label.
func (e Expected) String() string {
	s := e.Rule + " at " + strings.Join(e.Widths, ",")
	if e.Selector != "" {
		s += " on " + e.Selector
	}
	if e.Cause != "" {
		s += " cause " + strconv.Quote(e.Cause)
	}
	if e.File != "" {
		s += " in " + e.File
	}
	if e.Foreign != "" {
		s += " foreign " + strconv.Quote(e.Foreign)
	}
	if e.Uses != "" {
		s += " uses " + strconv.Quote(e.Uses)
	}
	return s
}

// viewWidths are the widths of the default views in which a defect holds.
func viewWidths(d preview.Defect) []string {
	var widths []string
	for _, v := range d.Views {
		if slices.ContainsFunc(preview.DefaultViews(), func(own preview.View) bool { return own.Name() == v }) {
			width, _, _ := strings.Cut(v, "x")
			widths = append(widths, width)
		}
	}
	return widths
}

// Fits reports whether d is the defect that is expected. Eval calls a function
// in the page, to ask it whether an element matches the selector.
func (e Expected) Fits(ctx context.Context, d preview.Defect, eval func(ctx context.Context, fn string, arg, result any) error) (bool, error) {
	if d.Rule != e.Rule || !slices.Equal(viewWidths(d), e.Widths) {
		return false, nil
	}
	if e.Ranges != nil && !slices.Equal(e.Ranges, d.Widths) {
		return false, nil
	}
	if !e.fitsCause(d.Cause) {
		return false, nil
	}
	if e.Selector == "" {
		return true, nil
	}
	var paths []string
	for _, el := range d.Elements {
		paths = append(paths, el.XPath)
	}
	var ok bool
	err := eval(ctx, `(arg) => arg.paths.some((path) => {
		const el = document.evaluate(path, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE).singleNodeValue;
		return Boolean(el && el.matches(arg.selector));
	})`, map[string]any{"paths": paths, "selector": e.Selector}, &ok)
	return ok, err
}

// fitsCause compares what is expected of the cause.
func (e Expected) fitsCause(c *preview.Cause) bool {
	if c == nil {
		return e.Cause == "" && e.File == "" && e.Foreign == "" && e.Uses == ""
	}
	same := func(want, got string) bool {
		return want == "" || strings.TrimRight(got, ";") == strings.TrimRight(want, ";")
	}
	foreign := ""
	if c.Foreign != nil {
		foreign = c.Foreign.Text
	}
	return same(e.Cause, c.Text) && same(e.File, c.File) && same(e.Foreign, foreign) &&
		(e.Uses == "" || slices.ContainsFunc(c.Definitions, func(p preview.Place) bool { return same(e.Uses, p.Text) }))
}
