package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/files"
	"relook/cmd/relook/internal/output"
	"relook/preview"
)

// An opened page is a file that a person named, in its workspace.
type opened struct {
	*files.Workspace
	page  preview.Page
	names output.Names
}

// open finds the page and checks that it can be rendered at all. The caller
// closes it. Errors name the file as the person did.
func (a *app) open(file string) (*opened, error) {
	w, page, err := files.Open(a.cwd, file)
	if err != nil {
		return nil, err
	}
	if _, err := page.Source(); err != nil {
		var input *preview.InputError
		if errors.As(err, &input) {
			err = &preview.InputError{File: file, What: input.What, Mend: input.Mend}
		}
		return nil, errors.Join(err, w.Close())
	}
	return &opened{Workspace: w, page: page, names: output.Names{
		Path:  func(name string) string { return w.Name(a.cwd, name) },
		Patch: func(name string) string { return w.PatchName(a.cwd, name) },
	}}, nil
}

// openOne opens the one page of a subcommand, with its settings.
func (a *app) openOne(c *cobra.Command, file string) (*opened, config.Config, error) {
	o, err := a.open(file)
	if err != nil {
		return nil, config.Config{}, err
	}
	cfg, err := a.settings(c, o.Dir)
	if err != nil {
		return nil, cfg, errors.Join(err, o.Close())
	}
	return o, cfg, nil
}

// path is the page as it is named in what is printed.
func (o *opened) path() string { return o.names.Path(o.page.Entry) }

// file is the page's path on this machine.
func (o *opened) file() string { return filepath.Join(o.Dir, filepath.FromSlash(o.page.Entry)) }

// options are those of a render in the profile of the settings, else in another.
func options(cfg config.Config, shots preview.ShotMode, otherwise preview.Profile) preview.RenderOptions {
	return preview.RenderOptions{
		Views: cfg.Views, Moments: cfg.Moments, Timeout: cfg.Timeout, AllowHosts: cfg.AllowHosts,
		Rules: cfg.Rules, Profile: cmp.Or(cfg.Profile, otherwise), Shots: shots,
	}.Defaulted()
}

// invalid is the error for a page whose render shows nothing to judge.
func invalid(path string, d preview.Diagnosis) error {
	for _, m := range mends {
		if strings.Contains(d.InvalidReason, m.reason) {
			return fmt.Errorf("%s: %s: %s", path, d.InvalidReason, m.mend)
		}
	}
	return fmt.Errorf("%s: %s", path, d.InvalidReason)
}

// mends says what to do about a page that can't be judged, by a part of the
// reason. Reasons that are not here say it themselves.
var mends = []struct{ reason, mend string }{
	{"a script never ends", "mend its loop, or give it more time with --timeout"},
	{"did not finish within", "give it more time with --timeout"},
	{"loads itself again and again", "take out what reloads or redirects it"},
	{"crashed its tab", "look for elements nested without end, or memory that grows without end"},
	{"the page is blank", "put something that shows into its body"},
}
