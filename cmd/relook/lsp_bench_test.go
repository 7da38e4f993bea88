package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"relook/server"
	"relook/server/servertest"
)

// BenchmarkEditor measures what a person at an editor waits for, with the real
// browser, on examples/pricing.html: from a change to its diagnostics (without
// the debounce), and for code actions while repairs are looked for.
//
//	go test ./cmd/relook -run xxx -bench Editor -benchtime 20x
func BenchmarkEditor(b *testing.B) {
	src, err := os.ReadFile(filepath.Join("..", "..", "examples", "pricing.html"))
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	file := filepath.Join(dir, "pricing.html")
	if err := os.WriteFile(file, src, 0o644); err != nil {
		b.Fatal(err)
	}
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(b.Context())
	go func() {
		defer close(done)
		if _, err := server.Serve(ctx, lspApp().serverConfig(), theirs); err != nil {
			b.Errorf("serving: %v", err)
		}
	}()
	e := &servertest.Editor{}
	e.Start(ours)
	b.Cleanup(func() {
		cancel()
		_ = e.Close() // the server has closed it
		<-done
	})
	type object = map[string]any
	uri := "file://" + file
	call := func(method string, params, result any) {
		if err := e.Call(b.Context(), method, params, result); err != nil {
			b.Fatalf("%s: %v", method, err)
		}
	}
	start := time.Now()
	call("initialize", object{"processId": nil, "rootUri": "file://" + dir, "capabilities": object{"textDocument": object{"diagnostic": object{}}},
		"initializationOptions": object{"settings": object{"debounce": "1ms"}}}, nil)
	b.ReportMetric(ms(time.Since(start)), "ms/initialize")
	if err := e.Notify("textDocument/didOpen", object{"textDocument": object{"uri": uri, "languageId": "html", "version": 1, "text": string(src)}}); err != nil {
		b.Fatal(err)
	}
	doc := object{"textDocument": object{"uri": uri}}
	var report struct{ Items []json.RawMessage }
	start = time.Now()
	call("textDocument/diagnostic", doc, &report)
	b.ReportMetric(ms(time.Since(start)), "ms/first")
	if len(report.Items) == 0 {
		b.Fatal("no diagnostics")
	}
	var looks, actions []time.Duration
	action := object{"textDocument": object{"uri": uri}, "range": object{"start": object{"line": 60, "character": 6}, "end": object{"line": 60, "character": 6}}, "context": object{"diagnostics": []object{}}}
	version := 1
	for b.Loop() {
		version++
		text := strings.Replace(string(src), "width: 1100px", "width: 11"+string(rune('0'+version%10))+"0px", 1)
		start := time.Now()
		if err := e.Notify("textDocument/didChange", object{"textDocument": object{"uri": uri, "version": version}, "contentChanges": []object{{"text": text}}}); err != nil {
			b.Fatal(err)
		}
		call("textDocument/diagnostic", doc, &report)
		looks = append(looks, time.Since(start))
		for range 20 {
			start := time.Now()
			call("textDocument/codeAction", action, nil)
			actions = append(actions, time.Since(start))
		}
	}
	b.ReportMetric(quantile(looks, 0.5), "ms/look-p50")
	b.ReportMetric(quantile(looks, 0.95), "ms/look-p95")
	b.ReportMetric(quantile(actions, 0.99), "ms/action-p99")
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func quantile(list []time.Duration, q float64) float64 {
	slices.Sort(list)
	return ms(list[min(len(list)-1, int(q*float64(len(list))))])
}
