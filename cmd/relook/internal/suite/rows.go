package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// maxData is the largest file of data that is read, in bytes.
const maxData = 1 << 30

// ReadRows calls use for each line of a file of JSON objects, one a line, with the
// number of the line from 1. What it returns as an error is told as a Problem of
// the line.
func ReadRows[T any](path string, use func(line int, row T) error) ([]Problem, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the data: %w", err)
	}
	if info.IsDir() || info.Size() > maxData {
		return nil, fmt.Errorf("reading the data: %s is not a file of JSON lines of at most 1 GB", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the data: %w", err)
	}
	var problems []Problem
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var row T
		err := json.Unmarshal(line, &row)
		if err == nil {
			err = use(n, row)
		}
		if err != nil {
			problems = append(problems, Problem{Item: fmt.Sprintf("line %d", n), What: err.Error()})
		}
	}
	return problems, nil
}

// Lacking names those of the fields that are empty; values are pairs of a name and
// whether it is there. "" for none.
func Lacking(fields ...any) error {
	var missing []string
	for i := 0; i+1 < len(fields); i += 2 {
		if there, _ := fields[i+1].(bool); !there {
			missing = append(missing, fmt.Sprint(fields[i]))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("it has no %s", strings.Join(missing, ", no "))
	}
	return nil
}

// None says that a file holds no item of a suite, with the first reason.
func None(suite, path string, problems []Problem) error {
	why := "it is empty"
	if len(problems) > 0 {
		why = problems[0].String()
	}
	return fmt.Errorf("%s holds nothing of %s: %s", path, suite, why)
}

// WithDrafts lays pages that were written before over the items, so that no model
// need draft. Each line of the file has the id of an item, as "id" or "index", and
// a reply as the model wrote it, as "answer" or "html". Items without one are left
// out and told.
func WithDrafts(_ context.Context, s Suite, items []Item, path string) ([]Item, []Problem, error) {
	type row struct {
		ID, Index    json.RawMessage
		Answer, HTML string
	}
	replies := map[string]string{}
	problems, err := ReadRows(path, func(_ int, r row) error {
		id := strings.Trim(string(r.ID)+string(r.Index), `"`)
		text := r.Answer + r.HTML
		if err := Lacking("id", id != "", "answer", text != ""); err != nil {
			return err
		}
		if _, ok := replies[id]; ok {
			return fmt.Errorf("there are two drafts of %s; the first one counts", id)
		}
		replies[id] = text
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	var out []Item
	for _, it := range items {
		reply, ok := replies[it.ID]
		if !ok {
			problems = append(problems, Problem{it.ID, "there is no draft of it"})
			continue
		}
		files, err := s.Read(it, Step{Files: it.Files}, reply)
		if err != nil {
			// A draft without a page is a page that does not render, not a missing one.
			problems = append(problems, Problem{it.ID, "its draft can't be used: " + err.Error()})
			files = laid(it.Files, map[string]string{it.Entry: ""})
		}
		it.Files, it.Given = files, true
		out = append(out, it)
	}
	return out, problems, nil
}
