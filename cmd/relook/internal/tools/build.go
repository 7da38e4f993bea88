package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Ollama is built from its Go module at this version, the newest that the
// module proxy lists.
const (
	ollamaVersion = "v0.17.4"
	ollamaModule  = "github.com/ollama/ollama"
	// audioModule holds miniaudio.h, one of three headers that Ollama's module
	// leaves out.
	audioModule = "github.com/gen2brain/malgo@v0.11.24"
)

// headers are the other two, and the packages of Debian that have them.
var headers = []struct{ file, pkg string }{
	{"nlohmann/json.hpp", "nlohmann-json3-dev"},
	{"stb/stb_image.h", "libstb-dev"},
}

// errNoBuild says that Ollama can't be built on this machine.
var errNoBuild = errors.New("install Ollama in its usual way")

// builtOllama is where a build is put. The name has the version, so that a new
// version is built beside an old one.
func (t *Tools) builtOllama() string {
	name := "ollama-" + ollamaVersion[1:]
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return t.path("bin", name)
}

// buildOllama builds Ollama, which takes minutes, and puts it into the cache.
func (t *Tools) buildOllama(ctx context.Context, p Progress) (string, error) {
	if runtime.GOOS != "linux" {
		return "", fmt.Errorf("relook builds Ollama on Linux only: %w", errNoBuild)
	}
	if found("go") == "" {
		return "", fmt.Errorf("building Ollama takes Go, which is not installed: %w", errNoBuild)
	}
	if err := t.room(t.path("bin"), 3<<30); err != nil {
		return "", err
	}
	include, err := t.ollamaHeaders(ctx, p)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(t.path("bin"), "build-*.partial")
	if err != nil {
		return "", fmt.Errorf("making the build's folder: %w", err)
	}
	defer os.RemoveAll(dir)
	p.say("building Ollama "+ollamaVersion+" (about 4 minutes)", 0, 0)
	// -march=native: it runs on the machine that builds it, twice as fast so.
	env := []string{
		"GOBIN=" + dir, "GOFLAGS=", "CGO_ENABLED=1",
		"CGO_CFLAGS=-O3 -march=native",
		"CGO_CXXFLAGS=-O3 -march=native -w -I" + include + " -I/usr/include",
	}
	_, err = t.runIn(ctx, dir, env, "go", "install", "-ldflags=-s -w -X="+ollamaModule+"/version.Version="+ollamaVersion[1:],
		ollamaModule+"@"+ollamaVersion)
	if err != nil {
		return "", fmt.Errorf("building Ollama: %w", err)
	}
	built := filepath.Join(dir, "ollama")
	if _, err := t.run(ctx, nil, built, "--version"); err != nil {
		return "", fmt.Errorf("trying the Ollama that was built: %w", err)
	}
	return t.builtOllama(), os.Rename(built, t.builtOllama())
}

// ollamaHeaders gathers the headers and a compiler, and returns the folder to
// look for headers in.
func (t *Tools) ollamaHeaders(ctx context.Context, p Progress) (string, error) {
	a := t.apt(ctx)
	if found("g++", "c++") == "" {
		if a == nil || !a.install {
			return "", fmt.Errorf("building Ollama takes a C++ compiler, such as g++: install one, or %w", errNoBuild)
		}
		p.say("installing the system package g++", 0, 0)
		if err := a.add(ctx, "g++"); err != nil {
			return "", err
		}
	}
	include := t.path("include", "usr", "include")
	var missing []string
	for _, h := range headers {
		if !isFile(filepath.Join("/usr/include", h.file)) && !isFile(filepath.Join(include, h.file)) {
			missing = append(missing, h.pkg)
		}
	}
	if len(missing) > 0 {
		if a == nil {
			return "", fmt.Errorf("building Ollama takes the headers of %v: install them, or %w", missing, errNoBuild)
		}
		p.say("getting header files", 0, 0)
		if err := a.unpack(ctx, t.path("include"), false, missing...); err != nil {
			return "", err
		}
	}
	return include, t.audioHeader(ctx, include)
}

// audioHeader copies miniaudio.h out of the Go module that has it.
func (t *Tools) audioHeader(ctx context.Context, include string) error {
	dst := filepath.Join(include, "miniaudio", "miniaudio.h")
	if isFile(dst) {
		return nil
	}
	out, err := t.run(ctx, []string{"GOFLAGS=-mod=mod"}, "go", "mod", "download", "-json", audioModule)
	if err != nil {
		return err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &module); err != nil || module.Dir == "" {
		return fmt.Errorf("go mod download %s said nothing of use: %w", audioModule, err)
	}
	data, err := os.ReadFile(filepath.Join(module.Dir, "miniaudio.h"))
	if err != nil {
		return fmt.Errorf("reading miniaudio.h: %w", err)
	}
	return writeFile(dst, data, 0o644)
}
