package diagnose

import (
	"context"
	"fmt"

	"relook/preview"
)

// A study finds what one reading of a view can't show: at other widths, hovered,
// with longer text. Its findings are judged by the check of their rule, like
// those of the script.
type study struct {
	name    string          // for people
	profile preview.Profile // the least that runs it
	// run may add to the findings of s.readings. It leaves the tabs as they
	// were: what changes a page is done to a Copy.
	run func(ctx context.Context, s *site) error
}

var studies = []study{
	{"the widths between the views", preview.ProfileStandard, searchWidths},
	appearStudy,
	contrastStudy,
	{"the page zoomed, dark, still, mirrored and with longer text", preview.ProfileThorough, studyVariations},
	{"what controls do", preview.ProfileThorough, tryControls},
	{"where the focus goes", preview.ProfileThorough, tabThrough},
	{"what the pointer rests on", preview.ProfileThorough, hoverAll},
}

// study runs the studies of the profile, one after the other: each uses the
// browser to the full.
func (s *site) study(ctx context.Context) error {
	for _, st := range studies {
		if !s.options.Profile.Covers(st.profile) {
			continue
		}
		what := fmt.Sprintf("There was no time to look at all of this: %s.", st.name)
		if err := s.spend(ctx, what, func(ctx context.Context) error { return st.run(ctx, s) }); err != nil {
			return err
		}
	}
	return nil
}
