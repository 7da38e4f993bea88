package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

// A browser that nobody uses is let go, all of it, and is back when somebody
// types. How soon is a row of make bench.
func TestIdleBrowserIsLetGo(t *testing.T) {
	cfg := lspApp().serverConfig()
	cfg.Idle = 100 * time.Millisecond
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := server.Serve(context.Background(), cfg, theirs); err != nil {
			t.Errorf("serving: %v", err)
		}
	}()
	e := &servertest.Editor{}
	e.Start(ours)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	type object = map[string]any
	call := func(method string, params, result any) {
		t.Helper()
		if err := e.Call(ctx, method, params, result); err != nil {
			t.Fatalf("%s: %v", method, err)
		}
	}
	dir := t.TempDir()
	uri := "file://" + dir + "/index.html"
	call("initialize", object{"processId": nil, "rootUri": "file://" + dir, "capabilities": object{}}, nil)
	const page = "<!doctype html><html lang=en><title>x</title><p>words"
	if err := e.Notify("textDocument/didOpen", object{"textDocument": object{"uri": uri, "languageId": "html", "version": 1, "text": page}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var found struct{ Valid bool }
		call("workspace/executeCommand", object{"command": "relook.diagnose", "arguments": []object{{"uri": uri}}}, &found)
		if !found.Valid {
			t.Fatal("the page can't be judged")
		}
		for status := (struct{ Browser string }{}); status.Browser != "idle"; {
			call("relook/status", nil, &status)
			time.Sleep(5 * time.Millisecond) // until the timer of the server ends
		}
		for _, p := range descendants(strconv.Itoa(os.Getpid())) {
			if strings.Contains(p.command, "--user-data-dir=") {
				t.Errorf("process %s is left: %s", p.id, p.command)
			}
		}
	}
	if err := e.Goodbye(ctx); err != nil {
		t.Error(err)
	}
	<-done
	_ = e.Close() // the server has closed it
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
