package ollama

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/ollama/ollama/api"

	"relook/agent/model"
)

// Chat implements model.Client. The client of Ollama returns nil when a stream
// ends early for whatever reason; whether it was whole is told by its last
// chunk.
func (c *client) Chat(ctx context.Context, q model.Question, add func(model.Chunk) error) error {
	var refused error // by add: then it is not a fault of the stream
	started := false
	err := c.api.Chat(ctx, c.request(q), func(r api.ChatResponse) error {
		started = true
		refused = add(model.Chunk{
			Text: r.Message.Content, Done: r.Done, CutOff: r.Done && r.DoneReason == "length",
			PromptTokens: r.PromptEvalCount, Tokens: r.EvalCount,
			PromptTime: r.PromptEvalDuration, Time: r.TotalDuration,
		})
		return refused
	})
	var status api.StatusError
	switch {
	case err == nil || refused != nil || ctx.Err() != nil:
		return err
	case errors.As(err, &status) && status.StatusCode >= http.StatusInternalServerError:
		return fmt.Errorf("%w: %w", model.ErrFault, shortStatus(status))
	case errors.As(err, &status) || !started && isDial(err):
		return c.explain(ctx, err)
	}
	return fmt.Errorf("%w: %s", model.ErrFault, short(err.Error(), 200))
}

func (c *client) request(q model.Question) *api.ChatRequest {
	options := map[string]any{
		"num_ctx":     c.numCtx,
		"num_predict": q.MaxTokens,
		"seed":        q.Seed,
		"temperature": q.Temperature,
	}
	if len(q.Stop) > 0 {
		options["stop"] = q.Stop
	}
	user := api.Message{Role: "user", Content: q.User}
	for _, image := range q.Images {
		user.Images = append(user.Images, image)
	}
	messages := []api.Message{user}
	if q.System != "" {
		messages = []api.Message{{Role: "system", Content: q.System}, user}
	}
	return &api.ChatRequest{
		Model:     c.model,
		Messages:  messages,
		Format:    q.Format,
		KeepAlive: &api.Duration{Duration: c.keepAlive},
		Options:   options,
		Think:     c.think,
	}
}

// Ready implements model.Client: it waits for something to listen at the
// server's address.
func (c *client) Ready(ctx context.Context) error {
	if err := model.Reach(ctx, c.host); err != nil {
		return &DownError{Host: c.host, Err: err}
	}
	return nil
}

// isDial reports whether nothing listens at all.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// shortStatus bounds the message of an error, which may be a whole page.
func shortStatus(e api.StatusError) error {
	e.ErrorMessage = short(strings.Join(strings.Fields(e.ErrorMessage), " "), 200)
	return e
}

// short cuts s to at most n bytes, at a character.
func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
