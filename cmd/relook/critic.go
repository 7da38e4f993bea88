package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"relook/agent"
	"relook/agent/critic"
	"relook/agent/model"
	"relook/agent/ollama"
	"relook/agent/openai"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/term"
)

// criticFlags say who judges what pages look like.
type criticFlags struct {
	// critic is "" for none, "measured", the name of a model that sees, or
	// "text:MODEL" for one that reads the measurements.
	critic         string
	criticEndpoint string
}

func (f *criticFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.critic, "critic", "", "model that looks at the pictures and must prefer the result, such as qwen2.5vl:7b; text:MODEL reads the measurements instead; measured asks no model")
	c.Flags().StringVar(&f.criticEndpoint, "critic-endpoint", "", "OpenAI-compatible server of the critic, such as http://127.0.0.1:8000/v1; pictures of pages are sent to it")
}

const (
	measuredCritic = "measured"
	textCritic     = "text:"
	// visionContext is the context that six pictures and the words about them
	// take, in tokens.
	visionContext = 16384
)

func newCritic(ctx context.Context, cfg config.Config, f criticFlags, log *slog.Logger, p *term.Progress) (agent.Critic, func() error, error) {
	none := func() error { return nil }
	name, text := strings.CutPrefix(strings.TrimSpace(f.critic), textCritic)
	switch {
	case name == "" && (text || f.criticEndpoint != ""):
		return nil, nil, errors.New("name the critic's model, such as --critic qwen2.5vl:7b or --critic text:qwen2.5-coder:1.5b")
	case name == "":
		return nil, none, nil
	case name == measuredCritic && !text:
		return critic.Measured{}, none, nil
	}
	var asker critic.Asker
	var err error
	leave := none
	if f.criticEndpoint != "" {
		p.Say("reaching the critic's server")
		asker, err = openai.New(ctx, openai.Config{
			Endpoint: f.criticEndpoint, Key: os.Getenv(endpointKey), Model: name, Vision: !text, Log: log,
			Queue: model.NewQueue(queueDir()), Waiting: waiting(p), Progress: judging(p),
		})
	} else {
		asker, leave, err = ollamaCritic(ctx, cfg, name, !text, log, p)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the critic: %w", err)
	}
	c, err := critic.New(critic.Config{Asker: asker, Vision: !text, Cache: criticCache(), Log: log})
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("the critic: %w", err), leave())
	}
	return c, leave, nil
}

func ollamaCritic(ctx context.Context, cfg config.Config, name string, sees bool, log *slog.Logger, p *term.Progress) (*ollama.Policy, func() error, error) {
	c := ollama.Config{Model: name, Vision: sees, Progress: judging(p)}
	if sees {
		c.NumCtx = visionContext
	}
	return reachOllama(ctx, cfg, log, p, c)
}

func judging(p *term.Progress) func(int) {
	return func(tokens int) { p.Say(fmt.Sprintf("the critic is writing: %d tokens", tokens)) }
}

// criticCache keeps the critics' answers in the user's cache, nowhere on systems
// without one.
func criticCache() *critic.Cache {
	dir, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	return critic.NewCache(filepath.Join(dir, "relook", "critic"), 0)
}
