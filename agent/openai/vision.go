package openai

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"relook/agent/model"
)

// NoVisionError says that a model can't see pictures.
type NoVisionError struct {
	Model, Endpoint string
	Err             error // what the server said; nil if it dropped the picture without a word
}

func (e *NoVisionError) Error() string {
	why := "the server drops pictures that it is sent"
	if e.Err != nil {
		why = e.Err.Error()
	}
	return fmt.Sprintf("model %s at %s can't see pictures (%s): name one that can, or have this one judge by the measurements alone: --critic text:%s",
		e.Model, e.Endpoint, why, e.Model)
}

// Unwrap returns what the server said.
func (e *NoVisionError) Unwrap() error { return e.Err }

// leastSeen is how many tokens a picture has at the least. A server that puts a
// word such as "[img-0]" in its place does not see it.
const leastSeen = 12

// look finds out whether the model can see. The interface has no way to ask, so
// it is shown a picture: a server that can't take one refuses it, or drops it,
// and then the question has hardly more tokens than without.
func (c *client) look(ctx context.Context) error {
	picture, err := probe()
	if err != nil {
		return err
	}
	q := model.Question{System: "Answer with one word.", User: "Which colour is it?", MaxTokens: 4, MaxBytes: 1 << 10}
	without, err := c.promptTokens(ctx, q)
	if err != nil {
		return err
	}
	q.Images = [][]byte{picture}
	with, err := c.promptTokens(ctx, q)
	var status *statusError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &status):
		return &NoVisionError{Model: c.model, Endpoint: c.base, Err: status}
	case err != nil:
		return err
	case with == 0:
		c.log.Warn("the server tells no numbers: whether the model sees pictures can't be told", "model", c.model)
	case with < without+leastSeen:
		return &NoVisionError{Model: c.model, Endpoint: c.base}
	}
	return nil
}

// promptTokens is how many tokens a question has for the server, 0 if it does not
// tell.
func (c *client) promptTokens(ctx context.Context, q model.Question) (int, error) {
	n := 0
	err := c.stream(ctx, q, false, func(chunk model.Chunk) error {
		n = max(n, chunk.PromptTokens)
		return nil
	})
	return n, err
}

// probe is a picture of a size that every model takes.
func probe() ([]byte, error) {
	const side = 224
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			m.Set(x, y, color.RGBA{R: 200, G: uint8(x), B: uint8(y), A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, fmt.Errorf("drawing a picture to show: %w", err)
	}
	return b.Bytes(), nil
}
