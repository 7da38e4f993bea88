//go:build !windows

package server

import (
	"errors"
	"syscall"
)

// processRuns reports whether a process is there. One that we may not signal is.
func processRuns(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
