// Package output is the JSON and SARIF that relook writes for other programs.
// Each kind of document names its schema and version in its first field; a
// change that could break a reader gets a new version. The JSON Schemas under
// docs/schema are made from these types by `go generate ./cmd/relook`.
package output

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"relook/agent/trace"
	"relook/preview"
)

// The ids of the documents.
const (
	CheckSchema  = "relook/check/1"
	RefineSchema = "relook/refine/1"
	RenderSchema = "relook/render/1"
	DoctorSchema = "relook/doctor/1"
)

// Check is what `relook check --format json` prints.
type Check struct {
	Schema  string          `json:"schema" jsonschema:"enum=relook/check/1"`
	Profile preview.Profile `json:"profile"` // how thoroughly was looked
	Files   []File          `json:"files"`   // in the order in which they were named, those of folders by name
}

// A File is a page that was checked.
type File struct {
	preview.Diagnosis
	// Known are defects that the baseline lists. They are not in defects.
	Known []preview.Defect `json:"known,omitempty"`
	// Fix repairs some of the defects; nil if none was found or asked for.
	Fix *Fix `json:"fix,omitempty"`
}

// A Fix is edits that were rendered and admitted together.
type Fix struct {
	Edits   []Edit   `json:"edits"`
	Repairs []string `json:"-"` // keys of the defects that go
}

// Render is the manifest.json that `relook render` writes beside the shots.
type Render struct {
	Schema  string           `json:"schema" jsonschema:"enum=relook/render/1"`
	Path    string           `json:"path"`    // the page, relative to the working directory
	Profile preview.Profile  `json:"profile"` // how thoroughly was looked for defects
	Shots   []Shot           `json:"shots"`
	Defects []preview.Defect `json:"defects"` // at the last moment
	Millis  float64          `json:"ms"`      // wall time of the render
}

// A Shot is one picture.
type Shot struct {
	File   string       `json:"file"` // beside the manifest
	Name   string       `json:"name"` // of the view, such as "390x844"
	View   preview.View `json:"view"`
	At     float64      `json:"at"`     // moment of page time since load, in ms
	Width  int          `json:"width"`  // of the picture, CSS px
	Height int          `json:"height"` // of the picture, CSS px
}

// Refine is what `relook refine --json` prints.
type Refine struct {
	Schema string            `json:"schema" jsonschema:"enum=relook/refine/1"`
	Path   string            `json:"path"` // the page, relative to the working directory
	Status string            `json:"status" jsonschema:"enum=improved,enum=unchanged,enum=failed"`
	Before preview.Diagnosis `json:"before"`
	After  preview.Diagnosis `json:"after"` // the same as before unless improved
	Edits  []Edit            `json:"edits"` // turn the files as they were read into the repaired ones
	Diff   string            `json:"diff"`  // the same as a unified diff
	Passes []Pass            `json:"passes"`
	Millis float64           `json:"ms"` // wall time of the refinement
	// PolicyMillis is the part of ms that was spent waiting for a policy.
	PolicyMillis float64 `json:"policyMs"`
	// Changes tell what became of the picture, for a change that was asked for in
	// words.
	Changes []Change `json:"changes,omitempty"`
	// Critique is what the critic said, where one was asked for.
	Critique *trace.Critique `json:"critique,omitempty"`
	// Error is why the refinement ended half way, such as a model that went
	// away. What is in edits was verified before that; nothing was written.
	Error string `json:"error,omitempty"`
}

// A Change tells how much of the picture of a view is another one afterwards.
type Change struct {
	View string      `json:"view"` // such as "390x844"
	Part float64     `json:"part"` // of the picture's pixels, 0 to 1
	Box  preview.Box `json:"box"`  // that holds all of them, CSS px
}

// An Edit replaces a range of a file.
type Edit struct {
	File    string        `json:"file"` // relative to the working directory
	Range   preview.Range `json:"range"`
	NewText string        `json:"newText"`
}

// A Pass is one round of propose, render and gate.
type Pass struct {
	Policy string `json:"policy"` // who proposed, such as "rules" or "ollama:qwen2.5-coder:1.5b"
	// Candidates are all that were judged. Their ranges refer to the files as
	// they were at the start of the pass.
	Candidates []Candidate `json:"candidates"`
	Admitted   []int       `json:"admitted"` // indexes of the candidates that are part of the result
	Dropped    []string    `json:"dropped"`  // replies of a model that could not be used, and why
}

// A Candidate is a set of edits that belong together, with what the gate said.
type Candidate struct {
	Edits   []Edit  `json:"edits"`
	Why     string  `json:"why"`    // what it does, in a few words
	Policy  string  `json:"policy"` // who proposed it
	Verdict string  `json:"verdict" jsonschema:"enum=admitted,enum=rejected"`
	Rule    string  `json:"rule,omitempty"` // of the gate that rejected it
	Reason  string  `json:"reason"`         // a sentence for people
	Cost    float64 `json:"cost"`           // of the page with the candidate; 0 when it was not measured
}

// Doctor is what `relook doctor --json` prints.
type Doctor struct {
	Schema string  `json:"schema" jsonschema:"enum=relook/doctor/1"`
	OK     bool    `json:"ok"` // whether all that relook can't do without is there
	Checks []Probe `json:"checks"`
}

// A Probe is one thing that relook looked for on the machine.
type Probe struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Required bool   `json:"required"`        // whether relook can't do without it
	Found    string `json:"found,omitempty"` // what was found, with its version and place
	Missing  string `json:"missing,omitempty"`
	Mend     string `json:"mend,omitempty"` // the command that mends it
}

// Diagnosis returns d as it is written out: named path, its causes' files named
// by name, and with no list missing.
func Diagnosis(d preview.Diagnosis, path string, name func(file string) string) preview.Diagnosis {
	d.Path = path
	d.Defects = Defects(d.Defects, name)
	if len(d.Ignored) > 0 {
		d.Ignored = Defects(d.Ignored, name)
	}
	return d
}

// Defects are defects as they are written out.
func Defects(list []preview.Defect, name func(file string) string) []preview.Defect {
	defects := make([]preview.Defect, len(list))
	for i, f := range list {
		f.Views = orEmpty(f.Views)
		f.Elements = orEmpty(f.Elements)
		if f.Measure == nil {
			f.Measure = map[string]float64{}
		}
		if f.Cause != nil {
			f.Cause = causeOf(*f.Cause, name)
		}
		if f.Ignored != nil {
			ignored := *f.Ignored
			ignored.File = name(ignored.File)
			f.Ignored = &ignored
		}
		defects[i] = f
	}
	return defects
}

// causeOf is a cause with its files named by name.
func causeOf(c preview.Cause, name func(file string) string) *preview.Cause {
	named := func(file string) string {
		if file == "" {
			return ""
		}
		return name(file)
	}
	c.File, c.Built, c.BuiltFrom = name(c.File), named(c.Built), named(c.BuiltFrom)
	if c.Foreign != nil {
		foreign := *c.Foreign
		foreign.File = name(foreign.File)
		c.Foreign = &foreign
	}
	c.Definitions = slices.Clone(c.Definitions)
	for i := range c.Definitions {
		c.Definitions[i].File = name(c.Definitions[i].File)
	}
	return &c
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Write prints a document, indented, with a line end.
func Write(w io.Writer, doc any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}
