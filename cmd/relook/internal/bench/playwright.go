package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"relook/cmd/relook/internal/npm"
)

//go:embed playwright.mjs
var playwrightScript []byte

// playwrightVersion is what relook is compared with.
const playwrightVersion = "1.64.1"

// A rival is playwright-core with its browser, ready for a round.
type rival struct {
	node  *exec.Cmd
	in    io.WriteCloser
	times *bufio.Scanner
}

// startRival gets playwright-core from npm into the user's cache and starts it.
func startRival(ctx context.Context, browser string, c config) (*rival, error) {
	dir, err := npm.Install(ctx, "playwright-"+playwrightVersion, "playwright-core@"+playwrightVersion)
	if err != nil {
		return nil, err
	}
	script := filepath.Join(dir, "relook-bench.mjs")
	if err := os.WriteFile(script, playwrightScript, 0o644); err != nil {
		return nil, err
	}
	page, err := filepath.Abs(c.page)
	if err != nil {
		return nil, err
	}
	r := &rival{node: exec.CommandContext(ctx, "node", script, browser, page)}
	r.node.Stderr = os.Stderr
	if r.in, err = r.node.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.node.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.times = bufio.NewScanner(out)
	return r, r.node.Start()
}

// round has the three screenshots taken. The time is the rival's own, without
// what it takes to ask.
func (r *rival) round() (time.Duration, error) {
	if _, err := io.WriteString(r.in, "\n"); err != nil {
		return 0, fmt.Errorf("asking playwright-core: %w", err)
	}
	if !r.times.Scan() {
		return 0, errors.New("playwright-core ended")
	}
	ms, err := strconv.ParseFloat(r.times.Text(), 64)
	if err != nil {
		return 0, fmt.Errorf("reading playwright-core's time: %w", err)
	}
	return time.Duration(ms * float64(time.Millisecond)), nil
}

// stop ends it and its browser.
func (r *rival) stop() error { return errors.Join(r.in.Close(), r.node.Wait()) }
