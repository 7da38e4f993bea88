// Package chrome renders pages with a real Chromium: it implements
// preview.Renderer and is the only package that imports rod.
//
// The way through it, bottom up: find.go finds a browser, process.go runs it,
// conn.go speaks the DevTools protocol with it and deals its events out to
// sessions, tab.go is one page in one browser context of its own, serve.go
// answers every request of a tab from the page's fs.FS, load.go brings a tab to
// a moment of virtual page time, styles.go reads the rules behind an element,
// shot.go takes pictures, and browser.go and live.go put these together.
//
// Pages are hostile: whatever they do, a tab answers within its time-out or is
// thrown away, and nothing leaves the machine.
package chrome
