package nvimtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relook/cmd/relook/internal/tmuxtest"
)

// Once through a real terminal: what a person types and sees. With RELOOK_SCREENS
// set to a folder the screens are written there, to be looked at.
func TestTerminal(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), perTest)
	defer cancel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root(), "examples"))); err != nil {
		t.Fatal(err)
	}
	n := fromPip(t)
	cmd := n.command(ctx, t.TempDir(), "--clean", "--cmd", "set rtp^="+plugin()+" termguicolors statusline=%f\\ %{v:lua.require('relook').statusline()}",
		"--cmd", "lua vim.g.relook = { virtual_lines = true, pictures = 'text', cmd = { '"+filepath.Join(bin, "relook")+"', 'lsp' } }", "pricing.html")
	m := tmuxtest.Start(t, dir, append(cmd.Env[len(os.Environ()):], "OLLAMA_HOST=127.0.0.1:1"), cmd.Args...)
	keep := func(name, screen string) {
		if to := os.Getenv("RELOOK_SCREENS"); to != "" {
			if err := os.WriteFile(filepath.Join(to, name+".ansi"), []byte(screen), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.Shows(ctx, "pricing.html relook: ")
	m.Type("/width: 1100px", "Enter")
	keep("defects", m.Shows(ctx, "width: 1100px", "The page scrolls sideways"))
	m.Type(":Relook pictures", "Enter")
	screen := m.Shows(ctx, "▀▀▀▀", "before", "after", "repaired", "a apply")
	keep("pictures", screen)
	if !strings.Contains(screen, "\x1b[38;2;") && !strings.Contains(screen, ";38;2;") {
		t.Error("the picture has no true colour")
	}
	m.Type("q")
	m.Type(":Relook compare", "Enter")
	keep("compare", m.Shows(ctx, "relook://repaired/pricing.html"))
	m.Type(":Relook accept", "Enter")
	keep("accepted", m.Shows(ctx, "defects repaired"))
	m.Type(":quitall!", "Enter")
}
