package ollama

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ollama/ollama/api"
	types "github.com/ollama/ollama/types/model"

	"relook/agent/model"
)

// MissingModelError says that a model is not installed.
type MissingModelError struct {
	Model string // "" when none at all is installed
}

func (e *MissingModelError) Error() string {
	if e.Model == "" {
		return "no model is installed in Ollama: `relook setup --model qwen2.5-coder:1.5b` gets one"
	}
	return fmt.Sprintf("model %s is not installed: `relook setup --model %s` or `ollama pull %s` gets it", e.Model, e.Model, e.Model)
}

// DownError says that Ollama does not answer.
type DownError struct {
	Host string
	Err  error // what the attempt gave
}

func (e *DownError) Error() string {
	return fmt.Sprintf("Ollama does not answer at %s: start it with `ollama serve`, or get it with `relook setup --ollama`", e.Host)
}

// Unwrap returns what the attempt gave.
func (e *DownError) Unwrap() error { return e.Err }

// NoVisionError says that a model can't see pictures.
type NoVisionError struct{ Model string }

func (e *NoVisionError) Error() string {
	return fmt.Sprintf("model %s can't see pictures, so it can't be a critic of what a page looks like: "+
		"name one that can, such as qwen2.5vl:7b (`ollama pull qwen2.5vl:7b` gets it), or have this one judge by the measurements alone: --critic text:%s", e.Model, e.Model)
}

// lookUp asks what the model is and chooses its profile.
func (c *client) lookUp(ctx context.Context) (model.Profile, error) {
	show, err := c.api.Show(ctx, &api.ShowRequest{Model: c.model})
	if err != nil {
		return model.Profile{}, c.explain(ctx, err)
	}
	if show.RemoteHost != "" || show.RemoteModel != "" {
		return model.Profile{}, fmt.Errorf("model %s runs on another machine: relook asks only models that run here", c.model)
	}
	if len(show.Capabilities) > 0 && !slices.Contains(show.Capabilities, types.CapabilityCompletion) {
		return model.Profile{}, fmt.Errorf("model %s can't write text: name another one with `--model`", c.model)
	}
	// Ollama drops pictures without a word when a model can't see them.
	if c.sees && !slices.Contains(show.Capabilities, types.CapabilityVision) {
		return model.Profile{}, &NoVisionError{Model: c.model}
	}
	if slices.Contains(show.Capabilities, types.CapabilityThinking) {
		c.think = &api.ThinkValue{Value: false}
	}
	profile := model.ProfileFor(familyOf(c.model, show.Details.Family), model.Billions(show.Details.ParameterSize))
	if name, _, _ := strings.Cut(c.model, ":"); name == model.RepairModel {
		profile = model.RepairProfile()
	}
	if most := contextOf(show.ModelInfo); most > 0 {
		profile.Context = min(profile.Context, most)
		profile.DraftTokens = min(profile.DraftTokens, most*3/4)
	}
	return profile, nil
}

// familyOf prefers the name that people give a model to the architecture that
// Ollama reports: SmolLM2 is a "llama" too.
func familyOf(name, architecture string) string {
	if strings.HasPrefix(name, "smollm") {
		return "smollm"
	}
	return architecture
}

// contextOf is the longest context, in tokens, that the model was made for; 0 if
// it is unknown.
func contextOf(info map[string]any) int {
	for key, value := range info {
		if n, ok := value.(float64); ok && strings.HasSuffix(key, ".context_length") {
			return int(n)
		}
	}
	return 0
}

// explain turns an error of a short request into one that says what would help.
func (c *client) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	var status api.StatusError
	if errors.As(err, &status) {
		if status.StatusCode == http.StatusNotFound {
			return &MissingModelError{Model: c.model}
		}
		return fmt.Errorf("asking Ollama at %s for %s: %w", c.host, cmp.Or(c.model, "its models"), shortStatus(status))
	}
	return &DownError{Host: c.host, Err: err}
}
