package markup

import (
	"strings"

	"relook/preview"
)

type attribute struct {
	name     string // lower-case
	value    preview.Span
	hasValue bool
}

const space = " \t\n\f\r"

// attributes reads the attributes of the start tag at tag, as the HTML standard
// says: names end at space, "=", "/" or ">", values are quoted or end at space
// or ">", and the first of two with the same name counts.
func attributes(src string, tag preview.Span) []attribute {
	s := strings.TrimSuffix(src[tag.Start:tag.End], ">")
	i := 1 + nameLen(s)
	skip := func(set string) {
		for i < len(s) && strings.IndexByte(set, s[i]) >= 0 {
			i++
		}
	}
	var list []attribute
	seen := map[string]bool{}
	for {
		skip(space + "/")
		if i >= len(s) {
			return list
		}
		start := i
		i++ // a name may begin with "="
		for i < len(s) && strings.IndexByte(space+"/=", s[i]) < 0 {
			i++
		}
		a := attribute{name: strings.ToLower(s[start:i])}
		skip(space)
		if i < len(s) && s[i] == '=' {
			i++
			skip(space)
			from, to, next := value(s, i)
			a.value = preview.Span{Start: tag.Start + from, End: tag.Start + to}
			a.hasValue, i = true, next
		}
		if !seen[a.name] {
			seen[a.name] = true
			list = append(list, a)
		}
	}
}

// value reads the attribute value that begins at i, and where reading goes on.
func value(s string, i int) (from, to, next int) {
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		if n := strings.IndexByte(s[i+1:], s[i]); n >= 0 {
			return i + 1, i + 1 + n, i + 2 + n
		}
		return i + 1, len(s), len(s)
	}
	if n := strings.IndexAny(s[i:], space); n >= 0 {
		return i, i + n, i + n
	}
	return i, len(s), len(s)
}
