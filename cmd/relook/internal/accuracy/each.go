package main

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc/pool"
)

// atOnce is how many pages are checked at the same time: more take the processor
// from each other until pages run out of time.
const atOnce = 2

// patience is so long that a busy machine does not end a check of a page early.
const patience = 2 * time.Minute

// each does n things, some at a time, and tells on one line of a terminal how far
// it is.
func each(ctx context.Context, what string, n int, do func(ctx context.Context, i int) error) error {
	var done atomic.Int64
	p := pool.New().WithMaxGoroutines(atOnce).WithContext(ctx).WithCancelOnError().WithFirstError()
	for i := range n {
		p.Go(func(ctx context.Context) error {
			err := do(ctx, i)
			fmt.Fprintf(os.Stderr, "\r%s: %d of %d ", what, done.Add(1), n)
			return err
		})
	}
	err := p.Wait()
	fmt.Fprintln(os.Stderr)
	return err
}
