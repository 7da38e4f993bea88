// Package deb gets editors that relook is tested with from Debian into the user's
// cache. Nothing is installed: packages are unpacked with the C library that they
// were built for, and what is in them runs through its loader, on any Linux.
package deb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const keys = "/usr/share/keyrings/debian-archive-keyring.gpg"

// A Root is a folder with unpacked packages.
type Root struct {
	Dir    string
	loader string
	libs   []string
}

// Get makes sure that packages of a release, such as "forky", and all that they
// need are unpacked in a folder of the user's cache named name. Packages whose
// name matches without are left out: what an editor depends on and its tests don't
// use. It needs apt-get and dpkg-deb when they are not there yet. No script of a
// package runs.
func Get(ctx context.Context, name, release string, without *regexp.Regexp, packages ...string) (Root, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return Root{}, fmt.Errorf("finding the cache folder: %w", err)
	}
	dir := filepath.Join(cache, "relook", filepath.FromSlash(name))
	if _, err := os.Stat(dir); err != nil {
		if err := fill(ctx, dir, release, without, packages); err != nil {
			return Root{}, fmt.Errorf("getting %s from Debian %s: %w", strings.Join(packages, ", "), release, err)
		}
	}
	r := Root{Dir: dir}
	for _, pattern := range []string{"usr/lib*/ld-linux*.so.*", "usr/lib/*-linux-gnu/ld-linux*.so.*", "lib*/ld-linux*.so.*"} {
		if r.loader == "" {
			r.loader, _ = r.first(pattern)
		}
	}
	for _, pattern := range []string{"usr/lib/*-linux-gnu", "lib/*-linux-gnu"} {
		found, _ := filepath.Glob(r.Path(pattern)) // the pattern is well-formed
		r.libs = append(r.libs, found...)
	}
	if r.loader == "" || len(r.libs) == 0 {
		return Root{}, fmt.Errorf("the packages of Debian %s in %s hold no loader: remove the folder", release, dir)
	}
	return r, nil
}

// Path is a path of the packages, such as "usr/bin/hx", on this machine.
func (r Root) Path(path string) string { return filepath.Join(r.Dir, filepath.FromSlash(path)) }

// Find is the one file or folder that a pattern of path.Match names.
func (r Root) Find(pattern string) (string, error) {
	found, err := r.first(pattern)
	if err == nil && found == "" {
		err = fmt.Errorf("there is no %s in %s: %w", pattern, r.Dir, fs.ErrNotExist)
	}
	return found, err
}

func (r Root) first(pattern string) (string, error) {
	found, err := filepath.Glob(r.Path(pattern))
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// Libs are the folders of shared libraries.
func (r Root) Libs() []string { return r.libs }

// Argv is what starts a program of the packages, such as "usr/bin/hx".
func (r Root) Argv(program string, args ...string) []string {
	return append([]string{r.loader, "--library-path", strings.Join(r.libs, ":"), r.Path(program)}, args...)
}

func fill(ctx context.Context, dir, release string, without *regexp.Regexp, packages []string) error {
	if _, err := os.Stat(keys); err != nil {
		if err := Install(ctx, "debian-archive-keyring"); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	partial, err := os.MkdirTemp(filepath.Dir(dir), ".partial")
	if err != nil {
		return err
	}
	defer os.RemoveAll(partial)
	work, err := os.MkdirTemp("", "relook-deb")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	debs, err := download(ctx, work, release, packages)
	if err != nil {
		return err
	}
	for _, deb := range debs {
		pkg, _, _ := strings.Cut(filepath.Base(deb), "_")
		if without != nil && without.MatchString(pkg) {
			continue
		}
		if err := do(ctx, nil, "dpkg-deb", "-x", deb, partial); err != nil {
			return err
		}
	}
	// Somebody else may have been quicker.
	if err := os.Rename(partial, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// download gets packages and all that they need, with package lists of its own in
// work, as if nothing were installed.
func download(ctx context.Context, work, release string, packages []string) ([]string, error) {
	for _, d := range []string{"state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(work, filepath.FromSlash(d)), 0o755); err != nil {
			return nil, err
		}
	}
	source := "deb [signed-by=" + keys + "] http://deb.debian.org/debian " + release + " main\n"
	for name, text := range map[string]string{"sources.list": source, "status": ""} {
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	args := []string{"-q"}
	for _, o := range []string{
		"Dir::State=" + filepath.Join(work, "state"), "Dir::State::status=" + filepath.Join(work, "status"),
		"Dir::Cache=" + filepath.Join(work, "cache"), "Dir::Etc::sourcelist=" + filepath.Join(work, "sources.list"),
		"Dir::Etc::sourceparts=-", "Debug::NoLocking=1", "APT::Install-Recommends=false", "Acquire::Languages=none",
		"Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false", "APT::Sandbox::User=root",
	} {
		args = append(args, "-o", o)
	}
	if err := do(ctx, nil, "apt-get", append(args, "update")...); err != nil {
		return nil, err
	}
	get := slices.Concat(args, []string{"install", "-y", "--download-only"}, packages)
	if err := do(ctx, nil, "apt-get", get...); err != nil {
		return nil, err
	}
	debs, err := filepath.Glob(filepath.Join(work, "cache", "archives", "*.deb"))
	if err == nil && len(debs) == 0 {
		err = fmt.Errorf("apt-get brought nothing: %w", fs.ErrNotExist)
	}
	return debs, err
}

// Install installs packages of the system, as `make tools` does.
func Install(ctx context.Context, packages ...string) error {
	args := append([]string{"install", "-y", "-qq", "--no-install-recommends"}, packages...)
	env := []string{"DEBIAN_FRONTEND=noninteractive"}
	if err := do(ctx, env, "apt-get", args...); err == nil {
		return nil
	}
	if err := do(ctx, env, "apt-get", "update", "-qq"); err != nil {
		return err
	}
	return do(ctx, env, "apt-get", args...)
}

// Program is the path of a program of a package of the system, which is installed
// if need be.
func Program(ctx context.Context, name, pkg string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	if err := Install(ctx, pkg); err != nil {
		return "", err
	}
	return exec.LookPath(name)
}

func do(ctx context.Context, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
