package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/files"
	"relook/cmd/relook/internal/output"
	"relook/cmd/relook/internal/term"
	"relook/preview"
)

func (a *app) renderCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "render FILE -o DIR",
		Short: "Take pictures of a page at every view and moment",
		Long: `Render writes a picture of the whole page for every view and moment, such as
390x844-0s.png, and manifest.json that lists them. Files of the same names in
DIR are replaced, others stay.

Exit code: 0 done, 2 could not run; then nothing is written.`,
		Example: "  relook render index.html -o shots --view 390x844,1280x800 --at 0s,500ms",
		Args:    exactlyOneFile,
		RunE: func(c *cobra.Command, args []string) error {
			return a.render(c, args[0], dir)
		},
	}
	a.looking(c)
	a.profiled(c, preview.ProfileFast)
	c.Flags().StringVarP(&dir, "output", "o", "", "folder for the pictures, made if missing (required)")
	if err := errors.Join(c.MarkFlagRequired("output"), c.MarkFlagDirname("output")); err != nil {
		panic(err) // the flag was never added: a mistake in this package
	}
	return c
}

func (a *app) render(c *cobra.Command, file, dir string) (err error) {
	o, cfg, err := a.openOne(c, file)
	if err != nil {
		return err
	}
	defer o.Close()
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(a.cwd, dir)
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return &preview.InputError{File: dir, What: "is not a folder for the pictures", Mend: "name another one with -o"}
	}
	browser, err := a.parts.renderer(cfg, a.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, browser.Close()) }()
	progress := term.NewProgress(a.err)
	defer progress.Close()
	progress.Say("taking pictures of " + o.path())
	result, err := browser.Render(c.Context(), o.page, options(cfg, preview.AllShots, preview.ProfileFast))
	if err != nil {
		return err // it names the page
	}
	if !result.Diagnosis.Valid {
		return invalid(o.path(), result.Diagnosis)
	}
	return writeShots(dir, o, cmp.Or(cfg.Profile, preview.ProfileFast), result)
}

// writeShots writes the pictures, then the manifest. Nothing is written outside
// of dir, whatever the names.
func writeShots(dir string, o *opened, profile preview.Profile, r *preview.Rendering) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the folder for the pictures: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the folder for the pictures: %w", err)
	}
	defer root.Close()
	d := output.Diagnosis(r.Diagnosis, o.path(), o.names.Path)
	m := output.Render{
		Schema: output.RenderSchema, Path: o.path(), Profile: profile, Shots: []output.Shot{},
		Defects: d.Defects, Millis: d.Millis,
	}
	for _, s := range r.Shots {
		shot := output.Shot{
			File: fmt.Sprintf("%s-%s.png", s.View.Name(), s.At), Name: s.View.Name(), View: s.View,
			At: float64(s.At.Microseconds()) / 1000, Width: s.Width, Height: s.Height,
		}
		if err := files.Put(root, shot.File, s.PNG); err != nil {
			return err
		}
		m.Shots = append(m.Shots, shot)
	}
	var b bytes.Buffer
	if err := output.Write(&b, m); err != nil {
		return err
	}
	return files.Put(root, "manifest.json", b.Bytes())
}
