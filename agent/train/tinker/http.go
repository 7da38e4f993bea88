package tinker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"relook/agent/train/engine"
)

const (
	jsonType     = "application/json"
	protobufType = "application/x-protobuf"
	// maxAnswer bounds what is read of an answer: log-probabilities of a large
	// batch are a few megabytes, a LoRA archive a few hundred.
	maxAnswer = 1 << 30
)

// post sends a request. An address at which nothing answers is tried again until
// Config.Grace is over: the server may be starting anew. Requests that change the
// model carry a number by which the server knows a repeat.
func (c *Client) post(ctx context.Context, path, kind string, body []byte) ([]byte, error) {
	until := time.Now().Add(c.cfg.Grace)
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		b, err := c.postOnce(ctx, path, kind, body)
		if !errors.Is(err, engine.ErrDown) || ctx.Err() != nil || time.Now().After(until) {
			return b, err
		}
		c.cfg.Log.Warn("asking the training engine once more", "path", path, "because", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}

func (c *Client) postOnce(whole context.Context, path, kind string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(whole, c.cfg.Timeout)
	defer cancel()
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, c.cfg.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	if c.cfg.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.cfg.Key)
	}
	res, err := c.http.Do(req)
	if whole.Err() != nil { // it was given up, which says nothing of the server
		return nil, whole.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w at %s: %w", engine.ErrDown, c.cfg.URL, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%w at %s: %w", engine.ErrDown, c.cfg.URL, err)
	}
	if res.StatusCode/100 != 2 {
		return nil, refusal(res.StatusCode, b)
	}
	return b, nil
}

// A statusError is an answer other than fine.
type statusError struct {
	code   int
	detail string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the training engine refused (%d): %s", e.code, e.detail)
}

// refusal names what a person can mend.
func refusal(code int, body []byte) error {
	var answer struct{ Detail any }
	_ = json.Unmarshal(body, &answer) // what is no JSON is told as it is
	detail := fmt.Sprint(answer.Detail)
	if answer.Detail == nil {
		detail = string(body[:min(len(body), 400)])
	}
	err := &statusError{code, detail}
	low := strings.ToLower(detail)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(low, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("out of memory", "resource_exhausted", "failed to allocate", "bad_alloc"):
		return errors.Join(engine.ErrMemory, err)
	case has("model not found", "model_id not found", "not loaded", "future not found") || code == http.StatusNotFound && has("model", "future"):
		return errors.Join(engine.ErrLost, err)
	case has("shape mismatch", "rank mismatch", "lora rank", "base model mismatch"):
		return errors.Join(engine.ErrMismatch, err)
	case has("nan"):
		if has("nan loss", "loss is nan", "not finite") {
			return errors.Join(engine.ErrNaN, err)
		}
	}
	return err
}

// call posts JSON and reads JSON.
func (c *Client) call(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encoding a request: %w", err)
	}
	b, err := c.post(ctx, path, jsonType, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%w (%s: %w)", engine.ErrWire, path, err)
	}
	return nil
}

// A future is work that the server has taken on.
type future struct {
	RequestID string `json:"request_id"`
}

// result waits for a future. The server holds the request for minutes and then
// says 408, which means to ask again.
func (c *Client) result(ctx context.Context, f future) ([]byte, error) {
	if f.RequestID == "" {
		return nil, fmt.Errorf("%w (no number of the request)", engine.ErrWire)
	}
	body, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(c.cfg.Patience)
	for {
		b, err := c.post(ctx, "/api/v1/retrieve_future", jsonType, body)
		var status *statusError
		if !errors.As(err, &status) || status.code != http.StatusRequestTimeout {
			return b, err
		}
		if time.Now().After(until) {
			return nil, fmt.Errorf("the training engine has worked for %s on one request: %w", c.cfg.Patience, err)
		}
	}
}

// ask posts JSON and waits for the future's JSON.
func (c *Client) ask(ctx context.Context, path string, in, out any) error {
	var f future
	if err := c.call(ctx, path, in, &f); err != nil {
		return err
	}
	b, err := c.result(ctx, f)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%w (%s: %w)", engine.ErrWire, path, err)
	}
	return nil
}

func futureOf(b []byte) (future, error) {
	var f future
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fmt.Errorf("%w (%w)", engine.ErrWire, err)
	}
	return f, nil
}
