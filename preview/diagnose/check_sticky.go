package diagnose

import (
	"fmt"

	"relook/preview"
)

// A bar that stays and takes more than two fifths of the height leaves less than
// a dozen lines of text on a laptop.
const stickyPart = 0.4

type stickyCovers struct{}

func (stickyCovers) rule() string { return StickyCovers }

func (stickyCovers) judge(f finding, _ *site, _ int) (verdict, bool) {
	if f.Words["kind"] == "size" {
		return verdict{preview.SeverityWarning, f.Measure["view_percent"] - 100*stickyPart, 30}, true
	}
	return verdict{preview.SeverityError, f.Measure["hidden"], 4}, true
}

func (stickyCovers) sentence(d *draft) string {
	w := d.worst()
	switch w.Words["kind"] {
	case "size":
		return fmt.Sprintf("%s stays in view and takes %s %% of the screen's height %s", d.name(), number(w.Measure["view_percent"]), d.at())
	case "top":
		return fmt.Sprintf("The text %s%s lies under %s at the top of the page and can't be scrolled clear of it %s", quote(w.Words["text"]), hiddenMore(w), d.name(), d.at())
	}
	return fmt.Sprintf("The text %s%s lies under %s at the end of the page and can't be scrolled clear of it %s", quote(w.Words["text"]), hiddenMore(w), d.name(), d.at())
}

func hiddenMore(w *sighting) string {
	if n := w.Measure["hidden"] - 1; n >= 1 {
		return ", with " + plural(n, "more text") + ","
	}
	return ""
}

func (stickyCovers) suspects(d *draft) []suspect {
	return suspectsOf(d, []string{"element", "child"}, []neutral{
		{"height", set("height", "auto")},
		{"min-height", set("min-height", "0")},
		{"padding", set("padding-top", "0", "padding-bottom", "0")},
		{"position", set("position", "static")},
	})
}

func (stickyCovers) detail(d *draft) (string, bool) { return d.worst().Words["kind"], true }
