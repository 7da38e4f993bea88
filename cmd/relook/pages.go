package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// pageTypes are the files of a folder that are pages.
var pageTypes = []string{".html", ".htm", ".xhtml"}

// pages lists the pages that arguments name: files, those in folders, those that
// fit a pattern. What names none stays as it is, to be refused by name. With a
// revision only pages that something changed since then belongs to are left.
func (a *app) pages(ctx context.Context, args []string, since string) ([]string, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var list []string
	seen := map[string]bool{}
	for _, arg := range args {
		found, err := a.expand(arg)
		if err != nil {
			return nil, err
		}
		for _, page := range found {
			if abs := a.abs(page); !seen[abs] {
				seen[abs] = true
				list = append(list, page)
			}
		}
	}
	if since == "" {
		return list, nil
	}
	return a.touched(ctx, list, since)
}

func (a *app) abs(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(a.cwd, name)
}

// near names a file for people: relative to the working directory if it is below.
func (a *app) near(abs string) string {
	if rel, err := filepath.Rel(a.cwd, abs); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return abs
}

func (a *app) expand(arg string) ([]string, error) {
	info, err := os.Stat(a.abs(arg))
	switch {
	case arg == "":
		return []string{arg}, nil
	case err == nil && info.IsDir():
		return a.orSelf(arg, walkPages(a.abs(arg)))
	case err == nil || !strings.ContainsAny(arg, "*?[{"):
		return []string{arg}, nil
	}
	found, err := doublestar.FilepathGlob(a.abs(arg), doublestar.WithFilesOnly())
	if err != nil {
		return []string{arg}, nil // no pattern after all
	}
	found = slices.DeleteFunc(found, func(abs string) bool { return foreign(strings.TrimPrefix(abs, a.cwd), arg) })
	slices.Sort(found)
	return a.orSelf(arg, found)
}

// orSelf names what was found as the argument was: relative or not.
func (a *app) orSelf(arg string, found []string) ([]string, error) {
	if len(found) == 0 {
		return []string{arg}, nil
	}
	if filepath.IsAbs(arg) {
		return found, nil
	}
	for i, abs := range found {
		rel, err := filepath.Rel(a.cwd, abs)
		if err != nil {
			return nil, err
		}
		found[i] = rel
	}
	return found, nil
}

// foreignFolder tells hidden folders and those of packages.
func foreignFolder(name string) bool {
	return strings.HasPrefix(name, ".") || name == "node_modules" || name == "bower_components"
}

// foreign reports whether a file lies in a foreign folder that the pattern does
// not name.
func foreign(path, pattern string) bool {
	named := strings.Split(filepath.ToSlash(pattern), "/")
	for dir := range strings.SplitSeq(filepath.ToSlash(filepath.Dir(path)), "/") {
		if foreignFolder(dir) && dir != "." && !slices.Contains(named, dir) {
			return true
		}
	}
	return false
}

// walkPages lists the pages below a folder by name. Hidden folders and those of
// packages are left out, and so are folders that may not be read.
func walkPages(dir string) []string {
	var list []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && d != nil && d.IsDir():
			return fs.SkipDir
		case err != nil:
			return nil
		case d.IsDir() && path != dir && foreignFolder(d.Name()):
			return fs.SkipDir
		case !d.IsDir() && slices.Contains(pageTypes, strings.ToLower(filepath.Ext(path))):
			list = append(list, path)
		}
		return nil
	})
	return list
}
