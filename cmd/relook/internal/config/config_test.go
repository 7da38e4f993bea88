package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"relook/preview"
)

func put(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLoadLayers(t *testing.T) {
	tmp := t.TempDir()
	own := put(t, filepath.Join(tmp, "own.toml"), `
timeout = "5s"
passes = 2
[browser]
path = "/opt/chromium"
[model]
host = "http://gpu.example.com:11434"
`)
	put(t, filepath.Join(tmp, Name), `
views = ["360x640", "1440x900+dark"]
at = ["0s", "500ms"]
timeout = "7s"
allow_hosts = ["fonts.example.com"]
policy = ["rules", "ollama"]
[model]
name = "qwen2.5-coder:1.5b"
[rules]
off = ["low-contrast"]
`)
	c, err := Load(own, tmp, "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Timeout != 7*time.Second || c.Passes != 2 || c.BrowserPath != "/opt/chromium" ||
		c.ModelHost != "http://gpu.example.com:11434" || c.ModelName != "qwen2.5-coder:1.5b" {
		t.Errorf("got %+v", c)
	}
	if len(c.Views) != 2 || c.Views[1].Name() != "1440x900+dark" || len(c.Moments) != 2 ||
		!slices.Equal(c.Policies, []string{"rules", "ollama"}) || !c.Rules["low-contrast"].Off ||
		!slices.Equal(c.AllowHosts, []string{"fonts.example.com"}) {
		t.Errorf("got %+v", c)
	}
	named := put(t, filepath.Join(tmp, "other.toml"), "passes = 5\n[browser]\npath = \"x\"\n")
	if c, err = Load("", tmp, named); err != nil || c.Passes != 5 || c.BrowserPath != "x" || c.Timeout != 0 {
		t.Errorf("a named file gives %+v, %v", c, err)
	}
	if c, err = Load(filepath.Join(tmp, "none"), t.TempDir(), ""); err != nil || c.Timeout != 0 {
		t.Errorf("no file gives %+v, %v", c, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":    {"passes = 1\nview = []\n", `relook.toml:2: there is no setting "view": see`},
		"unknown table":  {"[browser]\nbin = \"x\"\n", `relook.toml:2: there is no setting "browser.bin"`},
		"syntax":         {"passes = 1\nat = [\n", "relook.toml:"},
		"wrong type":     {"passes = \"three\"\n", "relook.toml:1:"},
		"bad view":       {"views = [\"wide\"]\n", `view "wide" is not`},
		"many views":     {"views = [" + manyViews() + "]\n", "more than the 20"},
		"falling":        {"at = [\"2s\", \"1s\"]\n", "must rise"},
		"bad time":       {"timeout = \"soon\"\n", `timeout "soon"`},
		"long time":      {"timeout = \"1h\"\n", "not from 100ms to 10m"},
		"policy":         {"policy = [\"magic\"]\n", `policy "magic"`},
		"passes":         {"passes = 99\n", "passes 99"},
		"found browser":  {"[browser]\npath = \"./evil\"\n", "browser.path chooses a program"},
		"found host":     {"[model]\nhost = \"http://evil.example.com\"\n", "model.host sends pages to another machine"},
		"disguised host": {"[model]\nhost = \"localhost.example.com:11434\"\n", "another machine"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, Name), c.text)
			_, err := Load("", dir, "")
			var input *preview.InputError
			if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an input error with %q", err, c.want)
			}
		})
	}
}

func manyViews() string {
	var list []string
	for i := range maxViews + 1 {
		list = append(list, `"`+preview.View{Width: 300 + i, Height: 600}.Name()+`"`)
	}
	return strings.Join(list, ",")
}

func TestLoadNamed(t *testing.T) {
	dir := t.TempDir()
	for named, want := range map[string]string{
		filepath.Join(dir, "none.toml"): "no such file",
		dir:                             "is not a file",
	} {
		if _, err := Load("", dir, named); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %q", named, err, want)
		}
	}
	big := put(t, filepath.Join(dir, "big.toml"), strings.Repeat("#", maxBytes+1))
	if _, err := Load("", dir, big); err == nil || !strings.Contains(err.Error(), "larger than 1 MB") {
		t.Errorf("a huge file gives %v", err)
	}
}

func TestLoopbackMayBeFound(t *testing.T) {
	for _, host := range []string{"http://127.0.0.1:1", "localhost:11434", "http://[::1]:11434"} {
		dir := t.TempDir()
		put(t, filepath.Join(dir, Name), "[model]\nhost = \""+host+"\"\n")
		if c, err := Load("", dir, ""); err != nil || c.ModelHost != host {
			t.Errorf("%s gives %q, %v", host, c.ModelHost, err)
		}
	}
}
