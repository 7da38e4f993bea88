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
	"github.com/ollama/ollama/types/model"
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

// lookUp finds the model and chooses its profile.
func (p *Policy) lookUp(ctx context.Context) error {
	name := p.cfg.Model
	if name == "" {
		list, err := p.client.List(ctx)
		if err != nil {
			return p.explain(ctx, err)
		}
		if name = best(list.Models); name == "" {
			return &MissingModelError{}
		}
		p.cfg.Log.Info("no model was named: taking the best that is installed", "model", name)
	}
	p.model = name
	show, err := p.client.Show(ctx, &api.ShowRequest{Model: name})
	if err != nil {
		return p.explain(ctx, err)
	}
	if show.RemoteHost != "" || show.RemoteModel != "" {
		return fmt.Errorf("model %s runs on another machine: relook asks only models that run here", name)
	}
	if len(show.Capabilities) > 0 && !slices.Contains(show.Capabilities, model.CapabilityCompletion) {
		return fmt.Errorf("model %s can't write text: name another one with `--model`", name)
	}
	if slices.Contains(show.Capabilities, model.CapabilityThinking) {
		p.think = &api.ThinkValue{Value: false}
	}
	p.profile = profileFor(show.Details).with(p.cfg)
	return nil
}

// explain turns an error of a short request into one that says what would help.
func (p *Policy) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	var status api.StatusError
	if errors.As(err, &status) {
		if status.StatusCode == http.StatusNotFound {
			return &MissingModelError{Model: p.model}
		}
		return fmt.Errorf("asking Ollama at %s for %s: %w", p.host, cmp.Or(p.model, "its models"), shortStatus(status))
	}
	return &DownError{Host: p.host, Err: err}
}

// mostParams is the size above which a model is taken only if nothing smaller
// is installed: beyond it a reply takes minutes on a machine without a GPU.
const mostParams = 9

// best picks the model that is most likely to repair pages well in a time that
// a person waits: one trained for code, then the largest up to mostParams.
func best(models []api.ListModelResponse) string {
	var usable []api.ListModelResponse
	for _, m := range models {
		embeds := strings.Contains(m.Details.Family, "bert") || strings.Contains(m.Name, "embed")
		if m.RemoteHost == "" && m.RemoteModel == "" && !embeds {
			usable = append(usable, m)
		}
	}
	if len(usable) == 0 {
		return ""
	}
	return slices.MinFunc(usable, func(a, b api.ListModelResponse) int {
		pa, pb := params(a.Details.ParameterSize), params(b.Details.ParameterSize)
		bigA, bigB := pa > mostParams, pb > mostParams
		order := cmp.Compare(pb, pa)
		if bigA && bigB {
			order = cmp.Compare(pa, pb)
		}
		return cmp.Or(
			falseFirst(bigA, bigB),
			-falseFirst(strings.Contains(a.Name, "relook"), strings.Contains(b.Name, "relook")),
			-falseFirst(strings.Contains(a.Name, "code"), strings.Contains(b.Name, "code")),
			order,
			cmp.Compare(a.Name, b.Name),
		)
	}).Name
}

func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
