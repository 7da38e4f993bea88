package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"relook/agent/ollama"
)

// Progress is told how a step goes: done of total bytes, total 0 when it is not
// known. It is called from one goroutine at a time.
type Progress func(step string, done, total int64)

func (p Progress) say(step string, done, total int64) {
	if p != nil {
		p(step, done, total)
	}
}

// A Browser is one that was found.
type Browser struct {
	Path    string
	Version string
	// SandboxOff is why its sandbox can't be used; "" when it can.
	SandboxOff string
}

// Config says where things are and who finds the browser.
type Config struct {
	// Cache is the folder that things are put into; "" means Root().
	Cache string
	// OllamaHost is the address of Ollama, "" for the usual one; see ollama.Config.Host.
	OllamaHost string
	// FindBrowser looks for a browser that is installed. Required.
	FindBrowser func(ctx context.Context) (Browser, error)
	// DownloadBrowser gets a browser into dir without the system's package
	// manager and returns its path; nil when there is no such way.
	DownloadBrowser func(ctx context.Context, dir string, p Progress) (string, error)
	// Log gets what happens; nil logs nothing.
	Log *slog.Logger
}

// Tools gets and finds tools. It is made by New.
type Tools struct {
	cfg   Config
	cache string
	log   *slog.Logger
}

// New checks the configuration. It touches nothing on disk.
func New(cfg Config) (*Tools, error) {
	if cfg.FindBrowser == nil {
		return nil, errors.New("tools: FindBrowser is required")
	}
	t := &Tools{cfg: cfg, cache: cfg.Cache, log: cfg.Log}
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	if t.cache == "" {
		root, err := Root()
		if err != nil {
			return nil, err
		}
		t.cache = root
	}
	abs, err := filepath.Abs(t.cache)
	if err != nil {
		return nil, fmt.Errorf("finding the cache folder: %w", err)
	}
	t.cache = abs
	return t, nil
}

// Root is relook's cache folder: the environment variable RELOOK_CACHE, else
// "relook" in the user's cache folder.
func Root() (string, error) {
	if dir := os.Getenv("RELOOK_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w: set RELOOK_CACHE to a folder", err)
	}
	return filepath.Join(dir, "relook"), nil
}

func (t *Tools) path(parts ...string) string {
	return filepath.Join(append([]string{t.cache}, parts...)...)
}

// host is where Ollama is expected to answer.
func (t *Tools) host() (string, error) { return ollama.HostAddress(t.cfg.OllamaHost) }

// run runs a program and returns what it printed. An error holds the last lines
// of what it said.
func (t *Tools) run(ctx context.Context, env []string, name string, args ...string) (string, error) {
	return t.runIn(ctx, "", env, name, args...)
}

// runIn is run in a folder.
func (t *Tools) runIn(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = 2 * time.Second
	ownGroup(cmd)
	cmd.Cancel = func() error { return endGroup(cmd.Process) }
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	t.log.Debug("running", "command", cmd.String())
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err != nil:
		return "", fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, lastLines(said.String()+out.String()))
	}
	return out.String(), nil
}

// lastLines is the end of what a program said, on one line.
func lastLines(s string) string {
	const most = 400
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = "..." + strings.ToValidUTF8(s[len(s)-most:], "")
	}
	return s
}

// found returns the path of the first of the programs that is on PATH, or "".
func found(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
