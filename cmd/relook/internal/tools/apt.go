package tools

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// apt is the package manager of Debian and its relatives. Root, or whoever may
// use sudo without a password, installs; everyone else downloads packages with
// package lists of their own and unpacks them into a folder.
type apt struct {
	t       *Tools
	prefix  []string // "sudo -n" or nothing
	install bool     // may install
	lists   []string // options for own package lists, when it may not
}

// apt returns nil when this is no such system.
func (t *Tools) apt(ctx context.Context) *apt {
	if found("apt-get") == "" || found("dpkg") == "" {
		return nil
	}
	a := &apt{t: t, install: os.Geteuid() == 0}
	if !a.install && found("sudo") != "" {
		if _, err := t.run(ctx, nil, "sudo", "-n", "true"); err == nil {
			a.install, a.prefix = true, []string{"sudo", "-n"}
		}
	}
	if !a.install {
		a.lists = []string{
			"-o", "Dir::State=" + t.path("apt", "state"), "-o", "Dir::State::status=/var/lib/dpkg/status",
			"-o", "Dir::Cache=" + t.path("apt", "cache"), "-o", "Debug::NoLocking=1",
		}
	}
	return a
}

// get runs apt-get in dir, and once more after an update of the package lists
// if it fails: lists are absent on a fresh machine and go stale on an old one.
func (a *apt) get(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := a.getOnce(ctx, dir, args...)
	if err == nil || ctx.Err() != nil {
		return out, err
	}
	if _, upErr := a.getOnce(ctx, dir, "update", "-q"); upErr != nil {
		return "", fmt.Errorf("%w (and updating the package lists failed: %v)", err, upErr)
	}
	return a.getOnce(ctx, dir, args...)
}

func (a *apt) getOnce(ctx context.Context, dir string, args ...string) (string, error) {
	if len(a.lists) > 0 {
		for _, d := range []string{"apt/state/lists/partial", "apt/cache/archives/partial"} {
			if err := os.MkdirAll(a.t.path(filepath.FromSlash(d)), 0o755); err != nil {
				return "", fmt.Errorf("making the folder for package lists: %w", err)
			}
		}
	}
	// env sets the variable behind sudo too, which drops the environment.
	all := append(append([]string{}, a.prefix...), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
	all = append(append(all, a.lists...), args...)
	return a.t.runIn(ctx, dir, []string{"LC_ALL=C"}, all[0], all[1:]...)
}

// add installs packages.
func (a *apt) add(ctx context.Context, packages ...string) error {
	_, err := a.get(ctx, "", append([]string{"install", "-y", "-q", "--no-install-recommends"}, packages...)...)
	return err
}

var aptPlan = regexp.MustCompile(`(?m)^Inst ([a-z0-9][a-z0-9.+-]*)`)

// unpack downloads the packages, with all that they need and that is not
// installed when deep is set, and unpacks them below dir. Nothing is
// configured; no script of a package runs.
func (a *apt) unpack(ctx context.Context, dir string, deep bool, packages ...string) error {
	if deep {
		plan, err := a.get(ctx, "", append([]string{"install", "-s", "-q", "--no-install-recommends"}, packages...)...)
		if err != nil {
			return err
		}
		packages = nil
		for _, m := range aptPlan.FindAllStringSubmatch(plan, -1) {
			packages = append(packages, m[1])
		}
	}
	debs := dir + ".debs"
	defer os.RemoveAll(debs)
	if err := os.MkdirAll(debs, 0o755); err != nil {
		return fmt.Errorf("making the folder for packages: %w", err)
	}
	if _, err := a.get(ctx, debs, append([]string{"download", "-q"}, packages...)...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(debs, "*.deb"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("apt-get download %s brought nothing: %w", strings.Join(packages, " "), os.ErrNotExist)
	}
	partial := dir + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return fmt.Errorf("removing what an earlier run left: %w", err)
	}
	for _, f := range files {
		if _, err := a.t.run(ctx, nil, "dpkg", "-x", f, partial); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing an older copy: %w", err)
	}
	return os.Rename(partial, dir)
}
