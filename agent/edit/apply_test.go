package edit

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"relook/preview"
)

func at(start, end int, text string) preview.Edit {
	return preview.Edit{File: "f", Span: preview.Span{Start: start, End: end}, NewText: text}
}

func TestApply(t *testing.T) {
	tests := []struct {
		name  string
		text  string
		edits []preview.Edit
		want  string
	}{
		{"none", "abc", nil, "abc"},
		{"unsorted", "abcdef", []preview.Edit{at(4, 5, "E"), at(0, 1, "A")}, "AbcdEf"},
		{"duplicates collapse", "abc", []preview.Edit{at(1, 1, "x"), at(1, 1, "x")}, "axbc"},
		{"insertions at one place keep their order", "ab", []preview.Edit{at(1, 1, "2"), at(1, 1, "1")}, "a21b"},
		{"insertion before a replacement", "abc", []preview.Edit{at(1, 2, "B"), at(1, 1, "x")}, "axBc"},
		{"neighbours", "abc", []preview.Edit{at(0, 1, "A"), at(1, 2, "B")}, "ABc"},
		{"at the end", "abc", []preview.Edit{at(3, 3, "d")}, "abcd"},
		{"all", "abc", []preview.Edit{at(0, 3, "")}, ""},
		{"characters", "aéb", []preview.Edit{at(1, 3, "ü")}, "aüb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Apply(tt.text, tt.edits)
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	other := at(0, 0, "x")
	other.File = "g"
	for name, edits := range map[string][]preview.Edit{
		"overlap":          {at(0, 2, "x"), at(1, 3, "y")},
		"insertion within": {at(0, 2, "x"), at(1, 1, "y")},
		"same place":       {at(0, 2, "x"), at(0, 2, "y")},
		"outside":          {at(0, 9, "x")},
		"negative":         {at(-1, 0, "x")},
		"backwards":        {at(2, 1, "x")},
		"in a character":   {at(3, 4, "x")},
		"not UTF-8":        {at(0, 0, "\xff")},
		"NUL":              {at(0, 0, "\x00")},
		"two files":        {at(0, 0, "x"), other},
		"too large":        {at(0, 0, strings.Repeat("x", preview.MaxPageBytes))},
		"too many":         make([]preview.Edit, maxEdits+1),
	} {
		if got, err := Apply("abcé", edits); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestApplyAll(t *testing.T) {
	files := map[string]string{"a.css": "a{}", "b/c.css": "c{}"}
	read := func(name string) (preview.Text, error) {
		s, ok := files[name]
		if !ok {
			return preview.Text{}, errors.New("no such file")
		}
		return preview.NewText(s), nil
	}
	e := func(file string, start, end int, text string) preview.Edit {
		return preview.Edit{File: file, Span: preview.Span{Start: start, End: end}, NewText: text}
	}
	got, err := ApplyAll(read, []preview.Edit{e("b/c.css", 2, 2, "x:y"), e("a.css", 0, 1, "a")})
	if want := map[string]string{"b/c.css": "c{x:y}"}; err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, file := range []string{"none.css", "../a.css", "/etc/passwd", ""} {
		if _, err := ApplyAll(read, []preview.Edit{e(file, 0, 0, "x")}); err == nil {
			t.Errorf("an edit of %q was applied", file)
		}
	}
}

func FuzzApply(f *testing.F) {
	f.Add("abc", 0, 1, "x", 1, 2, "y")
	f.Add("aéb", 1, 3, "é", 3, 3, "")
	f.Fuzz(func(t *testing.T, text string, a, b int, first string, c, d int, second string) {
		got, err := Apply(text, []preview.Edit{at(a, b, first), at(c, d, second)})
		if err != nil {
			return
		}
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not valid UTF-8", got)
		}
		if !strings.HasPrefix(got, text[:min(a, c)]) || !strings.HasSuffix(got, text[max(b, d):]) {
			t.Fatalf("%q became %q: what is outside of the edits changed", text, got)
		}
	})
}

var diffCases = []struct{ name, before, after string }{
	{"middle", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"},
	{"crlf", "1\r\n2\r\n3\r\n", "1\r\ntwo\r\n3\r\n"},
	{"no line end", "1\n2", "1\ntwo"},
	{"line end added", "1\n2", "1\n2\n"},
	{"line end lost", "1\n2\n", "1\n2"},
	{"bom", "\ufeff1\n2\n", "\ufeffone\n2\n"},
	{"one line", "a", "b"},
	{"far apart", strings.Repeat("x\n", 30) + "a\n" + strings.Repeat("x\n", 30), "y\n" + strings.Repeat("x\n", 29) + "b\n" + strings.Repeat("x\n", 31)},
	{"line deleted", "1\n2\n3\n", "1\n3\n"},
	{"line added", "1\n3\n", "1\n2\n3\n"},
	{"characters", "über\n", "ünter\n"},
	{"lone carriage return", "a\rb\rc", "a\rB\rc"},
}

func TestDiffIsTakenByGit(t *testing.T) {
	for i, tt := range diffCases {
		name := []string{"a.html", "with space.css", "dir/ünter.css"}[i%3]
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(tt.before), 0o644); err != nil {
				t.Fatal(err)
			}
			diff := Diff(name, tt.before, tt.after)
			cmd := exec.Command("git", "apply", "--whitespace=nowarn")
			cmd.Dir, cmd.Stdin = dir, strings.NewReader(diff)
			cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "GIT_CONFIG_GLOBAL="+os.DevNull)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s\n%s", err, out, diff)
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.after {
				t.Errorf("got %q, want %q from\n%s", got, tt.after, diff)
			}
		})
	}
}

func TestDiffQuotesNames(t *testing.T) {
	diff := Diff("a\n+++ b\"\\ü\x7f", "1\n", "2\n")
	want := `--- "a/a\012+++ b\"\\\303\274\177"` + "\n"
	if !strings.HasPrefix(diff, want) {
		t.Errorf("got %s, want it to begin with %s", diff, want)
	}
	if Diff("a", "1", "1") != "" {
		t.Error("equal texts differ")
	}
}

func TestMinimal(t *testing.T) {
	tests := []struct {
		before, after string
		want          []preview.Edit
	}{
		{"abc", "abc", nil},
		{"a { width: 1100px; }\nb\n", "a { max-width: 1100px; }\nb\n", []preview.Edit{at(4, 4, "max-")}},
		{"1\n2\n3\n", "1\n3\n", []preview.Edit{at(2, 4, "")}},
		{"1\n3\n", "1\n2\n3\n", []preview.Edit{at(2, 2, "2\n")}},
		{"a: é;\nb: é;\n", "a: è;\nb: ê;\n", []preview.Edit{at(3, 5, "è"), at(10, 12, "ê")}},
	}
	for _, tt := range tests {
		if got := Minimal("f", tt.before, tt.after); !slices.Equal(got, tt.want) {
			t.Errorf("%q to %q: got %v, want %v", tt.before, tt.after, got, tt.want)
		}
	}
}

func FuzzMinimal(f *testing.F) {
	for _, tt := range diffCases {
		f.Add(tt.before, tt.after)
	}
	f.Add("é\n", "è\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		if !utf8.ValidString(before+"\x00"+after) || strings.Contains(before+after, "\x00") {
			return
		}
		edits := Minimal("f", before, after)
		got, err := Apply(before, edits)
		if err != nil || got != after {
			t.Fatalf("%q to %q gave %q, %v through %v", before, after, got, err, edits)
		}
	})
}

func ExampleDiff() {
	fmt.Print(Diff("a.css", "a {\n  width: 9px;\n}\n", "a {\n  max-width: 9px;\n}\n"))
	// Output:
	// --- a/a.css
	// +++ b/a.css
	// @@ -1,3 +1,3 @@
	//  a {
	// -  width: 9px;
	// +  max-width: 9px;
	//  }
}

func TestDiffNumbersHunksBehindOneOfTwoChanges(t *testing.T) {
	var before, after []string
	for i := 1; i <= 60; i++ {
		line := fmt.Sprintf("line %d", i)
		before = append(before, line)
		switch i {
		case 10, 14, 40:
			line += " changed"
		case 55:
			line += "\nand one more"
		}
		after = append(after, line)
	}
	got := Diff("x", strings.Join(before, "\n")+"\n", strings.Join(after, "\n")+"\n")
	var headers []string
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "@@") {
			headers = append(headers, strings.TrimSpace(line))
		}
	}
	want := "@@ -7,11 +7,11 @@ @@ -37,7 +37,7 @@ @@ -53,6 +53,7 @@"
	if strings.Join(headers, " ") != want {
		t.Errorf("hunks %s, want %s", strings.Join(headers, " "), want)
	}
}
