// Package report writes what relook saw and did as one HTML file that needs
// nothing else: no network, no server, no other file. A person opens it, sends
// it or keeps it with a change.
//
// The first screen answers three questions: is it fine, what was wrong, what
// changed. Then come the pictures with the defects drawn on them, the defects
// in words, the diff and, folded, everything that was tried.
//
// The way of the data: Write numbers the defects (number.go), prepares the
// pictures and the difference between them (picture.go, difference.go), places
// the outlines (figure.go), reads the diff (diff.go), and hands all of it to
// report.tmpl, which holds the markup and no logic.
package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"relook/preview"
)

// Data is what a report tells. Everything but Path and Before may be left out.
type Data struct {
	// Path names the page as the person named it.
	Path string
	// Before is the page as it was, with its shots. A view that has several
	// shots is shown by its last and has the others as a strip.
	Before *preview.Rendering
	// After is the page as repaired; nil when it was only checked or when
	// nothing was changed.
	After *preview.Rendering
	// Diff is the unified diff from before to after; "" for none.
	Diff string
	// Passes are the rounds of repair, oldest first.
	Passes []Pass
	// Critique is what a critic said; nil without one.
	Critique *Critique
	// Millis is the wall time of everything, PolicyMillis the part of it that
	// was spent waiting for a model. 0 is not shown.
	Millis, PolicyMillis float64
}

// A Critique is what a critic said of the page before and after. Either may be
// missing.
type Critique struct {
	Critic        string // its name
	View          string // name of the view that it looked at
	Before, After *Judgement
	Comparisons   []string // what it said of what the gate admitted, sentences
	Problems      []string // answers that could not be used
}

// A Judgement is the scores of a page, 0 to 100, and what to change.
type Judgement struct {
	Score      float64
	Dimensions []Dimension
	Remarks    []Remark
}

// A Dimension is one of the scores.
type Dimension struct {
	Name  string
	Score float64
}

// A Remark is what a critic said of one element.
type Remark struct {
	Element         string // "" for the page as a whole
	Problem, Change string
}

// A Pass is one round of propose, render and gate.
type Pass struct {
	Policy   string // "rules", "ollama:MODEL"
	Attempts []Attempt
	Dropped  []string // replies of a model that could not be used, and why
}

// An Attempt is a candidate and what the gate said of it.
type Attempt struct {
	Why string // what it does, in a few words
	// Diff is the unified diff of the candidate's edits alone. Its added and
	// removed lines tie the defects of Targets to lines of Data.Diff.
	Diff     string
	Targets  []string // keys (preview.Defect.Key) of the defects it is meant to repair
	Admitted bool
	Reason   string  // why the gate rejected it, a sentence; "" if admitted
	Cost     float64 // the page's cost with it; 0 when it was not measured
}

var (
	//go:embed report.tmpl
	markup string
	//go:embed report.css
	style string
	//go:embed report.js
	script string
)

var page = template.Must(template.New("report").Parse(markup))

// Write writes the report of d to w as UTF-8 HTML. All text in d is taken as
// hostile and shown as text. The error is from a shot that is not a sane PNG,
// or from w.
func Write(w io.Writer, d Data) error {
	if d.Before == nil {
		return fmt.Errorf("writing the report of %s: there is no rendering", d.Path)
	}
	defects := number(d)
	figures, err := buildFigures(d, defects)
	if err != nil {
		return fmt.Errorf("writing the report of %s: %w", d.Path, err)
	}
	diff := parseDiff(d.Diff)
	tieLines(diff, d, defects)
	v := view{
		Path:    d.Path,
		Policy:  contentPolicy(),
		Style:   template.CSS(style),
		Script:  template.JS(script),
		Summary: summarize(d, defects, diff),
		Defects: defects,
		Figures: figures,
		Diff:    diff,
		Passes:  buildPasses(d, defects),
		Critic:  buildCritique(d.Critique),
		Refined: d.After != nil,
	}
	// The whole file is built first, so that a failure leaves nothing of it.
	var out bytes.Buffer
	if err := page.Execute(&out, v); err != nil {
		return fmt.Errorf("writing the report of %s: %w", d.Path, err)
	}
	_, err = out.WriteTo(w)
	return err
}

// view is what the template sees.
type view struct {
	Path    string
	Policy  string
	Style   template.CSS
	Script  template.JS
	Summary summary
	Defects []*defect
	Figures []*figure
	Diff    []diffLine
	Passes  []passView
	Critic  *critiqueView
	Refined bool
}

// contentPolicy is the report's Content-Security-Policy: the one script and
// inline styles, pictures as data, and nothing from anywhere else.
func contentPolicy() string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}
