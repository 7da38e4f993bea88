package server

import (
	"context"
	"sync"
)

// A lane lets one in at a time: the most urgent first, of equals the first come.
type lane struct {
	mu      sync.Mutex
	busy    bool
	waiting []*waiter
}

type waiter struct {
	urgency int
	in      chan struct{}
}

// enter waits until it is our turn; false if ctx ended first. Who is in calls
// leave.
func (l *lane) enter(ctx context.Context, urgency int) bool {
	l.mu.Lock()
	if ctx.Err() != nil {
		l.mu.Unlock()
		return false
	}
	if !l.busy {
		l.busy = true
		l.mu.Unlock()
		return true
	}
	w := &waiter{urgency, make(chan struct{})}
	at := len(l.waiting)
	for at > 0 && l.waiting[at-1].urgency < urgency {
		at--
	}
	l.waiting = append(l.waiting, nil)
	copy(l.waiting[at+1:], l.waiting[at:])
	l.waiting[at] = w
	l.mu.Unlock()
	select {
	case <-w.in:
		return true
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.waiting {
		if l.waiting[i] == w {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return false
		}
	}
	l.next() // our turn came at the same time: it is the next one's
	return false
}

func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next()
}

func (l *lane) next() {
	if len(l.waiting) == 0 {
		l.busy = false
		return
	}
	w := l.waiting[0]
	l.waiting = l.waiting[1:]
	close(w.in)
}

// queued is how many are in or wait.
func (l *lane) queued() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.waiting)
	if l.busy {
		n++
	}
	return n
}
