//go:build unix

package files

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"relook/preview"
)

// Root may write anywhere, so the test runs itself again as nobody.
func TestSaveWithoutPermission(t *testing.T) {
	const env = "RELOOK_TEST_READ_ONLY"
	if dir := os.Getenv(env); dir != "" {
		w, page := open1(t, dir, "a.html")
		if _, err := page.Source(); err != nil {
			t.Fatal(err)
		}
		var input *preview.InputError
		for _, err := range []error{w.Writable("a.html"), w.Save(map[string]string{"a.html": "A"})} {
			if !errors.As(err, &input) || !strings.Contains(err.Error(), "may not be written") {
				t.Errorf("got %v", err)
			}
		}
		return
	}
	for name, modes := range map[string][2]fs.FileMode{
		"read-only folder": {0o555, 0o666},
		"read-only file":   {0o777, 0o444},
	} {
		t.Run(name, func(t *testing.T) {
			tmp, err := os.MkdirTemp("", "relook-files-")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(tmp)
			write(t, filepath.Join(tmp, "a.html"), "a", modes[1])
			if err := os.Chmod(tmp, modes[0]); err != nil {
				t.Fatal(err)
			}
			exe := filepath.Join(tmp, "..", filepath.Base(tmp)+".test")
			copyExecutable(t, exe)
			defer os.Remove(exe)
			cmd := exec.Command(exe, "-test.run=^TestSaveWithoutPermission$")
			cmd.Dir = "/"
			cmd.Env = append(os.Environ(), env+"="+tmp)
			if os.Geteuid() == 0 {
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			expect(t, filepath.Join(tmp, "a.html"), "a")
		})
	}
}

// copyExecutable puts the test's binary where nobody may run it.
func copyExecutable(t *testing.T, to string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o755); err != nil {
		t.Fatal(err)
	}
}
