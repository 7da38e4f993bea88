package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"relook/preview"
)

// markers are the names that make a folder the root of a workspace.
var markers = []string{"relook.toml", ".git", "package.json"}

// A Workspace is the folder tree that a page may load files from. Symbolic
// links that lead out of it are not followed.
type Workspace struct {
	Dir  string // absolute path of the root
	root *os.Root
	snap *Snapshot
}

// Open finds the workspace of the file that a person named, relative to the
// folder cwd, and returns it with the page in it. The root is the nearest folder
// above the file that holds relook.toml, .git or package.json. If there is none,
// it is cwd when the file lies below it, so that a page may say ../style.css,
// else the file's own folder. A home folder or the root of a disk is never taken
// as a workspace unless the file lies right in it: a page has no business there.
// The caller closes the workspace. What a person can mend is a
// *preview.InputError.
func Open(cwd, file string) (*Workspace, preview.Page, error) {
	abs := file
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(cwd, file)
	}
	if err := checkFile(file, abs); err != nil {
		return nil, preview.Page{}, err
	}
	w, page, err := open(cwd, abs)
	if err != nil {
		// A link on the way that leaves the root, or an absolute one: the
		// person named it, so the place that it leads to is what is meant.
		real, errReal := filepath.EvalSymlinks(abs)
		if errReal != nil || real == abs {
			return nil, preview.Page{}, err
		}
		return open(cwd, real)
	}
	return w, page, nil
}

func open(cwd, abs string) (*Workspace, preview.Page, error) {
	dir := rootOf(cwd, abs)
	rel, err := filepath.Rel(dir, abs)
	if err != nil {
		return nil, preview.Page{}, fmt.Errorf("finding %s in its workspace: %w", abs, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, preview.Page{}, fmt.Errorf("opening the workspace: %w", err)
	}
	if _, err := root.Stat(rel); err != nil {
		return nil, preview.Page{}, errors.Join(fmt.Errorf("opening %s: %w", abs, err), root.Close())
	}
	w := &Workspace{Dir: dir, root: root, snap: newSnapshot(root.FS())}
	return w, preview.Page{FS: w.snap, Entry: filepath.ToSlash(rel)}, nil
}

// OpenDir opens a folder as a workspace. The caller closes it.
func OpenDir(dir string) (*Workspace, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the workspace: %w", err)
	}
	return &Workspace{Dir: dir, root: root, snap: newSnapshot(root.FS())}, nil
}

// RootOf is the root of the workspace of a file, by its absolute path: the folder
// that Open would take, with the file's own folder for the working directory.
func RootOf(abs string) string { return rootOf(filepath.Dir(abs), abs) }

// RootFor is the folder that Open would take for a file, by its absolute path.
func RootFor(cwd, abs string) string { return rootOf(cwd, abs) }

// Fresh is the workspace as it is now.
func (w *Workspace) Fresh() *Snapshot { return newSnapshot(w.root.FS()) }

// Snapshot is the workspace as it was read.
func (w *Workspace) Snapshot() *Snapshot { return w.snap }

// Close lets go of the folder.
func (w *Workspace) Close() error { return w.root.Close() }

func checkFile(named, abs string) error {
	bad := func(what, mend string) error {
		return &preview.InputError{File: named, What: what, Mend: mend}
	}
	info, err := os.Stat(abs)
	switch {
	case named == "":
		return bad("the file's name is empty", "name an HTML file")
	case errors.Is(err, fs.ErrNotExist):
		return bad("no such file", "check the path")
	case errors.Is(err, fs.ErrPermission):
		return bad("may not be read", "check the permissions of the file and its folders")
	case err != nil:
		return fmt.Errorf("%s: %w", named, err)
	case info.IsDir():
		return bad("is a directory", "name an HTML file in it, for example "+filepath.Join(named, "index.html"))
	}
	return nil
}

func rootOf(cwd, abs string) string {
	own := filepath.Dir(abs)
	for dir := own; !tooWide(dir); dir = filepath.Dir(dir) {
		if slices.ContainsFunc(markers, func(m string) bool {
			_, err := os.Lstat(filepath.Join(dir, m))
			return err == nil
		}) {
			return dir
		}
	}
	if below(cwd, abs) && !tooWide(cwd) {
		return cwd
	}
	return own
}

// tooWide tells the folders that hold far more than a workspace.
func tooWide(dir string) bool {
	home, err := os.UserHomeDir()
	return filepath.Dir(dir) == dir || err == nil && dir == filepath.Clean(home)
}

func below(dir, abs string) bool {
	rel, err := filepath.Rel(dir, abs)
	return err == nil && filepath.IsLocal(rel)
}

// Name is how a file of the workspace is named to people and other programs:
// relative to cwd, with slashes.
func (w *Workspace) Name(cwd, name string) string {
	abs := filepath.Join(w.Dir, filepath.FromSlash(name))
	rel, err := filepath.Rel(cwd, abs)
	if err != nil {
		rel = abs
	}
	return filepath.ToSlash(rel)
}

// PatchName is how a file is named in a diff: like Name, but relative to the
// workspace when the file does not lie below cwd, as patch and git apply refuse
// names that climb.
func (w *Workspace) PatchName(cwd, name string) string {
	if n := w.Name(cwd, name); !strings.HasPrefix(n, "../") && !filepath.IsAbs(n) {
		return n
	}
	return name
}
