// Package trace keeps what refinements did, on this machine and nowhere else:
// every pass with its questions and replies, candidates, verdicts, timings and
// shots. People look at it to learn why a repair was taken or not; a trainer
// reads it as examples.
//
// A Store is a folder with a folder for each trace, which only its owner may
// read. It is bounded by count and bytes: the oldest go first. A trace that
// can't be read is named and never in the way of the others.
package trace
