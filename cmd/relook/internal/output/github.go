package output

import (
	"fmt"
	"io"
	"strings"

	"relook/preview"
)

var (
	// In a message and in a property these would end it or be read as code.
	githubMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// GitHub prints the defects as commands of a GitHub workflow, which shows them
// beside the lines of a pull request.
func GitHub(w io.Writer, files []File) error {
	var b strings.Builder
	for _, f := range files {
		if !f.Valid {
			fmt.Fprintf(&b, "::error file=%s,title=relook::%s\n", githubProperty.Replace(f.Path), githubMessage.Replace("The page can't be judged: "+f.InvalidReason))
		}
		for _, d := range f.Defects {
			level := map[preview.Severity]string{preview.SeverityError: "error", preview.SeverityWarning: "warning"}[d.Severity]
			if level == "" {
				level = "notice"
			}
			fmt.Fprintf(&b, "::%s file=%s%s,title=relook %s::%s\n", level,
				githubProperty.Replace(fileOf(f.Path, d)), lines(d.Cause), githubProperty.Replace(d.Rule), githubMessage.Replace(d.Message))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func fileOf(path string, d preview.Defect) string {
	if d.Cause != nil {
		return d.Cause.File
	}
	return path
}

// lines is the range of a cause. GitHub takes columns only within one line.
func lines(c *preview.Cause) string {
	if c == nil {
		return ""
	}
	r := c.Range
	s := fmt.Sprintf(",line=%d,endLine=%d", r.Start.Line+1, r.End.Line+1)
	if r.Start.Line == r.End.Line {
		s += fmt.Sprintf(",col=%d,endColumn=%d", r.Start.Character+1, r.End.Character+1)
	}
	return s
}
