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
	diagnose.ConsoleError:    "A script failed or logged an error.",
	diagnose.FailedRequest:   "A file that the page asks for was not to be had.",
	diagnose.TooManyElements: "The page has more elements than relook looks at.",
}
