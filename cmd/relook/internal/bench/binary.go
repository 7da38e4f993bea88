package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/sourcegraph/conc"
)

// binary measures the built binary: its start, and its own memory at most.
func binary(ctx context.Context, c config) ([]row, error) {
	starts, err := medians(c.rounds, timed(func() error {
		return exec.CommandContext(ctx, c.relook, "version").Run()
	}))
	if err != nil {
		return nil, fmt.Errorf("running %s version: %w", c.relook, err)
	}
	start := starts[0]
	began := time.Now()
	kb, err := peakMemory(exec.CommandContext(ctx, c.relook, "refine", "--policy", "rules", c.page))
	if err != nil {
		return nil, fmt.Errorf("running %s refine: %w", c.relook, err)
	}
	took, mb := time.Since(began), float64(kb)/1024
	return []row{
		{"start of `relook version`", ms(start), "under 30 ms", start < 30*time.Millisecond},
		{"`relook refine --policy rules`, cold, browser start included", ms(took), "", true},
		{"resident memory of relook itself at most, in that run", fmt.Sprintf("%.0f MB", mb), "under 60 MB", mb < 60},
	}, nil
}

// peakMemory runs cmd and returns the most memory that was resident, in KiB, of
// the process itself. What the system reports when it has ended won't do: that
// is the largest of the process and its children, the browser.
func peakMemory(cmd *exec.Cmd) (kb int, err error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	var read conc.WaitGroup
	ended := make(chan struct{})
	read.Go(func() {
		for tick := time.Tick(5 * time.Millisecond); ; {
			select {
			case <-ended:
				return
			case <-tick:
				kb = max(kb, highWater(cmd.Process.Pid))
			}
		}
	})
	err = cmd.Wait()
	close(ended)
	read.Wait()
	if err == nil && kb == 0 {
		err = errors.New("this system does not tell how much memory a process uses")
	}
	return kb, err
}

// highWater is the most memory that a process had resident so far, in KiB; 0
// when it can't be told.
func highWater(pid int) int { return inStatus(pid, "VmHWM:") }

// inStatus is a number of KiB that the system tells of a process; 0 when it does
// not.
func inStatus(pid int, field string) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), field)
	var kb int
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		return 0
	}
	return kb
}

// ticks is the processor time that a process has used, in ticks; 0 when it can't
// be told.
func ticks(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// What follows the name in brackets: state, parent, ..., user and system time.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	var user, system int
	_, _ = fmt.Sscan(fields[11]+" "+fields[12], &user, &system) // the system writes numbers
	return user + system
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
