package playwright

import (
	"errors"
	"os/exec"
	"strconv"
)

// ownGroup ends the program with all that it started when its context ends.
func ownGroup(cmd *exec.Cmd) {
	cmd.Cancel = func() error {
		kill := exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid))
		return errors.Join(kill.Run(), cmd.Process.Kill())
	}
}
