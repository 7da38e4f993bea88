package main

import "relook/preview/diagnose"

// ruleSentences says what each rule finds: for `relook help config`, and for
// the readers of SARIF.
var ruleSentences = map[string]string{
	diagnose.SidewaysScroll:  "The page is wider than the screen and scrolls sideways.",
	diagnose.OutsideViewport: "Content lies beyond the edge of the screen and can't be reached.",
	diagnose.ClippedText:     "Text is cut off by its box.",
	diagnose.TextOverlap:     "Text lies on other text.",
	diagnose.CoveredControl:  "A control can't be hit because something lies on it.",
	diagnose.LowContrast:     "Text is too close in colour to what is behind it.",
	diagnose.BrokenImage:     "An image did not load.",
	diagnose.SpilledText:     "Text runs out of its box, or a select is too narrow for its choice.",
	diagnose.SiblingsCollide: "Things that should stand side by side lie on each other.",
	diagnose.ChildProtrudes:  "A thing sticks out of the painted box that holds it.",
	diagnose.TapTarget:       "A control is too small and too close to others for a finger.",
	diagnose.TextTooSmall:    "Letters are drawn too small to be read with ease.",
	diagnose.LoneWrap:        "One of a row of like things has fallen into a line of its own.",
	diagnose.UnevenGaps:      "One gap in a row of like things differs from all others.",
	diagnose.TextTooWide:     "Lines of running text are too long.",
	diagnose.TextTooNarrow:   "Text is squeezed into a column of one word a line.",
	diagnose.StickyCovers:    "A bar that stays covers a great part of the screen, or text for good.",
	diagnose.ConsoleError:    "A script failed or logged an error.",
	diagnose.FailedRequest:   "A file that the page asks for was not to be had.",
	diagnose.UnfilledText:    "A text shows a placeholder or a missing value.",
	diagnose.StretchedImage:  "A picture is drawn out of its proportions.",
	diagnose.OversizedImage:  "A picture's file has far more pixels than are drawn.",
	diagnose.MissingAlt:      "A picture has no words for who can't see it.",
	diagnose.MissingLabel:    "A control has no name for who can't see it.",
	diagnose.LayoutShift:     "What is being read moves.",
	diagnose.NeverAppears:    "Words have their place on the page and stay invisible.",
	diagnose.FlashInvisible:  "The words of the first screen come late.",
	diagnose.FontNotLoaded:   "Words or icons are not shown in the font that was meant.",
	diagnose.TooManyElements: "The page has more elements than relook looks at.",
}
