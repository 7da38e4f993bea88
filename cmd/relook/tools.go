package main

import (
	"context"
	"log/slog"
	"os"

	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/tools"
	"relook/preview/chrome"
)

// newTools gets and finds what relook works with, as the settings say.
func newTools(cfg config.Config, log *slog.Logger) (*tools.Tools, error) {
	return tools.New(tools.Config{
		OllamaHost:  cfg.ModelHost,
		FindBrowser: func(ctx context.Context) (tools.Browser, error) { return findBrowser(ctx, cfg) },
		DownloadBrowser: func(ctx context.Context, dir string, p tools.Progress) (string, error) {
			return chrome.Download(ctx, dir, func(step string) { p(step, 0, 0) })
		},
		Log: log,
	})
}

func findBrowser(ctx context.Context, cfg config.Config) (tools.Browser, error) {
	f, err := chrome.Find(ctx)
	if cfg.BrowserPath != "" {
		f, err = chrome.At(ctx, cfg.BrowserPath)
	}
	if err != nil {
		return tools.Browser{}, err
	}
	b := tools.Browser{Path: f.Path, Version: f.Kind + " " + f.Version}
	_, b.SandboxOff = chrome.New(chrome.Config{Path: f.Path}).SandboxOff()
	return b, nil
}

// openOllama returns the server at the address that the settings or the
// environment name; when they name none, the one that answers at the usual
// address, else one that is started for this run.
func openOllama(ctx context.Context, t *tools.Tools, cfg config.Config) (url string, stop func() error, err error) {
	if cfg.ModelHost != "" || os.Getenv("OLLAMA_HOST") != "" {
		return cfg.ModelHost, func() error { return nil }, nil
	}
	s, err := t.OpenOllama(ctx)
	if err != nil {
		return "", nil, err
	}
	return s.URL, s.Close, nil
}
