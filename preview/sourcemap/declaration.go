package sourcemap

import (
	"path"
	"strings"

	"relook/preview"
)

// maxStretch is how far from the place that a map names a declaration may reach,
// in bytes.
const maxStretch = 64 << 10

// maxName is how far the colon of a declaration may be from its beginning, in
// bytes.
const maxName = 200

// declaration finds the declaration of a property at a place in a source, further
// on in its line, or in the rule that begins there: some compilers map lines or
// rules only.
func declaration(file string, text *preview.Text, at int, property string) (preview.Span, bool) {
	plain := uncommented(text.Slice(preview.Span{Start: at, End: at + maxStretch}))
	indented := strings.EqualFold(path.Ext(file), ".sass") || strings.EqualFold(path.Ext(file), ".styl")
	start := inLine(plain, property, indented)
	if start < 0 && !indented {
		start = inRule(plain, property)
	}
	if start < 0 {
		return preview.Span{}, false
	}
	return preview.Span{Start: at + start, End: at + start + end(plain[start:], indented)}, true
}

// inLine is where the first of the declarations in the first line of source sets
// a property; -1 if none does.
func inLine(source, property string, indented bool) int {
	line, _, _ := strings.Cut(source, "\n")
	for i := len(line) - len(strings.TrimLeft(line, " \t\r\f")); i < len(line); {
		if declares(source[i:], property) {
			return i
		}
		n := end(source[i:], indented)
		if n == 0 || source[i+n-1] != ';' {
			return -1
		}
		i += n
		i += len(source[i:]) - len(strings.TrimLeft(source[i:], " \t\r\f"))
	}
	return -1
}

// declares reports whether source begins with what sets a property: its name; the
// rest of it within a nested group, as `family` for font-family; a name put
// together from variables; or a rule that brings declarations in.
func declares(source, property string) bool {
	for _, brings := range []string{"#{", "@{", "@apply ", "@include "} {
		if strings.HasPrefix(source, brings) {
			return true
		}
	}
	name, _, ok := strings.Cut(source[:min(len(source), maxName)], ":")
	name = strings.ToLower(strings.TrimSpace(name))
	return ok && name != "" && (name == strings.ToLower(property) || strings.HasSuffix(strings.ToLower(property), "-"+name))
}

// end is where the declaration that source begins with ends, its semicolon
// included.
func end(source string, indented bool) int {
	deep := 0
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case c == '"' || c == '\'':
			i = quoted(source, i)
		case c == '(' || c == '[' || c == '{' && i > 0 && (source[i-1] == '#' || source[i-1] == '@'):
			deep++
		case deep > 0 && (c == ')' || c == ']' || c == '}'):
			deep--
		case deep > 0:
		case c == ';':
			return i + 1
		case c == '{' || c == '}' || indented && c == '\n':
			return len(strings.TrimRight(source[:i], " \t\r\n\f"))
		}
	}
	return len(strings.TrimRight(source, " \t\r\n\f"))
}

// inRule is where the last declaration of a property stands in the rule that
// source begins with, not in rules inside it; -1 if there is none.
func inRule(source, property string) int {
	open := strings.IndexByte(source, '{')
	if open <= 0 || strings.IndexByte(" \t\r\n\f", source[0]) >= 0 || strings.ContainsAny(source[:open], ";}") {
		return -1
	}
	found, deep := -1, 0
	for i := open + 1; i < len(source) && deep >= 0; {
		if c := source[i]; strings.IndexByte(" \t\r\n\f;", c) >= 0 {
			i++
			continue
		} else if c == '}' {
			deep--
			i++
			continue
		}
		if name, _, ok := strings.Cut(source[i:min(len(source), i+maxName)], ":"); ok && deep == 0 && strings.EqualFold(strings.TrimSpace(name), property) {
			found = i
		}
		i += max(1, end(source[i:], false))
		for i < len(source) && strings.IndexByte(" \t\r\n\f", source[i]) >= 0 {
			i++
		}
		if i < len(source) && source[i] == '{' {
			deep++
			i++
		}
	}
	return found
}

// quoted is the index of the quotation mark that ends the string which begins at
// i, or of the last character of its line.
func quoted(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case s[i]:
			return j
		case '\n':
			return j - 1
		}
	}
	return len(s) - 1
}

// uncommented has spaces in place of comments, of both kinds.
func uncommented(s string) string {
	out := []byte(s)
	blank := func(from, to int) {
		for k := from; k < to; k++ {
			if out[k] != '\n' && out[k] != '\r' {
				out[k] = ' '
			}
		}
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"' || s[i] == '\'':
			i = quoted(s, i)
		case strings.HasPrefix(s[i:], "url("):
			if n := strings.IndexAny(s[i:], ")\n"); n > 0 { // an address holds slashes
				i += n
			}
		case strings.HasPrefix(s[i:], "/*"):
			to := len(s)
			if n := strings.Index(s[i+2:], "*/"); n >= 0 {
				to = i + 2 + n + 2
			}
			blank(i, to)
			i = to - 1
		case strings.HasPrefix(s[i:], "//"):
			to := len(s)
			if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
				to = i + n
			}
			blank(i, to)
			i = to - 1
		}
	}
	return string(out)
}
