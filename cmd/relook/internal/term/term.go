// Package term writes for people: diagnoses in the manner of a good compiler,
// coloured diffs, and a line of progress that is gone when the work is done.
// What comes from a page is cleaned before it reaches a terminal.
package term

import (
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-isatty"
)

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// Colour reports whether colour is wanted on w: it is a terminal that can show
// it and NO_COLOR is not set.
func Colour(w io.Writer) bool {
	return IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Clean makes text from a page safe to print: one line, and nothing in it that
// a terminal would obey or that would turn text around.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case !strconv.IsPrint(r) && r != '\u00a0':
			return '\ufffd'
		}
		return r
	}, s)
}

// A paint colours a piece of text, or not.
type paint func(string) string

func painter(on bool, attrs ...color.Attribute) paint {
	c := color.New(attrs...)
	if on {
		c.EnableColor()
	} else {
		c.DisableColor()
	}
	return func(s string) string { return c.Sprint(s) }
}

// Diff prints a unified diff. Without colour it is printed byte for byte, so
// that it can be applied; with colour it goes to a person at a terminal and is
// cleaned.
func Diff(w io.Writer, diff string, coloured bool) error {
	if !coloured {
		_, err := io.WriteString(w, diff)
		return err
	}
	add, del, hunk, head := painter(true, color.FgGreen), painter(true, color.FgRed), painter(true, color.FgCyan), painter(true, color.Bold)
	var b strings.Builder
	for line := range strings.Lines(diff) {
		line = Clean(strings.TrimRight(line, "\r\n"))
		switch {
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"):
			line = head(line)
		case strings.HasPrefix(line, "+"):
			line = add(line)
		case strings.HasPrefix(line, "-"):
			line = del(line)
		case strings.HasPrefix(line, "@@"):
			line = hunk(line)
		}
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
