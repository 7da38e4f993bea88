// Package tools gets and finds what relook works with and does not carry in
// itself: a browser, Ollama, a model. It serves `relook setup`, `relook doctor`,
// `make test` and `make demo`.
//
// What is installed already is always taken first. What has to be got goes into
// relook's own cache folder (Root), except for system packages, which are
// installed where this user may install them and unpacked into the cache where
// not. Nothing gets its final name before it is complete and checked, so that a
// run that breaks off leaves no half file, and the next one goes on where it
// stopped.
package tools
