package nvimtest

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"testing"

	"relook/cmd/relook/internal/npm"
)

// luaFiles are all of the plugin and its tests.
func luaFiles(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(plugin(), func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".lua" {
			list = append(list, path)
		}
		return err
	})
	if err != nil || len(list) < 15 {
		t.Fatalf("only %d Lua files: %v", len(list), err)
	}
	return list
}

func TestLuacheck(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), program(t, "luacheck", "lua-check"), "--no-color", "-q", ".")
	cmd.Dir = plugin()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("luacheck: %v\n%s", err, out)
	}
}

// The program stylua comes as a download of its own in every registry but one: npm
// has the library that it is, compiled for Node.
func TestStylua(t *testing.T) {
	dir, err := npm.Install(t.Context(), "stylua", "@johnnymorganz/stylua@2.5.2")
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"stylua.mjs", dir, "check"}, luaFiles(t)...)
	if out, err := exec.CommandContext(t.Context(), "node", args...).CombinedOutput(); err != nil {
		t.Errorf("not formatted (node cmd/relook/internal/nvimtest/stylua.mjs %s write FILE mends it): %v\n%s", dir, err, out)
	}
}
