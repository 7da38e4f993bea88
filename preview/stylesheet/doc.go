// Package stylesheet reads the text of CSS style sheets: where each rule and each
// declaration stands. It is pure, takes any text, and keeps no value: what a
// declaration means is the browser's to say.
package stylesheet
