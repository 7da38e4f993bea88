package previewtest_test

import (
	"slices"
	"testing"

	"relook/preview"
	"relook/preview/previewtest"
)

func TestParseLabel(t *testing.T) {
	l, err := previewtest.ParseLabel(`<!-- expect thorough: clipped-text at 390,768 on .a > b cause "height: 1px" widths 320-767,900-1000; low-contrast at all; text-overlap at none -->
<!doctype html>`)
	if err != nil || l.Profile != preview.ProfileThorough || len(l.Defects) != 3 || l.Defects[2].Widths != nil {
		t.Fatalf("%+v, %v", l, err)
	}
	e := l.Defects[0]
	if e.Rule != "clipped-text" || !slices.Equal(e.Widths, []string{"390", "768"}) || e.Selector != ".a > b" || e.Cause != "height: 1px" ||
		!slices.Equal(e.Ranges, []preview.WidthRange{{From: 320, To: 767}, {From: 900, To: 1000}}) {
		t.Errorf("%+v", e)
	}
	if e := l.Defects[1]; !slices.Equal(e.Widths, []string{"390", "768", "1280"}) || e.Ranges != nil {
		t.Errorf("%+v", e)
	}
	for _, bad := range []string{"", "<!doctype html>", "<!-- expect: x -->\n", "<!-- expect slow: nothing -->\n", "<!-- expect: a at all cause \"\\q\" -->\n"} {
		if l, err := previewtest.ParseLabel(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, l)
		}
	}
}
