// Package nvimtest tests the plugin for Neovim, editors/nvim, in real Neovims with
// the real server and browser. The tests are the Lua files of editors/nvim/tests;
// here is what gets the editors and starts them.
package nvimtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// perTest is how long one Lua file may take.
const perTest = 4 * time.Minute

var root = sync.OnceValue(func() string {
	dir, err := filepath.Abs("../../../..")
	if err != nil {
		panic(err)
	}
	return dir
})

func plugin(elems ...string) string {
	return filepath.Join(append([]string{root(), "editors", "nvim"}, elems...)...)
}

// bin is a folder with the program as people run it.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "relook-nvim")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		bin = dir
		cmd := exec.Command("go", "build", "-o", dir, "./cmd/relook")
		cmd.Dir = root()
		if out, err := cmd.CombinedOutput(); err != nil {
			panic(string(out))
		}
		return m.Run()
	}())
}

// headless runs a Lua file of the tests.
func headless(ctx context.Context, t *testing.T, n neovim, file string) string {
	t.Helper()
	cmd := n.command(ctx, t.TempDir(), "--clean", "--headless",
		"--cmd", "set rtp^="+plugin(), "--cmd", "lua package.path = '"+plugin("tests", "?.lua;")+"' .. package.path",
		"-c", "runtime! plugin/relook.lua")
	// One that is too old has no -l.
	if n.old {
		cmd.Args = append(cmd.Args, "-c", "luafile "+plugin("tests", file), "-c", "quitall!")
	} else {
		cmd.Args = append(cmd.Args, "-l", plugin("tests", file))
	}
	cmd.Dir = root()
	cmd.Env = append(cmd.Env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "RELOOK_EXAMPLES="+filepath.Join(root(), "examples"),
		"RELOOK_NVIM="+strings.Join(n.argv, "\n"), "OLLAMA_HOST=127.0.0.1:1")
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s in Neovim %s: %v\n%s", file, n.name, err, out)
	}
	return string(out)
}

func TestNeovim(t *testing.T) {
	files, err := filepath.Glob(plugin("tests", "*.lua"))
	if err != nil || len(files) < 8 {
		t.Fatalf("only %d tests: %v", len(files), err)
	}
	for _, n := range []neovim{fromPip(t), fromDebian(t, "forky")} {
		for _, file := range files {
			name := filepath.Base(file)
			if name == "helper.lua" || name == "old.lua" {
				continue
			}
			if name == "screen.lua" && len(n.argv) > 1 {
				continue // with a terminal Neovim starts itself once more, which the loader of another C library is in the way of
			}
			t.Run(n.name+"/"+strings.TrimSuffix(name, ".lua"), func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), perTest)
				defer cancel()
				t.Log(headless(ctx, t, n, name))
			})
		}
	}
}

// A Neovim that is too old gets one message and no error.
func TestOldNeovim(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), perTest)
	defer cancel()
	n := fromDebian(t, "bookworm")
	n.old = true
	if out := headless(ctx, t, n, "old.lua"); !strings.Contains(out, "it was told") {
		t.Errorf("Neovim says %s", out)
	}
}
