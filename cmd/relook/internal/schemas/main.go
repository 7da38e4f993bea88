// Command schemas writes the JSON Schemas of relook's documents, made from the Go types
// and their comments, into the folder that it is given. Run it with
// `go generate ./cmd/relook` after a type was changed.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/invopop/jsonschema"

	"relook/agent/trace"
	"relook/cmd/relook/internal/baseline"
	"relook/cmd/relook/internal/output"
	"relook/preview"
	"relook/server/protocol"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: schemas DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "schemas:", err)
		os.Exit(1)
	}
}

// lspSchema is the document that the types for clients are made from, too.
const (
	lspSchema = "lsp.schema.json"
	lspTypes  = "lsp.d.ts"
)

// documents are the files and the types that they describe.
var documents = []struct {
	file, id, about string
	doc             any
}{
	{"check.schema.json", output.CheckSchema, "What `relook check --format json` prints.", output.Check{}},
	{"refine.schema.json", output.RefineSchema, "What `relook refine --json` prints.", output.Refine{}},
	{"render.schema.json", output.RenderSchema, "The manifest.json that `relook render` writes.", output.Render{}},
	{"baseline.schema.json", baseline.Schema, "What `relook check --update-baseline` writes.", baseline.Baseline{}},
	{"trace.schema.json", trace.Schema, "What `relook trace show --json` prints: one refinement, as it is kept.", trace.Document{}},
	{"sample.schema.json", trace.SampleSchema, "A line of what `relook trace export` prints: one question to a model, its reply, and what became of it.", trace.Sample{}},
	{lspSchema, "relook/lsp/1", "What `relook lsp` says beside LSP: see docs/protocol.md.", protocol.Messages{}},
	{"doctor.schema.json", output.DoctorSchema, "What `relook doctor --json` prints.", output.Doctor{}},
}

func run(dir string) error {
	for _, d := range documents {
		b, err := schema(d.id, d.about, d.doc)
		if err != nil {
			return fmt.Errorf("making %s: %w", d.file, err)
		}
		if err := os.WriteFile(filepath.Join(dir, d.file), b, 0o644); err != nil {
			return err
		}
		if d.file != lspSchema {
			continue
		}
		types, err := typescript(b)
		if err != nil {
			return fmt.Errorf("making %s: %w", lspTypes, err)
		}
		if err := os.WriteFile(filepath.Join(dir, lspTypes), types, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// schema makes one schema. The working directory must be the module's root, as
// the comments are read from the sources below it.
func schema(id, about string, doc any) ([]byte, error) {
	// A reader must not stumble over a field that a later relook adds.
	r := &jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: true}
	for _, pkg := range []string{"preview", "cmd/relook/internal/output", "cmd/relook/internal/baseline", "agent/trace", "server/protocol"} {
		if err := r.AddGoComments("relook", pkg); err != nil {
			return nil, fmt.Errorf("reading the comments of %s: %w", pkg, err)
		}
	}
	s := r.Reflect(doc)
	s.ID = jsonschema.ID("urn:" + strings.ReplaceAll(id, "/", ":"))
	s.Title = id
	if defect, ok := s.Definitions["Defect"]; ok {
		severity, _ := defect.Properties.Get("severity")
		severity.Enum = []any{preview.SeverityError, preview.SeverityWarning, preview.SeverityInfo}
	}
	s.Description = about
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}
