package model

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"relook/agent"
)

// Ask returns the reply to a question of another kind than those of this package,
// waiting for its turn at the server. A reply that can't be used comes as an error
// for which Unusable is true, with the text as far as it came. Each attempt is
// told to asked, if that is set.
func (p *Policy) Ask(ctx context.Context, q Question, asked func(agent.Exchange)) (string, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return p.ask(ctx, q, asked)
}

// ask returns a reply. A reply that can't be used comes as one of the errors
// for which Unusable is true, with the text as far as it came. Each attempt is
// told to asked.
func (p *Policy) ask(ctx context.Context, q Question, asked func(agent.Exchange)) (string, error) {
	for attempt := 1; ; attempt++ {
		r, err := p.askOnce(ctx, q)
		if asked != nil {
			asked(p.exchange(q, r, err))
		}
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil || Unusable(err):
			return r.text.String(), err
		case !errors.Is(err, ErrFault):
			return "", err
		case attempt == 2:
			return "", fmt.Errorf("asking %s at %s, twice: %w: see %s's log", p.cfg.Model, p.cfg.Address, err, p.cfg.Server)
		}
		p.cfg.Log.Warn("asking once more", "model", p.cfg.Model, "because", err)
		if err := p.ready(ctx); err != nil {
			return "", err
		}
	}
}

// ready waits for a server that was perhaps started anew.
func (p *Policy) ready(ctx context.Context) error {
	grace, cancel := context.WithTimeout(ctx, p.cfg.Grace)
	defer cancel()
	if err := p.cfg.Client.Ready(grace); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	return nil
}

// askOnce streams one reply.
func (p *Policy) askOnce(ctx context.Context, q Question) (*reply, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slow := time.AfterFunc(p.cfg.Timeout, func() { cancel(errSlow) })
	defer slow.Stop()
	stall := time.AfterFunc(2*p.cfg.Timeout, func() { cancel(errStalled) }) // counts from the first chunk on
	defer stall.Stop()

	r := &reply{}
	start := time.Now()
	p.cfg.Log.Debug("question", "seed", q.Seed, "temperature", q.Temperature, "text", q.User)
	err := p.cfg.Client.Chat(ctx, q, func(c Chunk) error {
		stall.Reset(p.cfg.Stall)
		if p.cfg.Progress != nil {
			p.cfg.Progress(r.chunks + 1)
		}
		if q.Write != nil && c.Text != "" {
			q.Write(c.Text)
		}
		return r.add(c, q.MaxBytes)
	})
	r.took = time.Since(start)
	if cause := context.Cause(ctx); cause != nil {
		return r, cause
	}
	p.cfg.Log.Debug("reply", "seed", q.Seed, "prompt_time", r.last.PromptTime,
		"time", r.took, "tokens", r.last.Tokens, "text", r.text.String())
	return r, r.end(err)
}

// exchange is what a Trace keeps of a question and its reply.
func (p *Policy) exchange(q Question, r *reply, err error) agent.Exchange {
	e := agent.Exchange{
		Model: p.cfg.Name, System: q.System, Prompt: q.User, Schema: string(q.Format),
		Seed: q.Seed, Temperature: q.Temperature, Reply: r.text.String(),
		PromptTokens: r.last.PromptTokens, Tokens: r.last.Tokens,
		PromptMillis: millis(r.last.PromptTime), Millis: millis(r.took),
	}
	if e.Tokens == 0 {
		e.Tokens = r.chunks // a server sends a chunk for each token
	}
	if err != nil {
		e.Problem = short(err.Error(), 300)
	}
	return e
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// A reply is a stream as far as it came.
type reply struct {
	text   strings.Builder
	chunks int
	last   Chunk
	took   time.Duration
}

func (r *reply) add(c Chunk, maxBytes int) error {
	r.chunks++
	r.text.WriteString(c.Text)
	if c.Done {
		r.last = c
	}
	switch {
	case r.text.Len() > maxBytes:
		return ErrTooLong
	case r.chunks%64 == 0 && loops(r.text.String()):
		return ErrLoops
	}
	return nil
}

// end judges a stream that is over; err is what the client returned.
func (r *reply) end(err error) error {
	switch {
	case err != nil:
		return err
	case !r.last.Done:
		return ErrFault
	case strings.TrimSpace(r.text.String()) == "":
		return ErrEmpty
	case loops(r.text.String()):
		return ErrLoops
	case r.last.CutOff:
		return ErrCutOff
	}
	return nil
}

// loops reports whether the end of a long text is one short piece over and
// over again.
func loops(text string) bool {
	const window, longest = 240, 40
	if len(text) < window {
		return false
	}
	tail := text[len(text)-window:]
	for period := 1; period <= longest; period++ {
		if tail[period:] == tail[:window-period] {
			return true
		}
	}
	return false
}

// short cuts s to at most n bytes, at a character.
func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
