package toolstest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/ollama/ollama/api"

	"relook/cmd/relook/internal/tools"
)

// VisionModel is the name of the model that sees, and TextModel of one that has
// the same words and no eyes, in the server of OpenVision.
const (
	VisionModel = "tiny-vision:test"
	TextModel   = "smollm2:135m"
)

// OpenVision starts a real Ollama that has VisionModel and nothing else, and
// returns its address. It ends with the test.
func OpenVision(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "models"))
	file := filepath.Join(dir, "vision.gguf")
	if err := WriteVision(file, 1); err != nil {
		t.Fatal(err)
	}
	if err := create(t.Context(), s.URL, file); err != nil {
		t.Fatal(err)
	}
	return s.URL
}

// Open starts a real Ollama with the models that `make tools` got. It ends with
// the test.
func Open(t testing.TB) string {
	t.Helper()
	return open(t, "").URL
}

func open(t testing.TB, models string) *tools.Server {
	t.Helper()
	t.Setenv("OLLAMA_HOST", "")
	kit, err := tools.New(tools.Config{FindBrowser: func(context.Context) (tools.Browser, error) {
		return tools.Browser{}, errors.New("no browser is wanted")
	}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := kit.StartOllama(t.Context(), tools.ServerConfig{Models: models})
	if err != nil {
		t.Fatalf("%v: `make tools` gets Ollama", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func create(ctx context.Context, host, file string) error {
	u, err := url.Parse(host)
	if err != nil {
		return err
	}
	c := api.NewClient(u, http.DefaultClient)
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(data))
	if err := c.CreateBlob(ctx, digest, f); err != nil {
		return fmt.Errorf("handing the model to Ollama: %w", err)
	}
	err = c.Create(ctx, &api.CreateRequest{
		Model: VisionModel, Files: map[string]string{"model.gguf": digest},
		Template: "{{- range .Messages }}[{{ .Role }}] {{ .Content }}\n{{ end }}[assistant] ",
	}, func(api.ProgressResponse) error { return nil })
	if err != nil {
		return fmt.Errorf("having Ollama make the model: %w", err)
	}
	return nil
}
