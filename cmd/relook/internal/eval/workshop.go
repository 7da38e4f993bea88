package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"relook/agent"
	"relook/agent/ollama"
	"relook/cmd/relook/internal/suite"
	"relook/cmd/relook/internal/tools"
	"relook/preview/chrome"
)

// A workshop is what is measured with.
type workshop struct {
	config
	worker *chrome.Browser // refines
	judge  *chrome.Browser // only looks at what came out
	store  *suite.Store[record]
	until  time.Time // when the run's time is up; zero for never
	// current are the hashes of the items by set, of those that this run read:
	// what was measured on a page that is another now does not count.
	current map[string]map[string]string
	models  map[string]*model
	server  *tools.Server
}

// A model is a policy that counts what it writes.
type model struct {
	agent.Policy
	tokens, last int
}

// count is told how long the reply is by now.
func (m *model) count(n int) {
	if n < m.last {
		m.last = 0 // another reply
	}
	m.tokens += n - m.last
	m.last = n
}

func newWorkshop(ctx context.Context, c config) (*workshop, error) {
	found, err := chrome.Find(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of results: %w", err)
	}
	s, err := suite.OpenStore(filepath.Join(c.dir, "results.jsonl"), record.key, c.forgotten)
	if err != nil {
		return nil, fmt.Errorf("%w: -fresh begins anew", err)
	}
	w := &workshop{
		config: c, store: s, models: map[string]*model{}, current: map[string]map[string]string{},
		worker: chrome.New(chrome.Config{Path: found.Path}),
		judge:  chrome.New(chrome.Config{Path: found.Path}),
	}
	if c.budget > 0 {
		w.until = time.Now().Add(c.budget)
	}
	return w, nil
}

// close puts everything away and adds what goes wrong to err.
func (w *workshop) close(err *error) {
	*err = errors.Join(*err, w.store.Close(), w.worker.Close(), w.judge.Close())
	if w.server != nil {
		*err = errors.Join(*err, w.server.Close())
	}
}

// late reports whether the run's time is up.
func (w *workshop) late() bool { return !w.until.IsZero() && time.Now().After(w.until) }

// model reaches a model, asked as the arm says.
func (w *workshop) model(ctx context.Context, name string, a arm) (*model, error) {
	key := fmt.Sprint(name, " ", a.format, " ", a.samples)
	if m := w.models[key]; m != nil {
		return m, nil
	}
	if w.server == nil {
		t, err := tools.New(tools.Config{
			FindBrowser: func(ctx context.Context) (tools.Browser, error) {
				f, err := chrome.Find(ctx)
				return tools.Browser{Path: f.Path, Version: f.Version}, err
			},
			Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			return nil, err
		}
		if w.server, err = t.OpenOllama(ctx); err != nil {
			return nil, err
		}
	}
	m := &model{}
	cfg := ollama.Config{Host: w.server.URL, Model: name, Format: a.format, Samples: a.samples, Progress: m.count}
	if a.format == ollama.FormatFile {
		cfg.NumCtx = wholeFileContext
	}
	p, err := ollama.New(ctx, cfg)
	if err != nil {
		return nil, err
	}
	m.Policy = p
	w.models[key] = m
	return m, nil
}

// wholeFileContext is how many tokens a model is given that rewrites a file:
// enough for the page twice, once to read and once to write.
const wholeFileContext = 16384

// forgotten reports whether a result is to be measured again.
func (c config) forgotten(r record) bool {
	return c.fresh && slices.Contains(c.sets, r.Set) && slices.ContainsFunc(c.arms, func(a arm) bool {
		return a.name == r.Arm && (!a.ask || slices.Contains(c.models, r.Model))
	})
}

// results are the records that still count.
func (w *workshop) results() []record {
	return where(w.store.All(), func(r record) bool {
		set, read := w.current[r.Set]
		return !read || set[r.Item] == r.Page
	})
}
