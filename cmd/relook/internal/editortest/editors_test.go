// Package editortest tests the recipes of docs/editors.md in real editors, with
// the real server and browser: what a person copies from there is what runs here.
// Neovim has a package of its own, nvimtest.
package editortest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"relook/cmd/relook/internal/deb"
	"relook/cmd/relook/internal/tmuxtest"
)

// perTest is how long one editor may take.
const perTest = 3 * time.Minute

const page = `<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>x</title>
<style>
/* Ünïcödé 🦊 */ .wide { width: 900px; height: 40px; background: #333333 }
</style>
<p>A row of words</p>
<div class="wide"></div>
`

var repaired = strings.Replace(page, "{ width", "{ max-width", 1)

// bin is a folder with the program as people run it.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "relook-editors")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		bin = dir
		cmd := exec.Command("go", "build", "-o", dir, "./cmd/relook")
		cmd.Dir = filepath.Join("..", "..", "..", "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			panic(string(out))
		}
		return m.Run()
	}())
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// recipes are the blocks of code that docs/editors.md has for an editor.
func recipes(t *testing.T, editor string) []string {
	t.Helper()
	_, section, ok := strings.Cut(read(t, "..", "..", "..", "..", "docs", "editors.md"), "\n## "+editor+"\n")
	if !ok {
		t.Fatalf("docs/editors.md has no recipe for %s", editor)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var list []string
	for _, m := range regexp.MustCompile("(?s)```[a-z]+\n(.*?)```").FindAllStringSubmatch(section, -1) {
		list = append(list, m[1])
	}
	if len(list) == 0 {
		t.Fatalf("docs/editors.md has no code for %s", editor)
	}
	return list
}

// The help of the Neovim plugin has the same recipes, indented.
func TestHelpHasTheRecipes(t *testing.T) {
	help := read(t, "..", "..", "..", "..", "editors", "nvim", "doc", "relook.txt")
	for _, editor := range []string{"Helix", "Emacs (eglot)", "Sublime Text (LSP package)", "Kakoune (kakoune-lsp)"} {
		for _, recipe := range recipes(t, editor) {
			var want strings.Builder
			for line := range strings.Lines(recipe) {
				if line != "\n" {
					want.WriteString("    ")
				}
				want.WriteString(line)
			}
			if !strings.Contains(help, want.String()) {
				t.Errorf("editors/nvim/doc/relook.txt does not have what docs/editors.md has for %s:\n%s", editor, want.String())
			}
		}
	}
}

// workspace is a folder with page.html, and a home that knows nothing.
func workspace(t *testing.T) (dir, home string) {
	t.Helper()
	dir, home = t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"page.html": page, "package.json": "{}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir, home
}

// environment is that of an editor whose configuration is in home.
func environment(t *testing.T, home string) []string {
	t.Helper()
	cache, err := os.UserCacheDir() // relook's browser may be there
	if err != nil {
		t.Fatal(err)
	}
	return []string{"HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config"), "XDG_CACHE_HOME=" + cache,
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "OLLAMA_HOST=127.0.0.1:1"}
}

func TestEmacs(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), perTest)
	defer cancel()
	// Compilers, for Lisp that is compiled as it runs, and manuals.
	without := regexp.MustCompile(`-dev$|binutils|^lib[a-z]*san\d|^libgprofng|^linux-libc|^emacs-el$|^libgcc-\d|gconv|alsa|asound`)
	r, err := deb.Get(ctx, "editors/emacs-forky", "forky", without, "emacs-nox")
	if err != nil {
		t.Fatal(err)
	}
	dump, err := r.Find("usr/libexec/emacs/*/*/emacs-*.pdmp")
	if err != nil {
		t.Fatal(err)
	}
	lisp, err := r.Find("usr/share/emacs/[0-9]*/lisp")
	if err != nil {
		t.Fatal(err)
	}
	loads := lisp
	entries, err := os.ReadDir(lisp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			loads += ":" + filepath.Join(lisp, e.Name())
		}
	}
	dir, home := workspace(t)
	recipe := filepath.Join(home, "recipe.el")
	if err := os.WriteFile(recipe, []byte(recipes(t, "Emacs (eglot)")[0]), 0o644); err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("emacs.el")
	if err != nil {
		t.Fatal(err)
	}
	argv := r.Argv("usr/bin/emacs-nox", "--dump-file="+dump, "-Q", "--batch", "-l", "eglot", "-l", recipe, "-l", script)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.WaitDelay = dir, 10*time.Second
	cmd.Env = append(append(os.Environ(), environment(t, home)...), "RELOOK_PAGE="+filepath.Join(dir, "page.html"),
		"EMACSLOADPATH="+loads, "EMACSDATA="+filepath.Join(filepath.Dir(lisp), "etc"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("Emacs: %v\n%s", err, out)
	}
	for _, want := range []string{"marked: width: 900px;", "told: relook [sideways-scroll]: The page scrolls sideways by ", "chosen: Repair: let it be narrower"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("Emacs does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(string(out), "[eglot] (warning)") {
		t.Errorf("Emacs warns:\n%s", out)
	}
	if got := read(t, dir, "page.html"); got != repaired {
		t.Errorf("saved is\n%s", got)
	}
}

func TestHelix(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), perTest)
	defer cancel()
	r, err := deb.Get(ctx, "editors/helix-forky", "forky", nil, "hx")
	if err != nil {
		t.Fatal(err)
	}
	dir, home := workspace(t)
	config := filepath.Join(home, ".config", "helix")
	if err := os.MkdirAll(config, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "languages.toml"), []byte(recipes(t, "Helix")[0]), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			log, err := os.ReadFile(filepath.Join(home, "helix.log"))
			t.Logf("Helix writes, %v:\n%s", err, log)
		}
	})
	env := append(environment(t, home), "HELIX_RUNTIME="+r.Path("usr/lib/hx/runtime"))
	m := tmuxtest.Start(t, dir, env, r.Argv("usr/lib/hx/hx", "--log", filepath.Join(home, "helix.log"), "-v", "page.html")...)
	m.Shows(ctx, "The page scrolls sideways by 518 px", "● 1")
	m.Type("/width: 9", "Enter")
	m.Shows(ctx, "6:32")
	m.Type("Space", "a")
	// The menu tells what was known when it was opened.
	for !strings.Contains(m.Shows(ctx, "Ignore sideways-scroll here"), "Repair: let it be narrower") {
		m.Type("C-c")
		m.Gone(ctx, "Ignore sideways-scroll here")
		m.Type("Space", "a")
	}
	m.Type("Enter")
	m.Gone(ctx, "Ignore sideways-scroll here")
	m.Shows(ctx, "{ max-width: 900px;")
	m.Type(":write-quit", "Enter")
	for tick := time.NewTicker(100 * time.Millisecond); read(t, dir, "page.html") != repaired; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("saved is\n%s", read(t, dir, "page.html"))
		}
	}
}
