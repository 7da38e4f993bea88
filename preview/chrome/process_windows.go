package chrome

import (
	"context"
	"errors"
	"io"
	"os/exec"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/launcher"
)

// connect starts the browser with a random port on the loopback device for its
// debugging protocol: os/exec passes no pipes on here.
func (p *process) connect(l *launcher.Launcher) (cdp.WebSocketable, error) {
	p.cmd.Args = append(p.cmd.Args, l.FormatArgs()...)
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	parser := launcher.NewURLParser().Context(ctx)
	p.cmd.Stderr = io.MultiWriter(p.output, parser)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	ws := &cdp.WebSocket{}
	err := errors.New("the browser did not say where it listens")
	select {
	case address := <-parser.URL:
		var target string
		if target, err = launcher.ResolveURL(address); err == nil {
			err = ws.Connect(ctx, target, nil)
		}
	case <-ctx.Done():
	}
	if err != nil {
		killGroup(p.cmd)
		return nil, errors.Join(err, p.cmd.Wait())
	}
	p.drop = func() { _ = ws.Close() }
	return ws, nil
}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
