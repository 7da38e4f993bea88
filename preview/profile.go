package preview

import (
	"fmt"
	"slices"
)

// A Profile says how thoroughly a page is looked at.
type Profile string

// The profiles, each with all that those before it check.
const (
	// ProfileFast reads each view once: for typing, and for the verdicts of the
	// loop.
	ProfileFast Profile = "fast"
	// ProfileStandard also proves in pixels what it finds and searches the widths
	// between the views: for saving and for checks.
	ProfileStandard Profile = "standard"
	// ProfileThorough also uses copies of the page: hovered, zoomed, with longer
	// text, with each control tried.
	ProfileThorough Profile = "thorough"
)

// Profiles are all profiles, the quickest first.
func Profiles() []Profile { return []Profile{ProfileFast, ProfileStandard, ProfileThorough} }

// ParseProfile reads a profile's name.
func ParseProfile(s string) (Profile, error) {
	if p := Profile(s); slices.Contains(Profiles(), p) {
		return p, nil
	}
	return "", fmt.Errorf("profile %q is not one of fast, standard, thorough", s)
}

// Covers reports whether all that q checks is checked by p too. The zero Profile
// is ProfileFast.
func (p Profile) Covers(q Profile) bool {
	return slices.Index(Profiles(), p) >= slices.Index(Profiles(), q) || q == ProfileFast || q == ""
}

// A RuleSetting is what a person's configuration says of one rule.
type RuleSetting struct {
	Off      bool     // nothing is reported
	Severity Severity // in place of the rule's own; "" keeps it
	// Limits replace thresholds of the rule by name, such as "ratio": its page
	// in docs/rules names them.
	Limits map[string]float64
}
