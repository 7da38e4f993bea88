package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc"

	"relook/agent/train/tinker"
)

// trainerPackages are what pip installs: the engine, and what its own list
// forgets.
var trainerPackages = []string{"skyrl[tinker,jax]==0.4.0", "tinker==0.25.0", "aiohttp==3.14.5", "uv==0.13.9"}

// trainerVersion names the folder of a trainer: another version is another
// folder.
const trainerVersion = "skyrl-0.4.0"

// TrainerStep is what getting the trainer means.
func (t *Tools) TrainerStep() Step {
	return Step{
		What: "SkyRL 0.4.0", Why: "trains policies; into a folder of its own", Bytes: 5e9,
		Command: "python3.12 -m venv DIR && DIR/bin/pip install '" + strings.Join(trainerPackages, "' '") + "'",
	}
}

// TrainerThere reports whether the trainer is installed.
func (t *Tools) TrainerThere() bool { return isFile(filepath.Join(t.trainerDir(), "complete")) }

func (t *Tools) trainerDir() string { return t.path("trainer", trainerVersion) }

// EnsureTrainer gets the training engine with pip into a folder of its own.
func (t *Tools) EnsureTrainer(ctx context.Context, p Progress) error {
	if t.TrainerThere() {
		return nil
	}
	python, err := t.python(ctx)
	if err != nil {
		return err
	}
	dir := t.trainerDir()
	if err := t.room(filepath.Dir(dir), 9<<30); err != nil {
		return err
	}
	p.say("making a folder for the trainer", 0, 0)
	if _, err := t.run(ctx, nil, python, "-m", "venv", dir); err != nil {
		return fmt.Errorf("making the trainer's folder: %w", err)
	}
	p.say("getting SkyRL 0.4.0, which takes some minutes", 0, 0)
	args := append([]string{"install", "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--quiet"}, trainerPackages...)
	if _, err := t.run(ctx, nil, filepath.Join(dir, "bin", "pip"), args...); err != nil {
		return fmt.Errorf("getting SkyRL: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "complete"), nil, 0o644)
}

// python finds a Python of 3.12 or later: by its name, the usual one, and those
// that pyenv and uv keep beside it.
func (t *Tools) python(ctx context.Context) (string, error) {
	names := []string{"python3.12", "python3.13", "python3.14", "python3", "python"}
	if home, err := os.UserHomeDir(); err == nil {
		for _, pattern := range []string{".pyenv/versions/3.1[2-9]*/bin/python3", ".local/share/uv/python/cpython-3.1[2-9]*/bin/python3"} {
			if hits, err := filepath.Glob(filepath.Join(home, filepath.FromSlash(pattern))); err == nil {
				names = append(names, hits...)
			}
		}
	}
	for _, name := range names {
		out, err := t.run(ctx, nil, name, "-c", "import sys, venv, ensurepip; print(sys.version_info >= (3, 12))")
		if err == nil && strings.TrimSpace(string(out)) == "True" {
			return name, nil
		}
	}
	return "", errors.New("the trainer needs Python 3.12 or later with venv: install one (Debian 13: `apt-get install python3-venv`; anywhere: `uv python install 3.12`)")
}

// BaseFile is the GGUF file of a model: name itself if it is one, else what
// Ollama keeps under the name.
func (t *Tools) BaseFile(name string) (string, error) {
	if strings.HasSuffix(name, ".gguf") {
		return name, nil
	}
	model, tag, _ := strings.Cut(name, ":")
	if tag == "" {
		tag = "latest"
	}
	dir := t.ModelsDir()
	b, err := os.ReadFile(filepath.Join(dir, "manifests", "registry.ollama.ai", "library", model, tag))
	if err != nil {
		return "", fmt.Errorf("the base model %s is not installed: `relook setup --model %s` gets it", name, name)
	}
	var manifest struct {
		Layers []struct{ MediaType, Digest string }
	}
	if err := json.Unmarshal(b, &manifest); err != nil {
		return "", fmt.Errorf("reading what Ollama keeps of %s: %w", name, err)
	}
	for _, l := range manifest.Layers {
		if l.MediaType == "application/vnd.ollama.image.model" {
			return filepath.Join(dir, "blobs", strings.ReplaceAll(l.Digest, ":", "-")), nil
		}
	}
	return "", fmt.Errorf("Ollama keeps no weights of %s", name)
}

// BaseDir is where the folder of a base model is unpacked that the trainer
// takes.
func (t *Tools) BaseDir(name string) string {
	return t.path("trainer", "bases", strings.NewReplacer(":", "-", "/", "-").Replace(strings.TrimSuffix(filepath.Base(name), ".gguf")))
}

// TrainerConfig says how a trainer is started.
type TrainerConfig struct {
	Base  string // folder of the base model
	Dir   string // for checkpoints, the database and the log
	Batch int    // sequences worked on at a time
	Rank  int    // the largest
}

// StartTrainer starts the engine on a free port of this machine and waits until
// it answers. It lives until Close; ctx only bounds the wait.
func (t *Tools) StartTrainer(ctx context.Context, cfg TrainerConfig) (*Server, error) {
	if !t.TrainerThere() {
		return nil, errors.New("the trainer is not installed: `relook setup --trainer` gets it")
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the trainer's folder: %w", err)
	}
	backend, err := json.Marshal(map[string]int{
		"max_lora_adapters": 2, "max_lora_rank": cfg.Rank, // the base takes one of the places
		"train_micro_batch_size": cfg.Batch, "sample_max_num_sequences": 2 * cfg.Batch,
	})
	if err != nil {
		return nil, err
	}
	host, number, _ := strings.Cut(port, ":")
	// It reads its parent's command line to start the engine, so it must be uv's.
	bin := filepath.Join(t.trainerDir(), "bin")
	cmd := exec.Command(filepath.Join(bin, "uv"), "run", "--no-project", "--active", "-m", "skyrl.tinker.api",
		"--host", host, "--port", number, "--base-model", cfg.Base, "--backend", "jax", "--backend-config", string(backend),
		"--checkpoints-base", filepath.Join(cfg.Dir, "checkpoints"), "--database-url", "sqlite:///"+filepath.Join(cfg.Dir, "engine.db"),
		"--session-timeout-sec", "-1")
	cmd.Dir = cfg.Dir
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "PYTHON") }),
		"VIRTUAL_ENV="+t.trainerDir(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"JAX_PLATFORMS=cpu", "HF_HUB_OFFLINE=1", "UV_OFFLINE=1",
		// What was compiled for a size is kept for the next start.
		"JAX_COMPILATION_CACHE_DIR="+t.path("trainer", "compiled"), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=1")
	logName := filepath.Join(cfg.Dir, "engine.log")
	logFile, err := os.OpenFile(logName, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("making the trainer's log: %w", err)
	}
	defer logFile.Close()
	cmd.Stdout, cmd.Stderr = logFile, logFile
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the trainer: %w", err)
	}
	return t.waitForTrainer(ctx, cmd, "http://"+port, logName)
}

func (t *Tools) waitForTrainer(ctx context.Context, cmd *exec.Cmd, url, logName string) (*Server, error) {
	exited := make(chan struct{})
	var wg conc.WaitGroup
	wg.Go(func() {
		_ = cmd.Wait() // how it exits says nothing: relook ends it
		close(exited)
	})
	s := &Server{URL: url, end: func() error {
		defer wg.Wait()
		if err := askGroup(cmd.Process); errors.Is(err, os.ErrProcessDone) {
			return nil
		}
		select {
		case <-exited:
		case <-time.After(5 * time.Second):
		}
		if err := endGroup(cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stopping the trainer: %w", err)
		}
		return nil
	}}
	client := tinker.New(tinker.Config{URL: url, Log: t.log})
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for {
		if client.Healthy(ctx) == nil {
			t.log.Info("started the trainer", "url", url, "log", logName)
			return s, nil
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-exited:
			wg.Wait()
			return nil, fmt.Errorf("the trainer ended as soon as it was started: see %s", logName)
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("waiting for the trainer to answer (see %s): %w", logName, ctx.Err()), s.Close())
		}
	}
}
