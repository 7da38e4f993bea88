package edit

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"relook/preview"
)

// maxEdits is the largest number of edits that are applied at once. A whole
// file rewritten line by line stays below it.
const maxEdits = 20000

// Apply applies edits, which all belong to one file, to its text. Offsets refer
// to text as given; the order of the edits does not matter, save that insertions
// at one place keep theirs. Identical edits count once. It is an error when
// edits overlap, lie outside of text or within a character, or when the result
// is not valid UTF-8 or larger than preview.MaxPageBytes.
func Apply(text string, edits []preview.Edit) (string, error) {
	if len(edits) > maxEdits {
		return "", fmt.Errorf("%d edits at once are more than %d", len(edits), maxEdits)
	}
	size := len(text)
	var list []udiff.Edit
	seen := map[udiff.Edit]bool{}
	for _, e := range edits {
		if e.File != edits[0].File {
			return "", fmt.Errorf("edits of %s and %s can't be applied to one text", edits[0].File, e.File)
		}
		if err := checkSpan(text, e.Span); err != nil {
			return "", fmt.Errorf("edit of %s: %w", e.File, err)
		}
		if !utf8.ValidString(e.NewText) || strings.IndexByte(e.NewText, 0) >= 0 {
			return "", fmt.Errorf("edit of %s at byte %d: the new text is not valid UTF-8", e.File, e.Span.Start)
		}
		d := udiff.Edit{Start: e.Span.Start, End: e.Span.End, New: e.NewText}
		if !seen[d] {
			seen[d] = true
			list = append(list, d)
			size += len(d.New) - e.Span.Len()
		}
	}
	if size > preview.MaxPageBytes {
		return "", fmt.Errorf("the result is larger than %d MB", preview.MaxPageBytes>>20)
	}
	udiff.SortEdits(list)
	for i := 1; i < len(list); i++ {
		if a, b := list[i-1], list[i]; b.Start < a.End {
			return "", fmt.Errorf("edits of %s overlap: bytes %d to %d and %d to %d",
				edits[0].File, a.Start, a.End, b.Start, b.End)
		}
	}
	result, err := udiff.Apply(text, list)
	if err != nil {
		return "", fmt.Errorf("applying edits: %w", err)
	}
	if !utf8.ValidString(result) {
		return "", errors.New("the result is not valid UTF-8")
	}
	return result, nil
}

// checkSpan reports whether s lies in text, on character boundaries.
func checkSpan(text string, s preview.Span) error {
	if s.Start < 0 || s.End < s.Start || s.End > len(text) {
		return fmt.Errorf("bytes %d to %d are not in a text of %d bytes", s.Start, s.End, len(text))
	}
	for _, at := range []int{s.Start, s.End} {
		if at < len(text) && !utf8.RuneStart(text[at]) {
			return fmt.Errorf("byte %d is within a character", at)
		}
	}
	return nil
}

// ApplyAll applies edits of any number of files and returns the new text of each
// file that changes. read gives a file's text as the edits' offsets mean it.
func ApplyAll(read func(name string) (preview.Text, error), edits []preview.Edit) (map[string]string, error) {
	byFile := map[string][]preview.Edit{}
	var names []string
	for _, e := range edits {
		if !fs.ValidPath(e.File) {
			return nil, fmt.Errorf("edit of %q: is outside of the workspace", e.File)
		}
		if byFile[e.File] == nil {
			names = append(names, e.File)
		}
		byFile[e.File] = append(byFile[e.File], e)
	}
	slices.Sort(names)
	files := map[string]string{}
	for _, name := range names {
		src, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("applying edits: %w", err)
		}
		after, err := Apply(src.String(), byFile[name])
		if err != nil {
			return nil, err
		}
		if after != src.String() {
			files[name] = after
		}
	}
	return files, nil
}
