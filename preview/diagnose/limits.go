package diagnose

// limits are the thresholds and bounds that the script is given. The thresholds
// are documented in the file of the check that they belong to. Those that a
// person may change are declared there too, and replace these: see
// site.scriptLimits.
var limits = map[string]any{
	"maxElements":     maxElements,
	"maxFragments":    20000,
	"maxPoints":       4000,
	"maxSteps":        80,
	"maxPairs":        400000,
	"maxFindings":     30,
	"maxCulprits":     5,
	"maxElementsEach": MaxElementsEach,
	"maxRules":        50000,
	"maxScript":       200000, // characters of one script
	"maxShadows":      200,
	"maxContainers":   40,
	"maxShapes":       4000,

	"sidewaysPx":         sidewaysPx,
	"outsidePx":          outsidePx,
	"clippedPx":          clippedPx,
	"clippedPart":        clippedPart,
	"overlapPx":          overlapPx,
	"overlapPart":        overlapPart,
	"overlapTightPart":   overlapTightPart,
	"ratioSlack":         ratioSlack,
	"stretchedPart":      stretchedPart,
	"stretchedPx":        stretchedPx,
	"oversizedPx":        oversizedPx,
	"oversizedKB":        oversizedKB,
	"altPx":              altPx,
	"shiftScore":         shiftScore,
	"shiftPx":            shiftPx,
	"appearMs":           appearMs,
	"appearChars":        appearChars,
	"flashPart":          flashPart,
	"flashChars":         flashChars,
	"spilledPx":          spilledPx,
	"spilledPart":        spilledPart,
	"cutValuePx":         cutValuePx,
	"cutValuePart":       cutValuePart,
	"protrudesPx":        protrudesPx,
	"collidesPx":         collidesPx,
	"tapPx":              tapPx,
	"tapViewPx":          tapViewPx,
	"smallPx":            smallPx,
	"smallRunningPx":     smallRunningPx,
	"phonePx":            phonePx,
	"thumbScale":         thumbScale,
	"loneFull":           loneFull,
	"gapItems":           gapItems,
	"gapPx":              gapPx,
	"wideChars":          wideChars,
	"wideLines":          wideLines,
	"narrowChars":        narrowChars,
	"narrowLines":        narrowLines,
	"narrowCellChars":    narrowCellChars,
	"narrowLong":         narrowLong,
	"narrowLongChars":    narrowLongChars,
	"stickyPart":         stickyPart,
	"contrastRatio":      contrastRatio,
	"contrastRatioLarge": contrastRatioLarge,
}

// MaxElementsEach is how many elements of a defect are listed at one view;
// its Measure "count" tells how many there are.
const MaxElementsEach = 12

// A page with more elements is a dump of data; reading it all would take
// seconds. What lies beyond is not checked, and the diagnosis says so.
const maxElements = 12000

// Evidence costs a few browser calls for each element: it is gathered for the
// worst defects only. More than this no policy can use at once.
const (
	maxEvidence = 40 // defects
	maxSubjects = 6  // elements of a defect
	maxTries    = 24 // declarations of a defect that are tried as its cause
)
