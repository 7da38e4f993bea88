package diagnose

import (
	"slices"

	"relook/preview"
)

// A Rule is what people are told of a check.
type Rule struct {
	ID       string
	Severity preview.Severity // the worst that it gives
	Profile  preview.Profile  // the least in which it is checked
	Limits   []Limit          // the thresholds that a person may change
}

// A Limit is a threshold of a rule that a person may change.
type Limit struct {
	Name        string  // as it is written in relook.toml, such as "error_px"; it ends in its unit
	Is          float64 // what it is unless it is changed
	Least, Most float64 // what it may be changed to
	About       string  // a sentence about it
	script      string  // what the script calls it; "" if only the verdict needs it
}

// tunable is a check with thresholds that a person may change. They are
// declared beside the check, and read with site.limit or by the script.
type tunable interface{ limits() []Limit }

// ruleTable lists every rule that can be reported: those of checks, and those of
// what the browser reports.
var ruleTable = []Rule{
	{ID: SidewaysScroll, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: OutsideViewport, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: ClippedText, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: TextOverlap, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: CoveredControl, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: LowContrast, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: BrokenImage, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: SpilledText, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: SiblingsCollide, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: ChildProtrudes, Severity: preview.SeverityWarning, Profile: preview.ProfileFast},
	{ID: StickyCovers, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: NarrowRange, Severity: preview.SeverityError, Profile: preview.ProfileStandard},
	{ID: LoneWrap, Severity: preview.SeverityWarning, Profile: preview.ProfileFast},
	{ID: UnevenGaps, Severity: preview.SeverityWarning, Profile: preview.ProfileFast},
	{ID: TextTooNarrow, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: TextTooWide, Severity: preview.SeverityInfo, Profile: preview.ProfileFast},
	{ID: TextTooSmall, Severity: preview.SeverityWarning, Profile: preview.ProfileFast},
	{ID: TapTarget, Severity: preview.SeverityWarning, Profile: preview.ProfileFast},
	{ID: StretchedImage, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: OversizedImage, Severity: preview.SeverityWarning, Profile: preview.ProfileFast},
	{ID: UnfilledText, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: MissingAlt, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: MissingLabel, Severity: preview.SeverityWarning, Profile: preview.ProfileFast},
	{ID: FontNotLoaded, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: LayoutShift, Severity: preview.SeverityWarning, Profile: preview.ProfileFast},
	{ID: NeverAppears, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: FlashInvisible, Severity: preview.SeverityWarning, Profile: preview.ProfileFast},
	{ID: ConsoleError, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: FailedRequest, Severity: preview.SeverityError, Profile: preview.ProfileFast},
	{ID: DeadControl, Severity: preview.SeverityError, Profile: preview.ProfileThorough},
	{ID: KeyboardDead, Severity: preview.SeverityWarning, Profile: preview.ProfileThorough},
	{ID: FocusNotVisible, Severity: preview.SeverityWarning, Profile: preview.ProfileThorough},
	{ID: FocusTrap, Severity: preview.SeverityError, Profile: preview.ProfileThorough},
	{ID: HoverBreaks, Severity: preview.SeverityError, Profile: preview.ProfileThorough},
	{ID: LostAtZoom, Severity: preview.SeverityError, Profile: preview.ProfileThorough},
	{ID: LostAt320, Severity: preview.SeverityWarning, Profile: preview.ProfileThorough},
	{ID: DarkScheme, Severity: preview.SeverityError, Profile: preview.ProfileThorough},
	{ID: ReducedMotion, Severity: preview.SeverityError, Profile: preview.ProfileThorough},
	{ID: LongerText, Severity: preview.SeverityWarning, Profile: preview.ProfileThorough},
	{ID: TextSpacing, Severity: preview.SeverityWarning, Profile: preview.ProfileThorough},
	{ID: RightToLeft, Severity: preview.SeverityWarning, Profile: preview.ProfileThorough},
	{ID: TooManyElements, Severity: preview.SeverityInfo, Profile: preview.ProfileFast},
	{ID: UnsearchedWidths, Severity: preview.SeverityInfo, Profile: preview.ProfileStandard},
	{ID: UnusedIgnore, Severity: preview.SeverityInfo, Profile: preview.ProfileStandard},
}

// Rules are all rules, in the order in which people are shown them.
func Rules() []Rule {
	list := slices.Clone(ruleTable)
	for i := range list {
		if t, ok := checkOf(list[i].ID).(tunable); ok {
			list[i].Limits = t.limits()
		}
	}
	return list
}

// ruleOf finds a rule by its id.
func ruleOf(id string) (Rule, bool) {
	for _, r := range Rules() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}
