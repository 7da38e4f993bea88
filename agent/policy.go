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
}

// A Task is what a policy is asked to repair.
type Task struct {
	Page      preview.Page
	Diagnosis preview.Diagnosis // with Evidence
	Views     []preview.View
	// Instruction is what the person asked for in words; "" for plain repair.
	Instruction string
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
