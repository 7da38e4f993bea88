package trace

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
)

// The ids of the documents.
const (
	Schema       = "relook/trace/1"
	SampleSchema = "relook/sample/1"
)

// A Document is one refinement, as it is kept and as `relook trace show --json`
// prints it.
type Document struct {
	Schema string    `json:"schema" jsonschema:"enum=relook/trace/1"`
	ID     string    `json:"id"` // it begins with the time, so that ids sort by it
	Time   time.Time `json:"time"`
	Kind   string    `json:"kind" jsonschema:"enum=refine,enum=generate"`
	Path   string    `json:"path"` // of the page, on this machine
	// Instruction is what the person asked for in words.
	Instruction string            `json:"instruction,omitempty"`
	Status      string            `json:"status" jsonschema:"enum=improved,enum=unchanged,enum=failed"`
	Error       string            `json:"error,omitempty"` // why it ended half way
	Before      preview.Diagnosis `json:"before"`
	After       preview.Diagnosis `json:"after"`
	Diff        string            `json:"diff"` // from the files as they were read to the repaired ones
	// Changes tell what became of the picture; only for an instruction.
	Changes []Change `json:"changes,omitempty"`
	Drafts  []Draft  `json:"drafts,omitempty"` // of pages that were generated
	// Critique is what the critic said; only where one was asked for.
	Critique *Critique `json:"critique,omitempty"`
	Passes   []Pass    `json:"passes"`
	Shots    []Shot    `json:"shots"`
	Millis   float64   `json:"ms"` // wall time
	// PolicyMillis is the part of ms that was spent waiting for a policy.
	PolicyMillis float64 `json:"policyMs"`
}

// A Change tells how much of the picture of a view is another one afterwards.
type Change struct {
	View string      `json:"view"`
	Part float64     `json:"part"` // of the picture's pixels, 0 to 1
	Box  preview.Box `json:"box"`  // that holds all of them, CSS px
}

// A Critique is what a critic said of the page.
type Critique struct {
	Critic      string             `json:"critic"`           // such as "ollama:qwen2.5vl:7b"
	Before      *agent.Judgement   `json:"before,omitempty"` // of the page as it was; missing when it could not tell
	After       *agent.Judgement   `json:"after,omitempty"`  // of the page as it is now; missing when nothing changed
	Comparisons []agent.Preference `json:"comparisons"`      // of what the gate admitted with what was there
	Problems    []string           `json:"problems"`         // answers that could not be used
	Exchanges   []Exchange         `json:"exchanges"`        // what it was asked; pictures are left out
	Millis      float64            `json:"ms"`               // wall time of its answers
}

// CritiqueOf is what a critic said as it is written out; nil for none.
func CritiqueOf(c *agent.Critique) *Critique {
	if c == nil {
		return nil
	}
	out := &Critique{
		Critic: c.Critic, Before: c.Before, After: c.After, Millis: c.Millis,
		Comparisons: orEmpty(c.Comparisons), Problems: orEmpty(c.Problems), Exchanges: []Exchange{},
	}
	for _, j := range []*agent.Judgement{c.Before, c.After} {
		if j != nil {
			out.Exchanges = append(out.Exchanges, exchangesOf(j.Exchanges)...)
		}
	}
	for _, p := range c.Comparisons {
		for _, o := range p.Orders {
			out.Exchanges = append(out.Exchanges, exchangesOf(o.Exchanges)...)
		}
	}
	return out
}

// A Draft is a page that a model wrote.
type Draft struct {
	Number    int        `json:"number"`            // from 0; a draft that was written again keeps its number
	Text      string     `json:"text"`              // "" when the reply held no page
	Cost      float64    `json:"cost"`              // of its defects; means nothing unless it is valid
	Valid     bool       `json:"valid"`             // whether it renders
	Chosen    bool       `json:"chosen"`            // whether it was refined
	Problem   string     `json:"problem,omitempty"` // why it can't be used
	Exchanges []Exchange `json:"exchanges"`
}

// A Pass is one round of propose, render and gate.
type Pass struct {
	Policy     string      `json:"policy"` // who proposed, such as "rules,ollama:qwen2.5-coder:1.5b"
	Cost       float64     `json:"cost"`   // of the page's defects at the start of the pass
	Exchanges  []Exchange  `json:"exchanges"`
	Candidates []Candidate `json:"candidates"`
	Admitted   []int       `json:"admitted"` // indexes of the candidates that are part of the result
	Dropped    []string    `json:"dropped"`  // replies that could not be used, and why
	Millis     float64     `json:"ms"`       // wall time
}

// An Exchange is one question that a model was asked, with its reply.
type Exchange struct {
	Model        string  `json:"model"`
	System       string  `json:"system"`
	Prompt       string  `json:"prompt"`
	Format       string  `json:"format,omitempty"` // JSON Schema that bound the reply
	Seed         int     `json:"seed"`
	Temperature  float64 `json:"temperature"`
	Reply        string  `json:"reply"`             // as far as it came
	Problem      string  `json:"problem,omitempty"` // why it can't be used at all
	PromptTokens int     `json:"promptTokens"`
	Tokens       int     `json:"tokens"`
	PromptMillis float64 `json:"promptMs"` // for reading the prompt, as the server tells it
	Millis       float64 `json:"ms"`       // wall time
}

// A Candidate is a set of edits that belong together, with what the gate said.
type Candidate struct {
	Edits    []Edit   `json:"edits"`
	Targets  []string `json:"targets"`        // keys of the defects that it was to mend
	Why      string   `json:"why"`            // what it does, in a few words
	Policy   string   `json:"policy"`         // who proposed it
	Reply    int      `json:"reply"`          // number of the exchange that it comes from, from 1; 0 for none
	Admitted bool     `json:"admitted"`       // whether it is part of the result
	Rule     string   `json:"rule,omitempty"` // of the gate that rejected it
	Reason   string   `json:"reason"`         // a sentence for people
	Cost     float64  `json:"cost"`           // of the page with it; 0 when it was not measured
	InPlace  bool     `json:"inPlace"`        // whether it was judged in the live page only
}

// An Edit replaces bytes of a file, as it was at the start of the pass.
type Edit struct {
	File    string `json:"file"` // slash path in the workspace
	Start   int    `json:"start"`
	End     int    `json:"end"`
	NewText string `json:"newText"`
}

// A Shot is one picture.
type Shot struct {
	File string  `json:"file"` // beside trace.json
	When string  `json:"when" jsonschema:"enum=before,enum=after"`
	View string  `json:"view"` // such as "390x844"
	At   float64 `json:"at"`   // moment of page time since load, in ms
	png  []byte
}

// A Subject is what a trace is about, beside the trace itself.
type Subject struct {
	Kind        string       // "refine" or "generate"
	Path        string       // of the page, on this machine
	Page        preview.Page // as it was given
	Instruction string
	Err         error // with which it ended half way
}

// New makes the document of a refinement.
func New(s Subject, t *agent.Trace, at time.Time) *Document {
	d := &Document{
		Schema: Schema, ID: newID(at), Time: at.UTC().Truncate(time.Millisecond), Kind: s.Kind, Path: s.Path,
		Instruction: s.Instruction, Status: string(t.Status), Passes: []Pass{}, Shots: []Shot{},
		Before: listed(t.Before.Diagnosis), After: listed(t.After.Diagnosis), Diff: diff(s.Page, t.Files),
		Millis: t.Millis, PolicyMillis: t.PolicyMillis, Critique: CritiqueOf(t.Critique),
	}
	if s.Err != nil {
		d.Error = s.Err.Error()
	}
	for _, p := range t.Passes {
		d.Passes = append(d.Passes, passOf(p))
	}
	for _, draft := range t.Drafts {
		d.Drafts = append(d.Drafts, Draft{
			Number: draft.Number, Text: draft.Text, Cost: draft.Cost, Valid: draft.Valid, Chosen: draft.Chosen,
			Problem: draft.Problem, Exchanges: exchangesOf(draft.Exchanges),
		})
	}
	if s.Instruction != "" && t.Status == agent.Improved {
		for _, c := range agent.Changes(t.Before, t.After) {
			d.Changes = append(d.Changes, Change(c))
		}
	}
	d.addShots("before", t.Before)
	if t.Status == agent.Improved {
		d.addShots("after", t.After)
	}
	return d
}

// listed is a diagnosis without lists that are null.
func listed(d preview.Diagnosis) preview.Diagnosis {
	d.Defects = slices.Clone(d.Defects)
	if d.Defects == nil {
		d.Defects = []preview.Defect{}
	}
	for i := range d.Defects {
		f := &d.Defects[i]
		f.Views, f.Elements = orEmpty(f.Views), orEmpty(f.Elements)
		if f.Measure == nil {
			f.Measure = map[string]float64{}
		}
	}
	return d
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func diff(page preview.Page, texts map[string]string) string {
	var b strings.Builder
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		before := ""
		if src, err := page.Read(file); err == nil {
			before = src.String()
		}
		b.WriteString(edit.Diff(file, before, texts[file]))
	}
	return b.String()
}

func passOf(p agent.Pass) Pass {
	out := Pass{
		Policy: p.Policy, Cost: p.Cost, Millis: p.Millis, Admitted: orEmpty(p.Admitted), Dropped: orEmpty(p.Dropped),
		Candidates: []Candidate{}, Exchanges: exchangesOf(p.Exchanges),
	}
	for i, a := range p.Attempts {
		c := Candidate{
			Edits: []Edit{}, Targets: orEmpty(a.Targets), Why: a.Why, Policy: a.Policy, Reply: a.Reply,
			Admitted: slices.Contains(p.Admitted, i), Rule: a.Verdict.Rule, Reason: a.Verdict.Reason,
			Cost: a.Verdict.Cost, InPlace: a.Verdict.InPlace,
		}
		for _, e := range a.Edits {
			c.Edits = append(c.Edits, Edit{e.File, e.Span.Start, e.Span.End, e.NewText})
		}
		out.Candidates = append(out.Candidates, c)
	}
	return out
}

func exchangesOf(list []agent.Exchange) []Exchange {
	out := []Exchange{}
	for _, e := range list {
		out = append(out, Exchange{
			Model: e.Model, System: e.System, Prompt: e.Prompt, Format: e.Schema, Seed: e.Seed, Temperature: e.Temperature,
			Reply: strings.ToValidUTF8(e.Reply, "\ufffd"), Problem: e.Problem, PromptTokens: e.PromptTokens, Tokens: e.Tokens,
			PromptMillis: e.PromptMillis, Millis: e.Millis,
		})
	}
	return out
}

func (d *Document) addShots(when string, r *preview.Rendering) {
	for _, s := range r.Shots {
		at := s.At.Milliseconds()
		name := when + "-" + strings.ReplaceAll(s.View.Name(), "/", "-") + "-" + time.Duration(at*1e6).String() + ".png"
		d.Shots = append(d.Shots, Shot{File: path.Base(name), When: when, View: s.View.Name(), At: float64(at), png: s.PNG})
	}
}

// A Sample is a line of `relook trace export`: one question with its reply and
// what became of it, for training.
type Sample struct {
	Schema   string    `json:"schema" jsonschema:"enum=relook/sample/1"`
	Trace    string    `json:"trace"` // id of the trace
	Pass     int       `json:"pass"`  // from 1; 0 for a draft
	Model    string    `json:"model"`
	Messages []Message `json:"messages"`         // the question
	Format   string    `json:"format,omitempty"` // JSON Schema that bound the reply
	Reply    string    `json:"reply"`
	Problem  string    `json:"problem,omitempty"` // why the reply can't be used
	// Cost is of the page's defects at the start of the pass.
	Cost float64 `json:"cost"`
	// Accepted says that an edit of the reply became part of the result, or that
	// the draft was chosen.
	Accepted bool `json:"accepted"`
	// Candidates are the edits of the reply that were judged.
	Candidates   []Candidate `json:"candidates"`
	PromptTokens int         `json:"promptTokens"`
	Tokens       int         `json:"tokens"`
	Millis       float64     `json:"ms"`
}

// A Message is a part of a question.
type Message struct {
	Role    string `json:"role" jsonschema:"enum=system,enum=user"`
	Content string `json:"content"`
}

// Samples are the document's exchanges, each by itself.
func (d *Document) Samples() []Sample {
	var out []Sample
	for _, draft := range d.Drafts {
		for i, e := range draft.Exchanges {
			s := sampleOf(d.ID, 0, e)
			s.Cost = draft.Cost
			s.Accepted = draft.Chosen && i == len(draft.Exchanges)-1
			out = append(out, s)
		}
	}
	for n, p := range d.Passes {
		for i, e := range p.Exchanges {
			s := sampleOf(d.ID, n+1, e)
			s.Cost = p.Cost
			for _, c := range p.Candidates {
				if c.Reply == i+1 {
					s.Candidates = append(s.Candidates, c)
					s.Accepted = s.Accepted || c.Admitted
				}
			}
			out = append(out, s)
		}
	}
	return out
}

func sampleOf(id string, pass int, e Exchange) Sample {
	return Sample{
		Schema: SampleSchema, Trace: id, Pass: pass, Model: e.Model, Format: e.Format, Reply: e.Reply, Problem: e.Problem,
		Messages: []Message{{"system", e.System}, {"user", e.Prompt}}, Candidates: []Candidate{},
		PromptTokens: e.PromptTokens, Tokens: e.Tokens, Millis: e.Millis,
	}
}
