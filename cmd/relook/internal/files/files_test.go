package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"relook/preview"
)

func write(t *testing.T, file, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
}

func open1(t *testing.T, cwd, file string) (*Workspace, preview.Page) {
	t.Helper()
	w, page, err := Open(cwd, file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w, page
}

func TestRoot(t *testing.T) {
	for _, c := range []struct {
		name       string
		files      string // to be there
		cwd, named string
		dir, entry string
	}{
		{"own folder", "site/a.html", "elsewhere", "../site/a.html", "site", "a.html"},
		{"working directory", "site/pages/a.html", "site", "pages/a.html", "site", "pages/a.html"},
		{"package.json", "site/package.json site/pages/a.html", "site/pages", "a.html", "site", "pages/a.html"},
		{"git", "site/.git/HEAD site/x/a.html", "elsewhere", "../site/x/a.html", "site", "x/a.html"},
		{"nearest", ".git/HEAD site/relook.toml site/x/a.html", "", "site/x/a.html", "site", "x/a.html"},
		{"home is too wide", "home/.git/HEAD home/site/a.html", "home", "site/a.html", "home/site", "a.html"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tmp := t.TempDir()
			t.Setenv("HOME", filepath.Join(tmp, "home"))
			for _, f := range strings.Fields(c.files) {
				write(t, filepath.Join(tmp, f), "x", 0o644)
			}
			w, page := open1(t, filepath.Join(tmp, c.cwd), c.named)
			if want := filepath.Join(tmp, c.dir); w.Dir != want || page.Entry != c.entry {
				t.Errorf("got %s and %s, want %s and %s", w.Dir, page.Entry, want, c.entry)
			}
			text, err := page.Source()
			if err != nil || text.String() != "x" {
				t.Errorf("the page reads as %q, %v", text, err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	tmp := t.TempDir()
	for named, want := range map[string]string{
		"":             "name is empty",
		"missing.html": "no such file",
		".":            "is a directory",
	} {
		_, _, err := Open(tmp, named)
		var input *preview.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want an input error with %q", named, err, want)
		}
	}
}

func TestLinks(t *testing.T) {
	tmp := t.TempDir()
	write(t, filepath.Join(tmp, "secret.css"), "secret", 0o644)
	write(t, filepath.Join(tmp, "site/package.json"), "{}", 0o644)
	write(t, filepath.Join(tmp, "site/a.html"), "page", 0o644)
	link := func(target, name string) {
		if err := os.Symlink(target, filepath.Join(tmp, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("../secret.css", "site/out.css")
	link("a.html", "site/in.html")
	link(filepath.Join(tmp, "site/a.html"), "named.html")

	w, page := open1(t, tmp, "site/a.html")
	if _, err := fs.ReadFile(page.FS, "out.css"); err == nil {
		t.Error("a link out of the workspace was followed")
	}
	if b, err := fs.ReadFile(page.FS, "in.html"); err != nil || string(b) != "page" {
		t.Errorf("a link inside reads as %q, %v", b, err)
	}
	if err := w.Save(map[string]string{"in.html": "new"}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(filepath.Join(tmp, "site/in.html")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
	// A link that a person names is followed to the place that it leads to.
	named, page := open1(t, tmp, "named.html")
	if page.Entry != "a.html" || filepath.Base(named.Dir) != "site" {
		t.Errorf("got %s in %s", page.Entry, named.Dir)
	}
}

func TestSnapshot(t *testing.T) {
	tmp := t.TempDir()
	file := filepath.Join(tmp, "a.html")
	write(t, file, "before", 0o644)
	write(t, filepath.Join(tmp, "sub/b.css"), "b", 0o644)
	_, page := open1(t, tmp, "a.html")
	if _, err := page.Source(); err != nil {
		t.Fatal(err)
	}
	write(t, file, "after, and longer", 0o644)
	text, err := page.Source()
	if err != nil || text.String() != "before" {
		t.Errorf("reads as %q, %v after a change on disk", text, err)
	}
	if info, err := fs.Stat(page.FS, "a.html"); err != nil || info.Size() != int64(len("before")) {
		t.Errorf("stat gives %v, %v", info, err)
	}
	_, page = open1(t, tmp, "a.html")
	if err := fstest.TestFS(page.FS, "a.html", "sub/b.css"); err != nil {
		t.Error(err)
	}
}

func TestSnapshotDoesNotHoldHugeFiles(t *testing.T) {
	tmp := t.TempDir()
	write(t, filepath.Join(tmp, "a.html"), "x", 0o644)
	big := filepath.Join(tmp, "big.bin")
	write(t, big, "", 0o644)
	if err := os.Truncate(big, preview.MaxPageBytes+1); err != nil {
		t.Fatal(err)
	}
	w, page := open1(t, tmp, "a.html")
	b, err := fs.ReadFile(page.FS, "big.bin")
	if err != nil || len(b) != preview.MaxPageBytes+1 {
		t.Errorf("read %d bytes, %v", len(b), err)
	}
	if w.snap.size != 0 {
		t.Errorf("holds %d bytes", w.snap.size)
	}
}

func TestSave(t *testing.T) {
	tmp := t.TempDir()
	file, other := filepath.Join(tmp, "a.html"), filepath.Join(tmp, "css/b.css")
	write(t, file, "\ufeffone\r\n", 0o640)
	write(t, other, "b", 0o644)
	w, page := open1(t, tmp, "a.html")
	for _, name := range []string{"a.html", "css/b.css"} {
		if _, err := page.Read(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Writable("a.html"); err != nil {
		t.Fatal(err)
	}
	if err := w.Save(map[string]string{"a.html": "\ufefftwo\r\n", "css/b.css": "c"}); err != nil {
		t.Fatal(err)
	}
	expect(t, file, "\ufefftwo\r\n")
	expect(t, other, "c")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	onlyThese(t, tmp, "a.html", "css")
}

func TestSaveRefusesWhatChanged(t *testing.T) {
	for name, change := range map[string]func(file string) error{
		"edited":  func(f string) error { return os.WriteFile(f, []byte("typed meanwhile"), 0o644) },
		"removed": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			file, other := filepath.Join(tmp, "a.html"), filepath.Join(tmp, "b.css")
			write(t, file, "a", 0o644)
			write(t, other, "b", 0o644)
			w, page := open1(t, tmp, "a.html")
			for _, name := range []string{"a.html", "b.css"} {
				if _, err := page.Read(name); err != nil {
					t.Fatal(err)
				}
			}
			if err := change(other); err != nil {
				t.Fatal(err)
			}
			if err := w.Save(map[string]string{"a.html": "A", "b.css": "B"}); err == nil {
				t.Fatal("it was written")
			}
			expect(t, file, "a")
			if b, err := os.ReadFile(other); err == nil && string(b) == "B" {
				t.Error("the changed file was overwritten")
			}
		})
	}
}

func TestSaveRefusesWhatWasNotRead(t *testing.T) {
	tmp := t.TempDir()
	write(t, filepath.Join(tmp, "a.html"), "a", 0o644)
	w, _ := open1(t, tmp, "a.html")
	if err := w.Save(map[string]string{"a.html": "A"}); err == nil {
		t.Error("it was written")
	}
	expect(t, filepath.Join(tmp, "a.html"), "a")
}

func TestPutStaysInside(t *testing.T) {
	tmp := t.TempDir()
	dir := filepath.Join(tmp, "out")
	write(t, filepath.Join(dir, "keep"), "k", 0o644)
	if err := os.Symlink(tmp, filepath.Join(dir, "up")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, name := range []string{"../x.png", "up/x.png", "/x.png"} {
		if err := Put(root, name, []byte("x")); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if err := Put(root, "x.png", []byte("x")); err != nil {
		t.Error(err)
	}
	onlyThese(t, tmp, "out")
	onlyThese(t, dir, "keep", "up", "x.png")
}

func expect(t *testing.T, file, want string) {
	t.Helper()
	if b, err := os.ReadFile(file); err != nil || string(b) != want {
		t.Errorf("%s holds %q, %v, want %q", file, b, err, want)
	}
}

func onlyThese(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %v, want %v", dir, names, want)
	}
}

func TestNames(t *testing.T) {
	w := &Workspace{Dir: filepath.FromSlash("/home/ann/site")}
	for _, c := range []struct{ cwd, file, name, patch string }{
		{"/home/ann/site", "a.html", "a.html", "a.html"},
		{"/home/ann", "css/b.css", "site/css/b.css", "site/css/b.css"},
		{"/home/ann/site/css", "a.html", "../a.html", "a.html"},
	} {
		name, patch := w.Name(c.cwd, c.file), w.PatchName(c.cwd, c.file)
		if name != c.name || patch != c.patch {
			t.Errorf("%s from %s is %s and %s, want %s and %s", c.file, c.cwd, name, patch, c.name, c.patch)
		}
	}
}
