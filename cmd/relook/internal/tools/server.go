package tools

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/sourcegraph/conc"

	"relook/agent/ollama"
)

// An Ollama is one that was found.
type Ollama struct {
	// Path is the program, "" when only a server was found.
	Path string
	// URL is the server that answers, "" when none does.
	URL     string
	Version string // of the server, or "" when none answers
}

// FindOllama looks for a server that answers and for the program, on PATH and
// in the cache. Both fields are empty when there is neither.
func (t *Tools) FindOllama(ctx context.Context) (Ollama, error) {
	host, err := t.host()
	if err != nil {
		return Ollama{}, err
	}
	o := Ollama{Path: found("ollama")}
	if o.Path == "" && isFile(t.builtOllama()) {
		o.Path = t.builtOllama()
	}
	if v, err := serverVersion(ctx, host); err == nil {
		o.URL, o.Version = host, v
	}
	return o, nil
}

// EnsureOllama returns the Ollama that is installed or answers, else builds one.
func (t *Tools) EnsureOllama(ctx context.Context, p Progress) (Ollama, error) {
	o, err := t.FindOllama(ctx)
	if err != nil || o.Path != "" || o.URL != "" {
		return o, err
	}
	path, err := t.buildOllama(ctx, p)
	return Ollama{Path: path}, err
}

// serverVersion asks a server for its version; it waits 2 s at most.
func serverVersion(ctx context.Context, host string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	c, err := client(host)
	if err != nil {
		return "", err
	}
	return c.Version(ctx)
}

// client speaks to the server at host, without a proxy.
func client(host string) (*api.Client, error) {
	u, err := url.Parse(host)
	if err != nil {
		return nil, fmt.Errorf("the address of Ollama: %w", err)
	}
	return api.NewClient(u, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}), nil
}

// A Server is an Ollama that answers.
type Server struct {
	URL string
	end func() error
}

// Close stops the server if relook started it. It may be called twice.
func (s *Server) Close() error {
	if s.end == nil {
		return nil
	}
	end := s.end
	s.end = nil
	return end()
}

// OpenOllama returns the server that answers, else starts the program that is
// installed. The caller closes it. It is an error when there is no program; the
// error is an *ollama.DownError.
func (t *Tools) OpenOllama(ctx context.Context) (*Server, error) {
	o, err := t.FindOllama(ctx)
	switch {
	case err != nil:
		return nil, err
	case o.URL != "":
		return &Server{URL: o.URL}, nil
	case o.Path == "":
		host, _ := t.host()
		return nil, &ollama.DownError{Host: host, Err: errors.New("Ollama is not installed")}
	}
	return t.StartOllama(ctx, ServerConfig{Path: o.Path})
}

// ServerConfig says how a server is started.
type ServerConfig struct {
	Path   string // the program; "" means the one that FindOllama finds
	Models string // folder of the models; "" means ModelsDir
}

// ModelsDir is where a server that relook starts keeps its models: the
// environment variable OLLAMA_MODELS, else the person's own folder of Ollama if
// it holds models, else relook's cache.
func (t *Tools) ModelsDir() string {
	if dir := os.Getenv("OLLAMA_MODELS"); dir != "" {
		return dir
	}
	cached := t.path("ollama", "models")
	if home, err := os.UserHomeDir(); err == nil && len(installed(cached)) == 0 {
		own := filepath.Join(home, ".ollama", "models")
		if len(installed(own)) > 0 {
			return own
		}
	}
	return cached
}

// StartOllama starts a server on a free port of this machine and waits until it
// answers. It lives until Close; ctx only bounds the wait.
func (t *Tools) StartOllama(ctx context.Context, cfg ServerConfig) (*Server, error) {
	if cfg.Path == "" {
		o, err := t.FindOllama(ctx)
		if err != nil {
			return nil, err
		}
		if cfg.Path = o.Path; cfg.Path == "" {
			return nil, errors.New("Ollama is not installed: `relook setup --ollama` gets it")
		}
	}
	if cfg.Models == "" {
		cfg.Models = t.ModelsDir()
	}
	var err error
	for range 3 { // another program may take the port first
		var s *Server
		if s, err = t.startOnce(ctx, cfg); err == nil || ctx.Err() != nil {
			return s, err
		}
	}
	return nil, err
}

func (t *Tools) startOnce(ctx context.Context, cfg ServerConfig) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	home := t.path("ollama")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, fmt.Errorf("making Ollama's folder: %w", err)
	}
	logName := filepath.Join(home, "serve.log")
	logFile, err := os.Create(logName)
	if err != nil {
		return nil, fmt.Errorf("making Ollama's log: %w", err)
	}
	defer logFile.Close() // the server has its own handle
	cmd := exec.Command(cfg.Path, "serve")
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.Env = append(os.Environ(),
		"OLLAMA_HOST="+port, "OLLAMA_MODELS="+cfg.Models,
		"HOME="+home, // it writes a key there
		"OLLAMA_NUM_PARALLEL=1", "OLLAMA_MAX_LOADED_MODELS=1",
		"OLLAMA_NO_CLOUD=1", "OLLAMA_NOPRUNE=1", "OLLAMA_NOHISTORY=1", "OLLAMA_DEBUG=0",
	)
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting Ollama: %w", err)
	}
	return t.waitFor(ctx, cmd, "http://"+port, logName)
}

// waitFor returns the server once it answers, and ends it if it does not.
func (t *Tools) waitFor(ctx context.Context, cmd *exec.Cmd, host, logName string) (*Server, error) {
	exited := make(chan struct{})
	var wg conc.WaitGroup
	wg.Go(func() {
		_ = cmd.Wait() // how it exits says nothing: relook ends it
		close(exited)
	})
	s := &Server{URL: host, end: func() error {
		defer wg.Wait()
		if err := askGroup(cmd.Process); errors.Is(err, os.ErrProcessDone) {
			return nil
		}
		select {
		case <-exited:
		case <-time.After(3 * time.Second):
		}
		if err := endGroup(cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stopping Ollama: %w", err)
		}
		return nil
	}}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		if _, err := serverVersion(ctx, host); err == nil {
			t.log.Info("started Ollama", "url", host, "log", logName)
			return s, nil
		}
		select {
		case <-time.After(pause):
			continue
		case <-exited:
			wg.Wait()
			return nil, fmt.Errorf("Ollama ended as soon as it was started: see %s", logName)
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("waiting for Ollama to answer (see %s): %w", logName, ctx.Err()), s.Close())
		}
	}
}

// freePort returns a loopback address that nothing listens at.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
