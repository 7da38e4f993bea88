// Package rules is the embedded policy: it needs no model. For each kind of
// defect it knows what a front-end developer would try first, as templates ("a
// fixed width becomes a greatest width", "the row may wrap") and answers in
// closed form (the nearest colour that reaches the contrast, the file that a
// misspelt address means). It proposes many small candidates, likeliest first,
// nearly all of them a single edit; which of them mends the page is for the gate
// to measure.
//
// It never proposes to hide anything.
package rules
