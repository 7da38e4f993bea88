package term

import (
	"fmt"
	"io"
	"strings"
)

// A Stream shows text on a terminal as a model writes it, in place of the line
// of progress. On anything but a terminal it prints nothing.
type Stream struct {
	w        io.Writer
	progress *Progress
	open     bool // whether a text has begun
}

// NewStream writes to w, where progress stands too.
func NewStream(w io.Writer, progress *Progress) *Stream { return &Stream{w: w, progress: progress} }

// Write shows a piece of text.
func (s *Stream) Write(piece string) {
	if !IsTerminal(s.w) {
		return
	}
	if !s.open {
		s.open = true
		s.progress.Rest(true)
	}
	fmt.Fprint(s.w, cleanText(piece))
}

// End ends the text, and the line of progress comes back.
func (s *Stream) End() {
	if !s.open {
		return
	}
	s.open = false
	fmt.Fprintln(s.w)
	s.progress.Rest(false)
}

// cleanText is Clean for text of several lines.
func cleanText(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Clean(line)
	}
	return strings.Join(lines, "\n")
}
