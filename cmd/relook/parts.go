package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"relook/agent"
	"relook/agent/ollama"
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
	renderer  func(config.Config, *slog.Logger) (renderer, error)
	// policies makes those that cfg names, and a func that lets go of them.
	policies func(ctx context.Context, cfg config.Config, log *slog.Logger, p *term.Progress) ([]agent.Policy, func() error, error)
}

func realParts() parts {
	return parts{ownConfig: config.Own, renderer: newBrowser, policies: newPolicies}
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
		switch name {
		case "rules":
			list = append(list, rules.New())
		case "ollama":
			model, end, err := newModel(ctx, cfg, log, p)
			if err != nil {
				return nil, nil, err
			}
			stop = end
			list = append(list, model)
		}
	}
	return list, stop, nil
}

// newModel reaches the model that the settings name, and returns what puts away
// a server that was started for it.
func newModel(ctx context.Context, cfg config.Config, log *slog.Logger, p *term.Progress) (agent.Policy, func() error, error) {
	t, err := newTools(cfg, log)
	if err != nil {
		return nil, nil, err
	}
	p.Say("reaching Ollama")
	host, stop, err := openOllama(ctx, t, cfg)
	if err != nil {
		return nil, nil, err
	}
	model, err := ollama.New(ctx, ollama.Config{
		Host: host, Model: cfg.ModelName, Log: log,
		Progress: func(tokens int) { p.Say(fmt.Sprintf("the model is writing: %d tokens", tokens)) },
	})
	if err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return model, stop, nil
}
