//go:build unix

package playwright

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup makes the program lead a process group, and ends the whole group when
// the program's context ends: the runner's workers would go on without it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}
