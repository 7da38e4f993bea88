package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"relook/cmd/relook/internal/npm"
)

//go:embed playwright.mjs
var playwrightScript []byte

// playwrightVersion is what relook is compared with.
const playwrightVersion = "1.64.1"

// playwright takes the three screenshots with playwright-core, got from npm into
// the user's cache, and returns the median time for all three.
func playwright(ctx context.Context, browser string, c config) (time.Duration, error) {
	dir, err := npm.Install(ctx, "playwright-"+playwrightVersion, "playwright-core@"+playwrightVersion)
	if err != nil {
		return 0, err
	}
	script := filepath.Join(dir, "relook-bench.mjs")
	if err := os.WriteFile(script, playwrightScript, 0o644); err != nil {
		return 0, err
	}
	page, err := filepath.Abs(c.page)
	if err != nil {
		return 0, err
	}
	node := exec.CommandContext(ctx, "node", script, browser, page, strconv.Itoa(c.rounds))
	node.Stderr = os.Stderr
	out, err := node.Output()
	if err != nil {
		return 0, err
	}
	var times []float64
	if err := json.Unmarshal(out, &times); err != nil || len(times) == 0 {
		return 0, fmt.Errorf("its output is not a list of times: %q", out)
	}
	slices.Sort(times)
	return time.Duration(times[len(times)/2] * float64(time.Millisecond)), nil
}
