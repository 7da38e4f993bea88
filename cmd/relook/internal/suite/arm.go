package suite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"relook/agent"
	"relook/agent/critic"
	"relook/agent/edit"
	"relook/agent/model"
	"relook/agent/rules"
	"relook/preview"
)

// An Arm is one way in which a page comes about.
type Arm struct {
	Name, About string
	Rules, Ask  bool // which policies the loop has; Ask is for the model
	Critic      bool // a critic must prefer what the gate admits
	Rewrite     bool // instead, the model rewrites the whole file, and what it writes is taken
	Best        bool // instead, the best of several drafts by relook's measure
}

// Base is the arm that the others are compared with: the draft as it is.
const Base = "base"

// Arms lists all arms.
func Arms() []Arm {
	return []Arm{
		{Name: Base, About: "the draft as it was written, or given"},
		{Name: "rules", About: "the loop with rules alone", Rules: true},
		{Name: "model", About: "the loop with the model alone", Ask: true},
		{Name: "rules+model", About: "the loop with rules, then the model for what is left", Rules: true, Ask: true},
		{Name: "critic", About: "the same, and a critic must prefer what the gate admits", Rules: true, Ask: true, Critic: true},
		{Name: "rules+critic", About: "the loop with rules, and a critic must prefer what the gate admits", Rules: true, Critic: true},
		{Name: "rewrite", About: "the model rewrites the whole file in each pass, and what it writes is taken unseen", Ask: true, Rewrite: true},
		{Name: "best", About: "the best of several drafts, by relook's measure, unrepaired", Ask: true, Best: true},
	}
}

// ArmsNamed finds arms; the base is always the first of them.
func ArmsNamed(names []string) ([]Arm, error) {
	all := Arms()
	out := []Arm{all[0]}
	for _, name := range names {
		i := slices.IndexFunc(all, func(a Arm) bool { return a.Name == name })
		if i < 0 {
			var list []string
			for _, a := range all {
				list = append(list, a.Name)
			}
			return nil, fmt.Errorf("there is no arm %q: choose among %s", name, strings.Join(list, ", "))
		}
		if !slices.ContainsFunc(out, func(a Arm) bool { return a.Name == name }) {
			out = append(out, all[i])
		}
	}
	return out, nil
}

// A Writer is a model that drafts and repairs; *ollama.Policy and *openai.Policy
// are.
type Writer interface {
	agent.Policy
	critic.Asker
}

// A Crew makes pages.
type Crew struct {
	// Loop is how refinements are run; its Renderer has no part in scoring. Its
	// Policies, Critic and Request are set here.
	Loop   agent.Config
	Writer Writer       // nil if there is none
	Critic agent.Critic // nil if there is none
	// Drafts is how many the arm "best" writes.
	Drafts int
	// Limit is the most time for one refinement; what was verified by then counts.
	Limit time.Duration
}

// Check says what an arm needs that is not there.
func (c Crew) Check(a Arm) error {
	switch {
	case a.Ask && c.Writer == nil:
		return fmt.Errorf("the arm %s needs a model: add --model", a.Name)
	case a.Critic && c.Critic == nil:
		return fmt.Errorf("the arm %s needs a critic: add --critic", a.Name)
	}
	return nil
}

// A made page is what an arm made at one step.
type made struct {
	files   map[string]string
	passes  []map[string]string // all files after each pass
	tokens  int
	took    time.Duration
	stopped bool   // the time was up
	problem string // why there is no page, or not a new one
}

// write asks for a draft at a step. A reply of no use leaves the files as they
// were.
func (c Crew) write(ctx context.Context, s Suite, item Item, at Step, n int) (made, error) {
	out := made{files: at.Files}
	start := time.Now()
	q := s.Ask(item, at)
	p := c.Writer.Profile()
	mq := model.Question{System: q.System, User: q.Prompt, Images: q.Images, Seed: n + 1, MaxTokens: p.DraftTokens, MaxBytes: edit.MaxReplyBytes}
	if n > 0 {
		mq.Temperature = p.Temperature
	}
	reply, err := c.Writer.Ask(ctx, mq, func(e agent.Exchange) { out.tokens += e.Tokens })
	out.took = time.Since(start)
	if err == nil {
		var files map[string]string
		if files, err = s.Read(item, at, reply); err == nil {
			out.files = files
		}
	}
	var unusable *agent.UnusableError
	if errors.As(err, &unusable) || err != nil && model.Unusable(err) {
		out.problem, err = "the reply can't be used: "+err.Error(), nil
	}
	return out, err
}

// improve does to a draft what the arm does.
func (c Crew) improve(ctx context.Context, a Arm, item Item, files map[string]string) (made, error) {
	if a.Name == Base || a.Best {
		return made{files: files}, nil
	}
	within, cancel := ctx, context.CancelFunc(func() {})
	if c.Limit > 0 {
		within, cancel = context.WithTimeout(ctx, c.Limit)
	}
	defer cancel()
	start := time.Now()
	var out made
	var err error
	if a.Rewrite {
		out, err = c.rewrite(within, item, files)
	} else {
		out, err = c.loop(within, a, item, files)
	}
	out.took = time.Since(start)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		out.stopped, err = true, nil
	}
	return out, err
}

// loop is relook's own.
func (c Crew) loop(ctx context.Context, a Arm, item Item, files map[string]string) (made, error) {
	out := made{files: files}
	cfg := c.Loop
	cfg.Request, cfg.Policies, cfg.Critic = item.Request, nil, nil
	if a.Rules {
		cfg.Policies = append(cfg.Policies, rules.New())
	}
	if a.Ask {
		cfg.Policies = append(cfg.Policies, c.Writer)
	}
	if a.Critic {
		cfg.Critic = c.Critic
	}
	cfg.Passed = func(changed map[string]string) { out.passes = append(out.passes, laid(files, changed)) }
	trace, err := agent.Refine(ctx, cfg, item.Page(files))
	var input *preview.InputError
	if errors.As(err, &input) {
		out.problem = input.Error()
		return out, nil
	}
	if trace == nil {
		return out, err
	}
	out.files = laid(files, trace.Files)
	for _, p := range trace.Passes {
		for _, e := range p.Exchanges {
			out.tokens += e.Tokens
		}
	}
	return out, err
}

func laid(files, changed map[string]string) map[string]string {
	out := maps.Clone(files)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, changed)
	return out
}

const rewriteSystem = "You write web pages. Answer with one complete HTML file between ``` fences and nothing else."

// rewrite is what people do without a gate: the model reads its page and writes it
// again, as many times as the loop has passes.
func (c Crew) rewrite(ctx context.Context, item Item, files map[string]string) (made, error) {
	out := made{files: files}
	passes := c.Loop.Passes
	if passes <= 0 {
		passes = agent.DefaultPasses
	}
	p := c.Writer.Profile()
	for n := range passes {
		text := out.files[item.Entry]
		q := model.Question{
			System: rewriteSystem, MaxTokens: p.DraftTokens, MaxBytes: edit.MaxReplyBytes, Seed: n + 1, Temperature: p.Temperature,
			User: fmt.Sprintf("The page shall be: %s\n\nThis is the page so far:\n```html\n%s\n```\n\nLook for what is wrong with its layout, its style, what it says and what it does, and write the page again, complete and better.", item.Request, text),
		}
		reply, err := c.Writer.Ask(ctx, q, func(e agent.Exchange) { out.tokens += e.Tokens })
		if err != nil && !model.Unusable(err) {
			return out, err
		}
		page := ""
		if err == nil {
			page, err = PageOf(reply)
		}
		if err != nil {
			out.problem = fmt.Sprintf("pass %d: the reply can't be used: %v", n+1, err)
		} else {
			out.files = laid(out.files, map[string]string{item.Entry: page})
		}
		out.passes = append(out.passes, out.files)
	}
	return out, nil
}

// PageOf takes the page out of a reply: the last fenced block that is HTML, else
// the reply itself from its first tag on. An *agent.UnusableError says that there
// is none.
func PageOf(reply string) (string, error) {
	best := ""
	rest := reply
	for {
		_, after, ok := strings.Cut(rest, "```")
		if !ok {
			break
		}
		word, body, ok := strings.Cut(after, "\n")
		if !ok {
			break
		}
		block, next, closed := strings.Cut(body, "```")
		if lang := strings.ToLower(strings.TrimSpace(word)); lang == "html" || lang == "" && strings.Contains(block, "<") {
			best = block
		}
		if !closed {
			break
		}
		rest = next
	}
	if best == "" {
		low := strings.ToLower(reply)
		at := strings.Index(low, "<!doctype html")
		if at < 0 {
			at = strings.Index(low, "<html")
		}
		if at >= 0 && !strings.Contains(reply, "```") {
			best = reply[at:]
		}
	}
	if strings.TrimSpace(best) == "" {
		return "", &agent.UnusableError{Reason: "it holds no page"}
	}
	return best, nil
}
