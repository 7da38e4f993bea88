package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/files"
	"relook/server/mcp"
)

type mcpFlags struct {
	roots   []string
	logFile string
}

func (a *app) mcpCommand() *cobra.Command {
	var f mcpFlags
	c := &cobra.Command{
		Use:   "mcp",
		Short: "Run the Model Context Protocol server, for agents",
		Long: `Mcp speaks the Model Context Protocol on stdin and stdout: agents have pages
rendered, checked, repaired, compared and generated, and get words and pictures.
docs/editors.md tells how to set it up for each.

An agent may only name files in the roots that its program tells, else in the
working directory; --root names other folders in place of both. Nothing is
written unless a call asks for it with "write": true.

Exit code: 0 when the agent has gone, 2 could not run.`,
		Example: `  relook mcp
  relook mcp --root ~/site`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.mcp(c, f) },
	}
	c.Flags().StringArrayVar(&f.roots, "root", nil, "folder that agents may look at, in place of those that they name; may be given several times")
	c.Flags().StringVar(&f.logFile, "log-file", "", "log to this file in place of stderr")
	return c
}

func (a *app) mcp(c *cobra.Command, f mcpFlags) error {
	closeLog, err := a.logTo(f.logFile)
	if err != nil {
		return err
	}
	defer closeLog()
	for i, root := range f.roots {
		f.roots[i] = a.abs(root)
		if info, err := os.Stat(f.roots[i]); err != nil || !info.IsDir() {
			return fmt.Errorf("--root %s is no folder: name one that is there", root)
		}
	}
	in, ok := c.InOrStdin().(io.ReadCloser)
	if !ok {
		in = io.NopCloser(c.InOrStdin())
	}
	err = mcp.Serve(c.Context(), a.mcpConfig(f.roots), in, a.out)
	if errors.Is(err, context.Canceled) {
		return c.Context().Err()
	}
	return err
}

func (a *app) mcpConfig(roots []string) mcp.Config {
	s := a.serverConfig()
	real, err := filepath.EvalSymlinks(a.cwd)
	if err != nil {
		real = a.cwd
	}
	return mcp.Config{
		Version: s.Version, Log: a.log, Dir: a.cwd, Roots: roots, Settings: s.Settings,
		// The same folder as for `relook check`, so that the same is found.
		Root: func(file string) string { return files.RootFor(real, file) },
		Open: func(dir string) (mcp.Workspace, error) {
			w, err := files.OpenDir(dir)
			return kept{w}, err
		},
		Browser: s.Browser, Policies: s.Policies,
	}
}

// kept is a workspace in which every file stays as it was when it was first read.
type kept struct{ *files.Workspace }

// Open implements fs.FS.
func (k kept) Open(name string) (fs.File, error) { return k.Snapshot().Open(name) }

// Create implements mcp.Workspace.
func (k kept) Create(name, text string) error {
	return k.Workspace.Create(name, []byte(text))
}
