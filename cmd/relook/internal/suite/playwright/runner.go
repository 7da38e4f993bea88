// Package playwright runs Playwright test files as they are, with the real test
// runner from npm, in the browser that relook uses.
//
// A run has a folder of its own: the test files under tests, whatever they read
// beside it, and a module that stands for @playwright/test and keeps pages from
// the network. runner.go lays it out and runs it, site.go serves the tested
// site, report.go reads what came of it. The time of a run is limited; a runner
// that hangs is killed with everything that it started, and the test that ran is
// named.
package playwright

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"relook/cmd/relook/internal/npm"
)

// Version is that of @playwright/test on npm.
const Version = "1.64.1"

//go:embed module.cjs
var moduleFile []byte

//go:embed config.cjs
var configFile []byte

//go:embed reporter.cjs
var reporterFile []byte

// Config says with what tests are run.
type Config struct {
	// Browser is the path of a Chromium. Required.
	Browser string
	// Dir is where runs have their folders; "" for the system's temporary folder.
	Dir string
	// Libraries is a node_modules folder: what pages ask well-known libraries of
	// is answered from there. With "" pages have no network at all.
	Libraries string
	// Test, Expect and Action limit a test, an expectation in it, and an action on
	// the page. 0 is what Playwright has by itself: 30 s, 5 s, and as long as the
	// test.
	Test, Expect, Action time.Duration
	// Limit is how long a whole run may take; 0 is ten minutes.
	Limit time.Duration
	// Workers is how many tests run at a time; 0 is one.
	Workers int
}

// A Runner runs tests. It is safe for use by several goroutines.
type Runner struct {
	config  Config
	module  string // the folder of @playwright/test
	program string
}

// New gets the test runner from npm, once for this user.
func New(ctx context.Context, c Config) (*Runner, error) {
	dir, err := npm.Install(ctx, "playwright-test", "@playwright/test@"+Version)
	if err != nil {
		return nil, err
	}
	if c.Limit <= 0 {
		c.Limit = 10 * time.Minute
	}
	if c.Test <= 0 {
		c.Test = 30 * time.Second
	}
	if c.Expect <= 0 {
		c.Expect = 5 * time.Second
	}
	module := filepath.Join(dir, "node_modules", "@playwright", "test")
	return &Runner{c, module, filepath.Join(module, "cli.js")}, nil
}

// Tests are what one run is given.
type Tests struct {
	// Files are laid out in the run's folder, by slash path. The tests are those
	// below "tests".
	Files map[string][]byte
	// Site is the folder among Files that is served as the base address of the
	// tests; "" for none.
	Site string
	// Modules are what the tests require by name, each one file.
	Modules map[string][]byte
	// Env is added to the environment; SITE in a value is the folder of Site.
	Env map[string]string
	// Retries is how often a test that fails is tried again.
	Retries int
}

// Run runs tests. Tests that fail or hang are in the report; an error is the
// machine's, or says that there is no test to run.
func (r *Runner) Run(ctx context.Context, tests Tests) (report Report, err error) {
	dir, err := os.MkdirTemp(r.config.Dir, "playwright-")
	if err != nil {
		return Report{}, fmt.Errorf("making a folder for tests: %w", err)
	}
	defer func() { err = errors.Join(err, removeAll(dir)) }()
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return Report{}, fmt.Errorf("finding the folder of the tests: %w", err)
	}
	address := ""
	if err := r.layOut(dir, tests); err != nil {
		return Report{}, err
	}
	if tests.Site != "" {
		var stop func() error
		if address, stop, err = serve(filepath.Join(dir, filepath.FromSlash(tests.Site))); err != nil {
			return Report{}, err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	if err := r.putRun(dir, address, tests.Retries); err != nil {
		return Report{}, err
	}
	return r.run(ctx, dir, tests)
}

// layOut writes all files of a run.
func (r *Runner) layOut(dir string, tests Tests) error {
	files := map[string][]byte{
		"config.cjs":                                 configFile,
		"reporter.cjs":                               reporterFile,
		"node_modules/@playwright/test/index.js":     moduleFile,
		"node_modules/@playwright/test/package.json": []byte(`{"name": "@playwright/test", "main": "index.js"}`),
		"tmp/readme":                                 []byte("what the browser keeps while it runs\n"),
	}
	for name, text := range tests.Files {
		files[name] = text
	}
	for name, text := range tests.Modules {
		files["node_modules/"+name+"/index.js"] = text
	}
	for name, text := range files {
		if err := put(dir, name, text); err != nil {
			return err
		}
	}
	return nil
}

func put(dir, name string, text []byte) error {
	if !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("laying the tests out: %q is not a path below their folder", name)
	}
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("laying the tests out: %w", err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return fmt.Errorf("laying the tests out: %w", err)
	}
	return nil
}

// putRun writes what the scripts of the run read.
func (r *Runner) putRun(dir, address string, retries int) error {
	c := r.config
	text, err := json.Marshal(map[string]any{
		"module": r.module, "browser": c.Browser, "libraries": c.Libraries, "site": address,
		"testMillis": c.Test.Milliseconds(), "expectMillis": c.Expect.Milliseconds(),
		"actionMillis": c.Action.Milliseconds(), "workers": max(c.Workers, 1), "retries": retries,
	})
	if err != nil {
		return fmt.Errorf("laying the tests out: %w", err)
	}
	return put(dir, "run.json", text)
}

// run runs the runner in a folder that is laid out.
func (r *Runner) run(ctx context.Context, dir string, tests Tests) (Report, error) {
	within, cancel := context.WithTimeout(ctx, r.config.Limit)
	defer cancel()
	cmd := exec.CommandContext(within, "node", r.program, "test", "--config", filepath.Join(dir, "config.cjs"))
	cmd.Dir, cmd.Env = dir, environment(dir, tests)
	var stdout, stderr head
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	ownGroup(cmd)
	cmd.WaitDelay = 10 * time.Second
	failed := cmd.Run() // also when a test fails
	if err := ctx.Err(); err != nil {
		return Report{}, fmt.Errorf("running tests: %w", err)
	}
	events, err := os.ReadFile(filepath.Join(dir, "events.jsonl"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Report{}, fmt.Errorf("reading what came of the tests: %w", err)
	}
	report := readEvents(events)
	report.Hung = within.Err() != nil
	report.Output = plain(stdout.Bytes(), dir)
	if len(report.Results) == 0 && !report.Hung {
		return report, fmt.Errorf("running playwright: it found no tests: %s%.300s%.300s",
			errText(failed), strings.Join(report.Problems, "; "), stderr.Bytes())
	}
	return report, nil
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error() + ": "
}

// environment is that of the runner: colours and the habits of build servers
// off, temporary files in the run's folder.
func environment(dir string, tests Tests) []string {
	env := append(os.Environ(), "CI=", "FORCE_COLOR=0", "NO_COLOR=1", "TMPDIR="+filepath.Join(dir, "tmp"), "TEMP="+filepath.Join(dir, "tmp"))
	for name, value := range tests.Env {
		env = append(env, name+"="+strings.ReplaceAll(value, "SITE", filepath.Join(dir, filepath.FromSlash(tests.Site))))
	}
	return env
}

// removeAll removes a run's folder. A browser that was just killed may still
// write there, so it is tried more than once.
func removeAll(dir string) error {
	var err error
	for range 20 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
	}
	return fmt.Errorf("removing the folder of the tests: %w", err)
}

// A head keeps the beginning of what is written: a test may print for ever.
type head struct{ bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	if room := 1<<20 - h.Len(); room > 0 {
		h.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
