package edit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"relook/preview"
	"relook/preview/stylesheet"
)

// ErrNoChange says that what was asked for is so already.
var ErrNoChange = errors.New("the source says so already")

// SetDeclaration returns the edit that makes rule, which lies in src, set
// property to value. The value of the declaration that counts in the rule is
// changed; when there is none, one is added after the last declaration in the
// rule's own style. important adds !important; a declaration that has it keeps
// it. The rule may be a style attribute. It is an error when the rule is not in
// a file, when property or value is not safe CSS (CheckDeclaration), and
// ErrNoChange when the edit would change nothing.
func SetDeclaration(src preview.Text, rule preview.StyleRule, property, value string, important bool) (preview.Edit, error) {
	edits, err := SetDeclarations(src, rule, []preview.Declaration{{Property: property, Value: value, Important: important}})
	if err != nil {
		return preview.Edit{}, err
	}
	return edits[0], nil
}

// SetDeclarations is SetDeclaration for several declarations that hold together.
// Of each the property, the value and whether it is important count. The edits
// are apart from each other and sorted.
func SetDeclarations(src preview.Text, rule preview.StyleRule, decls []preview.Declaration) ([]preview.Edit, error) {
	f, err := body(src, rule)
	if err != nil {
		return nil, err
	}
	decls, err = checked(decls)
	if err != nil {
		return nil, err
	}
	changes, err := setAll(f.css, f.style(src), decls)
	if err != nil {
		return nil, err
	}
	if f.quote == ' ' { // the whole value has to be put in quotes
		after := applyAll(f.css, changes)
		changes = []change{{0, len(f.css), after}}
	}
	var edits []preview.Edit
	for _, c := range changes {
		edits = append(edits, f.edit(c))
	}
	return edits, nil
}

// checked returns decls without space around the values if all of them are safe.
func checked(decls []preview.Declaration) ([]preview.Declaration, error) {
	if len(decls) == 0 {
		return nil, errors.New("no declaration is given")
	}
	decls = slices.Clone(decls)
	for i := range decls {
		d := &decls[i]
		d.Value = strings.TrimSpace(d.Value)
		if err := CheckDeclaration(d.Property, d.Value); err != nil {
			return nil, err
		}
	}
	return decls, nil
}

// setAll returns the changes to a rule's body that make all decls hold, sorted
// and apart from each other.
func setAll(css string, st style, decls []preview.Declaration) ([]change, error) {
	var changes []change
	for _, d := range decls {
		c, err := set(css, st, d)
		if errors.Is(err, ErrNoChange) {
			continue
		}
		if err != nil {
			return nil, err
		}
		// Declarations that are added stand at one place: one after the other.
		i := slices.IndexFunc(changes, func(o change) bool { return o.start == c.start })
		switch {
		case i < 0:
			changes = append(changes, c)
		case c.start == c.end && changes[i].start == changes[i].end:
			changes[i].text += c.text
		default:
			return nil, errors.New("the rule has no place for several declarations at once")
		}
	}
	if len(changes) == 0 {
		return nil, ErrNoChange
	}
	slices.SortFunc(changes, func(a, b change) int { return a.start - b.start })
	after := applyAll(css, changes)
	for _, d := range decls {
		if err := confirm(after, d); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// applyAll applies sorted changes.
func applyAll(css string, changes []change) string {
	for _, c := range slices.Backward(changes) {
		css = c.apply(css)
	}
	return css
}

// ReplaceDeclaration returns the edit that puts "to: value" where the rule sets
// property, such as min-height in place of height. It is an error when the rule
// does not set property.
func ReplaceDeclaration(src preview.Text, rule preview.StyleRule, property, to, value string) (preview.Edit, error) {
	value = strings.TrimSpace(value)
	if err := CheckDeclaration(to, value); err != nil {
		return preview.Edit{}, err
	}
	f, err := body(src, rule)
	if err != nil {
		return preview.Edit{}, err
	}
	items := stylesheet.Scan(f.css)
	i := effective(items, property)
	if i < 0 {
		return preview.Edit{}, fmt.Errorf("rule %.80q does not set %s", rule.Selector, property)
	}
	it := items[i]
	between := f.css[it.NameEnd:it.ValueStart]
	c := change{it.Start, it.ValueEnd, to + between + value}
	if c.text == f.css[c.start:c.end] {
		return preview.Edit{}, ErrNoChange
	}
	return f.edit(c), nil
}

// RemoveDeclaration returns the edit that takes every declaration of property
// out of the rule, with its line if it has one to itself. It is an error when
// the rule does not set property.
func RemoveDeclaration(src preview.Text, rule preview.StyleRule, property string) (preview.Edit, error) {
	f, err := body(src, rule)
	if err != nil {
		return preview.Edit{}, err
	}
	items := stylesheet.Scan(f.css)
	var cuts []change
	for i, it := range items {
		if it.Property == property && property != "" {
			cuts = append(cuts, cut(f.css, items, i))
		}
	}
	if len(cuts) == 0 {
		return preview.Edit{}, fmt.Errorf("rule %.80q does not set %s", rule.Selector, property)
	}
	whole := change{start: cuts[0].start, end: cuts[0].start}
	for _, c := range cuts {
		whole.text += f.css[min(whole.end, c.start):c.start]
		whole.end = max(whole.end, c.end)
	}
	return f.edit(whole), nil
}

// cut returns the change that takes items[i] out of css.
func cut(css string, items []stylesheet.Item, i int) change {
	it := items[i]
	lineStart := strings.LastIndexAny(css[:it.Start], "\r\n") + 1
	ownStart := lineStart > 0 && strings.TrimLeft(css[lineStart:it.Start], " \t") == ""
	rest := css[it.End:]
	blank := len(rest) - len(strings.TrimLeft(rest, " \t"))
	if eol := leadingEOL(rest[blank:]); ownStart && eol != "" {
		return change{start: lineStart, end: it.End + blank + len(eol)}
	}
	if !it.Semicolon && i > 0 && items[i-1].Semicolon && strings.TrimSpace(css[items[i-1].End:it.Start]) == "" {
		// The new last declaration ends like the old one: without semicolon.
		return change{start: items[i-1].End - 1, end: it.End}
	}
	if i+1 < len(items) {
		return change{start: it.Start, end: it.End + blank}
	}
	before := len(strings.TrimRight(css[:it.Start], " \t"))
	return change{start: before, end: it.End}
}

// leadingEOL returns the line end that s begins with, "" if there is none.
func leadingEOL(s string) string {
	for _, eol := range []string{"\r\n", "\n", "\r"} {
		if strings.HasPrefix(s, eol) {
			return eol
		}
	}
	return ""
}

// set returns the change to a rule's body that makes d hold in it.
func set(css string, st style, d preview.Declaration) (change, error) {
	items := stylesheet.Scan(css)
	i := effective(items, d.Property)
	if i < 0 {
		c := add(css, items, st, d)
		return c, confirm(c.apply(css), d)
	}
	it := items[i]
	c := change{it.ValueStart, it.ValueEnd, d.Value}
	if it.ValueStart == it.NameEnd+1 && it.ValueEnd == it.ValueStart { // "--x:"
		c.text = " " + c.text
	}
	if d.Important && !it.Important {
		c.text += " !important"
	} else if css[c.start:c.end] == d.Value {
		return change{}, ErrNoChange
	}
	return c, confirm(c.apply(css), d)
}

// confirm reports whether d holds in a rule's body: broken CSS before it, such
// as a backslash at the end of a line, can swallow it.
func confirm(css string, d preview.Declaration) error {
	items := stylesheet.Scan(css)
	i := effective(items, d.Property)
	if i < 0 || css[items[i].ValueStart:items[i].ValueEnd] != d.Value || d.Important && !items[i].Important {
		return errors.New("the rule holds broken CSS that would swallow the declaration")
	}
	return nil
}

// effective returns the index of the declaration of property that counts: the
// last, or the last with !important. It is -1 when there is none, or when a
// shorthand after it sets it anew.
func effective(items []stylesheet.Item, property string) int {
	found := -1
	for i, it := range items {
		switch {
		case it.Property == "":
		case found >= 0 && items[found].Important && !it.Important:
		case it.Property == property:
			found = i
		case found >= 0 && resets(it.Property, property):
			found = -1
		}
	}
	return found
}

// resets reports whether shorthand sets property too.
func resets(shorthand, property string) bool {
	if strings.HasPrefix(property, "--") {
		return false
	}
	switch shorthand {
	case "all":
		return true
	case "font":
		if property == "line-height" {
			return true
		}
	case "flex-flow":
		return property == "flex-wrap" || property == "flex-direction"
	case "gap":
		return property == "row-gap" || property == "column-gap"
	case "inset":
		return slices.Contains([]string{"top", "right", "bottom", "left"}, property)
	case "flex":
		return slices.Contains([]string{"flex-grow", "flex-shrink", "flex-basis"}, property)
	}
	return strings.HasPrefix(property, shorthand+"-")
}

// add returns the change that adds d after the last declaration of a rule's
// body, written as that declaration is.
func add(css string, items []stylesheet.Item, st style, d preview.Declaration) change {
	last := -1
	for i, it := range items {
		if !it.Block {
			last = i
		}
	}
	if last < 0 {
		return addFirst(css, st, d)
	}
	it := items[last]
	text := write(css, it, d)
	gap := spaceBefore(css[:it.Start])
	at, separator := it.End, gap
	if gap == "" && last == 0 && !strings.HasPrefix(text, d.Property+":"+d.Value) {
		separator = " "
	}
	if i := strings.LastIndexAny(gap, "\r\n"); i >= 0 {
		separator = st.eol + gap[i+1:]
		at = it.End + commentOnLine(css[it.End:])
	}
	if it.Semicolon {
		return change{at, at, separator + text + ";"}
	}
	return change{it.End, at, ";" + css[it.End:at] + separator + text}
}

// addFirst returns the change that puts d into a body without declarations.
func addFirst(css string, st style, d preview.Declaration) change {
	text := d.Property + ": " + d.Value + important(d, " ")
	lead := css[:len(css)-len(strings.TrimLeft(css, " \t\r\n\f"))]
	i := strings.LastIndexAny(lead, "\r\n")
	switch {
	case st.attribute:
		return change{0, 0, text + ";"}
	case i >= 0 && len(lead) == len(css): // the rest of the last line indents the brace
		return change{0, 0, st.eol + lead[i+1:] + st.unit + text + ";"}
	case i >= 0:
		return change{0, 0, st.eol + lead[i+1:] + text + ";"}
	case css == "":
		return change{0, 0, " " + text + "; "}
	default:
		return change{0, 0, " " + text + ";"}
	}
}

// write formats d like the declaration before it.
func write(css string, before stylesheet.Item, d preview.Declaration) string {
	colon := ": "
	if before.Property != "" {
		between := css[before.NameEnd:before.ValueStart]
		if between == ":" || between == " : " || between == " :" {
			colon = between
		}
	}
	space := " "
	if colon == ":" {
		space = ""
	}
	return d.Property + colon + d.Value + important(d, space)
}

func important(d preview.Declaration, space string) string {
	if !d.Important {
		return ""
	}
	return space + "!important"
}

// spaceBefore returns the white space at the end of s.
func spaceBefore(s string) string {
	return s[len(strings.TrimRight(s, " \t\r\n\f")):]
}

// commentOnLine returns the length of the space and comment that end the line
// which s begins in the middle of; 0 if anything else stands there.
func commentOnLine(s string) int {
	n := 0
	for _, t := range stylesheet.Tokenize(s) {
		text := s[t.Start:t.End]
		if !t.IsSpace() {
			return 0
		}
		if i := strings.IndexAny(text, "\r\n"); i >= 0 {
			if strings.HasPrefix(text, "/*") {
				return 0
			}
			return n
		}
		if strings.HasPrefix(text, "/*") {
			n = t.End
		}
	}
	return n
}
