package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// binary measures the built binary: its start, and its own memory at most.
func binary(ctx context.Context, c config) ([]row, error) {
	start, err := median(c.rounds, func() error {
		return exec.CommandContext(ctx, c.relook, "version").Run()
	})
	if err != nil {
		return nil, fmt.Errorf("running %s version: %w", c.relook, err)
	}
	cmd := exec.CommandContext(ctx, c.relook, "refine", "--policy", "rules", c.page)
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("running %s refine: %w", c.relook, err)
	}
	took := time.Since(began)
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return nil, fmt.Errorf("this system does not tell how much memory a process used")
	}
	mb := float64(usage.Maxrss) / 1024 // Linux counts KiB
	return []row{
		{"start of `relook version`", ms(start), "under 30 ms", start < 30*time.Millisecond},
		{"`relook refine --policy rules`, cold, browser start included", ms(took), "", true},
		{"resident memory of relook itself at most, in that run", fmt.Sprintf("%.0f MB", mb), "under 60 MB", mb < 60},
	}, nil
}

// withModel measures what part of a refinement with a model is relook's own.
func withModel(ctx context.Context, c config) ([]row, error) {
	if c.model == "" {
		return nil, nil
	}
	cmd := exec.CommandContext(ctx, c.relook, "refine", "--json", "--policy", "ollama", "--model", c.model, c.page)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() > 1 {
		return nil, fmt.Errorf("refining with %s: %w", c.model, err)
	}
	var trace struct {
		Millis       float64 `json:"ms"`
		PolicyMillis float64 `json:"policyMs"`
	}
	if err := json.Unmarshal(out, &trace); err != nil || trace.PolicyMillis <= 0 {
		return nil, fmt.Errorf("reading the trace: %w", err)
	}
	own := 100 * (trace.Millis - trace.PolicyMillis) / trace.Millis
	return []row{{
		fmt.Sprintf("relook's own share of a refinement with %s (%.0f s)", c.model, trace.Millis/1000),
		fmt.Sprintf("%.1f %%", own), "under 10 %", own < 10,
	}}, nil
}
