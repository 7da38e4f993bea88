package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"relook/agent"
	"relook/agent/model"
	"relook/agent/ollama"
	"relook/agent/openai"
	"relook/agent/rules"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/term"
	"relook/preview"
	"relook/preview/chrome"
)

// A renderer holds a browser that must be put away.
type renderer interface {
	preview.Renderer
	Close() error
}

// parts are what the subcommands put together. Tests replace some of them.
type parts struct {
	// ownConfig is the path of the person's own configuration, "" for none.
	ownConfig func() string
	// stateDir is the person's folder for state, "" for none.
	stateDir func() string
	renderer func(config.Config, *slog.Logger) (renderer, error)
	// policies makes those that cfg names, and a func that lets go of them.
	policies func(ctx context.Context, cfg config.Config, log *slog.Logger, p *term.Progress) ([]agent.Policy, func() error, error)
	// critic makes the one that the flags name, nil for none, and a func that lets
	// go of it.
	critic func(ctx context.Context, cfg config.Config, f criticFlags, log *slog.Logger, p *term.Progress) (agent.Critic, func() error, error)
}

func realParts() parts {
	return parts{ownConfig: config.Own, stateDir: stateDir, renderer: newBrowser, policies: newPolicies, critic: newCritic}
}

func newBrowser(cfg config.Config, log *slog.Logger) (renderer, error) {
	path := cfg.BrowserPath
	if path == "" && os.Getenv(chrome.EnvBrowser) == "" {
		t, err := newTools(cfg, log)
		if err != nil {
			return nil, err
		}
		path = t.CachedBrowser() // what `relook setup` got; "" leaves it to chrome to find one
	}
	return chrome.New(chrome.Config{Path: path, Log: log}), nil
}

func newPolicies(ctx context.Context, cfg config.Config, log *slog.Logger, p *term.Progress) ([]agent.Policy, func() error, error) {
	var list []agent.Policy
	stop := func() error { return nil }
	for _, name := range cfg.Policies {
		var policy agent.Policy
		var end func() error
		var err error
		switch name {
		case "rules":
			policy = rules.New()
		case "ollama":
			policy, end, err = newModel(ctx, cfg, log, p)
		case "openai":
			policy, err = newEndpoint(ctx, cfg, log, p)
		}
		if err != nil {
			return nil, nil, errors.Join(err, stop())
		}
		if end != nil {
			stop = end
		}
		list = append(list, policy)
	}
	return list, stop, nil
}

// newModel reaches the model that the settings name, and returns what puts away
// a server that was started for it.
func newModel(ctx context.Context, cfg config.Config, log *slog.Logger, p *term.Progress) (*ollama.Policy, func() error, error) {
	policy, stop, err := reachOllama(ctx, cfg, log, p, ollama.Config{
		Model: cfg.ModelName, Format: cfg.ModelFormat, Samples: cfg.ModelSamples, Progress: writing(p),
	})
	if err != nil {
		return nil, nil, err
	}
	if policy.Chosen != "" {
		p.Tell(fmt.Sprintf("Asking %s: %s. --model NAME takes another.", strings.TrimPrefix(policy.Name(), "ollama:"), policy.Chosen))
	}
	return policy, stop, nil
}

// reachOllama finds or starts Ollama and reaches the model of c there, and returns
// what puts away a server that was started for it.
func reachOllama(ctx context.Context, cfg config.Config, log *slog.Logger, p *term.Progress, c ollama.Config) (*ollama.Policy, func() error, error) {
	t, err := newTools(cfg, log)
	if err != nil {
		return nil, nil, err
	}
	p.Say("reaching Ollama")
	host, stop, err := openOllama(ctx, t, cfg)
	if err != nil {
		return nil, nil, err
	}
	c.Host, c.Log = host, log
	c.Queue, c.Waiting = model.NewQueue(queueDir()), waiting(p)
	policy, err := ollama.New(ctx, c)
	if err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return policy, stop, nil
}

// endpointKey is the environment variable with the key of an OpenAI-compatible
// server.
const endpointKey = "RELOOK_ENDPOINT_KEY"

// newEndpoint reaches the model of an OpenAI-compatible server.
func newEndpoint(ctx context.Context, cfg config.Config, log *slog.Logger, p *term.Progress) (*openai.Policy, error) {
	if cfg.ModelEndpoint == "" {
		return nil, errors.New("the policy openai needs a server: name it with --endpoint, such as http://127.0.0.1:8080/v1")
	}
	p.Say("reaching the model's server")
	return openai.New(ctx, openai.Config{
		Endpoint: cfg.ModelEndpoint, Key: os.Getenv(endpointKey), Model: cfg.ModelName, Log: log,
		Format: cfg.ModelFormat, Samples: cfg.ModelSamples,
		Queue: model.NewQueue(queueDir()), Waiting: waiting(p), Progress: writing(p),
	})
}

// queueDir is where clients of a model wait for one another; "" where the system
// has no place for it.
func queueDir() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "relook", "queue")
}

func waiting(p *term.Progress) func() {
	return func() { p.Say("waiting: another relook is asking the model") }
}

func writing(p *term.Progress) func(int) {
	return func(tokens int) { p.Say(fmt.Sprintf("the model is writing: %d tokens", tokens)) }
}
