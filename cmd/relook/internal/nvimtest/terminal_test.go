package nvimtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A terminal is a tmux with one window, on a server of its own.
type terminal struct {
	t      *testing.T
	socket string
}

func (m terminal) tmux(args ...string) string {
	m.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", m.socket, "-f", "/dev/null"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// shows waits until all of the texts are on the screen, and returns it with its
// colours.
func (m terminal) shows(ctx context.Context, texts ...string) string {
	m.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		plain := m.tmux("capture-pane", "-p", "-t", "nvim")
		missing := ""
		for _, text := range texts {
			if !strings.Contains(plain, text) {
				missing = text
			}
		}
		if missing == "" {
			return m.tmux("capture-pane", "-p", "-e", "-t", "nvim")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			m.t.Fatalf("%q is never on the screen:\n%s", missing, plain)
		}
	}
}

// Once through a real terminal: what a person types and sees. With RELOOK_SCREENS
// set to a folder the screens are written there, to be looked at.
func TestTerminal(t *testing.T) {
	program(t, "tmux", "tmux")
	ctx, cancel := context.WithTimeout(t.Context(), perTest)
	defer cancel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root(), "examples"))); err != nil {
		t.Fatal(err)
	}
	n := fromPip(t)
	cmd := n.command(ctx, t.TempDir(), "--clean", "--cmd", "set rtp^="+plugin()+" termguicolors statusline=%f\\ %{v:lua.require('relook').statusline()}",
		"--cmd", "lua vim.g.relook = { virtual_lines = true, pictures = 'text', cmd = { '"+filepath.Join(bin, "relook")+"', 'lsp' } }", "pricing.html")
	// tmux takes a command line: the arguments are handed to a shell as they are.
	m := terminal{t, filepath.Join(t.TempDir(), "tmux")}
	args := []string{"new-session", "-d", "-s", "nvim", "-x", "120", "-y", "42", "-c", dir}
	for _, v := range append(cmd.Env[len(os.Environ()):], "OLLAMA_HOST=127.0.0.1:1") {
		args = append(args, "-e", v)
	}
	m.tmux(append(args, cmd.Args...)...)
	defer func() { // it has ended by itself if the editor has
		_ = exec.Command("tmux", "-S", m.socket, "kill-server").Run()
	}()
	keep := func(name, screen string) {
		if to := os.Getenv("RELOOK_SCREENS"); to != "" {
			if err := os.WriteFile(filepath.Join(to, name+".ansi"), []byte(screen), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.shows(ctx, "pricing.html relook: ")
	m.tmux("send-keys", "-t", "nvim", "/width: 1100px", "Enter")
	keep("defects", m.shows(ctx, "width: 1100px", "The page scrolls sideways"))
	m.tmux("send-keys", "-t", "nvim", ":Relook pictures", "Enter")
	screen := m.shows(ctx, "▀▀▀▀", "before", "after", "repaired", "a apply")
	keep("pictures", screen)
	if !strings.Contains(screen, "\x1b[38;2;") && !strings.Contains(screen, ";38;2;") {
		t.Error("the picture has no true colour")
	}
	m.tmux("send-keys", "-t", "nvim", "q")
	m.tmux("send-keys", "-t", "nvim", ":Relook compare", "Enter")
	keep("compare", m.shows(ctx, "relook://repaired/pricing.html"))
	m.tmux("send-keys", "-t", "nvim", ":Relook accept", "Enter")
	keep("accepted", m.shows(ctx, "defects repaired"))
	m.tmux("send-keys", "-t", "nvim", ":quitall!", "Enter")
}
