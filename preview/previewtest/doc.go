// Package previewtest holds what tests of other packages need in place of a
// browser: Conformance, the tests that every preview.Renderer passes, and Fake,
// a small renderer without a browser that passes them too. The tests run against
// Chromium in preview/chrome, so that what is tested with the fake holds there.
package previewtest
