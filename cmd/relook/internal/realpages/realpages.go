// Package realpages reads the pages of other people that relook is measured on:
// real pages from a folder, and the pages that a model wrote. They are not part
// of the project; a set that is not there is empty.
package realpages

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing/fstest"

	"relook/cmd/relook/internal/npm"
	"relook/preview"
)

// A Page is one of them with its name, such as "corpus/a/index.html" or
// "draft/PulseWave".
type Page struct {
	preview.Page
	Name string
}

// Corpus are the HTML pages below a folder.
func Corpus(dir string) ([]Page, error) {
	var pages []Page
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".html" {
			pages = append(pages, Page{preview.Page{FS: root, Entry: name}, "corpus/" + name})
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the real pages: %w", err)
	}
	return pages, nil
}

// The libraries that the drafts ask CDNs for, in the versions that npm has.
var libraries = []string{
	"p5@1.11.10", "three@0.128.0", "plotly.js-dist-min@2.35.2", "mathjax@3.2.2", "mathjs@11.12.0",
}

// Libraries gets the libraries that the drafts ask for and returns the folder
// whose node_modules holds them.
func Libraries(ctx context.Context) (string, error) {
	return npm.Install(ctx, "draft-libraries", libraries...)
}

var fence = regexp.MustCompile("(?s)```html\\s*\\n(.*?)(?:```|$)")

// Drafts are the pages of a JSONL file of model answers, each with the libraries
// that it asks for in node_modules. Their entry is "index.html".
func Drafts(ctx context.Context, file string) ([]Page, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the drafts: %w", err)
	}
	dir, err := Libraries(ctx)
	if err != nil {
		return nil, err
	}
	var pages []Page
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var draft struct{ ID, Answer string }
		if err := json.Unmarshal(lines.Bytes(), &draft); err != nil {
			return nil, fmt.Errorf("reading a draft of %s: %w", file, err)
		}
		html := draft.Answer
		if m := fence.FindStringSubmatch(html); m != nil {
			html = m[1]
		}
		page := fstest.MapFS{"index.html": {Data: []byte(html)}}
		pages = append(pages, Page{preview.Page{FS: withLibraries{page, os.DirFS(dir)}, Entry: "index.html"}, "draft/" + draft.ID})
	}
	return pages, lines.Err()
}

// withLibraries is a page with the packages of another folder.
type withLibraries struct{ page, packages fs.FS }

func (w withLibraries) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "node_modules/") {
		return w.packages.Open(name)
	}
	return w.page.Open(name)
}
