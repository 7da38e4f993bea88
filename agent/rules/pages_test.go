package rules_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"relook/agent"
	"relook/agent/rules"
	"relook/preview"
	"relook/preview/chrome"
	"relook/preview/previewtest"
)

var labelled = flag.String("labelled", "", "refine the labelled pages whose names match, and tell what becomes of each")

var asFast = flag.Bool("as-fast", false, "in the profile fast")

func TestLabelled(t *testing.T) {
	if *labelled == "" {
		t.Skip()
	}
	const dir = "../../testdata/diagnose"
	browser := chrome.New(chrome.Config{})
	defer browser.Close()
	files, _ := filepath.Glob(dir + "/*.html")
	done, all := 0, 0
	for _, file := range files {
		name := filepath.Base(file)
		if ok, _ := filepath.Match(*labelled, name); !ok || strings.HasPrefix(name, "quiet-") {
			continue
		}
		src, _ := os.ReadFile(file)
		want, err := previewtest.ParseLabel(string(src))
		if err != nil {
			t.Fatal(err)
		}
		if len(want.Defects) == 0 {
			continue
		}
		profile := want.Profile
		if *asFast && profile == preview.ProfileStandard {
			profile = preview.ProfileFast
		}
		trace, err := agent.Refine(t.Context(), agent.Config{
			Renderer: browser, Policies: []agent.Policy{rules.New()}, Profile: profile,
		}, preview.Page{FS: os.DirFS(dir), Entry: name})
		if err != nil {
			t.Error(name, err)
			continue
		}
		all++
		left := trace.After.Diagnosis.Count(preview.SeverityError) + trace.After.Diagnosis.Count(preview.SeverityWarning)
		if trace.Status == agent.Improved && left == 0 {
			done++
		}
		t.Logf("PAGE %s %s: %d -> %d worth, %s, %.0f ms", name, trace.Status, len(trace.Before.Diagnosis.Defects), left, profile, trace.Millis)
		if left > 0 || trace.Status != agent.Improved {
			for _, d := range trace.After.Diagnosis.Defects {
				t.Logf("  LEFT %s %s %s", d.Severity, d.Rule, d.Message)
			}
			var why []string
			for _, p := range trace.Passes {
				for _, a := range p.Attempts {
					if s := a.Why + " => " + a.Verdict.Rule + ": " + a.Verdict.Reason; !slices.Contains(why, s) && len(why) < 25 {
						why = append(why, s)
					}
				}
			}
			for _, w := range why {
				t.Logf("     %.230s", w)
			}
		}
	}
	t.Logf("%d of %d", done, all)
}
