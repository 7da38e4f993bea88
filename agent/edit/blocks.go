package edit

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"relook/preview"
)

// Limits on replies of models.
const (
	MaxReplyBytes = 1 << 20 // of one reply
	maxBlocks     = 100     // SEARCH/REPLACE blocks in one reply
)

// A Block is one SEARCH/REPLACE block of a reply: whole lines to find and what
// to put in their place.
type Block struct {
	Search, Replace string
}

var (
	searchPattern  = regexp.MustCompile(`^<{5,9} ?SEARCH$`)
	dividerPattern = regexp.MustCompile(`^={5,9}$`)
	replacePattern = regexp.MustCompile(`^>{5,9} ?REPLACE$`)
)

// ParseBlocks takes the SEARCH/REPLACE blocks out of a reply:
//
//	<<<<<<< SEARCH
//	lines as they are
//	=======
//	lines as they shall be
//	>>>>>>> REPLACE
//
// What stands around the blocks is ignored. It is an error when there is no
// block, when one is cut off or out of order, or when a limit is passed.
func ParseBlocks(reply string) ([]Block, error) {
	if err := checkReply(reply); err != nil {
		return nil, err
	}
	const outside, search, replace = 0, 1, 2
	var blocks []Block
	var parts [3]strings.Builder
	state := outside
	for line := range strings.Lines(reply) {
		mark := strings.TrimRight(line, " \t\r\n")
		switch {
		case searchPattern.MatchString(mark):
			if state != outside {
				return nil, fmt.Errorf("block %d of the reply begins before the one before it ends", len(blocks)+2)
			}
			state = search
			parts[search].Reset()
			parts[replace].Reset()
		case state == search && dividerPattern.MatchString(mark):
			state = replace
		case replacePattern.MatchString(mark):
			if state != replace {
				return nil, fmt.Errorf("block %d of the reply has no ======= line", len(blocks)+1)
			}
			state = outside
			blocks = append(blocks, Block{parts[search].String(), parts[replace].String()})
			if len(blocks) > maxBlocks {
				return nil, fmt.Errorf("the reply holds more than %d blocks", maxBlocks)
			}
		default:
			parts[state].WriteString(line)
		}
	}
	switch {
	case state != outside:
		return nil, fmt.Errorf("block %d of the reply is cut off", len(blocks)+1)
	case len(blocks) == 0:
		return nil, errors.New("the reply holds no SEARCH/REPLACE block")
	}
	return blocks, nil
}

func checkReply(reply string) error {
	switch {
	case strings.TrimSpace(reply) == "":
		return errors.New("the reply is empty")
	case len(reply) > MaxReplyBytes:
		return fmt.Errorf("the reply is larger than %d KB", MaxReplyBytes>>10)
	case !utf8.ValidString(reply) || strings.IndexByte(reply, 0) >= 0:
		return errors.New("the reply is not text in UTF-8")
	}
	return nil
}

// ApplyBlocks applies the blocks to text one after the other. The lines of each
// must be found at one place only: exactly, else but for white space, else as a
// part of one line. A block that fits no place, or more than one, is an error: a
// place is never guessed. Line ends become those of text. It is ErrNoChange when
// text comes out as it was.
func ApplyBlocks(text string, blocks []Block) (string, error) {
	if len(text) > MaxReplyBytes {
		return "", fmt.Errorf("a file of more than %d KB is not edited in blocks", MaxReplyBytes>>10)
	}
	mark := byteOrderMark(text)
	text = text[len(mark):]
	result := text
	for i, b := range blocks {
		after, err := b.apply(result)
		if err != nil {
			return "", fmt.Errorf("block %d: %w", i+1, err)
		}
		if len(after) > 2*MaxReplyBytes {
			return "", fmt.Errorf("block %d: the result is larger than %d KB", i+1, 2*MaxReplyBytes>>10)
		}
		result = after
	}
	if result == text {
		return "", ErrNoChange
	}
	return mark + result, nil
}

// byteOrderMark returns the mark that text begins with, "" if there is none.
func byteOrderMark(text string) string {
	const mark = "\ufeff"
	if strings.HasPrefix(text, mark) {
		return mark
	}
	return ""
}

func (b Block) apply(text string) (string, error) {
	if strings.TrimSpace(b.Search) == "" {
		return "", errors.New("its SEARCH part is empty")
	}
	eol := lineEnd(text)
	search, replace := toLF(b.Search), toLF(b.Replace)
	for strings.HasPrefix(search, "\n") && strings.HasPrefix(replace, "\n") {
		search, replace = search[1:], replace[1:]
	}
	same := func(a, b string) bool { return a == b }
	folded := func(a, b string) bool {
		return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
	}
	for _, equal := range []func(a, b string) bool{same, folded} {
		spans := findLines(text, search, equal)
		if len(spans) > 1 {
			return "", fmt.Errorf("its SEARCH part fits %d places", len(spans))
		}
		if len(spans) == 1 {
			s := spans[0]
			replace = reindent(replace, search, text[s.Start:s.End])
			return text[:s.Start] + withEnd(replace, text[s.Start:s.End], eol) + text[s.End:], nil
		}
	}
	return b.applyWithin(text)
}

// applyWithin replaces a part of one line, cut between words.
func (b Block) applyWithin(text string) (string, error) {
	search, replace := strings.TrimSpace(b.Search), strings.TrimSpace(b.Replace)
	if strings.ContainsAny(search+replace, "\r\n") {
		return "", errors.New("its SEARCH part is not in the file")
	}
	at, found := -1, 0
	for i := 0; ; {
		n := strings.Index(text[i:], search)
		if n < 0 {
			break
		}
		i += n
		if end := i + len(search); !(isWord(text, i-1) && isWord(text, i)) && !(isWord(text, end-1) && isWord(text, end)) {
			at = i
			found++
		}
		i += len(search)
	}
	switch found {
	case 0:
		return "", errors.New("its SEARCH part is not in the file")
	case 1:
		return text[:at] + replace + text[at+len(search):], nil
	}
	return "", fmt.Errorf("its SEARCH part fits %d places", found)
}

// isWord reports whether byte i of s is part of a word or number of CSS or HTML.
func isWord(s string, i int) bool {
	if i < 0 || i >= len(s) {
		return false
	}
	c := s[i]
	return c >= 0x80 || c == '-' || c == '_' || c == '%' || c == '.' || c == '#' ||
		c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func toLF(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// findLines returns the places of text whose lines equal those of search, blank
// lines at the ends of search left out.
func findLines(text, search string, equal func(a, b string) bool) []preview.Span {
	src := preview.NewText(text)
	want := strings.Split(strings.Trim(search, "\n"), "\n")
	var spans []preview.Span
	for first := 0; first+len(want) <= src.Lines(); first++ {
		n := 0
		for n < len(want) && equal(src.Line(first+n), want[n]) {
			n++
		}
		if n == len(want) {
			spans = append(spans, preview.Span{
				Start: src.Offset(preview.Position{Line: first}),
				End:   src.Offset(preview.Position{Line: first + n}),
			})
		}
	}
	return spans
}

// reindent moves replace by the indentation that found has and search lacks.
func reindent(replace, search, found string) string {
	have, want := leadingBlank(strings.TrimLeft(search, "\n")), leadingBlank(found)
	if have == want {
		return replace
	}
	var b strings.Builder
	for line := range strings.Lines(replace) {
		if rest, ok := strings.CutPrefix(line, have); ok && strings.TrimSpace(line) != "" {
			line = want + rest
		}
		b.WriteString(line)
	}
	return b.String()
}

func leadingBlank(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, " \t"))]
}

// withEnd gives replace the line ends eol, and an end like that of found.
func withEnd(replace, found, eol string) string {
	if strings.TrimSpace(replace) == "" {
		return ""
	}
	replace = strings.TrimSuffix(replace, "\n")
	if strings.HasSuffix(found, "\n") || strings.HasSuffix(found, "\r") {
		replace += "\n"
	}
	return strings.ReplaceAll(replace, "\n", eol)
}
