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
	for _, d := range documents {
		want, err := os.ReadFile(filepath.Join(made, d.file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("docs", "schema", d.file))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/schema/%s is not what the types say (%v): run `go generate ./cmd/relook`", d.file, err)
		}
	}
}
