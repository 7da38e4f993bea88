package chrome

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// EnvBrowser is the environment variable that names the browser to use.
const EnvBrowser = "RELOOK_BROWSER"

// ErrNoBrowser says that no browser was found, and what mends it.
var ErrNoBrowser = errors.New("no Chromium found: `relook setup --browser` installs one; or set `browser.path`")

// Found is a browser that was found.
type Found struct {
	Path    string // absolute
	Version string // such as "140.0.7339.80", "" if it did not say
	Kind    string // its name, such as "chromium-headless-shell"
}

// names are the commands that a browser may go by, the fastest first: a headless
// shell starts in a fifth of the time.
var names = []string{
	"chromium-headless-shell", "chrome-headless-shell", "headless_shell",
	"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome",
	"microsoft-edge-stable", "microsoft-edge", "msedge", "brave-browser",
}

// places are where browsers are that are not on the PATH.
func places() []string {
	switch runtime.GOOS {
	case "darwin":
		var list []string
		for _, base := range []string{"/Applications", filepath.Join(os.Getenv("HOME"), "Applications")} {
			for _, app := range []string{"Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser"} {
				list = append(list, filepath.Join(base, app+".app", "Contents", "MacOS", app))
			}
		}
		return list
	case "windows":
		var list []string
		for _, base := range []string{os.Getenv("ProgramFiles"), os.Getenv("ProgramFiles(x86)"), os.Getenv("LocalAppData")} {
			for _, exe := range []string{`Google\Chrome\Application\chrome.exe`, `Chromium\Application\chrome.exe`, `Microsoft\Edge\Application\msedge.exe`} {
				if base != "" {
					list = append(list, filepath.Join(base, exe))
				}
			}
		}
		return list
	}
	return []string{"/usr/lib/chromium/chromium", "/usr/lib/chromium/headless_shell", "/snap/bin/chromium",
		"/opt/google/chrome/chrome", "/opt/microsoft/msedge/msedge"}
}

// Find looks for a browser: RELOOK_BROWSER, the PATH, then the usual places. It
// gives ErrNoBrowser when there is none.
func Find(ctx context.Context) (Found, error) {
	if p := os.Getenv(EnvBrowser); p != "" {
		return At(ctx, p)
	}
	for _, name := range names {
		if p, err := exec.LookPath(name); err == nil {
			return At(ctx, p)
		}
	}
	for _, p := range places() {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			return At(ctx, p)
		}
	}
	return Found{}, ErrNoBrowser
}

var versionPattern = regexp.MustCompile(`\d+(\.\d+){1,3}`)

// At describes the browser at path, a path or a command on the PATH.
func At(ctx context.Context, path string) (Found, error) {
	p, err := exec.LookPath(path)
	if err != nil {
		return Found{}, fmt.Errorf("no browser at %s: correct `browser.path` or %s, or run `relook setup --browser`", path, EnvBrowser)
	}
	if p, err = filepath.Abs(p); err != nil {
		return Found{}, fmt.Errorf("finding %s: %w", path, err)
	}
	f := Found{Path: p, Kind: strings.TrimSuffix(filepath.Base(p), ".exe")}
	if runtime.GOOS == "windows" {
		return f, nil // where --version opens a window
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, p, "--version")
	cmd.WaitDelay = time.Second
	if out, err := cmd.Output(); err == nil {
		f.Version = versionPattern.FindString(string(out))
	}
	return f, nil
}
