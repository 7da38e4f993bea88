package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestClient(t *testing.T) {
	var c Config
	bad := c.Client(json.RawMessage(`{
		"onSave": "suggest", "debounce": "300ms", "maxDefects": 7, "codeLens": true, "path": "/x", "trace": {"server": "off"},
		"allowHosts": ["fonts.example.com"], "views": ["360x640"], "passes": 2, "policy": ["rules", "ollama"],
		"model": {"name": "m"}, "browser": {"path": "/opt/chromium"}, "timeout": null,
		"rules": {"low-contrast": {"severity": "error", "ratio": 7}, "off": ["tap-target"]},
		"pages": {"css/**": ["index.html"]}}`))
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	if c.Editor.OnSave != "suggest" || c.Editor.Debounce != 300*time.Millisecond || c.Editor.MaxDefects != 7 || !c.Editor.CodeLens ||
		c.AllowHosts[0] != "fonts.example.com" || c.Views[0].Width != 360 || c.Passes != 2 || c.ModelName != "m" ||
		c.BrowserPath != "/opt/chromium" || c.Rules["low-contrast"].Limits["ratio"] != 7 || !c.Rules["tap-target"].Off ||
		c.Pages["css/**"][0] != "index.html" {
		t.Errorf("got %+v", c)
	}
}

func TestClientNamesBadValues(t *testing.T) {
	var c Config
	bad := c.Client(json.RawMessage(`{"onSave": "always", "passes": "three", "views": ["wide"], "nothing": 1,
		"model": {"nam": "x"}, "rules": {"no-such": "off"}, "debounce": "1h", "maxDefects": 12}`))
	var got []string
	for _, err := range bad {
		got = append(got, err.Error())
	}
	for _, want := range []string{`relook.onSave: on_save "always"`, "relook.passes: ", `relook.views: view "wide"`, `relook.nothing: there is no setting "nothing"`,
		`relook.model: there is no setting "model.nam"`, "relook.rules: rules: ", "relook.debounce: "} {
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("nothing says %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
	if len(bad) != 7 || c.Editor.MaxDefects != 12 {
		t.Errorf("%d errors; the good value is %d", len(bad), c.Editor.MaxDefects)
	}
	if bad := c.Client(json.RawMessage(`[1]`)); len(bad) != 1 {
		t.Errorf("a list gives %v", bad)
	}
}

func TestEditorInFile(t *testing.T) {
	dir := t.TempDir()
	text := "[editor]\non_save = \"off\"\ncode_lens = true\n[pages]\n\"js/**\" = [\"a.html\"]\n"
	if err := os.WriteFile(filepath.Join(dir, Name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load("", dir, "")
	if err != nil || c.Editor.OnSave != "off" || !c.Editor.CodeLens || c.Pages["js/**"][0] != "a.html" {
		t.Errorf("got %+v, %v", c, err)
	}
	if err := os.WriteFile(filepath.Join(dir, Name), []byte("[pages]\n\"a\" = [\"../x.html\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load("", dir, ""); err == nil {
		t.Error("a page outside of the workspace is taken")
	}
}
