//go:build unix

package tools

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup makes the program lead a process group, so that what it starts can
// be ended with it and a Ctrl-C at the terminal reaches relook alone.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// endGroup ends the group of p at once.
func endGroup(p *os.Process) error { return signalGroup(p, syscall.SIGKILL) }

// askGroup asks the group of p to end.
func askGroup(p *os.Process) error { return signalGroup(p, syscall.SIGTERM) }

func signalGroup(p *os.Process, s syscall.Signal) error {
	err := syscall.Kill(-p.Pid, s)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// freeBytes is the room on the disk that holds dir, for this user.
func freeBytes(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
