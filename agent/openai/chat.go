package openai

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"relook/agent/model"
)

// The wire form of a question.
type (
	request struct {
		Model       string          `json:"model"`
		Messages    []message       `json:"messages"`
		Stream      bool            `json:"stream"`
		Options     streamOptions   `json:"stream_options"`
		Temperature float64         `json:"temperature"`
		Seed        int             `json:"seed"`
		MaxTokens   int             `json:"max_tokens"`
		Stop        []string        `json:"stop,omitempty"`
		Format      *responseFormat `json:"response_format,omitempty"`
	}
	message struct {
		Role    string `json:"role"`
		Content any    `json:"content"` // text, or a list of parts
	}
	part struct {
		Type  string    `json:"type"` // "text" or "image_url"
		Text  string    `json:"text,omitempty"`
		Image *imageURL `json:"image_url,omitempty"`
	}
	imageURL struct {
		URL string `json:"url"`
	}
	streamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	}
	responseFormat struct {
		Type   string     `json:"type"`
		Schema jsonSchema `json:"json_schema"`
	}
	jsonSchema struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	}
)

// event is a piece of the stream.
type event struct {
	Choices []struct {
		Delta struct {
			Content string `json:"content"`
		} `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
	} `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// statusError is what a server says no with.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string {
	if e.text == "" {
		return fmt.Sprintf("status %d", e.code)
	}
	return e.text
}

// Chat implements model.Client.
func (c *client) Chat(ctx context.Context, q model.Question, add func(model.Chunk) error) error {
	bound := q.Format != nil && !c.unbound.Load()
	err := c.stream(ctx, q, bound, add)
	var status *statusError
	// A server that can't bind replies says so with 400, 422 or 501; so it may be
	// asked without.
	if bound && errors.As(err, &status) && (status.code == http.StatusBadRequest || status.code == http.StatusUnprocessableEntity || status.code == http.StatusNotImplemented) {
		c.log.Warn("the server takes no JSON Schema; asking without", "model", c.model, "because", status.Error())
		plain := c.stream(ctx, q, false, add)
		if plain == nil {
			c.unbound.Store(true)
		}
		return plain
	}
	return err
}

// stream asks once.
func (c *client) stream(ctx context.Context, q model.Question, bound bool, add func(model.Chunk) error) error {
	r := request{
		Model: c.model, Stream: true, Options: streamOptions{IncludeUsage: true},
		Messages:    []message{{"system", q.System}, {"user", contentOf(q)}},
		Temperature: q.Temperature, Seed: q.Seed, MaxTokens: q.MaxTokens, Stop: q.Stop,
	}
	if bound {
		r.Format = &responseFormat{Type: "json_schema", Schema: jsonSchema{Name: "answer", Strict: true, Schema: q.Format}}
	}
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding a question: %w", err)
	}
	res, err := c.send(ctx, http.MethodPost, "/chat/completions", body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return read(res.Body, add)
}

// contentOf is what the person says: plain text, or pictures and text.
func contentOf(q model.Question) any {
	if len(q.Images) == 0 {
		return q.User
	}
	var parts []part
	for _, image := range q.Images {
		data := "data:" + http.DetectContentType(image) + ";base64," + base64.StdEncoding.EncodeToString(image)
		parts = append(parts, part{Type: "image_url", Image: &imageURL{URL: data}})
	}
	return append(parts, part{Type: "text", Text: q.User})
}

// maxLine is the longest line of a stream that is read.
const maxLine = 1 << 20

// read passes on the events of a stream (text/event-stream, of which only data
// lines matter) until it ends.
func read(body io.Reader, add func(model.Chunk) error) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 4<<10), maxLine)
	var last model.Chunk
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		if !ok {
			continue
		}
		if data = bytes.TrimSpace(data); string(data) == "[DONE]" {
			if !last.Done {
				return nil // without a reason: the reply is not known to be whole
			}
			return add(last)
		}
		var e event
		if err := json.Unmarshal(data, &e); err != nil {
			return fmt.Errorf("%w: %q is not JSON", model.ErrFault, short(string(data), 80))
		}
		if len(e.Error) > 0 && string(e.Error) != "null" {
			return fmt.Errorf("%w: %s", model.ErrFault, wordsOf(e.Error))
		}
		if err := e.pass(&last, add); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: %s", model.ErrFault, short(err.Error(), 200))
	}
	if last.Done { // some servers leave the mark of the end out
		return add(last)
	}
	return nil
}

// pass adds the text of an event and keeps what is told of the end in last: the
// numbers come after it.
func (e event) pass(last *model.Chunk, add func(model.Chunk) error) error {
	if e.Usage != nil {
		last.PromptTokens, last.Tokens = e.Usage.PromptTokens, e.Usage.CompletionTokens
	}
	if len(e.Choices) == 0 {
		return nil
	}
	if reason := e.Choices[0].FinishReason; reason != "" {
		last.Done, last.CutOff = true, reason == "length"
	}
	return add(model.Chunk{Text: e.Choices[0].Delta.Content})
}

// send sends a request and turns every answer but 200 into an error.
func (c *client) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", c.base, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	res, err := c.http.Do(req)
	switch {
	case ctx.Err() != nil:
		if err == nil {
			res.Body.Close()
		}
		return nil, ctx.Err()
	case isDial(err):
		return nil, &DownError{Endpoint: c.base, Err: err}
	case err != nil:
		return nil, fmt.Errorf("%w: %s", model.ErrFault, short(err.Error(), 200))
	case res.StatusCode == http.StatusOK:
		return res, nil
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10)) // as far as it comes: it only words the error
	return nil, c.refusal(res.StatusCode, text)
}

func (c *client) refusal(code int, text []byte) error {
	err := &statusError{code: code, text: wordsOf(text)}
	switch {
	case code >= http.StatusInternalServerError && code != http.StatusNotImplemented:
		return fmt.Errorf("%w: %w", model.ErrFault, err)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("the server at %s wants a key: set RELOOK_ENDPOINT_KEY: %w", c.base, err)
	case code == http.StatusNotFound:
		return fmt.Errorf("the server at %s has no such address or model; the address ends in /v1 for most servers: %w", c.base, err)
	}
	return fmt.Errorf("asking %s: %w", c.base, err)
}

// wordsOf takes the message out of an error in one of the forms that servers
// have: {"error": {"message": ...}}, {"error": ...}, {"message": ...}, or text.
func wordsOf(text []byte) string {
	var nested struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
	}
	var plain string
	switch {
	case json.Unmarshal(text, &plain) == nil:
		text = []byte(plain)
	case json.Unmarshal(text, &nested) == nil && nested.Message != "":
		text = []byte(nested.Message)
	case json.Unmarshal(text, &nested) == nil && len(nested.Error) > 0 && !bytes.Equal(nested.Error, text):
		return wordsOf(nested.Error)
	}
	return short(strings.Join(strings.Fields(strings.ToValidUTF8(string(text), "?")), " "), 200)
}

// isDial reports whether nothing listens at all.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// Ready implements model.Client: it waits for something to listen at the
// server's address.
func (c *client) Ready(ctx context.Context) error {
	if err := model.Reach(ctx, c.base); err != nil {
		return &DownError{Endpoint: c.base, Err: err}
	}
	return nil
}
