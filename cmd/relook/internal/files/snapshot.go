package files

import (
	"crypto/sha256"
	"io"
	"io/fs"
	"sync"
	"testing/fstest"
	"time"

	"relook/preview"
)

// maxHeld is how many bytes of files a snapshot holds at most. Files that no
// longer fit are read from the disk each time; a page's own text always comes
// first, as it is read first.
const maxHeld = 128 << 20

// A Snapshot is a workspace of which every file stays as it was when it was
// first read. It is safe for use by several goroutines.
type Snapshot struct {
	disk fs.FS

	mu   sync.Mutex
	held map[string]*held
	size int64
}

type held struct {
	data []byte
	mode fs.FileMode
	time time.Time
	sum  [sha256.Size]byte
}

func newSnapshot(disk fs.FS) *Snapshot {
	return &Snapshot{disk: disk, held: map[string]*held{}}
}

// Open implements fs.FS.
func (s *Snapshot) Open(name string) (fs.File, error) {
	h, err := s.get(name)
	if err != nil {
		return nil, err
	}
	if h == nil {
		return s.disk.Open(name)
	}
	one := fstest.MapFS{name: {Data: h.data, Mode: h.mode, ModTime: h.time}}
	return one.Open(name)
}

// Stat implements fs.StatFS. It does not read the file.
func (s *Snapshot) Stat(name string) (fs.FileInfo, error) {
	s.mu.Lock()
	h := s.held[name]
	s.mu.Unlock()
	if h == nil {
		return fs.Stat(s.disk, name)
	}
	return fstest.MapFS{name: {Data: h.data, Mode: h.mode, ModTime: h.time}}.Stat(name)
}

// ReadFile implements fs.ReadFileFS.
func (s *Snapshot) ReadFile(name string) ([]byte, error) {
	h, err := s.get(name)
	if err != nil {
		return nil, err
	}
	if h == nil {
		return fs.ReadFile(s.disk, name)
	}
	return append([]byte(nil), h.data...), nil
}

// ReadDir implements fs.ReadDirFS. Folders are read from the disk.
func (s *Snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(s.disk, name)
}

// sum is the hash of the file as it was read; false if it never was.
func (s *Snapshot) sum(name string) ([sha256.Size]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.held[name]
	if h == nil {
		return [sha256.Size]byte{}, false
	}
	return h.sum, true
}

// get returns the file as it was first read, reading it if this is the first
// time; nil for what is not held: folders, devices, files too large.
func (s *Snapshot) get(name string) (*held, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.held[name]; h != nil {
		return h, nil
	}
	info, err := fs.Stat(s.disk, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > preview.MaxPageBytes || s.size+info.Size() > maxHeld {
		return nil, nil
	}
	f, err := s.disk.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// The file may have grown since it was asked for its size.
	data, err := io.ReadAll(io.LimitReader(f, preview.MaxPageBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > preview.MaxPageBytes {
		return nil, nil
	}
	h := &held{data: data, mode: info.Mode(), time: info.ModTime(), sum: sha256.Sum256(data)}
	s.held[name] = h
	s.size += int64(len(data))
	return h, nil
}
