package main

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
	"slices"
	"strings"
	"testing/fstest"

	"relook/cmd/relook/internal/npm"
	"relook/preview"
	"relook/preview/chrome"
)

// realReports checks the real pages and the drafts.
func realReports(ctx context.Context, b *chrome.Browser, c config) ([]report, error) {
	pages, err := realPages(ctx, c)
	if err != nil {
		return nil, err
	}
	pages = slices.DeleteFunc(pages, func(p realPage) bool { return !strings.Contains(p.name, c.match) })
	byPage := make([][]report, len(pages))
	err = each(ctx, "real pages", len(pages), func(ctx context.Context, i int) (err error) {
		if byPage[i], err = reportsOf(ctx, b, pages[i], c.crops); err != nil {
			return fmt.Errorf("%s: %w", pages[i].name, err)
		}
		return nil
	})
	return slices.Concat(byPage...), err
}

// reportsOf checks one page, and takes a picture of each defect in its first view.
// A defect that holds at none of the default views has a view of its own.
func reportsOf(ctx context.Context, b *chrome.Browser, p realPage, crops string) ([]report, error) {
	r, err := b.Render(ctx, p.Page, preview.RenderOptions{Profile: preview.ProfileStandard, Timeout: patience})
	if err != nil || len(r.Diagnosis.Defects) == 0 {
		return nil, err
	}
	views, err := firstViews(r.Diagnosis)
	if err != nil {
		return nil, err
	}
	tabs, done, err := b.OpenTabs(ctx, p.Page, preview.RenderOptions{Views: views, Timeout: patience})
	if err != nil {
		return nil, err
	}
	defer done()
	var all []report
	for i, d := range r.Diagnosis.Defects {
		tab := tabs[slices.IndexFunc(views, func(v preview.View) bool { return v.Name() == d.Views[0] })]
		one, picture, err := reportOf(ctx, p.name, d, tab)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
		if crops != "" {
			if err := writeCrop(crops, i, one, picture); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// firstViews are the first views of all defects.
func firstViews(d preview.Diagnosis) ([]preview.View, error) {
	var list []preview.View
	for _, one := range d.Defects {
		v, err := preview.ParseView(one.Views[0])
		if err != nil {
			return nil, err
		}
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list, nil
}

type realPage struct {
	preview.Page
	name string
}

func realPages(ctx context.Context, c config) ([]realPage, error) {
	pages, err := corpusPages(c.corpus)
	if err != nil {
		return nil, err
	}
	drafts, err := draftPages(ctx, c.drafts)
	return append(pages, drafts...), err
}

// corpusPages are the pages of a folder; none if it is not there.
func corpusPages(dir string) ([]realPage, error) {
	var pages []realPage
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".html" {
			pages = append(pages, realPage{preview.Page{FS: root, Entry: name}, "corpus/" + name})
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

var fence = regexp.MustCompile("(?s)```html\\s*\\n(.*?)(?:```|$)")

// draftPages are the pages that a model wrote, each with the libraries that it
// asks for in node_modules.
func draftPages(ctx context.Context, file string) ([]realPage, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the drafts: %w", err)
	}
	dir, err := npm.Install(ctx, "draft-libraries", libraries...)
	if err != nil {
		return nil, err
	}
	var pages []realPage
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
		pages = append(pages, realPage{preview.Page{FS: withLibraries{page, os.DirFS(dir)}, Entry: "index.html"}, "draft/" + draft.ID})
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
