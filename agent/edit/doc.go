// Package edit turns what a policy wants ("set this property to that value in
// this rule", a SEARCH/REPLACE block, a whole file) into the smallest edits of
// the source, and applies them. All else of a file stays byte for byte as its
// author wrote it: indentation, one-line and multi-line rules, quotes, line
// ends, byte order mark, a missing last semicolon.
//
// The package is pure: it reads no file and starts nothing. What it is given by
// a model is hostile: every value is checked as CSS or as an attribute before
// it comes near the source, and all sizes have limits.
package edit
