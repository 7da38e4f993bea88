package edit

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	oldPage = "<!doctype html>\n<html>\n<head><style>\na { b: c }\n</style></head>\n<body>\n<p>Some words that stay, and more of them so that the page has a length to lose</p>\n</body>\n</html>\n"
	newPage = "<!doctype html>\n<html>\n<head><style>\na { b: d }\n</style></head>\n<body>\n<p>Some words that stay, and more of them so that the page has a length to lose</p>\n</body>\n</html>\n"
)

func TestWholeFile(t *testing.T) {
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	css, newCSS := "a { b: c }\n", "a { b: d }\n"
	tests := []struct{ name, reply, before, want string }{
		{"bare", newPage, oldPage, newPage},
		{"fence", "```html\n" + newPage + "```", oldPage, newPage},
		{"words around", "Sure:\n\n```\n" + newPage + "```\nI changed b.", oldPage, newPage},
		{"words around without fence", "Sure: " + newPage + "\nI changed b.", oldPage, newPage},
		{"tildes", "~~~html\n" + newPage + "~~~", oldPage, newPage},
		{"fence in a fence", "````html\n" + strings.Replace(newPage, "<p>", "<p>\n```\n", 1) + "````", strings.Replace(oldPage, "<p>", "<p>\n```\n", 1), strings.Replace(newPage, "<p>", "<p>\n```\n", 1)},
		{"named fence in a fence", "```html\n" + strings.Replace(newPage, "<p>", "<p>\n```js\nx\n```\n", 1) + "```", oldPage, strings.Replace(newPage, "<p>", "<p>\n```js\nx\n```\n", 1)},
		{"fences around fences", "````markdown\n```html\n" + newPage + "```\n````", oldPage, newPage},
		{"snippet beside the page", "Change\n```css\nb: d\n```\nso:\n```html\n" + newPage + "```", oldPage, newPage},
		{"crlf", "```\n" + newPage + "```", crlf(oldPage), crlf(newPage)},
		{"bom", "```\n" + newPage + "```", "\ufeff" + oldPage, "\ufeff" + newPage},
		{"no last line end", "```\n" + newPage + "```", strings.TrimSuffix(oldPage, "\n"), strings.TrimSuffix(newPage, "\n")},
		{"css", "```css\n" + newCSS + "```", css, newCSS},
		{"dots in the text", strings.Replace(newPage, "lose", "lose...", 1), strings.Replace(oldPage, "lose", "lose...", 1), strings.Replace(newPage, "lose", "lose...", 1)},
		{"comment that was there", strings.Replace(newPage, "<p>", "<!-- rest of it -->", 1), strings.Replace(oldPage, "<p>", "<!-- rest of it -->", 1), strings.Replace(newPage, "<p>", "<!-- rest of it -->", 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := WholeFile(tt.reply, tt.before)
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestWholeFileRefuses(t *testing.T) {
	cut := newPage[:strings.Index(newPage, "</body>")]
	for name, reply := range map[string]string{
		"empty":             "  ",
		"open fence":        "```html\n" + newPage,
		"no end":            "```html\n" + cut + "```",
		"bare, no end":      cut,
		"much shorter":      "<!doctype html><html><head><style>a{}</style></head></body></html>",
		"two files":         "```html\n" + newPage + "```\n```html\n" + newPage + "```",
		"another kind":      "```css\na { b: d }\n" + strings.Repeat("/* a comment that makes this long enough */\n", 3) + "```",
		"words":             "I am sorry, but I can't help with this page. " + strings.Repeat("Really. ", 20),
		"rest of":           strings.Replace(newPage, "<p>", "<!-- rest of the page --><p>", 1),
		"rest of, css":      strings.Replace(newPage, "a {", "/* ... existing styles ... */ a {", 1),
		"unchanged":         strings.Replace(newPage, "<p>", "<!-- unchanged --><p>", 1),
		"dots":              strings.Replace(newPage, "<p>", "...\n<p>", 1),
		"script comment":    strings.Replace(newPage, "<p>", "<script>\n// same as before\n</script><p>", 1),
		"too large":         strings.Repeat(newPage, MaxReplyBytes/len(newPage)+1),
		"not UTF-8":         newPage + "\xff",
		"style is gone":     "<!doctype html>\n<html>\n<head></head>\n<body>\n<p>Some words that stay, and more of them so that the page has a length to lose, and more still</p>\n</body>\n</html>\n",
		"two snippets only": "```css\na\n```\n```css\nb\n```",
	} {
		if got, err := WholeFile(reply, oldPage); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if _, err := WholeFile("```\n"+oldPage+"```", oldPage); !errors.Is(err, ErrNoChange) {
		t.Errorf("no change gave %v", err)
	}
}

func FuzzWholeFile(f *testing.F) {
	f.Add("```html\n"+newPage+"```", oldPage)
	f.Add("~~~\na\n```x\n~~~", "\ufeffb\r\n")
	f.Fuzz(func(t *testing.T, reply, before string) {
		got, err := WholeFile(reply, before)
		if err != nil || !utf8.ValidString(before) {
			return
		}
		if !utf8.ValidString(got) || strings.HasPrefix(got, "\ufeff") != strings.HasPrefix(before, "\ufeff") && !strings.Contains(reply, "\ufeff") {
			t.Fatalf("%q became %q", before, got)
		}
	})
}
