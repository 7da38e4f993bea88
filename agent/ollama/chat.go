package ollama

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
)

// system is the fixed part of every question, so that it is evaluated once.
const system = "You repair visual defects of web pages by changing CSS declarations. " +
	"Each edit sets one property in one numbered rule. " +
	"Choose the smallest edit that makes the defect go away, hides nothing and leaves other widths alone. " +
	"Prefer flexible layout: max-width, flex-wrap, min-height, auto heights."

// A question is one request for a reply.
type question struct {
	system, user string
	format       json.RawMessage // JSON Schema that binds the reply; nil for free text
	stop         []string
	seed         int
	temperature  float64
	numPredict   int // tokens
	maxBytes     int
}

// Reasons for which a reply is dropped and not asked for again.
var (
	errTooLong = errors.New("it grew past the size that an answer can have")
	errLoops   = errors.New("it repeats itself without end")
	errCutOff  = errors.New("it was cut off at the most tokens that an answer may have")
	errEmpty   = errors.New("it is empty")
)

// Causes for which a request is given up; each is worth one more try.
var (
	errStalled = errors.New("the reply stopped half way")
	errSlow    = errors.New("the reply did not come in time")
	errBroken  = errors.New("the reply broke off")
)

// ask returns a reply. A reply that can't be used comes as one of the errors
// for which unusable is true, with the text as far as it came.
func (p *Policy) ask(ctx context.Context, q question) (string, error) {
	for attempt := 1; ; attempt++ {
		text, err := p.askOnce(ctx, q)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil || unusable(err):
			return text, err
		case !worthRetry(err):
			return "", p.explain(ctx, err)
		case attempt == 2:
			return "", fmt.Errorf("asking %s at %s, twice: %w: see Ollama's log", p.model, p.host, err)
		}
		p.cfg.Log.Warn("asking Ollama once more", "model", p.model, "because", err)
	}
}

func unusable(err error) bool {
	return errors.Is(err, errTooLong) || errors.Is(err, errLoops) || errors.Is(err, errCutOff) || errors.Is(err, errEmpty)
}

func worthRetry(err error) bool {
	var status api.StatusError
	if errors.As(err, &status) {
		return status.StatusCode >= http.StatusInternalServerError
	}
	return errors.Is(err, errStalled) || errors.Is(err, errSlow) || errors.Is(err, errBroken)
}

// askOnce streams one reply. The client of Ollama returns nil when a stream
// ends early for whatever reason, so only a chunk marked done counts as an end.
func (p *Policy) askOnce(ctx context.Context, q question) (string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slow := time.AfterFunc(p.cfg.Timeout, func() { cancel(errSlow) })
	defer slow.Stop()
	stall := time.AfterFunc(2*p.cfg.Timeout, func() { cancel(errStalled) }) // counts from the first chunk on
	defer stall.Stop()

	var r reply
	p.cfg.Log.Debug("question", "seed", q.seed, "temperature", q.temperature, "text", q.user)
	err := p.client.Chat(ctx, p.request(q), func(c api.ChatResponse) error {
		stall.Reset(p.cfg.Stall)
		if p.cfg.Progress != nil {
			p.cfg.Progress(r.tokens + 1)
		}
		return r.add(c, q.maxBytes)
	})
	if cause := context.Cause(ctx); cause != nil {
		return r.text.String(), cause
	}
	p.cfg.Log.Debug("reply", "seed", q.seed, "prompt_time", r.metrics.PromptEvalDuration,
		"time", r.metrics.TotalDuration, "tokens", r.metrics.EvalCount, "text", r.text.String())
	return r.end(err)
}

func (p *Policy) request(q question) *api.ChatRequest {
	options := map[string]any{
		"num_ctx":     p.profile.numCtx,
		"num_predict": q.numPredict,
		"seed":        q.seed,
		"temperature": q.temperature,
	}
	if len(q.stop) > 0 {
		options["stop"] = q.stop
	}
	return &api.ChatRequest{
		Model:     p.model,
		Messages:  []api.Message{{Role: "system", Content: q.system}, {Role: "user", Content: q.user}},
		Format:    q.format,
		KeepAlive: &api.Duration{Duration: p.cfg.KeepAlive},
		Options:   options,
		Think:     p.think,
	}
}

// A reply is a stream as far as it came.
type reply struct {
	text    strings.Builder
	tokens  int
	done    bool
	reason  string
	metrics api.Metrics // of the last chunk
}

func (r *reply) add(c api.ChatResponse, maxBytes int) error {
	r.tokens++
	r.text.WriteString(c.Message.Content)
	if c.Done {
		r.done, r.reason, r.metrics = true, c.DoneReason, c.Metrics
	}
	switch {
	case r.text.Len() > maxBytes:
		return errTooLong
	case r.tokens%64 == 0 && loops(r.text.String()):
		return errLoops
	}
	return nil
}

// end judges a stream that is over; err is what the client returned.
func (r *reply) end(err error) (string, error) {
	text := r.text.String()
	var status api.StatusError
	switch {
	case unusable(err):
		return text, err
	case errors.As(err, &status):
		return text, shortStatus(status)
	case err != nil && r.tokens > 0:
		return text, fmt.Errorf("%w: %v", errBroken, err)
	case err != nil && !isDial(err):
		return text, fmt.Errorf("%w: %s", errBroken, short(err.Error(), 200))
	case err != nil:
		return text, err
	case !r.done:
		return text, errBroken
	case strings.TrimSpace(text) == "":
		return text, errEmpty
	case r.reason == "length":
		return text, errCutOff
	}
	return text, nil
}

// isDial reports whether nothing listens at all.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
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

// shortStatus bounds the message of an error, which may be a whole page.
func shortStatus(e api.StatusError) error {
	e.ErrorMessage = short(clean(e.ErrorMessage), 200)
	return e
}

// short cuts s to at most n bytes, at a character.
func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
