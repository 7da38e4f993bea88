//go:build !windows

package chrome

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/launcher/flags"
)

// connect starts the browser with a pipe for its debugging protocol: no port is
// opened, and a browser whose pipe breaks ends by itself, even when relook was
// killed.
func (p *process) connect(l *launcher.Launcher) (cdp.WebSocketable, error) {
	l.Delete(flags.RemoteDebuggingPort)
	l.Set("remote-debugging-pipe")
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, theirIn.Close(), ourOut.Close())
	}
	p.cmd.Args = append(p.cmd.Args, l.FormatArgs()...)
	p.cmd.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4, as the flag wants them
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = p.cmd.Start()
	_, _ = theirIn.Close(), theirOut.Close()
	if err != nil {
		return nil, errors.Join(err, ourIn.Close(), ourOut.Close())
	}
	p.drop = func() { _, _ = ourOut.Close(), ourIn.Close() }
	return &pipe{in: ourOut, out: bufio.NewReaderSize(ourIn, 1<<16)}, nil
}

func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}

// A pipe carries protocol messages, each ended by a NUL.
type pipe struct {
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Reader
}

// Send writes one message.
func (p *pipe) Send(msg []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.in.Write(append(msg, 0))
	return err
}

// Read returns the next message.
func (p *pipe) Read() ([]byte, error) {
	msg, err := p.out.ReadBytes(0)
	if err != nil {
		return nil, err
	}
	return msg[:len(msg)-1], nil
}
