package diagnose_test

import (
	"slices"
	"testing"
	"time"

	"relook/preview"
	"relook/preview/diagnose"
)

// TestMomentsAreRepeatable: what is told of the time before the last moment is
// the same in every load, and taking shots on the way does not show in it.
func TestMomentsAreRepeatable(t *testing.T) {
	for _, name := range []string{"shift-banner.html", "shift-class.html", "shift-insert.html", "flash-late.html", "quiet-late.html"} {
		var first preview.Diagnosis
		for i, shots := range []preview.ShotMode{preview.NoShots, preview.AllShots, preview.NoShots, preview.LastShots} {
			tabs, done, err := browser.OpenTabs(t.Context(), page(name), preview.RenderOptions{Shots: shots})
			if err != nil {
				t.Fatal(err)
			}
			d, _, err := diagnose.Run(t.Context(), page(name), tabs, diagnose.Options{})
			done()
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = d
				continue
			}
			sameFaults(t, first, d)
			for j := range min(len(first.Defects), len(d.Defects)) {
				if a, b := first.Defects[j].Message, d.Defects[j].Message; a != b {
					t.Errorf("%s reads differently in load %d:\n%s\n%s", name, i+1, a, b)
				}
			}
		}
	}
}

// TestGlancesNeedMoments: a page that is looked at once, before anything had time
// to come, is not said to lack it.
func TestGlancesNeedMoments(t *testing.T) {
	for _, name := range []string{"appear-observer.html", "flash-fade.html", "shift-banner.html"} {
		o := preview.RenderOptions{Moments: []time.Duration{0}}
		tabs, done, err := browser.OpenTabs(t.Context(), page(name), o)
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := diagnose.Run(t.Context(), page(name), tabs, diagnose.Options{Profile: preview.ProfileStandard})
		done()
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(d.Defects, func(x preview.Defect) bool {
			return x.Rule == diagnose.NeverAppears || x.Rule == diagnose.FlashInvisible || x.Rule == diagnose.LayoutShift
		}); i >= 0 {
			t.Errorf("%s: %s", name, describe(d.Defects[i]))
		}
	}
}
