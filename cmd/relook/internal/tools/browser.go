package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Packages of Debian and its relatives: browsers, best first, and fonts without
// which text is painted as empty boxes.
var (
	browserPackages = []string{"chromium-headless-shell", "chromium"}
	fontPackages    = []string{"fonts-liberation", "fonts-dejavu-core"}
)

// EnsureBrowser returns the path of a browser: one that is installed, else one
// from a system package, else one that is downloaded.
func (t *Tools) EnsureBrowser(ctx context.Context, p Progress) (string, error) {
	if b, err := t.cfg.FindBrowser(ctx); err == nil {
		return b.Path, nil
	}
	if path := t.CachedBrowser(); path != "" {
		return path, nil
	}
	var failed []error
	for _, way := range []func(context.Context, Progress) (string, error){t.packagedBrowser, t.unpackedBrowser, t.downloadedBrowser} {
		path, err := way(ctx, p)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil && path != "":
			return path, nil
		case err != nil:
			t.log.Debug("getting a browser", "err", err)
			failed = append(failed, err)
		}
	}
	return "", fmt.Errorf("no way to get a browser worked: install Chromium, Chrome or Edge and try again: %w", errors.Join(failed...))
}

// CachedBrowser is the path of the browser that EnsureBrowser put into the
// cache, or "".
func (t *Tools) CachedBrowser() string {
	if path := t.path("bin", "chromium-headless-shell"); isFile(path) {
		return path
	}
	note, err := os.ReadFile(t.path("browser", "path"))
	if path := strings.TrimSpace(string(note)); err == nil && isFile(path) {
		return path
	}
	return ""
}

// packagedBrowser installs the system's package; "" when it may not.
func (t *Tools) packagedBrowser(ctx context.Context, p Progress) (string, error) {
	a := t.apt(ctx)
	if a == nil || !a.install {
		return "", nil
	}
	var failed []error
	for _, name := range browserPackages {
		p.say("installing the system package "+name, 0, 0)
		packages := []string{name}
		if !t.hasFonts(ctx) {
			packages = append(packages, fontPackages[0])
		}
		if err := a.add(ctx, packages...); err != nil {
			failed = append(failed, err)
			continue
		}
		b, err := t.cfg.FindBrowser(ctx)
		if err == nil {
			return b.Path, nil
		}
		failed = append(failed, err)
	}
	return "", errors.Join(failed...)
}

func (t *Tools) hasFonts(ctx context.Context) bool {
	n, err := t.fonts(ctx)
	return err == nil && n > 0
}

// fonts counts the fonts that fontconfig knows.
func (t *Tools) fonts(ctx context.Context) (int, error) {
	if found("fc-list") == "" {
		files := 0
		for _, dir := range []string{"/usr/share/fonts", "/usr/local/share/fonts"} {
			_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					files++
				}
				return nil
			})
		}
		return files, nil
	}
	out, err := t.run(ctx, nil, "fc-list")
	return strings.Count(out, "\n"), err
}

// unpackedBrowser unpacks the system's package and what it needs into the
// cache, for those who may not install; "" where that is not possible.
func (t *Tools) unpackedBrowser(ctx context.Context, p Progress) (string, error) {
	a := t.apt(ctx)
	if a == nil || a.install {
		return "", nil
	}
	p.say("unpacking the system package "+browserPackages[0]+" into the cache", 0, 0)
	root := t.path("browser", "debian")
	if err := os.MkdirAll(filepath.Dir(root), 0o755); err != nil {
		return "", fmt.Errorf("making the browser's folder: %w", err)
	}
	packages := []string{browserPackages[0]}
	if !t.hasFonts(ctx) {
		packages = append(packages, fontPackages[0])
	}
	if err := a.unpack(ctx, root, true, packages...); err != nil {
		return "", err
	}
	return t.wrapBrowser(ctx, root)
}

// wrapBrowser writes a script that starts an unpacked browser with its own
// libraries and fonts, and starts it once.
func (t *Tools) wrapBrowser(ctx context.Context, root string) (string, error) {
	program := filepath.Join(root, "usr", "lib", "chromium", "chromium-headless-shell")
	if !isFile(program) {
		return "", fmt.Errorf("the unpacked package holds no %s", program)
	}
	var libs []string
	for _, dir := range []string{"usr/lib/*-linux-*", "lib/*-linux-*", "usr/lib"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir)))
		if err != nil {
			return "", fmt.Errorf("looking for libraries: %w", err)
		}
		libs = append(libs, found...)
	}
	script := "#!/bin/sh\n" +
		"LD_LIBRARY_PATH=" + quote(strings.Join(libs, ":")) + "${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}; export LD_LIBRARY_PATH\n" +
		"XDG_DATA_HOME=" + quote(filepath.Join(root, "usr", "share")) + "; export XDG_DATA_HOME\n"
	if etc := filepath.Join(root, "etc", "fonts"); isFile(filepath.Join(etc, "fonts.conf")) {
		script += "FONTCONFIG_PATH=" + quote(etc) + "; export FONTCONFIG_PATH\n"
	}
	script += "exec " + quote(program) + ` "$@"` + "\n"
	path := t.path("bin", "chromium-headless-shell")
	if err := writeFile(path, []byte(script), 0o755); err != nil {
		return "", err
	}
	if _, err := t.run(ctx, nil, path, "--version"); err != nil {
		os.Remove(path)
		return "", fmt.Errorf("starting the unpacked browser: %w", err)
	}
	return path, nil
}

// quote makes s one word of a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// downloadedBrowser gets a build of Chromium from its makers.
func (t *Tools) downloadedBrowser(ctx context.Context, p Progress) (string, error) {
	if t.cfg.DownloadBrowser == nil {
		return "", nil
	}
	dir := t.path("browser", "download")
	if err := t.room(dir, 600<<20); err != nil {
		return "", err
	}
	path, err := t.cfg.DownloadBrowser(ctx, dir, p)
	if err != nil {
		return "", fmt.Errorf("downloading a browser: %w", err)
	}
	return path, writeFile(t.path("browser", "path"), []byte(path+"\n"), 0o644)
}
