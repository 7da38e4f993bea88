package tools

import (
	"os"
	"os/exec"

	"golang.org/x/sys/windows"
)

// ownGroup keeps a Ctrl-C at the terminal from the program.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &windows.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// endGroup ends p. Ollama's runners end with it.
func endGroup(p *os.Process) error { return p.Kill() }

// askGroup ends p: there is no gentle way.
func askGroup(p *os.Process) error { return p.Kill() }

// freeBytes is the room on the disk that holds dir, for this user.
func freeBytes(dir string) (int64, error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	err = windows.GetDiskFreeSpaceEx(path, &free, nil, nil)
	return int64(free), err
}
