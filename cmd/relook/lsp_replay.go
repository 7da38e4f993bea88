package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/sourcegraph/conc"

	"relook/server"
	"relook/server/replay"
)

// recorded has what is said over conn be written down, if a file is named. It
// must not be there yet: a recording holds what people wrote.
func recorded(conn io.ReadWriteCloser, name string) (io.ReadWriteCloser, func() error, error) {
	if name == "" {
		return conn, func() error { return nil }, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("recording the session: %w", err)
	}
	r := replay.Record(conn, file)
	return r, func() error { return errors.Join(r.Finish(), file.Close()) }, nil
}

// replay plays a recorded session with a server of its own, and prints what is
// different.
func (a *app) replay(ctx context.Context, name, folder string) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("replaying a session: %w", err)
	}
	lines, err := replay.Read(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	different, err := a.played(ctx, lines, folder)
	if err != nil {
		return err
	}
	for _, d := range different {
		if _, err := fmt.Fprintln(a.out, d); err != nil {
			return err
		}
	}
	if len(different) > 0 {
		return exitCode(exitDefects)
	}
	_, err = fmt.Fprintf(a.out, "The same: %d messages.\n", len(lines))
	return err
}

func (a *app) played(ctx context.Context, lines []replay.Line, folder string) ([]string, error) {
	ours, theirs := net.Pipe()
	var serving conc.WaitGroup
	var failed error
	serving.Go(func() { _, failed = server.Serve(ctx, a.serverConfig(), theirs) })
	different, err := replay.Play(ctx, ours, lines, replay.Options{Folder: folder})
	serving.Wait()
	return different, errors.Join(err, failed)
}
