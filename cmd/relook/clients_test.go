package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"relook/cmd/relook/internal/pip"
)

// Programs of others speak with relook as people's editors and agents do: each
// runs a session with the real browser, as testdata/clients tells.
func TestClients(t *testing.T) {
	lib, err := pip.Install(t.Context(), "clients", "mcp==2.3.0", "pygls==2.1.1", "lsprotocol==2025.0.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"agent.py", "editor.py"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			src, err := os.ReadFile(filepath.Join("..", "..", "examples", "pricing.html"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "pricing.html"), src, 0o644); err != nil {
				t.Fatal(err)
			}
			// A busy machine has the time to find all ranges of widths, in both runs.
			if err := os.WriteFile(filepath.Join(dir, "relook.toml"), []byte("timeout = \"1m\"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			log := filepath.Join(t.TempDir(), "relook.log") // of the editor the recording
			cmd := exec.CommandContext(t.Context(), "python3", filepath.Join("..", "..", "testdata", "clients", name), dir, log)
			// relook is on the PATH, put there by testscript.Main.
			cmd.Env = append(os.Environ(), "PYTHONPATH="+lib, "PYTHONDONTWRITEBYTECODE=1", "XDG_CONFIG_HOME="+t.TempDir())
			out, err := cmd.CombinedOutput()
			if err != nil {
				said, _ := os.ReadFile(log) // there may be none
				t.Fatalf("%v\n%s\n%s", err, out, said)
			}
			t.Logf("%s", out)
			if name == "editor.py" {
				playAgain(t, dir, log)
			}
		})
	}
}

// playAgain plays a recorded session with a new server, in a copy of the folder.
func playAgain(t *testing.T, dir, recording string) {
	t.Helper()
	if info, err := os.Stat(recording); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the recording has the mode %v, %v", info.Mode(), err)
	}
	other := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "relook", "lsp", "--replay", recording, "--replay-in", other)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "The same: ") {
		t.Errorf("played again it differs: %v\n%s", err, out)
	}
}
