package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"relook": main})
}

// TestScripts runs the command lines in testdata/cmd, each in a process of its
// own with a real browser.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join(root, "testdata", "cmd"),
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "home")
			e.Setenv("HOME", home)
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
			e.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
			e.Setenv("XDG_STATE_HOME", filepath.Join(home, "state"))
			e.Setenv("OLLAMA_HOST", "127.0.0.1:1") // nobody listens there
			e.Setenv("SCHEMAS", filepath.Join(root, "docs", "schema"))
			e.Setenv("SARIF", filepath.Join(root, "cmd", "relook", "internal", "output", "testdata", "sarif-schema-2.1.0.json"))
			relook, err := exec.LookPath("relook")
			if err != nil {
				return err
			}
			e.Setenv("RELOOKPATH", filepath.Dir(relook))
			return os.MkdirAll(home, 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": cmdExits, "bytes": cmdBytes, "huge": cmdHuge, "valid": cmdValid, "sarif": cmdSARIF, "tidy": cmdTidy,
		},
	})
}

// exits CODE COMMAND... runs a command that must end with the code.
func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// bytes FILE HEX writes a file that is not text.
func cmdBytes(ts *testscript.TestScript, _ bool, args []string) {
	b, err := hex.DecodeString(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o644))
}

// huge FILE SIZE writes a page of so many bytes.
func cmdHuge(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.Repeat([]byte("<p>x\n"), size/5+1)[:size], 0o644))
}

// valid NAME FILE checks a document against docs/schema/NAME.schema.json.
func cmdValid(ts *testscript.TestScript, _ bool, args []string) {
	s, err := jsonschema.NewCompiler().Compile(filepath.Join(ts.Getenv("SCHEMAS"), args[0]+".schema.json"))
	ts.Check(err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[1])))
	ts.Check(err)
	ts.Check(s.Validate(doc))
}

// sarif FILE checks a log against the schema of SARIF 2.1.0.
func cmdSARIF(ts *testscript.TestScript, _ bool, args []string) {
	s, err := jsonschema.NewCompiler().Compile(ts.Getenv("SARIF"))
	ts.Check(err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(s.Validate(doc))
}

// tidy checks that the commands left no temporary file and no process.
func cmdTidy(ts *testscript.TestScript, _ bool, _ []string) {
	temp := ts.Getenv("TMPDIR")
	entries, err := os.ReadDir(temp)
	ts.Check(err)
	for _, e := range entries {
		ts.Fatalf("%s was left in the folder for temporary files", e.Name())
	}
	ts.Check(leftWith("TMPDIR=" + temp))
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(filepath.Base(path), ".relook-") {
			err = errors.New(path + " was left")
		}
		return err
	}))
}
