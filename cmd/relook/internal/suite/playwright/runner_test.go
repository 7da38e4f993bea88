package playwright

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"relook/preview/chrome"
)

const page = `<!doctype html><title>A page</title><button onclick="this.textContent='done'">go</button>
<script>fetch('https://example.com/').catch(() => document.title = 'no network')</script>`

const spec = `
const { test, expect } = require('@playwright/test');
const { word } = require('@some/words');
test.beforeEach(async ({ page }) => { await page.goto('/index.html'); });
test.describe('button', () => {
  test('changes', async ({ page }) => {
    await page.locator('button').click();
    await expect(page.locator('button')).toHaveText(word);
  });
  test('is not red', async ({ page }) => { await expect(page.locator('button')).toHaveText('red'); });
});
test('waits for ever', async ({ page }) => { await page.locator('#nothing').click(); });
test('no network', async ({ page }) => { await expect(page).toHaveTitle('no network'); });
test('files', async () => { expect(require('fs').existsSync(process.env.ROOT + '/index.html')).toBe(true); });
`

func runner(t *testing.T, c Config) *Runner {
	t.Helper()
	found, err := chrome.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Browser, c.Dir, c.Workers = found.Path, t.TempDir(), 2
	r, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The real runner, the real browser, tests of each kind of end.
func TestRun(t *testing.T) {
	r := runner(t, Config{Test: 5 * time.Second, Expect: time.Second})
	report, err := r.Run(t.Context(), Tests{
		Files:   map[string][]byte{"tests/a.spec.js": []byte(spec), "src/index.html": []byte(page)},
		Modules: map[string][]byte{"@some/words": []byte("exports.word = 'done'")},
		Site:    "src", Env: map[string]string{"ROOT": "SITE"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Status{
		"a.spec.js > button > changes": Passed, "a.spec.js > button > is not red": Failed,
		"a.spec.js > waits for ever": TimedOut, "a.spec.js > no network": Passed, "a.spec.js > files": Passed,
	}
	for _, got := range report.Results {
		if want[got.Name()] != got.Status {
			t.Errorf("%s %s (%s), want %s", got.Name(), got.Status, got.Error, want[got.Name()])
		}
	}
	if len(report.Results) != len(want) || report.Hung || report.Passed() {
		t.Errorf("report %+v", report)
	}
	if !strings.Contains(report.Output, "toHaveText") || strings.Contains(report.Output, "\x1b") || strings.Contains(report.Output, r.config.Dir) {
		t.Errorf("the output for a model: %s", report.Output)
	}
	left, err := os.ReadDir(r.config.Dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A suite that never ends is killed with everything that it started.
func TestHungSuiteIsKilledAndNamed(t *testing.T) {
	r := runner(t, Config{Test: time.Hour, Limit: 15 * time.Second})
	report, err := r.Run(t.Context(), Tests{Files: map[string][]byte{"tests/h.spec.js": []byte(`
const { test } = require('@playwright/test');
test('ends', async () => {});
test('hangs', async ({ page }) => { await page.evaluate(() => { for (;;); }); });
`)}})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Hung || report.Passed() || !strings.Contains(report.Note(), "hung in h.spec.js > hangs") {
		t.Errorf("report %+v, note %q", report, report.Note())
	}
	if !report.Tests()["h.spec.js > ends"] || report.Tests()["h.spec.js > hangs"] {
		t.Errorf("tests %v", report.Tests())
	}
	// The browser sees its pipe close and ends by itself.
	deadline := time.After(20 * time.Second)
	for tick := time.Tick(100 * time.Millisecond); ; {
		left := running(t, r.config.Dir)
		if len(left) == 0 {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("still running: %v", left)
		case <-tick:
		}
	}
}

// running lists the programs whose command line names dir, where the system tells.
func running(t *testing.T, dir string) []string {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && strings.Contains(string(line), dir) {
			list = append(list, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return list
}

func TestNoTestsIsAnError(t *testing.T) {
	r := runner(t, Config{})
	_, err := r.Run(t.Context(), Tests{Files: map[string][]byte{"tests/b.spec.js": []byte("const = 1")}})
	if err == nil || !strings.Contains(err.Error(), "no tests") {
		t.Errorf("error %v", err)
	}
	_, err = r.Run(context.Background(), Tests{Files: map[string][]byte{"../out.js": nil}})
	if err == nil || !strings.Contains(err.Error(), "below their folder") {
		t.Errorf("error %v", err)
	}
}

// What was written before a kill counts; half a line does not.
func TestEvents(t *testing.T) {
	report := readEvents([]byte(`{"event":"found","file":"a","title":"x > y"}
{"event":"found","file":"a","title":"z"}
{"event":"begun","file":"a","title":"x > y"}
{"event":"ended","file":"a","title":"x > y","status":"failed","error":"\u001b[31m\nfirst\nsecond"}
{"event":"ended","file":"a","title":"x > y","status":"passed"}
{"event":"begun","fi`))
	if len(report.Results) != 2 || report.Results[0].Status != Passed || report.Results[1].Status != NotRun {
		t.Errorf("report %+v", report)
	}
	if got := firstLine("\x1b[31m\n first\nsecond"); got != "first" {
		t.Errorf("first line %q", got)
	}
}
