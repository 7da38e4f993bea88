package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"relook/agent"
	"relook/agent/ollama"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/files"
	"relook/cmd/relook/internal/term"
	"relook/server"
)

type lspFlags struct {
	listen  string
	logFile string
	record  string
	replay  string
	folder  string
}

func (a *app) lspCommand() *cobra.Command {
	var f lspFlags
	c := &cobra.Command{
		Use:   "lsp",
		Short: "Run the language server, for editors",
		Long: `Lsp speaks the Language Server Protocol on stdin and stdout. Editors start it;
docs/editors.md tells how for each.

With --listen it waits for one editor on a loopback port or a Unix socket, for
debugging.

--record writes down all that is said, with the texts of the open documents, to a
file that only you can read. --replay speaks the editor's part of such a file with
a new server, and prints where the server's part is another one.

Exit code: 0 when the editor asked for a shutdown first, else 1; of --replay 0 when
the server says the same, 1 when not.`,
		Example: `  relook lsp
  relook lsp --log-file relook.log --log-level debug
  relook lsp --listen 127.0.0.1:7658
  relook lsp --listen unix:/tmp/relook.sock
  relook lsp --record session.jsonl
  relook lsp --replay session.jsonl --replay-in a-copy-of-the-folder`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.lsp(c, f) },
	}
	c.Flags().StringVar(&f.listen, "listen", "", "wait here for an editor: 127.0.0.1:PORT, or unix:PATH")
	c.Flags().StringVar(&f.logFile, "log-file", "", "log to this file in place of stderr")
	c.Flags().StringVar(&f.record, "record", "", "write down the session to this new file")
	c.Flags().StringVar(&f.replay, "replay", "", "play the session that this file holds")
	c.Flags().StringVar(&f.folder, "replay-in", "", "folder to take in place of the one that the recorded editor had open")
	c.MarkFlagsMutuallyExclusive("record", "replay")
	c.MarkFlagsMutuallyExclusive("listen", "replay")
	c.Flags().Bool("stdio", true, "speak on stdin and stdout; what is done anyway")
	return c
}

func (a *app) lsp(c *cobra.Command, f lspFlags) (err error) {
	closeLog, err := a.logTo(f.logFile)
	if err != nil {
		return err
	}
	defer closeLog()
	if f.replay != "" {
		return a.replay(c.Context(), f.replay, f.folder)
	}
	conn := io.ReadWriteCloser(stdio{c.InOrStdin(), a.out})
	if f.listen != "" {
		if conn, err = a.accept(c.Context(), f.listen); err != nil {
			return err
		}
	}
	conn, finish, err := recorded(conn, f.record)
	if err != nil {
		return err
	}
	code, err := server.Serve(c.Context(), a.serverConfig(), conn)
	if err := errors.Join(err, finish()); err != nil {
		return err
	}
	if code != 0 {
		return exitCode(code)
	}
	return nil
}

// logTo has all be logged to a file, if one is named.
func (a *app) logTo(name string) (done func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	a.err = file
	return func() { _ = file.Close() }, a.setLog()
}

// stdio is the connection to an editor that started relook.
type stdio struct {
	io.Reader
	io.Writer
}

// Close closes stdin, so that an editor that still writes is not kept waiting.
func (s stdio) Close() error {
	if c, ok := s.Reader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// accept waits for one editor.
func (a *app) accept(ctx context.Context, at string) (net.Conn, error) {
	network, addr := "tcp", at
	if path, ok := strings.CutPrefix(at, "unix:"); ok {
		network, addr = "unix", path
	} else if host, _, err := net.SplitHostPort(at); err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return nil, fmt.Errorf("--listen %q is not a port of this machine such as 127.0.0.1:7658, nor unix:PATH: see `relook lsp --help`", at)
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		return nil, fmt.Errorf("waiting for an editor: %w", err)
	}
	defer l.Close()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	a.say("waiting for an editor at %s", l.Addr())
	conn, err := l.Accept()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return conn, err
}

func (a *app) serverConfig() server.Config {
	return server.Config{
		Version: version(), Log: a.log,
		Settings: a.serverSettings,
		Root:     files.RootOf,
		Open: func(dir string) (server.Disk, error) {
			w, err := files.OpenDir(dir)
			return disk{w}, err
		},
		Browser: func(s server.Settings) (server.Browser, error) {
			return a.parts.renderer(s.Parts.(config.Config), a.log)
		},
		Policies: func(ctx context.Context, s server.Settings, say func(string)) ([]agent.Policy, func() error, error) {
			cfg := s.Parts.(config.Config)
			cfg.Policies, cfg.ModelName = s.Policies, s.Model
			return a.parts.policies(ctx, cfg, a.log, term.NewProgress(io.Discard))
		},
		Models: func(ctx context.Context, s server.Settings) ([]string, error) {
			return a.models(ctx, s.Parts.(config.Config))
		},
	}
}

type disk struct{ *files.Workspace }

// Snapshot implements server.Disk.
func (d disk) Snapshot() fs.FS { return d.Fresh() }

// serverSettings reads the settings of a folder. One file that can't be taken
// does not keep the editor's settings from counting.
func (a *app) serverSettings(dir string, client []json.RawMessage) (server.Settings, []error) {
	var bad []error
	cfg, err := config.Load(a.parts.ownConfig(), dir, a.flags.config)
	if err != nil {
		bad = append(bad, err)
	}
	for _, layer := range client {
		bad = append(bad, cfg.Client(layer)...)
	}
	return server.Settings{
		Views: cfg.Views, Moments: cfg.Moments, Timeout: cfg.Timeout, AllowHosts: cfg.AllowHosts, Rules: cfg.Rules,
		Passes: cfg.Passes, Profile: cfg.Profile, Policies: cfg.Policies, Model: cfg.ModelName,
		OnSave: cfg.Editor.OnSave, Debounce: cfg.Editor.Debounce, MaxDefects: cfg.Editor.MaxDefects,
		CodeLens: cfg.Editor.CodeLens, Confirm: cfg.Editor.Confirm, Pages: cfg.Pages,
		Parts: cfg, BrowserKey: cfg.BrowserPath,
	}, bad
}

// models lists the models that Ollama has.
func (a *app) models(ctx context.Context, cfg config.Config) (list []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	t, err := newTools(cfg, a.log)
	if err != nil {
		return nil, err
	}
	host, stop, err := openOllama(ctx, t, cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	return ollama.Installed(ctx, host)
}
