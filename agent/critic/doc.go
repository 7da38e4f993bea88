// Package critic has the critics of the ReLook paper: they score what a page
// looks like from 0 to 100 in four dimensions, say what to change, and compare
// two renderings of a page. Training needs one; at inference none runs unless it
// is asked for.
//
// There are three, all of them agent.Critic:
//
//   - New with Config.Vision asks a model that sees: it gets the request, the code
//     and the shots of one view at three moments in one question, with numbered
//     marks drawn on them (marks.go, picture.go), and answers under a JSON Schema
//     (schema.go). Remarks refer to the numbers.
//   - New without it asks any model in words: the diagnosis, and the elements with
//     their roles, names and boxes (words.go).
//   - Measured asks nobody: the diagnosis itself is the score.
//
// A model's answer is hostile input, and so is the page that it is shown. An
// answer that is no JSON, out of range, about marks that are not there, or the
// same for every page, is named, asked for again, and never scored (answer.go).
// What was answered once is kept by the content of the question (cache.go).
package critic
