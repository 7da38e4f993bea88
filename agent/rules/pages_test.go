package rules_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relook/agent"
	"relook/agent/rules"
	"relook/preview"
	"relook/preview/chrome"
	"relook/preview/previewtest"
)

const labelledPages = "../../testdata/diagnose"

// mended are labelled pages, one of each family of repairs at least, that the
// policy repairs in full.
var mended = []string{
	"sideways-width", "sideways-image-attribute", "clipped-height", "overlap-margin", "contrast-grey", "collide-columns",
	"protrudes-float", "lone-nav", "gaps-margin", "narrow-letters", "small-font", "tap-icons", "stretched-height",
	"sticky-foot", "label-field", "shift-image", "appear-keyframes", "spilled-card", "narrow-gap-menu",
}

var mendedAlso = flag.String("mend", "", "refine the labelled pages whose names match too, and tell what becomes of each")

// TestMendsLabelledPages refines pages with known defects in a real browser, in
// the profile of their labels.
func TestMendsLabelledPages(t *testing.T) {
	browser := chrome.New(chrome.Config{})
	t.Cleanup(func() {
		if err := browser.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, name := range mended {
		t.Run(name, func(t *testing.T) {
			trace := mend(t, browser, name+".html")
			if left := worth(trace.After.Diagnosis); trace.Status != agent.Improved || left > 0 {
				t.Errorf("%s, %d defects left", trace.Status, left)
				tell(t, trace)
			}
		})
	}
	if *mendedAlso == "" {
		return
	}
	files, err := filepath.Glob(labelledPages + "/" + *mendedAlso + ".html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		trace := mend(t, browser, filepath.Base(file))
		t.Logf("%s: %s, %d defects of %d left, %.0f ms", filepath.Base(file), trace.Status, worth(trace.After.Diagnosis), worth(trace.Before.Diagnosis), trace.Millis)
		tell(t, trace)
	}
}

func mend(t *testing.T, browser preview.Renderer, name string) *agent.Trace {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(labelledPages, name))
	if err != nil {
		t.Fatal(err)
	}
	label, err := previewtest.ParseLabel(string(src))
	if err != nil {
		t.Fatal(err)
	}
	profile := preview.ProfileFast
	if label.Profile == preview.ProfileThorough || strings.HasPrefix(name, "narrow-gap") {
		profile = label.Profile
	}
	trace, err := agent.Refine(t.Context(), agent.Config{
		Renderer: browser, Policies: []agent.Policy{rules.New()}, Profile: profile,
	}, preview.Page{FS: os.DirFS(labelledPages), Entry: name})
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// worth counts the defects that are worth a repair.
func worth(d preview.Diagnosis) int {
	return d.Count(preview.SeverityError) + d.Count(preview.SeverityWarning)
}

// tell logs what is left and why the first attempts failed.
func tell(t *testing.T, trace *agent.Trace) {
	t.Helper()
	for _, d := range trace.After.Diagnosis.Defects {
		t.Logf("left: %s %s", d.Severity, d.Message)
	}
	for _, p := range trace.Passes {
		for _, a := range p.Attempts[:min(len(p.Attempts), 12)] {
			t.Logf("%q: %s: %s", a.Why, a.Verdict.Rule, a.Verdict.Reason)
		}
	}
}
