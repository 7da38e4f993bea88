package edit

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// WholeFile takes a file, which was before until now, out of a reply that holds
// all of it: between code fences, or bare. Byte order mark, line ends and the
// last line end become those of before. It is an error when the reply holds
// several files, leaves something out ("rest of the code", "..."), is cut off or
// passes a limit, and ErrNoChange when the file comes out as it was.
func WholeFile(reply, before string) (string, error) {
	if err := checkReply(reply); err != nil {
		return "", err
	}
	mark := byteOrderMark(before)
	old := toLF(before[len(mark):])
	file, err := takeFile(toLF(strings.TrimPrefix(reply, mark)), old)
	if err != nil {
		return "", err
	}
	file = strings.Trim(file, "\n")
	if strings.HasSuffix(old, "\n") {
		file += "\n"
	}
	if err := checkWhole(file, old); err != nil {
		return "", err
	}
	if file == old {
		return "", ErrNoChange
	}
	return mark + strings.ReplaceAll(file, "\n", lineEnd(before)), nil
}

// takeFile finds the file in the reply.
func takeFile(reply, before string) (string, error) {
	blocks, err := fences(reply)
	if err != nil {
		return "", err
	}
	if len(blocks) == 0 {
		return bare(reply, before), nil
	}
	if len(blocks) > 1 && isDocument(before) { // others may be snippets that explain
		var documents []string
		for _, b := range blocks {
			if isDocument(b) {
				documents = append(documents, b)
			}
		}
		blocks = documents
	}
	if len(blocks) != 1 {
		return "", fmt.Errorf("the reply holds %d files where one was asked for", len(blocks))
	}
	if wrapped(blocks[0]) && !wrapped(before) { // fences around fences
		return takeFile(blocks[0], before)
	}
	return blocks[0], nil
}

// wrapped reports whether s begins with a code fence.
func wrapped(s string) bool {
	first, _, _ := strings.Cut(strings.TrimLeft(s, "\n"), "\n")
	return fencePattern.MatchString(first)
}

var (
	fencePattern    = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*?)[ \t]*$")
	documentPattern = regexp.MustCompile(`(?i)<!doctype html|<html[\s>]`)
	endPattern      = regexp.MustCompile(`(?i)</html\s*>`)
)

func isDocument(s string) bool { return documentPattern.MatchString(s) }

// fences returns what stands between the outermost code fences of s. A fence
// with a language opens one, within another too; a bare fence closes the last.
func fences(s string) ([]string, error) {
	var blocks []string
	var block strings.Builder
	var open []string // the fences that are open, outermost first
	for line := range strings.Lines(s) {
		m := fencePattern.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		switch {
		case m == nil:
		case len(open) == 0:
			open = append(open, m[1])
			block.Reset()
			continue
		case m[2] != "":
			open = append(open, m[1])
		case strings.HasPrefix(m[1], open[len(open)-1]):
			if open = open[:len(open)-1]; len(open) == 0 {
				blocks = append(blocks, block.String())
				continue
			}
		}
		if len(open) > 0 {
			block.WriteString(line)
		}
	}
	if len(open) > 0 {
		return nil, errors.New("the reply is cut off: a code fence is not closed")
	}
	return blocks, nil
}

// bare cuts the words around a document off a reply without fences.
func bare(reply, before string) string {
	if !isDocument(before) {
		return reply
	}
	if at := documentPattern.FindStringIndex(reply); at != nil && documentPattern.FindStringIndex(before)[0] == 0 {
		reply = reply[at[0]:]
	}
	ends := endPattern.FindAllStringIndex(reply, -1)
	if len(ends) > 0 && endPattern.MatchString(before) {
		reply = reply[:ends[len(ends)-1][1]]
	}
	return reply
}

var (
	// omissionPattern matches a comment, or a line, that stands for something
	// left out.
	omissionPattern = regexp.MustCompile(`(?i)\b(?:rest of|remain(?:s|ing|der)?\b|unchanged|same as (?:before|above)|as before|existing (?:code|styles?|content|rules?|markup)|omitted|truncated|your (?:code|content) here)|\.\.\.|…`)
	commentPattern  = regexp.MustCompile(`(?s)<!--.*?-->|/\*.*?\*/|(?m:(?:^|\s)//[^\n]*)`)
	ellipsisPattern = regexp.MustCompile(`(?m)^[ \t]*(?:\.\.\.|…|\[(?:\.\.\.|…)\])[ \t]*$`)
)

// closers are the ends that a file which had them must still have: where one is
// gone, the reply stopped short.
var closers = []string{"</html", "</body", "</head", "</style", "</script", "}"}

// checkWhole reports whether file is a whole one.
func checkWhole(file, before string) error {
	if len(file) > 2*MaxReplyBytes {
		return errors.New("the file in the reply is too large")
	}
	if len(file)*2 < len(before) {
		return fmt.Errorf("the file in the reply is cut off: %d of %d bytes are left", len(file), len(before))
	}
	for _, c := range commentPattern.FindAllString(file, -1) {
		if omissionPattern.MatchString(c) && !strings.Contains(before, strings.TrimSpace(c)) {
			return fmt.Errorf("the reply leaves something out: %.80q", strings.TrimSpace(c))
		}
	}
	if s := ellipsisPattern.FindString(file); s != "" && !ellipsisPattern.MatchString(before) {
		return fmt.Errorf("the reply leaves something out: %q", strings.TrimSpace(s))
	}
	low, old := strings.ToLower(file), strings.ToLower(before)
	for _, c := range closers {
		if strings.Contains(old, c) && !strings.Contains(low, c) {
			return fmt.Errorf("the file in the reply is cut off: it has no %s any more", c)
		}
	}
	if isDocument(before) != isDocument(file) {
		return errors.New("the reply holds another kind of file")
	}
	return nil
}
