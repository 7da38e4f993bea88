// Package tmuxtest runs programs in a real terminal, types into it and reads its
// screen.
package tmuxtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"relook/cmd/relook/internal/deb"
)

// A Terminal is a tmux with one window, on a server of its own.
type Terminal struct {
	t      testing.TB
	socket string
	env    []string // of the server, too: -e of new-session can't set the PATH
}

// Start runs argv in dir in a terminal of 120 by 42 characters, with env, each
// "NAME=value", beside the environment of the test. It ends with the test.
func Start(t testing.TB, dir string, env []string, argv ...string) Terminal {
	t.Helper()
	if _, err := deb.Program(t.Context(), "tmux", "tmux"); err != nil {
		t.Fatal(err)
	}
	m := Terminal{t, filepath.Join(t.TempDir(), "tmux"), append(os.Environ(), env...)}
	m.tmux(append([]string{"new-session", "-d", "-s", "main", "-x", "120", "-y", "42", "-c", dir}, argv...)...)
	t.Cleanup(func() { // it has ended by itself if the program has
		_ = exec.Command("tmux", "-S", m.socket, "kill-server").Run()
	})
	return m
}

func (m Terminal) tmux(args ...string) string {
	m.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", m.socket, "-f", "/dev/null"}, args...)...)
	cmd.Env = m.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Type presses keys: text as it is, or a name such as "Enter".
func (m Terminal) Type(keys ...string) {
	m.t.Helper()
	m.tmux(append([]string{"send-keys", "-t", "main"}, keys...)...)
}

// Shows waits until all of the texts are on the screen, and returns it with its
// colours.
func (m Terminal) Shows(ctx context.Context, texts ...string) string {
	m.t.Helper()
	m.until(ctx, func(screen string) string {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return text + " is never on the screen"
			}
		}
		return ""
	})
	return m.tmux("capture-pane", "-p", "-e", "-t", "main")
}

// Gone waits until a text is no more on the screen: what is typed before may be
// taken for an answer to what is still shown.
func (m Terminal) Gone(ctx context.Context, text string) {
	m.t.Helper()
	m.until(ctx, func(screen string) string {
		if strings.Contains(screen, text) {
			return text + " stays on the screen"
		}
		return ""
	})
}

// until waits until wrong has nothing to say about the screen.
func (m Terminal) until(ctx context.Context, wrong func(screen string) string) {
	m.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		screen := m.tmux("capture-pane", "-p", "-t", "main")
		why := wrong(screen)
		if why == "" {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			m.t.Fatalf("%s:\n%s", why, screen)
		}
	}
}
