// Package mutant makes repair tasks without end: it takes a page that is fine
// and breaks it by an operator whose reverse is the known repair. A Generator
// keeps only those mutants on which the diagnosis finds, in a real browser, what
// it did not find on the clean page, so that each is a task that can be seen and
// solved. The trainer learns from them, and `make eval` measures with them.
//
// Reading goes from the page (source.go) over the operators (operators.go and
// the ops_ files) to what is made of them (generate.go).
package mutant
