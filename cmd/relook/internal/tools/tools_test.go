package tools

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"relook/agent/ollama"
)

func TestEnsureBrowserTakesWhatIsThere(t *testing.T) {
	tools := newTools(t)
	tools.cfg.FindBrowser = func(context.Context) (Browser, error) { return Browser{Path: "/x/chromium"}, nil }
	path, err := tools.EnsureBrowser(t.Context(), nil)
	if err != nil || path != "/x/chromium" {
		t.Errorf("%q, %v", path, err)
	}
}

func TestEnsureBrowserDownloadsLast(t *testing.T) {
	t.Setenv("PATH", "") // no package manager
	tools := newTools(t)
	if _, err := tools.EnsureBrowser(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "install Chromium, Chrome or Edge") {
		t.Errorf("without any way: %v", err)
	}
	tools.cfg.DownloadBrowser = func(_ context.Context, dir string, _ Progress) (string, error) {
		path := filepath.Join(dir, "chrome")
		return path, os.WriteFile(path, nil, 0o755)
	}
	path, err := tools.EnsureBrowser(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	tools.cfg.DownloadBrowser = nil
	again, err := tools.EnsureBrowser(t.Context(), nil)
	if err != nil || again != path || tools.CachedBrowser() != path {
		t.Errorf("the second time %q, %v; want %q from the cache", again, err, path)
	}
}

func TestAptPlan(t *testing.T) {
	out := "NOTE: This is only a simulation!\nInst libnspr4 (2:4.35 Debian:12 [amd64])\nInst libstdc++6 [1] (2 x)\nConf libnspr4 (2:4.35)\n"
	var got []string
	for _, m := range aptPlan.FindAllStringSubmatch(out, -1) {
		got = append(got, m[1])
	}
	if want := []string{"libnspr4", "libstdc++6"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestQuote(t *testing.T) {
	if got, want := quote(`it's $HOME`), `'it'\''s $HOME'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWriteFileLeavesTheOldOneOnFailure(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a", "b")
	for _, data := range []string{"one", "two"} {
		if err := writeFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(filepath.Join(dir, "folder"), []byte("x"), 0o600); err == nil {
		t.Error("a folder was written over")
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "two" {
		t.Errorf("%q, %v", b, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "*.partial")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// program writes a shell script that stands for a program on PATH.
func program(t *testing.T, name, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDoctorIsQuickAndWhole(t *testing.T) {
	t.Setenv("OLLAMA_HOST", "127.0.0.1:1")
	hangs := program(t, "nvim", "exec sleep 60")
	t.Setenv("PATH", filepath.Dir(hangs)+":"+os.Getenv("PATH"))
	tools := newTools(t)
	tools.cfg.FindBrowser = func(context.Context) (Browser, error) {
		return Browser{Path: "/x/chromium", Version: "140", SandboxOff: "relook runs as root"}, nil
	}
	began := time.Now()
	checks := tools.Doctor(t.Context())
	if took := time.Since(began); took > checkTime+2*time.Second {
		t.Errorf("took %v", took)
	}
	var names []string
	for _, c := range checks {
		names = append(names, c.Name)
		if !c.OK && c.Missing == "" || c.OK && c.Missing+c.Mend != "" {
			t.Errorf("%+v", c)
		}
	}
	if want := []string{"browser", "sandbox", "fonts", "ollama"}; !slices.Equal(names[:4], want) {
		t.Errorf("checks %q, want them to begin with %q", names, want)
	}
	if c := checks[len(checks)-1]; c.Name != "neovim" || c.OK || c.Mend == "" {
		t.Errorf("the editor that hangs: %+v", c)
	}
	if c := checks[1]; c.OK || !strings.Contains(c.Missing, "as root") {
		t.Errorf("sandbox: %+v", c)
	}
}

func TestPlan(t *testing.T) {
	t.Setenv("OLLAMA_HOST", "127.0.0.1:1")
	t.Setenv("PATH", "")
	t.Setenv("HOME", t.TempDir())
	tools := newTools(t)
	steps, err := tools.Plan(t.Context(), Want{Browser: true, Ollama: true, Model: "qwen2.5-coder:0.5b"})
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 3 || steps[2].Bytes != 491_400_064 || steps[2].Command != "ollama pull qwen2.5-coder:0.5b" {
		t.Errorf("%+v", steps)
	}
	if steps, err := tools.Plan(t.Context(), Want{}); err != nil || len(steps) != 0 {
		t.Errorf("nothing wanted: %+v, %v", steps, err)
	}
	manifest := tools.path("ollama", "models", "manifests", "library.example", "library", "qwen2.5-coder", "0.5b")
	if err := writeFile(manifest, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(tools.builtOllama(), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if steps, err := tools.Plan(t.Context(), Want{Ollama: true, Model: "qwen2.5-coder:0.5b"}); err != nil || len(steps) != 0 {
		t.Errorf("all there: %+v, %v", steps, err)
	}
}

func TestStartOllamaSaysWhenItEnds(t *testing.T) {
	tools := newTools(t)
	_, err := tools.StartOllama(t.Context(), ServerConfig{Path: program(t, "ollama", "exit 1")})
	if err == nil || !strings.Contains(err.Error(), "serve.log") {
		t.Errorf("error %v, want one that names the log", err)
	}
}

func TestStartOllamaEndsWhatItStarted(t *testing.T) {
	tools := newTools(t)
	pidFile := filepath.Join(t.TempDir(), "pid")
	path := program(t, "ollama", "echo $$ > "+quote(pidFile)+".new; mv "+quote(pidFile)+".new "+quote(pidFile)+"; trap '' TERM; sleep 60 & wait; wait")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	began := make(chan struct{})
	go func() {
		defer close(began)
		for ctx.Err() == nil && !isFile(pidFile) {
			time.Sleep(5 * time.Millisecond) // a file gives no sign
		}
		cancel()
	}()
	_, err := tools.StartOllama(ctx, ServerConfig{Path: path})
	<-began
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	pid, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("process %s still runs: %v", pid, err)
	}
}

func TestOpenOllamaWithoutAny(t *testing.T) {
	t.Setenv("OLLAMA_HOST", "127.0.0.1:1")
	t.Setenv("PATH", "")
	_, err := newTools(t).OpenOllama(t.Context())
	var down *ollama.DownError
	if !errors.As(err, &down) || !strings.Contains(err.Error(), "`relook setup --ollama`") {
		t.Errorf("error %v", err)
	}
}

// library is a server that lacks every model and answers a pull with lines.
func library(t *testing.T, pull string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":"not found"}`)
	})
	mux.HandleFunc("POST /api/pull", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, pull) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestEnsureModelPulls(t *testing.T) {
	host := library(t, `{"status":"pulling","digest":"sha256:a","total":10,"completed":4}
{"status":"pulling","digest":"sha256:b","total":5,"completed":5}
{"status":"success"}
`)
	var most int64
	err := newTools(t).EnsureModel(t.Context(), host, "llama3:8b", func(_ string, done, total int64) { most = max(most, done*100+total) })
	if err != nil || most != 9*100+15 {
		t.Errorf("error %v, progress %d", err, most)
	}
}

func TestEnsureModelFails(t *testing.T) {
	for name, c := range map[string]struct{ model, pull, want string }{
		"bad name":    {"--model", "", "is not the name of a model"},
		"unknown":     {"nobody/none:1", `{"error":"pull model manifest: file does not exist"}`, "relook can get qwen2.5-coder:1.5b"},
		"breaks off":  {"llama3:8b", `{"status":"pulling"}`, "broke off"},
		"half a line": {"llama3:8b", `{"status":"pul`, "pulling llama3:8b"},
	} {
		t.Run(name, func(t *testing.T) {
			err := newTools(t).EnsureModel(t.Context(), library(t, c.pull), c.model, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	err := newTools(t).EnsureModel(t.Context(), "http://127.0.0.1:1", "llama3:8b", nil)
	var down *ollama.DownError
	if !errors.As(err, &down) {
		t.Errorf("server absent: %v", err)
	}
}

func TestRootFollowsTheEnvironment(t *testing.T) {
	t.Setenv("RELOOK_CACHE", "/x/y")
	if root, err := Root(); err != nil || root != "/x/y" {
		t.Errorf("%q, %v", root, err)
	}
	if _, err := New(Config{}); err == nil {
		t.Error("no FindBrowser was taken")
	}
}
