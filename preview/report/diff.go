package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A diffLine is one line of a unified diff.
type diffLine struct {
	Kind string // class name: "file", "hunk", "add", "del" or "same"
	Text string // with its +, - or space; a "file" line is the file's name alone
	ID   string // set when something links here
	// Old and New are the line's one-based numbers in the file before and
	// after; 0 when it is not there.
	Old, New int
	Numbers  []*defect // that it causes or repairs
	file     string
}

// Number is the line's number for people: where it is now, else where it was.
func (l diffLine) Number() string {
	if n := max(l.New, 0); n > 0 {
		return strconv.Itoa(n)
	}
	if l.Old > 0 {
		return strconv.Itoa(l.Old)
	}
	return ""
}

var hunkPattern = regexp.MustCompile(`^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@`)

// parseDiff splits a unified diff. It trusts the line counts of the hunks, so
// that a removed line "-- x" is not taken for a file's name. What is no diff
// comes out as plain lines.
func parseDiff(text string) []diffLine {
	if text == "" {
		return nil
	}
	var lines []diffLine
	var file string
	var old, new, oldLeft, newLeft int
	for s := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		s = strings.TrimSuffix(s, "\r")
		l := diffLine{Kind: "same", Text: s, file: file}
		switch inHunk := oldLeft > 0 || newLeft > 0; {
		case inHunk && strings.HasPrefix(s, "-"):
			l.Kind, l.Old = "del", old
			old, oldLeft = old+1, oldLeft-1
		case inHunk && strings.HasPrefix(s, "+"):
			l.Kind, l.New = "add", new
			new, newLeft = new+1, newLeft-1
		case strings.HasPrefix(s, `\`): // "\ No newline at end of file"
		case inHunk:
			l.Old, l.New = old, new
			old, oldLeft, new, newLeft = old+1, oldLeft-1, new+1, newLeft-1
		case strings.HasPrefix(s, "--- "):
			continue // the +++ line names the file
		case strings.HasPrefix(s, "+++ "):
			name, _, _ := strings.Cut(strings.TrimPrefix(s, "+++ "), "\t")
			file = strings.TrimPrefix(name, "b/")
			l.Kind, l.Text, l.file = "file", file, file
		default:
			if m := hunkPattern.FindStringSubmatch(s); m != nil {
				l.Kind = "hunk"
				old, oldLeft = atoi(m[1], 0), atoi(m[2], 1)
				new, newLeft = atoi(m[3], 0), atoi(m[4], 1)
			}
		}
		lines = append(lines, l)
	}
	return lines
}

func atoi(s string, absent int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return absent
	}
	return n
}

func countChanges(lines []diffLine) (added, removed int) {
	for _, l := range lines {
		switch l.Kind {
		case "add":
			added++
		case "del":
			removed++
		}
	}
	return added, removed
}

// tieLines gives diff lines the numbers of the defects that they repair: the
// lines of the admitted attempt that was meant for the defect, else the line
// that caused it.
func tieLines(lines []diffLine, d Data, defects []*defect) {
	for _, f := range defects {
		if f.State == stateNew {
			continue
		}
		if !tie(lines, f, repairs(d, f.before.Key())) {
			tie(lines, f, func(l diffLine) bool {
				c := f.Cause()
				return c != nil && l.file == c.File && l.Old == c.Range.Start.Line+1
			})
		}
	}
}

// repairs matches the changed lines of the admitted attempts at a defect.
func repairs(d Data, key string) func(diffLine) bool {
	changed := map[string]bool{}
	for _, p := range d.Passes {
		for _, a := range p.Attempts {
			if !a.Admitted || !slices.Contains(a.Targets, key) {
				continue
			}
			for _, l := range parseDiff(a.Diff) {
				if l.Kind == "add" || l.Kind == "del" {
					changed[l.file+"\n"+l.Text] = true
				}
			}
		}
	}
	return func(l diffLine) bool { return changed[l.file+"\n"+l.Text] }
}

// tie puts the number of f on the line that match likes best, an added one
// before a removed one before any other, and reports whether there is one.
func tie(lines []diffLine, f *defect, match func(diffLine) bool) bool {
	best := -1
	rank := map[string]int{"add": 3, "del": 2, "same": 1}
	for i, l := range lines {
		if match(l) && (best < 0 || rank[l.Kind] > rank[lines[best].Kind]) {
			best = i
		}
	}
	if best < 0 {
		return false
	}
	l := &lines[best]
	if l.ID == "" {
		l.ID = fmt.Sprintf("line%d", best+1)
	}
	l.Numbers = append(l.Numbers, f)
	f.Line = l.ID
	return true
}
