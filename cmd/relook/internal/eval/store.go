package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A record is what one arm made of one item.
type record struct {
	Item  string `json:"item"`
	Set   string `json:"set"`
	Arm   string `json:"arm"`
	Model string `json:"model,omitempty"`
	Page  string `json:"page"` // hash of the page, to tell when it is another

	Operators []string `json:"operators,omitempty"`
	HeldOut   bool     `json:"heldOut,omitempty"`
	Content   bool     `json:"content,omitempty"`

	Before     int     `json:"before"` // defects worth a repair at the usual views
	After      int     `json:"after"`
	CostBefore float64 `json:"costBefore"`
	CostAfter  float64 `json:"costAfter"`
	// Full says that nothing is left of what was put in, or of all defects of a
	// page that is no mutant, and nothing is worse.
	Full  bool   `json:"full"`
	Worse string `json:"worse,omitempty"` // in what the page is worse, "" if it is not
	// Left are the rules of the defects that are left.
	Left    []string          `json:"left,omitempty"`
	Tokens  int               `json:"tokens"`
	Millis  float64           `json:"ms"` // wall time of the refinement
	Stopped bool              `json:"stopped,omitempty"`
	Files   map[string]string `json:"files,omitempty"` // what it wrote
	Tests   *testResult       `json:"tests,omitempty"` // of the draft's Playwright tests
}

func (r record) key() string { return strings.Join([]string{r.Item, r.Arm, r.Model, r.Page}, "\n") }

// A store keeps records in a file, one a line, each written at once.
type store struct {
	file    *os.File
	records []record
	have    map[string]int // by key, the last one counts
}

// openStore reads what is there, without what is to be forgotten. A last line
// that was cut off by a kill is dropped.
func openStore(name string, forget func(record) bool) (*store, error) {
	s := &store{have: map[string]int{}}
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the results: %w", err)
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	asIs := whole == len(data)
	data = data[:whole]
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("reading a result of %s: %w: -fresh begins anew", name, err)
		}
		if forget(r) {
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
	// Appending lets two runs, of two sets or arms, write to one file.
	if s.file, err = os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
		return nil, fmt.Errorf("opening the results: %w", err)
	}
	return s, nil
}

// rewrite puts a file of what counts into the place of the old one, and leaves it
// open for more.
func (s *store) rewrite(name string) error {
	f, err := os.CreateTemp(filepath.Dir(name), "results-*")
	if err != nil {
		return fmt.Errorf("opening the results: %w", err)
	}
	s.file = f
	for _, r := range s.records {
		if err := s.write(r); err != nil {
			return err
		}
	}
	return os.Rename(f.Name(), name)
}

func (s *store) keep(r record) {
	if i, ok := s.have[r.key()]; ok {
		s.records[i] = r
		return
	}
	s.have[r.key()] = len(s.records)
	s.records = append(s.records, r)
}

// add writes a record down before it counts.
func (s *store) add(r record) error {
	if err := s.write(r); err != nil {
		return err
	}
	s.keep(r)
	return nil
}

func (s *store) write(r record) error {
	line, err := json.Marshal(r)
	if err == nil {
		_, err = s.file.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keeping a result: %w", err)
	}
	return nil
}

func (s *store) close() error { return s.file.Close() }
