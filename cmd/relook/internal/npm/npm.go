// Package npm gets programs of others that relook is compared with, and the
// libraries that pages ask for, from npm into the user's cache.
package npm

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Install makes sure that packages, each "name@version", are in a folder of the
// user's cache named name, and returns the folder: its node_modules holds them.
// It needs npm on the PATH when they are not there yet.
func Install(ctx context.Context, name string, packages ...string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder: %w", err)
	}
	dir := filepath.Join(cache, "relook", "npm", name)
	// Written last, so that a folder half filled is filled again.
	done := filepath.Join(dir, "installed")
	want := strings.Join(packages, "\n")
	if have, err := os.ReadFile(done); err == nil && string(have) == want {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making a folder for npm packages: %w", err)
	}
	args := append([]string{"install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", dir}, packages...)
	if out, err := exec.CommandContext(ctx, "npm", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install %s: %w: %s", strings.Join(packages, " "), err, bytes.TrimSpace(out))
	}
	return dir, os.WriteFile(done, []byte(want), 0o644)
}
