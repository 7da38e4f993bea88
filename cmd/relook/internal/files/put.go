package files

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"relook/preview"
)

// Save writes repaired files into the workspace: name to whole content. Every
// file is staged beside its target first, then all targets are compared with
// what was read, and only then the staged files take the targets' names. So a
// file is written whole or not at all, keeps its mode, and nothing is written
// when a file changed on disk since it was read or may not be written.
func (w *Workspace) Save(texts map[string]string) error {
	var staged []*stage
	defer func() {
		for _, s := range staged {
			s.drop()
		}
	}()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		target, err := w.writable(name)
		if err != nil {
			return err
		}
		mode, err := w.root.Stat(target)
		if err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		s, err := stageFile(w.root, target, []byte(texts[name]), mode.Mode())
		if err != nil {
			return writeError(name, err)
		}
		s.name = name
		staged = append(staged, s)
	}
	for _, s := range staged {
		if err := w.unchanged(s.name); err != nil {
			return err
		}
	}
	for _, s := range staged {
		if err := s.commit(); err != nil {
			return writeError(s.name, err)
		}
	}
	return nil
}

// Writable reports, before any work is done, why a file of the workspace could
// not be saved; nil if it could.
func (w *Workspace) Writable(name string) error {
	target, err := w.writable(name)
	if err != nil {
		return err
	}
	s, err := stageFile(w.root, target, nil, 0o600)
	if err != nil {
		return writeError(name, err)
	}
	s.drop()
	return nil
}

// writable is the path in the root of the file that name leads to, links
// followed, so that a link stays a link.
func (w *Workspace) writable(name string) (string, error) {
	dir, err := filepath.EvalSymlinks(w.Dir)
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", name, err)
	}
	real, err := filepath.EvalSymlinks(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", name, err)
	}
	target, err := filepath.Rel(dir, real)
	if err != nil || !filepath.IsLocal(target) {
		return "", &preview.InputError{File: name, What: "leads out of the workspace", Mend: "edit the file that it links to"}
	}
	// A rename would replace a file that is read-only; a person who made it so
	// means it.
	f, err := w.root.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return "", writeError(name, err)
	}
	return target, f.Close()
}

func (w *Workspace) unchanged(name string) error {
	was, read := w.snap.sum(name)
	now, err := fs.ReadFile(w.root.FS(), name)
	if err == nil && read && sha256.Sum256(now) == was {
		return nil
	}
	return &preview.InputError{
		File: name, What: "changed on disk while relook worked on it, so nothing was written",
		Mend: "run the command again",
	}
}

func writeError(name string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return &preview.InputError{File: name, What: "may not be written", Mend: "check the permissions of the file and its folder"}
	}
	return fmt.Errorf("writing %s: %w", name, err)
}

// Put writes a file below root, whole or not at all, with mode 0644. The folder
// must exist.
func Put(root *os.Root, name string, data []byte) error {
	s, err := stageFile(root, name, data, 0o644)
	if err != nil {
		return writeError(name, err)
	}
	defer s.drop()
	if err := s.commit(); err != nil {
		return writeError(name, err)
	}
	return nil
}

// PutFile is Put for a path anywhere on the disk.
func PutFile(file string, data []byte) error {
	root, err := os.OpenRoot(filepath.Dir(file))
	if errors.Is(err, fs.ErrNotExist) {
		return &preview.InputError{File: file, What: "its folder does not exist", Mend: "make the folder first"}
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	defer root.Close()
	return Put(root, filepath.Base(file), data)
}

// NewFile writes a file that must not be there yet, whole or not at all, with
// mode 0644. The folder must exist. When something of that name is there, also
// something that came meanwhile, it stays as it is and the error says so.
func NewFile(file string, data []byte) error {
	root, err := os.OpenRoot(filepath.Dir(file))
	if errors.Is(err, fs.ErrNotExist) {
		return &preview.InputError{File: file, What: "its folder does not exist", Mend: "make the folder first"}
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	defer root.Close()
	return create(root, filepath.Base(file), file, data)
}

// Create is NewFile for a slash path in the workspace.
func (w *Workspace) Create(name string, data []byte) error {
	return create(w.root, name, name, data)
}

func create(root *os.Root, name, file string, data []byte) error {
	s, err := stageFile(root, name, data, 0o644)
	if err != nil {
		return writeError(file, err)
	}
	defer s.drop()
	// A link, unlike a rename, never takes the place of anything.
	err = root.Link(s.temp, s.target)
	if errors.Is(err, fs.ErrExist) {
		return &preview.InputError{File: file, What: "is there already, so it was not written", Mend: "name a new file"}
	}
	if err != nil {
		return writeError(file, err)
	}
	return nil
}

// A stage is a whole new file that waits under another name in the folder of
// its target.
type stage struct {
	root         *os.Root
	name         string
	temp, target string
}

func stageFile(root *os.Root, target string, data []byte, mode fs.FileMode) (*stage, error) {
	target = filepath.ToSlash(target)
	s := &stage{root: root, target: target, temp: path.Join(path.Dir(target), ".relook-"+rand.Text()[:12])}
	f, err := root.OpenFile(s.temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode.Perm()), f.Sync(), f.Close())
	if err != nil {
		s.drop()
		return nil, err
	}
	return s, nil
}

func (s *stage) commit() error { return s.root.Rename(s.temp, s.target) }

// drop removes the staged file; after commit it is no longer there.
func (s *stage) drop() { _ = s.root.Remove(s.temp) }
