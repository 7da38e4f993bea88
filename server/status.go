package server

import (
	"context"
	"reflect"
	"time"

	"relook/server/protocol"
)

// A statusSender tells the client how relook is, when that has changed.
type statusSender struct {
	s    *server
	wake chan struct{}
}

// statusEvery bounds how often the status is told.
const statusEvery = 100 * time.Millisecond

func (t *statusSender) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *statusSender) run() {
	var last protocol.Status
	for {
		select {
		case <-t.s.ctx.Done():
			return
		case <-t.wake:
		}
		t.s.mu.Lock()
		wanted := t.s.client_.options.Status
		t.s.mu.Unlock()
		if now := t.s.statusNow(); wanted && !reflect.DeepEqual(now, last) {
			last = now
			t.s.dirty.tell(func(ctx context.Context) error {
				return t.s.conn.Notify(ctx, protocol.MethodStatus, now)
			})
		}
		if !pause(t.s.ctx, statusEvery) {
			return
		}
	}
}

func (s *server) statusNow() protocol.Status {
	st := protocol.Status{Browser: s.engine.State(), Queue: s.looks.queued(), Mending: s.mends.queued(), Tasks: s.tasks.titles()}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Trusted, st.Model = s.trusted, s.model
	for _, p := range s.byView() {
		if p.failed != nil && p.result.older(p.gen) {
			st.Problem = p.failed.Error()
			break
		}
	}
	if st.Model == "" && s.trusted {
		for _, f := range s.folders {
			for _, policy := range f.get().Policies {
				if policy == "ollama" {
					st.Model = f.get().Model
				}
			}
		}
	}
	return st
}

// older reports whether r is not of a page's text gen.
func (r *result) older(gen uint64) bool { return r == nil || r.gen != gen }
