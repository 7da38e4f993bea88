package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"relook/cmd/relook/internal/config"
	"relook/server/workspace/reach"
)

// touched leaves those pages to which something belongs that changed since a git
// revision: the page itself, a file that it may load, or its settings.
func (a *app) touched(ctx context.Context, pages []string, since string) ([]string, error) {
	changed, err := a.changedSince(ctx, since)
	if err != nil || len(changed) == 0 {
		return nil, err
	}
	var list []string
	for _, page := range pages {
		o, err := a.open(page)
		if err != nil {
			list = append(list, page) // the check says what is wrong with it
			continue
		}
		if o.touchedBy(changed) {
			list = append(list, page)
		}
		if err := o.Close(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// touchedBy takes the changed files by their absolute names.
func (o *opened) touchedBy(changed map[string]bool) bool {
	dir, err := filepath.EvalSymlinks(o.Dir)
	if err != nil {
		return true
	}
	here := map[string]bool{} // by name in the workspace, those that are gone too
	for abs := range changed {
		if rel, err := filepath.Rel(dir, abs); err == nil && filepath.IsLocal(rel) {
			here[filepath.ToSlash(rel)] = true
		}
	}
	if here[config.Name] {
		return true
	}
	for name := range reach.Files(o.page.FS, o.page.Entry, here) {
		if here[name] {
			return true
		}
	}
	return false
}

// changedSince asks git, in the repository of the working directory, for the
// files that differ from a revision and those that it does not know yet.
func (a *app) changedSince(ctx context.Context, since string) (map[string]bool, error) {
	top, err := a.git(ctx, a.cwd, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	top = filepath.FromSlash(strings.TrimRight(top, "\r\n"))
	commit, err := a.git(ctx, top, "rev-parse", "--verify", "--quiet", "--end-of-options", since+"^{commit}")
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("git knows no revision %q: name another one with --changed=REVISION", since)
	}
	differ, err := a.git(ctx, top, "diff", "--name-only", "-z", "--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules", strings.TrimSpace(commit), "--")
	if err != nil {
		return nil, err
	}
	untracked, err := a.git(ctx, top, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	changed := map[string]bool{}
	for name := range strings.SplitSeq(differ+untracked, "\x00") {
		if name != "" {
			changed[filepath.Join(top, filepath.FromSlash(name))] = true
		}
	}
	return changed, nil
}

// git runs a git command that only reads. Programs that a repository's own
// configuration may name are switched off: opening one must not run them.
func (a *app) git(ctx context.Context, dir string, args ...string) (string, error) {
	safe := []string{"-C", dir, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull}
	cmd := exec.CommandContext(ctx, "git", append(safe, args...)...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return string(out), nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("--changed needs git, and there is none on the PATH: install it, or name the pages to check")
	case errors.As(err, &exit) && strings.Contains(string(exit.Stderr), "not a git repository"):
		return "", errors.New("--changed needs a git repository, and the working directory is in none: name the pages to check")
	case errors.As(err, &exit):
		return "", fmt.Errorf("asking git what changed: %s", strings.TrimSpace(string(exit.Stderr)))
	}
	return "", fmt.Errorf("asking git what changed: %w", err)
}
