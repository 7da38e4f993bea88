package model

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// look is how often a process looks whether another one has left.
const look = 50 * time.Millisecond

// A Queue lets one client at a time ask a server: two that share one GPU, or the
// cores, would only make each other slow. Within the process turns are given in
// the order of asking; between processes a lock file decides, which the system
// lets go of when a process ends, however it ends. The nil *Queue lets everybody
// in.
type Queue struct {
	dir string

	mu    sync.Mutex
	turns map[string]chan struct{} // by server: holds a token while it is free
}

// NewQueue keeps its lock files in dir, which it makes when it is needed.
func NewQueue(dir string) *Queue {
	return &Queue{dir: dir, turns: map[string]chan struct{}{}}
}

// Enter waits for the turn at a server. The caller calls leave when it is done.
// waiting, if not nil, is called once when somebody else has the turn. When ctx
// ends first, the error is ctx's.
func (q *Queue) Enter(ctx context.Context, server string, waiting func()) (leave func(), err error) {
	if q == nil {
		return func() {}, ctx.Err()
	}
	turn := q.turn(server)
	select {
	case <-turn:
	default:
		if waiting != nil {
			waiting()
			waiting = nil
		}
		select {
		case <-turn:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	file := q.lock(ctx, server, waiting)
	if ctx.Err() != nil {
		_ = file.Close()
		turn <- struct{}{}
		return nil, ctx.Err()
	}
	return func() {
		_ = file.Close() // closing lets go of the lock, and the system does at the latest
		turn <- struct{}{}
	}, nil
}

func (q *Queue) turn(server string) chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	turn := q.turns[server]
	if turn == nil {
		turn = make(chan struct{}, 1)
		turn <- struct{}{}
		q.turns[server] = turn
	}
	return turn
}

// lock waits for the lock file. Where none can be kept, as in a home that is
// read-only, there is no waiting for other processes: to be slow is better than
// to refuse.
func (q *Queue) lock(ctx context.Context, server string, waiting func()) *flock.Flock {
	name := fmt.Sprintf("model-%x.lock", sha256.Sum256([]byte(server)))
	file := flock.New(filepath.Join(q.dir, name), flock.SetPermissions(0o600))
	if err := os.MkdirAll(q.dir, 0o700); err != nil {
		return file
	}
	if ok, err := file.TryLock(); ok || err != nil {
		return file
	}
	if waiting != nil {
		waiting()
	}
	_, _ = file.TryLockContext(ctx, look) // if it fails, ctx has ended or there is no locking here
	return file
}
