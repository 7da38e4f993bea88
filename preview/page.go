package preview

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"
)

// MaxPageBytes is the largest entry file, in bytes, that is rendered. A page
// that a person edits is far smaller; a larger one is nearly always a dump.
const MaxPageBytes = 20 << 20

// A Page is an entry file in an immutable snapshot of the workspace. The
// snapshot is an fs.FS so that a directory, unsaved buffers laid over it and a
// txtar archive all render alike.
type Page struct {
	// FS is the workspace. It must not change while a render runs.
	FS fs.FS
	// Entry is the slash-separated path of the entry file in FS.
	Entry string
}

// InputError says that a page can't be rendered because of what the person gave
// us, not because of a broken machine. Mend says what would help.
type InputError struct {
	File string // as the person named it
	What string // what is wrong, lower-case
	Mend string // what to do about it; may be empty
}

func (e *InputError) Error() string {
	if e.Mend == "" {
		return fmt.Sprintf("%s: %s", e.File, e.What)
	}
	return fmt.Sprintf("%s: %s: %s", e.File, e.What, e.Mend)
}

// Source reads the entry file and checks that it is text that a browser can be
// given: it exists, is a file, is not empty, is valid UTF-8 without NUL and is
// no larger than MaxPageBytes. What a person can mend comes as *InputError.
func (p Page) Source() (Text, error) {
	return p.Read(p.Entry)
}

// Read reads any file of the page's workspace under the same conditions as
// Source.
func (p Page) Read(name string) (Text, error) {
	bad := func(what, mend string) (Text, error) {
		return Text{}, &InputError{File: name, What: what, Mend: mend}
	}
	if !fs.ValidPath(name) {
		return bad("is outside of the workspace", "name a file below the workspace folder")
	}
	info, err := fs.Stat(p.FS, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return bad("no such file", "check the path")
	case err != nil:
		return Text{}, fmt.Errorf("reading %s: %w", name, err)
	case info.IsDir():
		return bad("is a directory", "name an HTML file in it, for example "+path.Join(name, "index.html"))
	case !info.Mode().IsRegular():
		return bad("is not a regular file", "name an HTML file")
	case info.Size() > MaxPageBytes:
		return bad(fmt.Sprintf("is %d MB, more than the %d MB that relook renders", info.Size()>>20, MaxPageBytes>>20),
			"move data out of the page into files that it loads")
	}
	b, err := fs.ReadFile(p.FS, name)
	if err != nil {
		return Text{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return checkText(name, b)
}

func checkText(name string, b []byte) (Text, error) {
	bad := func(what, mend string) (Text, error) {
		return Text{}, &InputError{File: name, What: what, Mend: mend}
	}
	switch {
	case len(strings.TrimSpace(strings.TrimPrefix(string(b), bom))) == 0:
		return bad("is empty", "write a page into it first")
	case strings.IndexByte(string(b), 0) >= 0:
		return bad("is a binary file", "name an HTML file")
	case !utf8.Valid(b):
		return bad("is not valid UTF-8", "save it in UTF-8")
	}
	return NewText(string(b)), nil
}
