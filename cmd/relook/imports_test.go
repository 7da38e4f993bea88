package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// Who may import whom: the layout that docs/architecture.md tells. A package is
// matched by its path below the module, with everything under it where the
// pattern ends in "/...".
var forbidden = []struct{ who, whom, why string }{
	{"preview/...", "relook/agent/...", "preview is below agent"},
	{"preview/...", "relook/server/...", "preview is below server"},
	{"agent/...", "relook/server/...", "agent is below server"},
	{"agent", "relook/preview/chrome/...", "the loop knows no browser"},
	{"agent", "relook/agent/ollama/...", "the loop knows no model"},
	{"agent", "relook/agent/openai/...", "the loop knows no model"},
	{"agent", "relook/agent/model/...", "the loop knows no model"},
	{"agent/model/...", "relook/agent/ollama/...", "what policies share knows none of them"},
	{"agent/model/...", "relook/agent/openai/...", "what policies share knows none of them"},
	{"agent/openai/...", "relook/agent/ollama/...", "servers know nothing of one another"},
	{"agent/ollama/...", "relook/agent/openai/...", "servers know nothing of one another"},
	{"server/...", "relook/preview/chrome/...", "cmd/relook hands the browser in"},
	{"server/...", "relook/agent/ollama/...", "cmd/relook hands the model in"},
	{"server/...", "relook/agent/openai/...", "cmd/relook hands the model in"},
	{"server/...", "relook/agent/model/...", "cmd/relook hands the model in"},
	{"preview/...", "relook/cmd/...", "commands are on top"},
	{"agent/...", "relook/cmd/...", "commands are on top"},
	{"server/...", "relook/cmd/...", "commands are on top"},
}

// Only these packages may import the library.
var soleImporters = []struct {
	library string
	who     []string
}{
	{"github.com/go-rod/rod/...", []string{"preview/chrome/..."}},
	{"github.com/ollama/ollama/...", []string{"agent/ollama/...", "cmd/relook/internal/tools/...", "agent/train/tokens", "agent/train/weights"}},
	{"go.lsp.dev/...", []string{"server/..."}},
	{"github.com/spf13/cobra/...", []string{"cmd/..."}},
}

func TestImports(t *testing.T) {
	pkgs := listPackages(t)
	if len(pkgs) < 15 {
		t.Fatalf("only %d packages listed: the test looks at the wrong place", len(pkgs))
	}
	for who, imports := range pkgs {
		for _, whom := range imports {
			for _, f := range forbidden {
				if matches(f.who, who) && matches(f.whom, whom) {
					t.Errorf("%s imports %s: %s", who, whom, f.why)
				}
			}
			for _, s := range soleImporters {
				if matches(s.library, whom) && !anyMatches(s.who, who) {
					t.Errorf("%s imports %s: only %s may", who, whom, strings.Join(s.who, " and "))
				}
			}
		}
	}
}

func matches(pattern, pkg string) bool {
	root, deep := strings.CutSuffix(pattern, "/...")
	return pkg == root || deep && strings.HasPrefix(pkg, root+"/")
}

func anyMatches(patterns []string, pkg string) bool {
	for _, p := range patterns {
		if matches(p, pkg) {
			return true
		}
	}
	return false
}

// listPackages maps each package of the module, by its path below it, to what it
// imports, tests included.
func listPackages(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "relook/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	pkgs := map[string][]string{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			ImportPath                         string
			Imports, TestImports, XTestImports []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "relook/")
		pkgs[name] = append(append(p.Imports, p.TestImports...), p.XTestImports...)
	}
}
