// Package diagnose finds what is visibly broken on a page. A check has two
// halves: a script that runs in an isolated world of the page and reads the
// browser's own layout, and Go code that judges what it read, words the defect
// and looks up its cause. The package knows no browser: it asks a Tab, which
// preview/chrome implements.
package diagnose
