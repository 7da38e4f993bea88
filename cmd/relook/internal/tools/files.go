package tools

import (
	"fmt"
	"os"
	"path/filepath"
)

// writeFile puts data under name at once or not at all.
func writeFile(name string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.partial")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err := closeInto(f, name, err); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// closeInto syncs and closes f and gives it its final name, unless err says
// that writing it failed.
func closeInto(f *os.File, name string, err error) error {
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// room makes dir and checks that the disk has need bytes left for it.
func (t *Tools) room(dir string, need int64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", dir, err)
	}
	free, err := freeBytes(dir)
	if err != nil {
		return fmt.Errorf("asking how much room the disk has: %w", err)
	}
	if free < need {
		return fmt.Errorf("the disk of %s has %s left, %s are needed: make room, or set RELOOK_CACHE to a folder on another disk",
			dir, size(free), size(need))
	}
	return nil
}

// size writes bytes for people.
func size(n int64) string {
	if n >= 1e9 {
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	}
	return fmt.Sprintf("%d MB", (n+999_999)/1e6)
}
