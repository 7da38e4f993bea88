package agent

import (
	"context"

	"relook/preview"
)

// A Candidate is a set of edits that belong together.
type Candidate struct {
	Edits []preview.Edit
	// Targets are the keys (preview.Defect.Key) of the defects that it is meant
	// to repair. The gate demands that they are gone.
	Targets []string
	// Why says in a few words for people what it does, such as "let the row wrap".
	Why string
	// Group, if set, is the same for candidates that do the same at different
	// widths. When one leaves its target as it is, so will the others, and they
	// are not tried.
	Group string
	// Reply is the number of the exchange with a model, from 1 in the order of
	// Task.Asked, that it comes from; 0 for none.
	Reply int
}

// A Task is what a policy is asked to repair.
type Task struct {
	Page      preview.Page
	Diagnosis preview.Diagnosis // with Evidence
	Views     []preview.View
	// Instruction is what the person asked for in words; "" for plain repair.
	Instruction string
	// Advice is what a critic who saw the page says of it, in lines; "" for none.
	Advice string
	// Rejected are the attempts of this refinement that the gate turned down,
	// oldest first. A policy should not propose the same edits again; the loop
	// drops them unscored if it does.
	Rejected []Attempt
	// Settled, if set, reports whether the defect with a key is repaired already
	// by a candidate that was yielded before: a policy need not go on about it.
	Settled func(key string) bool
	// Drop, if set, is told about each reply of a model that could not be used,
	// with the reason; the loop puts it into the Trace and goes on.
	Drop func(reason string)
	// Asked, if set, is told each question that a model was asked, with the
	// reply as far as it came; the loop puts it into the Trace.
	Asked func(Exchange)
}

// A Policy proposes candidates for a diagnosis, best first. It calls yield for
// each as soon as it has it; when yield returns false it stops and returns nil.
// A reply of a model that can't be used is told to Task.Drop, and is not an
// error: an error means that the policy can't work at all (Ollama is down, the
// model is absent).
type Policy interface {
	// Name is "rules" or "ollama:MODEL".
	Name() string
	Propose(ctx context.Context, t Task, yield func(Candidate) bool) error
}

// A Drafter writes whole pages from words.
type Drafter interface {
	// Name is "ollama:MODEL" or "openai:MODEL".
	Name() string
	// Draft writes a page. A reply that is no page comes as an *UnusableError;
	// any other error means that the model can't work at all.
	Draft(ctx context.Context, t DraftTask) (string, error)
}

// A DraftTask is what a drafter is asked to write.
type DraftTask struct {
	// Instruction is what the person asked for in words.
	Instruction string
	// Number tells the drafts of one request apart, from 0: another number gives
	// another page.
	Number int
	// Previous is a draft that does not render, and Problem why: it is to be
	// written again without the fault. "" for a first draft.
	Previous, Problem string
	// Write, if set, is told each piece of the reply as it comes.
	Write func(piece string)
	// Asked is as in Task.
	Asked func(Exchange)
}

// UnusableError says that a reply is of no use. It is about the reply, not about
// the machine.
type UnusableError struct{ Reason string }

func (e *UnusableError) Error() string { return e.Reason }
