package edit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const twoBlocks = "Here you go:\n```css\n<<<<<<< SEARCH\na {\n=======\nb {\n>>>>>>> REPLACE\n```\n\n<<<<<<< SEARCH\n  x: y;\n=======\n>>>>>>> REPLACE\nDone."

func TestParseBlocks(t *testing.T) {
	want := []Block{{"a {\n", "b {\n"}, {"  x: y;\n", ""}}
	for _, reply := range []string{twoBlocks, strings.ReplaceAll(twoBlocks, "SEARCH\n", "SEARCH \r\n")} {
		got, err := ParseBlocks(reply)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
}

func TestParseBlocksRefuses(t *testing.T) {
	for name, reply := range map[string]string{
		"empty":      " \n",
		"no block":   "I can't do that.",
		"cut off":    "<<<<<<< SEARCH\na\n=======\nb\n",
		"no divider": "<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n",
		"only end":   "a\n>>>>>>> REPLACE\n",
		"nested":     "<<<<<<< SEARCH\na\n<<<<<<< SEARCH\nb\n=======\n>>>>>>> REPLACE\n",
		"not UTF-8":  "<<<<<<< SEARCH\n\xff\n=======\nb\n>>>>>>> REPLACE\n",
		"too large":  strings.Repeat("x", MaxReplyBytes+1),
		"too many":   strings.Repeat("<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n", maxBlocks+1),
	} {
		if got, err := ParseBlocks(reply); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestApplyBlocks(t *testing.T) {
	tests := []struct{ name, text, search, replace, want string }{
		{"exact", "a\nb\nc\n", "b\n", "B\n", "a\nB\nc\n"},
		{"exact before tolerant", "  b\nb\n", "b\n", "B\n", "  b\nB\n"},
		{"several lines", "a\nb\nc\n", "b\nc\n", "d\n", "a\nd\n"},
		{"delete", "a\nb\nc\n", "b\n", "", "a\nc\n"},
		{"last line without end", "a\nb", "b\n", "c\nd\n", "a\nc\nd"},
		{"crlf", "a\r\nb\r\nc\r\n", "a\nb\n", "A\nB\n", "A\r\nB\r\nc\r\n"},
		{"bom", "\ufeffa\nb\n", "a\n", "A\n", "\ufeffA\nb\n"},
		{"indentation", "x {\n    a: b;\n    c: d;\n}\n", "a: b;\nc: d;\n", "a: e;\n  f: g;\n", "x {\n    a: e;\n      f: g;\n}\n"},
		{"less indentation", "\ta: b;\n", "    a: b;\n", "    a: c;\n    d: e;\n", "\ta: c;\n\td: e;\n"},
		{"space within", "a  {  b: c }\n", "a { b: c }\n", "d { b: c }\n", "d { b: c }\n"},
		{"blank lines around", "a\nb\nc\n", "\nb\n\n", "\nB\n", "a\nB\nc\n"},
		{"within a line", "a { b: c; d: e; }\n", "d: e\n", "d: f\n", "a { b: c; d: f; }\n"},
		{"not within a word", "a { max-width: 9px; width: 9px; }\n", "width: 9px\n", "width: auto\n", "a { max-width: 9px; width: auto; }\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ApplyBlocks(tt.text, []Block{{tt.search, tt.replace}})
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestApplyBlocksRefuses(t *testing.T) {
	for name, b := range map[string]Block{
		"absent":               {"z\n", "y\n"},
		"empty":                {"\n", "y\n"},
		"two places":           {"b\n", "c\n"},
		"two places, tolerant": {"e: f;\n", "c\n"},
		"two places in a line": {"i\n", "j\n"},
		"half a word":          {"h: 1\n", "h: 2\n"},
	} {
		if got, err := ApplyBlocks("a\nb\nb\n  e: f;\n    e: f;\ni i\nh: 10\n", []Block{b}); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if _, err := ApplyBlocks("a\n", []Block{{"a\n", "a\n"}}); !errors.Is(err, ErrNoChange) {
		t.Errorf("no change gave %v", err)
	}
	if _, err := ApplyBlocks(strings.Repeat("a\n", MaxReplyBytes), []Block{{"a\n", "b\n"}}); err == nil {
		t.Error("a huge file was taken")
	}
}

func FuzzBlocks(f *testing.F) {
	f.Add(twoBlocks, "a {\n  x: y;\n}\n")
	f.Add("<<<<<<< SEARCH\na\n=======\n\n>>>>>>> REPLACE", "\ufeffa\r\nb")
	f.Add("<<<<<<< SEARCH\n a\n\tb\n=======\nc\n>>>>>>> REPLACE", "\ta\n b\n")
	f.Fuzz(func(t *testing.T, reply, text string) {
		blocks, err := ParseBlocks(reply)
		if err != nil || !utf8.ValidString(text) {
			return
		}
		got, err := ApplyBlocks(text, blocks)
		if err != nil {
			return
		}
		if !utf8.ValidString(got) || got == text {
			t.Fatalf("%q became %q", text, got)
		}
		if back, err := Apply(text, Minimal("f", text, got)); err == nil && back != got {
			t.Fatalf("the edits from %q to %q gave %q", text, got, back)
		}
	})
}
