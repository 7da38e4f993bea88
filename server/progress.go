package server

import (
	"context"
	"slices"
	"sync"
	"time"

	lsp "go.lsp.dev/protocol"

	"relook/agent"
)

// tasks are what a person asked for and is under way. Each can be cancelled.
type tasks struct {
	mu   sync.Mutex
	next int32
	list []*task
}

// A task is shown to the person with its progress.
type task struct {
	title   string
	cancel  context.CancelFunc
	token   lsp.ProgressToken // nil where the client shows none
	send    func(value any)
	mu      sync.Mutex
	last    time.Time
	percent uint32
}

// begin starts a task. token is the client's, nil if it has none: then one of
// ours is made.
func (s *server) begin(ctx context.Context, title string, token lsp.ProgressToken) (context.Context, *task) {
	ctx, cancel := context.WithCancel(ctx)
	t := &task{title: title, cancel: cancel, token: token}
	s.mu.Lock()
	can := s.client_.progress
	s.mu.Unlock()
	s.tasks.mu.Lock()
	s.tasks.next++
	own := lsp.Integer(s.tasks.next)
	s.tasks.mu.Unlock()
	if token == nil && can {
		mine := lsp.String("relook-" + title + "-" + time.Now().Format("150405.000000") + "-" + string(rune('a'+own%26)))
		if s.client.WorkDoneProgressCreate(ctx, &lsp.WorkDoneProgressCreateParams{Token: mine}) == nil {
			t.token = mine
		}
	}
	t.send = func(value any) {
		if t.token == nil {
			return
		}
		raw, err := lsp.Marshal(value)
		if err != nil {
			return
		}
		s.dirty.tell(func(ctx context.Context) error {
			return s.client.Progress(ctx, &lsp.ProgressParams{Token: t.token, Value: raw})
		})
	}
	s.tasks.mu.Lock()
	s.tasks.list = append(s.tasks.list, t)
	s.tasks.mu.Unlock()
	t.send(&lsp.WorkDoneProgressBegin{Kind: "begin", Title: title, Cancellable: ptr(true), Percentage: ptr(uint32(0))})
	s.status.poke()
	return ctx, t
}

// end finishes a task, with what came of it.
func (s *server) finish(t *task, message string) {
	t.cancel()
	s.tasks.mu.Lock()
	s.tasks.list = slices.DeleteFunc(s.tasks.list, func(o *task) bool { return o == t })
	s.tasks.mu.Unlock()
	t.send(&lsp.WorkDoneProgressEnd{Kind: "end", Message: &message})
	s.status.poke()
}

// reportEvery bounds how often progress is told.
const reportEvery = 100 * time.Millisecond

// report says what a refinement is doing. How far it is nobody knows: passes and
// tries are taken for steps that get smaller.
func (t *task) report(p agent.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	percent := uint32(5)
	if p.Pass > 0 {
		tried := float64(p.Tried) / float64(p.Tried+40)
		percent = uint32(10 + 30*min(p.Pass-1, 2) + int(28*tried))
	}
	t.percent = max(t.percent, min(percent, 98))
	if now := time.Now(); now.Sub(t.last) >= reportEvery || p.Step == "verify" {
		t.last = now
		t.send(&lsp.WorkDoneProgressReport{Kind: "report", Message: ptr(p.Text), Percentage: ptr(t.percent), Cancellable: ptr(true)})
	}
}

// cancel cancels the task with a token.
func (l *tasks) cancel(token lsp.ProgressToken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.list {
		if t.token == token {
			t.cancel()
		}
	}
}

// cancelAll cancels every task and says how many there were.
func (l *tasks) cancelAll() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.list {
		t.cancel()
	}
	return len(l.list)
}

func (l *tasks) titles() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []string{}
	for _, t := range l.list {
		list = append(list, t.title)
	}
	return list
}

// WorkDoneProgressCancel implements lsp.Server.
func (s *server) WorkDoneProgressCancel(_ context.Context, p *lsp.WorkDoneProgressCancelParams) error {
	s.tasks.cancel(p.Token)
	return nil
}
