package interactscience

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"relook/cmd/relook/internal/suite"
	"relook/preview/chrome"
)

const spec = `const { test, expect } = require('@playwright/test');
const fileUrl = 'file://' + require('path').resolve(__dirname, '../pages/Wave.html');
test.describe('slider', () => {
  test.beforeEach(async ({ page }) => { await page.goto(fileUrl); });
  test('shows', async ({ page }) => { await expect(page.locator('#s')).toBeVisible(); });
  test('tells', async ({ page }) => {
    await page.locator('#s').fill('7');
    await expect(page.locator('#v')).toHaveText('7');
  });
});`

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A task and a draft made by hand to the published format, in the real runner.
func TestScore(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "tasks-x.jsonl", `{"id":"Wave","question":"a slider","lm_system_prompt":"Write HTML. ","difficulty":"easy","snapshot_checklists":[{"checklist":["a slider"]}]}
{"id":"Wave","question":"again"}
{"id":"../x","question":"no"}
nonsense
{"id":"NoTests","question":"no"}`)
	write(t, dir, "pft/Wave.spec.js", spec)
	write(t, dir, "drafts.jsonl", `{"id":"Wave","answer":"`+"```html\\n<input type=range id=s max=9><b id=v>5</b>\\n```"+`"}`)
	found, err := chrome.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := New(suite.Kit{Browser: found.Path, Dir: t.TempDir()})
	s.Expect = 500 * time.Millisecond
	items, problems, err := s.Load(t.Context(), filepath.Join(dir, "drafts.jsonl"))
	if err != nil || len(items) != 1 || !items[0].Given || len(problems) != 3+1 {
		t.Fatal(items, problems, err)
	}
	score, err := s.Score(t.Context(), items[0], suite.Step{Files: items[0].Files})
	if err != nil {
		t.Fatal(err)
	}
	if score.Values["pft"] != 0.5 || score.Values["perfect"] != 0 || !strings.Contains(score.Note, "tells") || score.Missing["vqt"] == "" {
		t.Errorf("score %+v", score)
	}
	if ask := s.Ask(items[0], suite.Step{}); ask.Prompt != "Write HTML. a slider" {
		t.Errorf("prompt %q", ask.Prompt)
	}
}

func TestPoints(t *testing.T) {
	for _, c := range []struct {
		reply string
		want  float64
		fails string
	}{
		{"```json\n" + `{"checklist_results":[{"score":4},{"score":5}]}` + "\n```", 4.5, ""},
		{`{"checklist_results":[{"score":4}]}`, 0, "1 lines instead of 2"},
		{`{"checklist_results":[{"score":4},{"score":6}]}`, 0, "from 1 to 5"},
		{`{"checklist_results":[{"score":4},{}]}`, 0, "from 1 to 5"},
		{"It looks good.", 0, "not the JSON"},
	} {
		got, _, err := points(c.reply, 2)
		if got != c.want || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%q: %v, %v", c.reply, got, err)
		}
	}
}
