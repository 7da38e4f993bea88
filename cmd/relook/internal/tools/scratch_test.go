package tools

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"
)

func TestScratch(t *testing.T) {
	what := os.Getenv("SCRATCH")
	tt, err := New(Config{FindBrowser: func(context.Context) (Browser, error) { return Browser{}, errors.New("none") },
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute)
	defer cancel()
	last := ""
	p := func(step string, done, total int64) {
		s := fmt.Sprint(step, " ", done*20/max(total, 1), "/20")
		if s != last {
			fmt.Println(s)
		}
		last = s
	}
	switch what {
	case "model":
		s, err := tt.StartOllama(ctx, ServerConfig{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		t0 := time.Now()
		fmt.Println(tt.EnsureModel(ctx, s.URL, os.Getenv("MODEL"), p), time.Since(t0))
	case "build":
		t0 := time.Now()
		path, err := tt.buildOllama(ctx, p)
		fmt.Println(path, err, time.Since(t0))
	case "browser":
		t0 := time.Now()
		path, err := tt.EnsureBrowser(ctx, p)
		fmt.Println(path, err, time.Since(t0))
	case "unpack":
		a := tt.apt(ctx)
		a.lists[3] = "Dir::State::status=/tmp/ol/status"
		root := tt.path("browser", "debian")
		os.MkdirAll(tt.path("browser"), 0o755)
		t0 := time.Now()
		if err := a.unpack(ctx, root, true, browserPackages[0], fontPackages[0]); err != nil {
			t.Fatal(err)
		}
		path, err := tt.wrapBrowser(ctx, root)
		fmt.Println(path, err, time.Since(t0))
	case "doctor":
		t0 := time.Now()
		for _, c := range tt.Doctor(ctx) {
			fmt.Printf("%+v\n", c)
		}
		fmt.Println(time.Since(t0))
		fmt.Println(tt.Plan(ctx, Want{true, true, "smollm2:135m"}))
	}
}
