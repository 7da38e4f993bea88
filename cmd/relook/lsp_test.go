package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"relook/server"
	"relook/server/servertest"
)

// lspApp is the program as `relook lsp` runs it, without the person's own file.
func lspApp() *app {
	parts := realParts()
	parts.ownConfig = func() string { return "" }
	return &app{err: io.Discard, log: slog.New(slog.DiscardHandler), parts: parts}
}

// The scenarios of the language server, with the real browser and the settings as
// people write them.
func TestEditorScenarios(t *testing.T) {
	servertest.Scenarios(t, filepath.Join("..", "..", "server", "testdata"), func() server.Config {
		cfg := lspApp().serverConfig()
		cfg.Models = func(context.Context, server.Settings) ([]string, error) { return []string{"small"}, nil }
		return cfg
	})
}

func TestListen(t *testing.T) {
	for _, at := range []string{"0.0.0.0:0", "example.com:80", "7658"} {
		a := lspApp()
		if _, err := a.accept(t.Context(), at); err == nil {
			t.Errorf("--listen %s is taken", at)
		}
	}
	socket := filepath.Join(t.TempDir(), "s")
	code := make(chan error, 1)
	go func() {
		a := lspApp()
		root := a.lspCommand()
		root.SetArgs([]string{"--listen", "unix:" + socket})
		code <- root.ExecuteContext(t.Context())
	}()
	conn := dial(t, socket)
	e := &servertest.Editor{}
	e.Start(conn)
	if err := e.Call(t.Context(), "initialize", map[string]any{"processId": nil, "rootUri": nil, "capabilities": map[string]any{}}, nil); err != nil {
		t.Fatal(err)
	}
	if err := e.Goodbye(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-code; err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// dial waits for the socket to be there.
func dial(t *testing.T, socket string) net.Conn {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); <-tick.C {
		if conn, err := net.Dial("unix", socket); err == nil {
			return conn
		}
	}
	t.Fatal("nobody listens")
	return nil
}
