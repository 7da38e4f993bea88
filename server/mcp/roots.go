package mcp

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"relook/preview"
	"relook/server"
)

// Bounds of what a client may say.
const (
	maxPath     = 4096
	maxTexts    = 20
	maxTextSize = 8 << 20 // bytes of all texts of one call
	maxRoots    = 50
)

// A target is the page that a tool is about, as clients name it.
type target struct {
	Path  string            `json:"path" jsonschema:"the HTML file: absolute, or relative to the root folder"`
	Texts map[string]string `json:"texts,omitempty" jsonschema:"texts to render in place of what files hold, by path; nothing is written"`
	Views string            `json:"views,omitempty" jsonschema:"views as WIDTHxHEIGHT[@SCALE][+dark][+reduce][+hover or +focus], separated by commas, at most 6; default 390x844,768x1024,1280x800"`
}

// An opened page is a target that was found.
type opened struct {
	preview.Page
	Workspace
	set server.Settings
	dir string // its workspace, without links
}

// Open implements fs.FS: both parts have one.
func (o *opened) Open(name string) (fs.File, error) { return o.Workspace.Open(name) }

// roots are the folders that the client may name files of, without links. A
// client that says it has roots and does not tell them gets nothing.
func (c *call) roots() ([]string, error) {
	list := c.front.cfg.Roots
	if len(list) == 0 {
		asked, err := c.toldRoots()
		if err != nil {
			return nil, fmt.Errorf("asking the client for its roots: %w", err)
		}
		list = asked
	}
	if len(list) == 0 {
		if filepath.Dir(c.front.cfg.Dir) == c.front.cfg.Dir {
			return nil, errors.New("the client names no roots, and relook was started in the root of the disk: start it with --root FOLDER")
		}
		list = []string{c.front.cfg.Dir}
	}
	var real []string
	for _, root := range list {
		if dir, err := filepath.EvalSymlinks(root); err == nil {
			real = append(real, dir)
		}
	}
	if len(real) == 0 {
		return nil, fmt.Errorf("none of the root folders is there: %s", strings.Join(list, ", "))
	}
	return real, nil
}

// rootsKey names the question for the client's roots.
const rootsKey = "roots"

// namesRoots reports whether the client has roots of its own that count.
func (f *front) namesRoots(s *sdk.ServerSession) bool {
	hello := s.InitializeParams()
	//lint:ignore SA1019 many clients have roots, and what they bound must stay bounded
	return len(f.cfg.Roots) == 0 && hello != nil && hello.Capabilities != nil && hello.Capabilities.RootsV2 != nil
}

// askRoots is the answer to a call whose client is to tell its roots first. The
// library asks clients of before 2026 itself, and calls again.
func askRoots() *sdk.CallToolResult {
	//lint:ignore SA1019 as above
	return &sdk.CallToolResult{InputRequests: sdk.InputRequestMap{rootsKey: &sdk.ListRootsParams{}}}
}

// toldRoots are the folders of this machine that the client names; none if it
// names none.
func (c *call) toldRoots() ([]string, error) {
	if !c.front.namesRoots(c.session) {
		return nil, nil
	}
	//lint:ignore SA1019 as above
	res, ok := c.answers[rootsKey].(*sdk.ListRootsResult)
	if !ok {
		return nil, errors.New("it does not tell them")
	}
	var dirs []string
	for _, r := range res.Roots[:min(len(res.Roots), maxRoots)] {
		if r == nil {
			continue
		}
		if dir, ok := filePath(r.URI); ok {
			dirs = append(dirs, dir)
		}
	}
	if len(res.Roots) > 0 && len(dirs) == 0 {
		return nil, errors.New("it names none on this machine's disk")
	}
	return dirs, nil
}

// filePath is the absolute path that a file URI names.
func filePath(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || strings.Contains(u.Path, "\x00") {
		return "", false
	}
	p := u.Path
	if len(p) >= 3 && p[0] == '/' && p[2] == ':' { // a drive's letter
		p = p[1:]
	}
	p = filepath.FromSlash(p)
	return filepath.Clean(p), filepath.IsAbs(p)
}

// locate is the file that a name means, without links, and the root that it lies
// in. Of a new file only the folder must be there. What lies outside of the roots
// is refused whether it is there or not.
func locate(roots []string, name string, isNew bool) (file, root string, err error) {
	if name == "" || len(name) > maxPath || strings.ContainsRune(name, 0) {
		return "", "", errors.New("the path is empty, too long, or no path")
	}
	path := name
	if strings.HasPrefix(name, "file:") {
		p, ok := filePath(name)
		if !ok {
			return "", "", fmt.Errorf("%s is no file of this machine", name)
		}
		path = p
	}
	outside := fmt.Errorf("%s is outside of the folders that relook may look at: %s", name, strings.Join(roots, ", "))
	err = outside
	for _, root := range roots {
		abs := filepath.Clean(path)
		if !filepath.IsAbs(abs) {
			abs = filepath.Join(root, abs)
		}
		file, found := follow(abs, isNew)
		switch {
		case found == nil && inside(root, file):
			return file, root, nil
		case found != nil && inside(root, abs):
			err = fmt.Errorf("%s: no such file", name)
		}
	}
	return "", "", err
}

// follow is a path without links.
func follow(abs string, isNew bool) (string, error) {
	real, err := filepath.EvalSymlinks(abs)
	if err == nil || !isNew {
		return real, err
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(abs))
	return filepath.Join(dir, filepath.Base(abs)), err
}

// inside reports whether a path lies below a folder.
func inside(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != "." && filepath.IsLocal(rel)
}

// open finds the page of a call, with the texts laid over it. The caller closes
// it.
func (c *call) open(t target, isNew bool) (*opened, error) {
	roots, err := c.roots()
	if err != nil {
		return nil, err
	}
	file, root, err := locate(roots, t.Path, isNew)
	if err != nil {
		return nil, err
	}
	o := &opened{dir: c.front.cfg.Root(file)}
	if o.dir != root && !inside(root, o.dir) {
		o.dir = root
	}
	if o.Workspace, err = c.front.cfg.Open(o.dir); err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(o.dir, file)
	if err == nil {
		o.Page = preview.Page{FS: o.Workspace, Entry: filepath.ToSlash(rel)}
		err = errors.Join(c.configure(o, t.Views), o.lay(roots, t.Texts))
	}
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// lay lays texts over the page's files.
func (o *opened) lay(roots []string, texts map[string]string) error {
	named, size := map[string]string{}, 0
	for name, text := range texts {
		file, _, err := locate(roots, name, true)
		if err != nil {
			return err
		}
		if !inside(o.dir, file) {
			return fmt.Errorf("%s is no file of the page's workspace %s", name, o.dir)
		}
		rel, err := filepath.Rel(o.dir, file)
		if err != nil {
			return err
		}
		named[filepath.ToSlash(rel)] = text
		size += len(text)
	}
	if len(texts) > maxTexts || size > maxTextSize {
		return fmt.Errorf("the texts are more than %d, or larger than %d MB", maxTexts, maxTextSize>>20)
	}
	if len(named) > 0 {
		o.Page.FS = preview.Overlay(o.Workspace, named)
	}
	return nil
}

// Bounds of what is rendered for one call.
const (
	maxViews     = 6
	maxWidth     = 4000 // CSS px
	maxViewsText = 500  // bytes
)

func (c *call) configure(o *opened, views string) error {
	set, bad := c.front.cfg.Settings(o.dir, nil)
	if err := errors.Join(bad...); err != nil {
		return err
	}
	if o.set = set; len(set.Policies) == 0 {
		o.set.Policies = []string{"rules"}
	}
	if views == "" {
		return nil
	}
	if len(views) > maxViewsText {
		return errors.New("views are too many")
	}
	list, err := preview.ParseViews(views)
	if err != nil {
		return err
	}
	if len(list) > maxViews || slices.ContainsFunc(list, func(v preview.View) bool { return v.Width > maxWidth || v.Height > maxWidth }) {
		return fmt.Errorf("views are more than %d, or larger than %d px", maxViews, maxWidth)
	}
	o.set.Views = list
	return nil
}

// options are those of a render.
func (o *opened) options(p preview.Profile, shots preview.ShotMode) preview.RenderOptions {
	return preview.RenderOptions{
		Views: o.set.Views, Moments: o.set.Moments, Timeout: o.set.Timeout, AllowHosts: o.set.AllowHosts,
		Rules: o.set.Rules, Profile: p, Shots: shots,
	}.Defaulted()
}
