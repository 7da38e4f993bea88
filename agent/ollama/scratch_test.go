package ollama_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"relook/agent"
	"relook/agent/ollama"
	"relook/preview"
	"relook/preview/chrome"
)

func TestScratch(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
	defer cancel()
	browser := chrome.New(chrome.Config{})
	defer browser.Close()
	page := preview.Page{FS: os.DirFS("../../examples"), Entry: "pricing.html"}
	live, err := browser.Open(ctx, page, preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	before := live.Rendering()
	p, err := ollama.New(ctx, ollama.Config{Host: "127.0.0.1:11533", Model: os.Getenv("MODEL")})
	if err != nil {
		t.Fatal(err)
	}
	t0 := time.Now()
	task := agent.Task{Page: page, Diagnosis: before.Diagnosis, Views: preview.DefaultViews(), Drop: func(r string) { fmt.Println("DROP", r) }}
	err = p.Propose(ctx, task, func(c agent.Candidate) bool {
		after, err := live.Try(ctx, c.Edits)
		if err != nil {
			fmt.Println("TRY", err, c.Why)
			return true
		}
		gone := 0
		for _, k := range c.Targets {
			if !slices.ContainsFunc(after.Diagnosis.Defects, func(d preview.Defect) bool { return d.Key() == k }) {
				gone++
			}
		}
		fmt.Printf("%5.1fs gone %d/%d cost %+.1f %s\n", time.Since(t0).Seconds(), gone, len(c.Targets), after.Diagnosis.Cost()-before.Diagnosis.Cost(), c.Why)
		return true
	})
	fmt.Println(err, time.Since(t0))
}
