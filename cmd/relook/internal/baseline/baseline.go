// Package baseline keeps a list of defects that are known, so that a team can use
// relook on an old code base: what is known does not fail a check. A defect is
// known by a fingerprint that survives moved lines and other numbers.
package baseline

import (
	"bytes"
	"crypto/sha256"
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

	"relook/cmd/relook/internal/files"
	"relook/preview"
)

// Schema is the id of the document.
const Schema = "relook/baseline/1"

// maxBytes is the largest baseline that is read.
const maxBytes = 64 << 20

// A Baseline is the file that people keep beside their code.
type Baseline struct {
	Schema string  `json:"schema" jsonschema:"enum=relook/baseline/1"`
	Known  []Known `json:"known"` // sorted by page, rule and fingerprint
}

// A Known is one defect that does not count. All but page and fingerprint is
// there for people.
type Known struct {
	Page        string `json:"page"` // relative to the folder of the baseline, with slashes
	Rule        string `json:"rule"`
	Fingerprint string `json:"fingerprint"`
	Message     string `json:"message"` // as it was when the baseline was made
}

var digits = regexp.MustCompile(`\d+(?:[.,]\d+)*`)

// Fingerprint identifies a defect by its rule and by what causes it: the selector
// and property of a declaration, else the element, else the message without its
// numbers. Lines, numbers and values don't count, so it survives edits elsewhere
// and small ones at the spot. file is the name of the cause's file.
func Fingerprint(d preview.Defect, file string) string {
	parts := []string{d.Rule}
	switch {
	case d.Cause != nil && d.Cause.Property != "" && d.Cause.Selector != "":
		parts = append(parts, file, d.Cause.Selector, d.Cause.Property)
	case len(d.Elements) > 0:
		parts = append(parts, file, d.Elements[0].Selector)
		if d.Cause != nil {
			parts = append(parts, d.Cause.Property)
		}
	default:
		parts = append(parts, digits.ReplaceAllString(d.Message, "0"))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:10])
}

// Load reads a baseline. One that is not there is empty if that is allowed.
func Load(file string, optional bool) (*Baseline, error) {
	bad := func(what, mend string) (*Baseline, error) {
		return nil, &preview.InputError{File: file, What: what, Mend: mend}
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && optional:
		return &Baseline{Schema: Schema}, nil
	case errors.Is(err, fs.ErrNotExist):
		return bad("no such baseline", "make it with --update-baseline")
	case err != nil:
		return nil, fmt.Errorf("reading the baseline: %w", err)
	case !info.Mode().IsRegular():
		return bad("is not a file", "name a baseline")
	case info.Size() > maxBytes:
		return bad("is larger than 64 MB", "make it anew with --update-baseline")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the baseline: %w", err)
	}
	var b Baseline
	if err := json.Unmarshal(text, &b); err != nil {
		return bad("is not a baseline: "+err.Error(), "make it anew: remove it and run with --update-baseline")
	}
	if b.Schema != Schema {
		return bad(fmt.Sprintf("has the schema %q, not %q", b.Schema, Schema), "name a baseline that this relook wrote")
	}
	return &b, nil
}

// Save writes the baseline, whole or not at all.
func (b *Baseline) Save(file string) error {
	slices.SortFunc(b.Known, func(x, y Known) int {
		return strings.Compare(x.Page+"\x00"+x.Rule+"\x00"+x.Fingerprint, y.Page+"\x00"+y.Rule+"\x00"+y.Fingerprint)
	})
	if b.Known == nil {
		b.Known = []Known{}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(b); err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	return files.PutFile(file, out.Bytes())
}

// A Page is a page of a check with what was found on it.
type Page struct {
	Name string // as in Known
	// Names gives a file of the page's workspace the name that it has in the
	// baseline.
	Names   func(file string) string
	Defects []preview.Defect
}

func (p Page) print(d preview.Defect) string {
	file := p.Name
	if d.Cause != nil {
		file = p.Names(d.Cause.File)
	}
	return Fingerprint(d, file)
}

// Split parts the defects of a page into those that are new and those that are
// known.
func (b *Baseline) Split(p Page) (fresh, known []preview.Defect) {
	has := map[string]bool{}
	for _, k := range b.Known {
		if k.Page == p.Name {
			has[k.Fingerprint] = true
		}
	}
	for _, d := range p.Defects {
		if has[p.print(d)] {
			known = append(known, d)
		} else {
			fresh = append(fresh, d)
		}
	}
	return fresh, known
}

// Update makes the defects of a page the ones that are known of it, and says how
// many were added and how many are gone.
func (b *Baseline) Update(p Page) (added, gone int) {
	was, is := map[string]bool{}, map[string]bool{}
	for _, k := range b.Known {
		if k.Page == p.Name {
			was[k.Fingerprint] = true
		}
	}
	b.Known = slices.DeleteFunc(b.Known, func(k Known) bool { return k.Page == p.Name })
	for _, d := range p.Defects {
		print := p.print(d)
		if is[print] {
			continue
		}
		is[print] = true
		if !was[print] {
			added++
		}
		b.Known = append(b.Known, Known{Page: p.Name, Rule: d.Rule, Fingerprint: print, Message: d.Message})
	}
	for print := range was {
		if !is[print] {
			gone++
		}
	}
	return added, gone
}

// Forget drops what is known of pages that are no longer there, and says how much
// that was. dir is the folder of the baseline.
func (b *Baseline) Forget(dir string) (gone int) {
	before := len(b.Known)
	b.Known = slices.DeleteFunc(b.Known, func(k Known) bool {
		_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(k.Page)))
		return errors.Is(err, fs.ErrNotExist)
	})
	return before - len(b.Known)
}
