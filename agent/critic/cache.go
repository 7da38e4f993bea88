package critic

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"relook/agent/model"
)

// A Cache keeps answers in a folder, by the content of their questions. Several
// processes may use one at a time. The nil *Cache keeps nothing.
type Cache struct {
	dir   string
	count int
	puts  atomic.Int64
}

// NewCache keeps at most count answers, of about 1 KB each, in dir, which is made
// when something is put into it; a count of 0 means 5,000.
func NewCache(dir string, count int) *Cache {
	return &Cache{dir: dir, count: cmp.Or(max(count, 0), 5000)}
}

// form changes when what is kept gets another meaning.
const form = "critic answer 1"

// key is the hash of everything that an answer depends on.
func (m *Model) key(q model.Question) string {
	h := sha256.New()
	parts := [][]byte{[]byte(form), []byte(m.Name()), []byte(q.System), []byte(q.User), q.Format}
	for _, p := range slices.Concat(parts, q.Images) {
		var size [8]byte
		binary.LittleEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:]) // a hash takes all that is written to it
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// get reads an answer; what can't be read is not there.
func (c *Cache) get(key string, into any) bool {
	if c == nil {
		return false
	}
	name := filepath.Join(c.dir, key+".json")
	info, err := os.Stat(name)
	if err != nil || info.Size() > maxAnswer {
		return false
	}
	text, err := os.ReadFile(name)
	return err == nil && json.Unmarshal(text, into) == nil
}

// put keeps an answer, and now and then lets go of the oldest.
func (c *Cache) put(key string, what any) error {
	if c == nil {
		return nil
	}
	text, err := json.Marshal(what)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return fmt.Errorf("making the folder for the critic's answers: %w", err)
	}
	f, err := os.CreateTemp(c.dir, ".new-*")
	if err != nil {
		return fmt.Errorf("keeping the critic's answer: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(c.dir, key+".json"))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keeping the critic's answer: %w", err), os.Remove(f.Name()))
	}
	const between = 50
	if c.puts.Add(1)%between == 1 {
		return c.prune()
	}
	return nil
}

var answerName = regexp.MustCompile(`^[0-9a-f]{64}\.json$`)

// prune removes the oldest answers beyond the bound, and what a process left that
// was ended while it wrote. It touches only files that a Cache made.
func (c *Cache) prune() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("looking through the critic's answers: %w", err)
	}
	var kept []fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil: // another process let go of it
		case strings.HasPrefix(e.Name(), ".new-") && time.Since(info.ModTime()) > time.Hour:
			_ = os.Remove(filepath.Join(c.dir, e.Name())) // if it stays it is tried again
		case answerName.MatchString(e.Name()):
			kept = append(kept, info)
		}
	}
	slices.SortFunc(kept, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range kept[min(len(kept), c.count):] {
		_ = os.Remove(filepath.Join(c.dir, info.Name())) // another process may have done it
	}
	return nil
}
