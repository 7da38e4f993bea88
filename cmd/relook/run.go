package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"relook/cmd/relook/internal/term"
)

// The exit codes. They are part of the interface.
const (
	exitFine    = 0
	exitDefects = 1 // there are defects of error level, or some could not be repaired
	exitFailed  = 2 // relook could not do what it was asked to
)

// exitCode is an error that was told already: the program only ends with it.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// run is the whole program. Ctrl-C ends ctx: every part then lets go of what it
// holds. A second Ctrl-C kills.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop)
	// A reader that goes away (relook check | head) must not kill the program
	// before it has put its browser away: the write fails instead.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	defer signal.Stop(broken)
	cwd, err := os.Getwd()
	if err != nil {
		fmt.Fprintf(stderr, "relook: finding the working directory: %v\n", err)
		return exitFailed
	}
	a := &app{out: stdout, err: stderr, cwd: cwd, parts: realParts()}
	return a.run(ctx, args, stdin)
}

// An app is one run of the program.
type app struct {
	out, err io.Writer
	cwd      string
	parts    parts
	flags    flags
	log      *slog.Logger
}

func (a *app) run(ctx context.Context, args []string, stdin io.Reader) int {
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return exitFine
	case ctx.Err() != nil:
		a.say("stopped")
		return exitFailed
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, syscall.EPIPE):
		return exitFailed // nobody reads any more
	}
	a.fail(err)
	return exitFailed
}

// say prints a line for people to stderr.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.err, "relook: "+format+"\n", args...)
}

// fail prints an error. Errors name the file, what is wrong, and the mend.
func (a *app) fail(err error) {
	start := "relook: "
	for line := range strings.Lines(strings.TrimSpace(err.Error())) {
		fmt.Fprintf(a.err, "%s%s\n", start, strings.TrimRight(term.Clean(line), " "))
		start = ""
	}
}
