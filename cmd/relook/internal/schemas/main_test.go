package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestSchemasAreCurrent(t *testing.T) {
	t.Chdir("../../../..")
	made := t.TempDir()
	if err := run(made); err != nil {
		t.Fatal(err)
	}
	names := []string{lspTypes}
	for _, d := range documents {
		names = append(names, d.file)
	}
	for _, name := range names {
		want, err := os.ReadFile(filepath.Join(made, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("docs", "schema", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/schema/%s is not what the types say (%v): run `go generate ./cmd/relook`", name, err)
		}
	}
}
