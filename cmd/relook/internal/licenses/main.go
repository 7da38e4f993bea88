// Command licenses writes the licences of every module that is linked into relook to the
// file that it is given, for `relook version --licenses`. Run it with
// `go generate ./cmd/relook` after a module was added, removed or updated.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: licenses FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	mods, err := modules("relook/cmd/relook")
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("relook is built from the following works of others.\n")
	if err := goItself(&b); err != nil {
		return err
	}
	for _, m := range mods {
		text, err := license(m)
		if err != nil {
			return err
		}
		entry(&b, m.Path+" "+m.Version, text)
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}

func entry(b *bytes.Buffer, title, text string) {
	fmt.Fprintf(b, "\n%s\n%s\n\n%s\n", title, strings.Repeat("-", len(title)), strings.TrimSpace(text))
}

// goItself enters the licence of Go's runtime and standard library.
func goItself(b *bytes.Buffer) error {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("asking for GOROOT: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "LICENSE"))
	if err != nil {
		return fmt.Errorf("reading Go's licence: %w", err)
	}
	// The version is left out: the text is the same for all that build relook.
	entry(b, "Go", string(text))
	return nil
}

type module struct {
	Path, Version, Dir string
	Main               bool
}

// platforms are those that relook is built for: a module that only one of them
// links counts.
var platforms = []string{"linux/amd64", "darwin/arm64", "windows/amd64"}

// modules lists the modules whose packages are linked into a package, in order.
func modules(pkg string) ([]module, error) {
	seen := map[string]module{}
	for _, p := range platforms {
		goos, goarch, _ := strings.Cut(p, "/")
		cmd := exec.Command("go", "list", "-deps", "-json=Module", pkg)
		cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("listing what %s is built from on %s: %w", pkg, p, err)
		}
		if err := collect(out, seen); err != nil {
			return nil, err
		}
	}
	var list []module
	for _, m := range seen {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

func collect(out []byte, seen map[string]module) error {
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct{ Module *module }
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the list of packages: %w", err)
		}
		if p.Module != nil && !p.Module.Main {
			seen[p.Module.Path] = *p.Module
		}
	}
}

var licenseName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|copyright)([.-].*)?$`)

// license is the text of a module's licence and notice files.
func license(m module) (string, error) {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", m.Path, err)
	}
	var parts []string
	for _, e := range entries {
		if !e.Type().IsRegular() || !licenseName.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			return "", fmt.Errorf("reading the licence of %s: %w", m.Path, err)
		}
		parts = append(parts, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	if len(parts) == 0 {
		return "", fmt.Errorf("%s has no licence file", m.Path)
	}
	return strings.Join(parts, "\n\n"), nil
}
