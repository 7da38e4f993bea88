package suite

import "context"

// A Judge looks at pictures and says in JSON what it finds.
type Judge interface {
	// Name is such as "ollama:qwen2.5vl:7b".
	Name() string
	// Ask asks about pictures, PNG. use reads the reply and says why it can't be
	// used; then the judge is asked again, a few times. What no try could answer is
	// a Judgement with a Problem; an error is the machine's.
	Ask(ctx context.Context, q Question, use func(reply string) (score float64, parts []float64, err error)) (Judgement, error)
}
