package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/ollama/ollama/api"
)

// policyTemplate is that of the models that training starts from: it must be
// what tokens.Tokenizer.Chat makes.
const policyTemplate = chatTemplate

// CreatePolicy makes of a base and an adapter, both GGUF files, a model of the
// server at host.
func (t *Tools) CreatePolicy(ctx context.Context, host, name, base, adapter string, p Progress) error {
	c, err := client(host)
	if err != nil {
		return err
	}
	files := map[string]string{}
	for key, file := range map[string]string{"model.gguf": base, "adapter.gguf": adapter} {
		p.say("handing "+key+" to Ollama", 0, 0)
		if files[key], err = blob(ctx, c, file); err != nil {
			return err
		}
	}
	ended := false
	err = c.Create(ctx, &api.CreateRequest{
		Model: name, Files: map[string]string{"model.gguf": files["model.gguf"]}, Adapters: map[string]string{"adapter.gguf": files["adapter.gguf"]},
		Template: policyTemplate, Parameters: map[string]any{"stop": chatStops}, License: "Apache-2.0",
	}, func(r api.ProgressResponse) error {
		ended = r.Status == "success"
		return nil
	})
	if err == nil && !ended {
		err = errors.New("Ollama did not finish making the model")
	}
	if err != nil {
		return fmt.Errorf("making %s of the adapter: %w", name, err)
	}
	return nil
}

// blob hands a file to the server and returns its digest.
func blob(ctx context.Context, c *api.Client, file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	digest := "sha256:" + hex.EncodeToString(sum[:])
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := c.CreateBlob(ctx, digest, f); err != nil {
		return "", fmt.Errorf("handing %s to Ollama: %w", file, err)
	}
	return digest, nil
}

// Greedy asks a model of the server for its likeliest answer, without a grammar.
func (t *Tools) Greedy(ctx context.Context, host, name, prompt string, tokens int) (string, error) {
	c, err := client(host)
	if err != nil {
		return "", err
	}
	text, stream := "", false
	err = c.Chat(ctx, &api.ChatRequest{
		Model: name, Stream: &stream, Messages: []api.Message{{Role: "user", Content: prompt}},
		Options: map[string]any{"temperature": 0, "num_predict": tokens, "num_ctx": 2048},
	}, func(r api.ChatResponse) error {
		text += r.Message.Content
		return nil
	})
	return text, err
}

// CopyModel gives a model of the server another name too.
func (t *Tools) CopyModel(ctx context.Context, host, from, to string) error {
	c, err := client(host)
	if err != nil {
		return err
	}
	if from == to {
		return nil
	}
	if err := c.Copy(ctx, &api.CopyRequest{Source: from, Destination: to}); err != nil {
		return fmt.Errorf("copying %s to %s: %w", from, to, err)
	}
	return nil
}
