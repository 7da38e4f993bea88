package model

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"relook/agent"
	"relook/preview"
)

// Config says which model a Policy asks, and how.
type Config struct {
	Client Client // required
	// Name is the policy's name, such as "ollama:qwen2.5-coder:1.5b"; required.
	Name string
	// Model, Server and Address are for messages: "qwen2.5-coder:1.5b", "Ollama",
	// "http://127.0.0.1:11434".
	Model, Server, Address string
	Profile                Profile // required
	// Timeout is how long one reply may take, the loading of the model included;
	// default 5 minutes.
	Timeout time.Duration
	// Stall is how long a reply that has begun may pause; default 30 s.
	Stall time.Duration
	// Grace is how long is waited for a server that went away in the middle of a
	// reply, before it is asked once more; default 5 s.
	Grace time.Duration
	// Queue, if set, is where the policy waits for its turn at the server.
	Queue *Queue
	// Progress, if set, is told the number of tokens of a reply as they come.
	Progress func(tokens int)
	// Waiting, if set, is called when another client has the server.
	Waiting func()
	// Log gets what happens; nil logs nothing.
	Log *slog.Logger
}

// Policy asks one model. It is made by New and safe for use by several
// goroutines.
type Policy struct {
	cfg     Config
	profile Profile
}

var (
	_ agent.Policy  = (*Policy)(nil)
	_ agent.Drafter = (*Policy)(nil)
)

// New returns the policy that asks as cfg says.
func New(cfg Config) *Policy {
	cfg.Timeout = cmp.Or(max(cfg.Timeout, 0), 5*time.Minute)
	cfg.Stall = cmp.Or(max(cfg.Stall, 0), 30*time.Second)
	cfg.Grace = cmp.Or(max(cfg.Grace, 0), 5*time.Second)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Policy{cfg: cfg, profile: cfg.Profile}
}

// Name is "ollama:MODEL" or "openai:MODEL".
func (p *Policy) Name() string { return p.cfg.Name }

// Profile is how the model is asked.
func (p *Policy) Profile() Profile { return p.profile }

// Propose asks the model, first once about all defects and then about each in
// turn, and yields what it answers: every edit by itself, then the edits of a
// reply together. The questions and their seeds depend only on t, so that a
// refinement repeats.
func (p *Policy) Propose(ctx context.Context, t agent.Task, yield func(agent.Candidate) bool) error {
	s := &session{
		policy: p, task: t, yield: yield,
		digest:  digestOf(t),
		sources: map[string]preview.Text{},
		seen:    map[string]bool{},
	}
	for _, a := range t.Rejected {
		s.seen[agent.Fingerprint(a.Edits)] = true
	}
	leave, err := p.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if t.Instruction != "" || p.profile.Only == FormatBlocks || p.profile.Only == FormatFile {
		return s.rewrite(ctx, p.profile.Samples)
	}
	if p.profile.Only == FormatRepair {
		s.digest = repairDigest(t)
		return s.shortRepair(ctx)
	}
	return s.repair(ctx)
}

// enter waits for the policy's turn at the server. It is held for all the
// questions of one pass: two clients that ask in turn would make the server
// evaluate each prompt anew, or load another model for each question.
func (p *Policy) enter(ctx context.Context) (leave func(), err error) {
	leave, err = p.cfg.Queue.Enter(ctx, p.cfg.Address, p.cfg.Waiting)
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("waiting for %s: %w", p.cfg.Server, err)
	}
	return leave, err
}
