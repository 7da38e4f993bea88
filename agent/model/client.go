package model

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// A Client sends questions to one model of one server.
type Client interface {
	// Chat asks q and calls add for each piece of the reply as it comes; an
	// error of add ends the stream and is returned. It returns nil when the
	// stream is over, for whatever reason: only a chunk that is Done says that
	// the reply is whole. An error that wraps ErrFault is worth one more try;
	// any other says what would help.
	Chat(ctx context.Context, q Question, add func(Chunk) error) error
	// Ready returns nil once the server can be reached at all, and an error that
	// says what would help when ctx ends before.
	Ready(ctx context.Context) error
}

// ErrFault is wrapped by the errors of a server that may be gone the next time:
// a broken stream, an internal error.
var ErrFault = errors.New("the reply broke off")

// A Question is one request for a reply.
type Question struct {
	System, User string
	// Images are shown before the words: PNG or JPEG files of a size that models
	// take. Only a model that can see may be asked with any.
	Images      [][]byte
	Format      json.RawMessage // JSON Schema that binds the reply; nil for free text
	Stop        []string
	Seed        int
	Temperature float64
	MaxTokens   int
	MaxBytes    int
	// Write, if set, is told each piece of the reply as it comes.
	Write func(piece string)
}

// A Chunk is a piece of a reply.
type Chunk struct {
	Text string
	Done bool // whether it is the last
	// CutOff says that the reply ended at Question.MaxTokens.
	CutOff bool
	// The numbers are known at the end, as far as the server tells them.
	PromptTokens, Tokens int
	PromptTime, Time     time.Duration
}

// Reasons for which a reply is dropped and not asked for again.
var (
	ErrTooLong = errors.New("it grew past the size that an answer can have")
	ErrLoops   = errors.New("it repeats itself without end")
	ErrCutOff  = errors.New("it was cut off at the most tokens that an answer may have")
	ErrEmpty   = errors.New("it is empty")
)

// Unusable reports whether err is about the reply and not about the machine.
func Unusable(err error) bool {
	return errors.Is(err, ErrTooLong) || errors.Is(err, ErrLoops) || errors.Is(err, ErrCutOff) || errors.Is(err, ErrEmpty)
}

// Causes for which a request is given up; each is worth one more try.
var (
	errStalled = faultOf("the reply stopped half way")
	errSlow    = faultOf("the reply did not come in time")
)

// A fault is an ErrFault with words of its own.
type fault string

func faultOf(text string) error { return fault(text) }

func (f fault) Error() string { return string(f) }

// Is makes it an ErrFault.
func (f fault) Is(target error) bool { return target == ErrFault }
