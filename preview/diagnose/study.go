package diagnose

import (
	"context"

	"relook/preview"
)

// A study finds what one reading of a view can't show: at other widths, hovered,
// with longer text. Its findings are judged by the check of their rule, like
// those of the script.
type study struct {
	name    string
	profile preview.Profile // the least that runs it
	// run may add to the findings of s.readings. It leaves the tabs as they
	// were: what changes a page is done to a Copy.
	run func(ctx context.Context, s *site) error
}

var studies = []study{
	{"widths", preview.ProfileStandard, searchWidths},
	appearStudy,
	contrastStudy,
	{"variations", preview.ProfileThorough, studyVariations},
	{"controls", preview.ProfileThorough, tryControls},
	{"focus", preview.ProfileThorough, tabThrough},
	{"hover", preview.ProfileThorough, hoverAll},
}

// study runs the studies of the profile, one after the other: each uses the
// browser to the full.
func (s *site) study(ctx context.Context) error {
	for _, st := range studies {
		if !s.options.Profile.Covers(st.profile) {
			continue
		}
		if err := st.run(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
