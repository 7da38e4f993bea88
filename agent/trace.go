package agent

import "relook/preview"

// Status is how a refinement ended.
type Status string

// The ways in which a refinement ends.
const (
	Improved  Status = "improved"  // at least one candidate was admitted
	Unchanged Status = "unchanged" // nothing to do, or nothing was better
	Failed    Status = "failed"    // the page can't be rendered validly
)

// A Trace is all passes of one refinement.
type Trace struct {
	Path   string
	Status Status
	// Before and After are the fresh renders at the start and at the end, with
	// a shot of each view at the last moment. They are the same when unchanged.
	Before, After *preview.Rendering
	// Edits turn the files as they were read into the files as repaired: at
	// most one stretch per changed place, no overlaps, sorted by file and
	// offset.
	Edits []preview.Edit
	// Files holds the repaired text of every changed file.
	Files  map[string]string
	Passes []Pass
	Drafts []Draft // of a page that was generated
	// Critique is what the critic said; nil without one.
	Critique *Critique
	// Millis is the wall time; PolicyMillis the part spent waiting for a model.
	Millis, PolicyMillis float64
}

// A Pass is one round of propose, render, gate.
type Pass struct {
	Policy   string
	Attempts []Attempt
	// Admitted are the indexes into Attempts of those that were verified by a
	// fresh render and are part of the result; empty for none.
	Admitted []int
	Dropped  []string // replies that could not be used, and why
	// Exchanges are the questions that models were asked, in order.
	Exchanges []Exchange
	Cost      float64 // of the page at the start of the pass
	Millis    float64 // wall time
}

// A Draft is a page that a model wrote. One that did not render and was written
// again is listed twice, under the same number.
type Draft struct {
	Number    int
	Text      string  // "" when the reply held no page
	Valid     bool    // whether it renders
	Cost      float64 // of its defects, if it is valid
	Problem   string  // why it can't be used; "" if it can
	Chosen    bool    // whether it was refined
	Exchanges []Exchange
}

// An Exchange is one question that a model was asked, with its reply.
type Exchange struct {
	Model          string // the name of the policy, such as "ollama:qwen2.5-coder:1.5b"
	System, Prompt string
	Schema         string // JSON Schema that bound the reply; "" for free text
	Seed           int
	Temperature    float64
	Reply          string // as far as it came
	// Problem is why the reply could not be used at all; "" if it could.
	Problem string
	// PromptTokens counts the prompt, those from the server's cache included;
	// Tokens the reply.
	PromptTokens, Tokens int
	// PromptMillis is the time for reading the prompt, as the server tells it;
	// Millis the wall time of the whole exchange.
	PromptMillis, Millis float64
}

// An Attempt is a candidate with what the gate said.
type Attempt struct {
	Candidate
	Policy  string // the name of the policy that proposed it
	Verdict Verdict
}

// A Verdict is the gate's answer.
type Verdict struct {
	Admitted bool
	// Rule is the id of the gate rule that rejected, such as "hidden"; "" if admitted.
	Rule string
	// Reason is a sentence for people.
	Reason string
	// Cost is the page's cost with the candidate; 0 when it was not measured.
	Cost float64
	// InPlace says that the candidate was only tried in the live page, not by
	// a fresh render.
	InPlace bool
}
