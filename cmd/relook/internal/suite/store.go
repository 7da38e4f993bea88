package suite

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A Store keeps what came of each item in a file, one a line, each written at
// once, so that a run which was killed goes on. It is safe for use by several
// goroutines; a later line of the same key takes the place of an earlier one.
type Store[T any] struct {
	key func(T) string

	mu   sync.Mutex
	file *os.File
	list []T
	have map[string]int
}

// maxLine is the longest line that is read, in bytes.
const maxLine = 64 << 20

// OpenStore reads what is there, without what is to be forgotten. A last line that
// was cut off by a kill is dropped.
func OpenStore[T any](name string, key func(T) string, forget func(T) bool) (*Store[T], error) {
	s := &Store[T]{key: key, have: map[string]int{}}
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the results: %w", err)
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	asIs := whole == len(data)
	lines := bufio.NewScanner(bytes.NewReader(data[:whole]))
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		var r T
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("reading line %d of %s: %w", n, name, err)
		}
		if forget != nil && forget(r) {
			asIs = false
			continue
		}
		s.keep(r)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the results: %w", err)
	}
	if !asIs {
		return s, s.rewrite(name)
	}
	// Appending lets two runs, of two parts or arms, write to one file.
	if s.file, err = os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
		return nil, fmt.Errorf("opening the results: %w", err)
	}
	return s, nil
}

// rewrite puts a file of what counts into the place of the old one, and leaves it
// open for more.
func (s *Store[T]) rewrite(name string) error {
	f, err := os.CreateTemp(filepath.Dir(name), "results-*")
	if err != nil {
		return fmt.Errorf("opening the results: %w", err)
	}
	s.file = f
	for _, r := range s.list {
		if err := s.write(r); err != nil {
			return errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}
	return os.Rename(f.Name(), name)
}

func (s *Store[T]) keep(r T) {
	key := s.key(r)
	if i, ok := s.have[key]; ok {
		s.list[i] = r
		return
	}
	s.have[key] = len(s.list)
	s.list = append(s.list, r)
}

// Add writes a record down before it counts. After an error nothing of it is kept,
// and the next may be added.
func (s *Store[T]) Add(r T) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.write(r); err != nil {
		return err
	}
	s.keep(r)
	return nil
}

// write appends a line, whole or not at all: half a line, as a full disk leaves it,
// would spoil the next.
func (s *Store[T]) write(r T) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keeping a result: %w", err)
	}
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("keeping a result: %w", err)
	}
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		if info.Mode().IsRegular() {
			err = errors.Join(err, s.file.Truncate(info.Size()))
		}
		return fmt.Errorf("keeping a result: %w", err)
	}
	return nil
}

// Get is the record of a key.
func (s *Store[T]) Get(key string) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.have[key]
	if !ok {
		var none T
		return none, false
	}
	return s.list[i], true
}

// All are the records in the order of their first coming.
func (s *Store[T]) All() []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]T(nil), s.list...)
}

// Close closes the file.
func (s *Store[T]) Close() error { return s.file.Close() }
