package main

import (
	"os"
	"os/exec"
	"path/filepath"
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
			log := filepath.Join(t.TempDir(), "relook.log")
			cmd := exec.CommandContext(t.Context(), "python3", filepath.Join("..", "..", "testdata", "clients", name), dir, log)
			// relook is on the PATH, put there by testscript.Main.
			cmd.Env = append(os.Environ(), "PYTHONPATH="+lib, "PYTHONDONTWRITEBYTECODE=1", "XDG_CONFIG_HOME="+t.TempDir())
			out, err := cmd.CombinedOutput()
			if err != nil {
				said, _ := os.ReadFile(log) // there may be none
				t.Fatalf("%v\n%s\n%s", err, out, said)
			}
			t.Logf("%s", out)
			if keep := os.Getenv("RELOOK_KEEP"); keep != "" {
				_ = os.CopyFS(keep, os.DirFS(dir)) // to look at
			}
		})
	}
}
