// Package rules holds the page of each rule, so that `relook rules` and SARIF can
// show it. The pages stand beside this file.
package rules

import (
	"embed"
	"strings"
)

//go:embed *.md
var pages embed.FS

// Page is the documentation of a rule in Markdown, "" if there is none. The picture
// is left out: it is not at hand where the page is shown.
func Page(id string) string {
	b, err := pages.ReadFile(id + ".md")
	if err != nil {
		return ""
	}
	before, after, ok := strings.Cut(string(b), "![")
	if !ok {
		return before
	}
	_, after, _ = strings.Cut(after, "\n\n")
	return before + after
}

// Sentence is what a rule finds, in the words with which its page begins: the
// first sentence under the heading, without Markdown.
func Sentence(id string) string {
	_, body, _ := strings.Cut(Page(id), "\n\n")
	first, _, _ := strings.Cut(body, "\n")
	if s, _, more := strings.Cut(first, ". "); more {
		first = s + "."
	}
	return strings.ReplaceAll(first, "`", "")
}
