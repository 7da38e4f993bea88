package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"relook/agent"
	"relook/agent/ollama"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/term"
)

// startOllama serves Ollama's HTTP with one model, whose replies chat writes,
// and makes it the one that relook asks.
func startOllama(t *testing.T, chat http.HandlerFunc) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, r *http.Request) {
		var req struct{ Model string }
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil || req.Model != "test:1b" {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":"model not found"}`)
			return
		}
		fmt.Fprint(w, `{"details":{"family":"qwen2","parameter_size":"1.5B"},"capabilities":["completion"]}`)
	})
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"version":"0.17.4"}`) })
	mux.HandleFunc("POST /api/chat", chat)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	t.Setenv("OLLAMA_HOST", s.URL)
}

// chunk is a piece of a reply; the last one says why it ended.
func chunk(w http.ResponseWriter, text, reason string) {
	doc := map[string]any{"message": map[string]string{"role": "assistant", "content": text}}
	if reason != "" {
		doc["done"], doc["done_reason"] = true, reason
	}
	_ = json.NewEncoder(w).Encode(doc) // the client may be gone: that is its business
	w.(http.Flusher).Flush()
}

func saying(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { chunk(w, text, "stop") }
}

// A model that is of no use: the message names the page and the mend, the exit
// code is 2, and neither the page nor a report is written.
func TestBadModel(t *testing.T) {
	const useless = "relook: a.html: nothing that the model answered could be used, for example: "
	for _, c := range []struct {
		name  string
		model string
		chat  http.HandlerFunc
		want  []string
	}{
		{"garbage", "test:1b", saying("Sure! \x00\x1b[2J {]"), []string{useless, "name another model with --model"}},
		{"empty", "test:1b", saying(""), []string{useless, "it is empty", "name another model with --model"}},
		{"no JSON", "test:1b", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello") },
			[]string{"relook: ", "a.html", "test:1b at http://", "see Ollama's log"}},
		{"error 500", "test:1b", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, `{"error":"llama runner process has terminated"}`)
		}, []string{"relook: ", "a.html", "test:1b at http://", "llama runner process has terminated", "see Ollama's log"}},
		{"breaks off", "test:1b", func(w http.ResponseWriter, _ *http.Request) { chunk(w, `[{"d":1`, "") },
			[]string{"relook: ", "a.html", "the reply broke off", "see Ollama's log"}},
		{"stalls", "test:1b", func(w http.ResponseWriter, r *http.Request) { chunk(w, `[{"d":1`, ""); <-r.Context().Done() },
			[]string{"relook: ", "a.html", "the reply stopped half way", "see Ollama's log"}},
		{"absent", "none:7b", saying(""), []string{"relook: ", "model none:7b is not installed", "relook setup --model none:7b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			startOllama(t, c.chat)
			r := newCall(t, map[string]string{"a.html": wide})
			r.parts.policies = impatient
			if code := r.run(t, "refine", "--write", "--report", "report.html", "--policy", "ollama", "--model", c.model, "a.html"); code != exitFailed {
				t.Errorf("exit code %d", code)
			}
			for _, part := range c.want {
				if !strings.Contains(r.err.String(), part) {
					t.Errorf("%q lacks %q", r.err.String(), part)
				}
			}
			if strings.ContainsRune(r.err.String(), '\x1b') || strings.Count(r.err.String(), "\n") > 2 {
				t.Errorf("it says %q", r.err.String())
			}
			r.untouched(t)
		})
	}
}

// untouched checks that there is the page as it was, and nothing else.
func (c *call) untouched(t *testing.T) {
	t.Helper()
	if entries, err := os.ReadDir(c.dir); err != nil || len(entries) != 1 || c.file(t, "a.html") != wide {
		t.Errorf("the folder holds %v, %v; the page reads %q", entries, err, c.file(t, "a.html"))
	}
}

// impatient is newPolicies with a model that is given less time.
func impatient(ctx context.Context, cfg config.Config, log *slog.Logger, _ *term.Progress) ([]agent.Policy, func() error, error) {
	var list []agent.Policy
	all, stop, err := newPolicies(ctx, config.Config{Policies: []string{"rules"}}, log, nil)
	for _, name := range cfg.Policies {
		if name == "rules" {
			list = append(list, all...)
			continue
		}
		p, modelErr := ollama.New(ctx, ollama.Config{Model: cfg.ModelName, Log: log, Stall: 200 * time.Millisecond})
		if modelErr != nil {
			return nil, nil, modelErr
		}
		list = append(list, p)
	}
	return list, stop, err
}
