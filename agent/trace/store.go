package trace

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Config says where traces are kept, and how many.
type Config struct {
	Dir   string // the folder; required
	Count int    // most traces; default 200
	Bytes int64  // most bytes of all traces; default 500 MB
	Log   *slog.Logger
}

// A Store is a folder of traces. Several processes may use one at a time.
type Store struct{ cfg Config }

// Open returns the store of a folder, which is made when something is put into
// it.
func Open(cfg Config) *Store {
	cfg.Count = cmp.Or(max(cfg.Count, 0), 200)
	cfg.Bytes = cmp.Or(max(cfg.Bytes, 0), 500e6)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Store{cfg: cfg}
}

const (
	name = "trace.json" // the document, in the trace's folder
	// unfinished begins the names of folders that are being written.
	unfinished = ".new-"
	// stale is the age at which such a folder belongs to a process that is gone.
	stale = time.Hour
	// maxDocument is the largest document that is read.
	maxDocument = 64 << 20
)

var idPattern = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}\.[0-9]{3}Z-[a-z0-9]{6}$`)

func newID(at time.Time) string {
	return at.UTC().Format("20060102T150405.000Z") + "-" + strings.ToLower(rand.Text()[:6])
}

// Put keeps a document with its shots, and lets go of the oldest traces that are
// too many. A trace is there whole or not at all.
func (s *Store) Put(d *Document) error {
	if err := s.put(d); err != nil {
		return fmt.Errorf("keeping the trace in %s: %w", s.cfg.Dir, err)
	}
	return nil
}

func (s *Store) put(d *Document) error {
	text, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return err
	}
	size := int64(len(text))
	for _, shot := range d.Shots {
		size += int64(len(shot.png))
	}
	if size > s.cfg.Bytes || len(text) > maxDocument {
		return fmt.Errorf("it takes %d MB, more than may be kept: see traces.mb in `relook help config`", size/1e6)
	}
	if err := os.MkdirAll(s.cfg.Dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(s.cfg.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	temp := unfinished + d.ID
	if err := write(root, temp, text, d.Shots); err != nil {
		return errors.Join(err, root.RemoveAll(temp))
	}
	if err := root.Rename(temp, d.ID); err != nil {
		return errors.Join(err, root.RemoveAll(temp))
	}
	return s.prune(root, d.ID)
}

func write(root *os.Root, dir string, text []byte, shots []Shot) error {
	if err := root.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if err := root.WriteFile(path.Join(dir, name), text, 0o600); err != nil {
		return err
	}
	for _, shot := range shots {
		if err := root.WriteFile(path.Join(dir, shot.File), shot.png, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// prune removes the oldest traces beyond the bounds, never the one that was just
// put. Only folders that the store itself made are ever touched.
func (s *Store) prune(root *os.Root, newest string) error {
	ids, err := s.ids(root)
	if err != nil {
		return err
	}
	count, bytes := 0, int64(0)
	for _, id := range ids { // the newest first
		count++
		bytes += sizeOf(root, id)
		if id != newest && (count > s.cfg.Count || bytes > s.cfg.Bytes) {
			s.cfg.Log.Debug("letting go of a trace", "id", id)
			if err := root.RemoveAll(id); err != nil {
				return err
			}
		}
	}
	return s.sweep(root)
}

// sweep removes what processes left that did not get to their end.
func (s *Store) sweep(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), unfinished) || !idPattern.MatchString(strings.TrimPrefix(e.Name(), unfinished)) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > stale {
			if err := root.RemoveAll(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

func sizeOf(root *os.Root, id string) int64 {
	var sum int64
	entries, err := fs.ReadDir(root.FS(), id)
	if err != nil {
		return 0 // it is gone, or can't be read and counts for nothing
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

// ids lists the traces, the newest first.
func (s *Store) ids(root *os.Root) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() && idPattern.MatchString(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids, nil
}

// A BadTrace is one that can't be read.
type BadTrace struct {
	ID   string
	File string // its document
	Err  error
}

func (b BadTrace) Error() string {
	return fmt.Sprintf("the trace %s can't be read: %v: remove its folder if you don't need it", b.File, b.Err)
}

// open opens the folder and lists its traces, the newest first. root is nil if it
// is not there; else the caller closes it.
func (s *Store) open() (root *os.Root, ids []string, err error) {
	root, err = os.OpenRoot(s.cfg.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err == nil {
		if ids, err = s.ids(root); err != nil {
			err = errors.Join(err, root.Close())
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading the traces: %w", err)
	}
	return root, ids, nil
}

// All calls yield for each trace, the newest first, until it returns false, and
// returns those that can't be read. A folder that is not there holds none.
func (s *Store) All(yield func(*Document) bool) ([]BadTrace, error) {
	root, ids, err := s.open()
	if err != nil || root == nil {
		return nil, err
	}
	defer root.Close()
	var bad []BadTrace
	for _, id := range ids {
		d, err := read(root, id)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !exists(root, id): // another process let go of it
		case err != nil:
			bad = append(bad, BadTrace{id, s.File(id, name), err})
		case !yield(d):
			return bad, nil
		}
	}
	return bad, nil
}

func exists(root *os.Root, id string) bool {
	_, err := root.Stat(id)
	return err == nil
}

// Get returns the one trace whose id begins with the given text; "last" is the
// newest.
func (s *Store) Get(begin string) (*Document, error) {
	root, ids, err := s.open()
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, errors.New("no traces are kept yet: `relook refine` makes one")
	}
	defer root.Close()
	if begin == "last" && len(ids) > 0 {
		ids = ids[:1]
	} else {
		ids = slices.DeleteFunc(ids, func(id string) bool { return begin == "" || !strings.HasPrefix(id, begin) })
	}
	if len(ids) != 1 {
		return nil, fmt.Errorf("%d traces are called %q: `relook trace list` names them", len(ids), begin)
	}
	d, err := read(root, ids[0])
	if err != nil {
		return nil, BadTrace{ids[0], s.File(ids[0], name), err}
	}
	return d, nil
}

// File is the path of a file of a trace.
func (s *Store) File(id, file string) string { return filepath.Join(s.cfg.Dir, id, file) }

func read(root *os.Root, id string) (*Document, error) {
	f, err := root.Open(path.Join(id, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxDocument+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxDocument {
		return nil, fmt.Errorf("it is larger than %d MB", maxDocument>>20)
	}
	var d Document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	if d.Schema != Schema || d.ID != id {
		return nil, fmt.Errorf("it is a %q called %q", d.Schema, d.ID)
	}
	return &d, nil
}

// Export writes the samples of all traces as JSON lines, the newest first, and
// returns those traces that can't be read.
func (s *Store) Export(w io.Writer) ([]BadTrace, error) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	var failed error
	bad, err := s.All(func(d *Document) bool {
		for _, sample := range d.Samples() {
			if failed = enc.Encode(sample); failed != nil {
				return false
			}
		}
		return true
	})
	if failed != nil {
		return bad, fmt.Errorf("writing the samples: %w", failed)
	}
	return bad, err
}
