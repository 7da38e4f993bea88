package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"relook/agent"
	"relook/agent/edit"
	"relook/agent/train/engine"
	"relook/agent/train/grpo"
	"relook/agent/train/mutant"
	"relook/agent/train/tokens"
	"relook/preview"
)

// MaxResamples is how often a round is sampled again when it improved nothing,
// as in the paper.
const MaxResamples = 10

// A Tokenizer turns text into the engine's tokens; *tokens.Tokenizer does.
type Tokenizer interface {
	Encode(text string) ([]int, error)
	Decode(ids []int) (string, error)
	Chat(messages []tokens.Message) ([]int, error)
}

// A Trajectory is a policy's attempt at a task, in rounds. It holds all that it
// was learnt from, so that it can be learnt from, or looked at, again without the
// engine.
type Trajectory struct {
	Step   int     `json:"step"`
	Task   string  `json:"task"`
	Sample int     `json:"sample"` // within its group
	Rounds []Round `json:"rounds"`
	// Best is the reward after each round. It never falls.
	Best   []float64 `json:"best"`
	Reward float64   `json:"reward"` // the last of Best
	Valid  bool      `json:"valid"`  // whether the page renders in the end
	// Shots are hashes of the pictures of the page in the end, by view; none when
	// nothing was improved.
	Shots map[string]string `json:"shots,omitempty"`
}

// A Round is one answer that counts, with those that were drawn before it and
// improved nothing.
type Round struct {
	Parts    []grpo.Part `json:"parts"` // what the policy was told, what it said, what was said of it
	Reply    string      `json:"reply"`
	Ended    bool        `json:"ended"`
	Score    Score       `json:"score"`
	Accepted bool        `json:"accepted"`
	Rejected []Draw      `json:"rejected,omitempty"`
}

// A Draw is an answer that improved nothing.
type Draw struct {
	Reply  string  `json:"reply"`
	Reward float64 `json:"reward"`
	Reason string  `json:"reason"`
}

// A Roller makes trajectories.
type Roller struct {
	Engine    engine.Engine
	Tokenizer Tokenizer
	EOS       int
	// Browsers render at the same time, one page each. Required.
	Browsers []preview.Renderer
	Sources  []mutant.Source
	Gate     agent.Gate
	// Rounds is how often an answer may be improved upon, 1 to 3; Resamples how
	// often a round is drawn again that improved nothing, at most MaxResamples.
	Rounds, Resamples int
	// Unforced keeps what the last round made of the page even if it is worse: it
	// is there to show what Forced Optimization is for, and is never on otherwise.
	Unforced    bool
	MaxTokens   int
	Temperature float64
	// Feedback adds what the gate said to the trajectories.
	Feedback bool
	// Told, if set, is told how many of all trajectories are done.
	Told func(done, all int)

	renders chan preview.Renderer
	took    func(part string, d time.Duration) // may be nil
}

// A rollout is a trajectory under way.
type rollout struct {
	task Task
	page preview.Page // with what was accepted
	over bool
	Trajectory
}

// Roll lets the policy try each task n times. seed makes the draws.
func (r *Roller) Roll(ctx context.Context, step int, list []Task, n int, seed int) ([]Trajectory, error) {
	r.renders = make(chan preview.Renderer, len(r.Browsers))
	for _, b := range r.Browsers {
		r.renders <- b
	}
	var all []*rollout
	for _, t := range list {
		at := slices.IndexFunc(r.Sources, func(s mutant.Source) bool { return s.Name == t.Source })
		if at < 0 {
			return nil, fmt.Errorf("the task %s is of the page %s, which is not among the sources", t.ID, t.Source)
		}
		for k := range n {
			page := t.Page(r.Sources[at])
			all = append(all, &rollout{task: t, page: page, Trajectory: Trajectory{Step: step, Task: t.ID, Sample: k, Valid: true}})
		}
	}
	for round := range max(r.Rounds, 1) {
		if err := r.round(ctx, all, round, n, seed+round*1000003); err != nil {
			return nil, err
		}
	}
	out := make([]Trajectory, len(all))
	for i, t := range all {
		if len(t.Best) > 0 {
			t.Reward = t.Best[len(t.Best)-1]
		}
		out[i] = t.Trajectory
	}
	return out, nil
}

// round samples the rollouts that are not over, once and then again where it
// improved nothing.
func (r *Roller) round(ctx context.Context, all []*rollout, round, n, seed int) error {
	waiting := slices.DeleteFunc(slices.Clone(all), func(t *rollout) bool { return t.over })
	draws := map[*rollout][]Draw{}
	resamples := min(r.Resamples, MaxResamples)
	if r.Unforced {
		resamples = 0
	}
	for again := 0; again <= resamples && len(waiting) > 0; again++ {
		sampled, err := r.sample(ctx, waiting, round, again, n, seed+again*7919)
		if err != nil {
			return err
		}
		p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError().WithMaxGoroutines(len(r.Browsers))
		for _, same := range byPage(waiting) {
			p.Go(func(ctx context.Context) error {
				b := <-r.renders
				defer func() { r.renders <- b }()
				return r.look(ctx, b, same, sampled)
			})
		}
		start := time.Now()
		if err := p.Wait(); err != nil {
			return err
		}
		if r.took != nil {
			r.took("render", time.Since(start))
		}
		var left []*rollout
		for _, t := range waiting {
			got := sampled[t]
			if !got.Accepted && again < resamples && !t.over {
				draws[t] = append(draws[t], Draw{got.Reply, got.Score.Reward, reasonOf(got.Score)})
				left = append(left, t)
				continue
			}
			got.Rejected = draws[t]
			t.close(*got)
		}
		if r.Told != nil {
			r.Told(len(all)-len(left), len(all))
		}
		waiting = left
	}
	return nil
}

// close ends a round of a trajectory.
func (t *rollout) close(got Round) {
	before := 0.0
	if len(t.Best) > 0 {
		before = t.Best[len(t.Best)-1]
	}
	t.Rounds = append(t.Rounds, got)
	if got.Accepted {
		t.Best = append(t.Best, before+(1-before)*got.Score.Reward)
	} else {
		t.Best, t.over = append(t.Best, before), true
	}
	if got.Score.After == 0 {
		t.over = true
	}
}

// byPage groups rollouts that look at the same page, so that it is opened once.
func byPage(list []*rollout) [][]*rollout {
	var groups [][]*rollout
	at := map[string]int{}
	for _, t := range list {
		key := t.task.ID + t.fingerprint()
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], t)
	}
	return groups
}

// fingerprint tells what was accepted so far.
func (t *rollout) fingerprint() string {
	var b strings.Builder
	for _, r := range t.Rounds {
		if r.Accepted {
			b.WriteString("\n" + agent.Fingerprint(r.Score.taken))
		}
	}
	return b.String()
}

// sample asks the engine for one answer of each rollout, those of a group that
// are told the same in one request.
func (r *Roller) sample(ctx context.Context, list []*rollout, round, again, n, seed int) (map[*rollout]*Round, error) {
	var requests []engine.Request
	var askers [][]*rollout
	for _, t := range list {
		prompt, err := r.prompt(t)
		if err != nil {
			return nil, err
		}
		// The first draws of a group are one request; later ones differ in what was
		// accepted or in how often they were drawn.
		if last := len(requests) - 1; round == 0 && again == 0 && last >= 0 && askers[last][0].task.ID == t.task.ID {
			requests[last].Samples++
			askers[last] = append(askers[last], t)
			continue
		}
		requests = append(requests, engine.Request{
			Prompt: prompt, Samples: 1, MaxTokens: r.MaxTokens, Temperature: r.Temperature,
			Seed: seed + len(requests)*n, Stop: []int{r.EOS},
		})
		askers = append(askers, []*rollout{t})
	}
	answers, err := r.Engine.Sample(ctx, requests)
	if err != nil {
		return nil, err
	}
	out := map[*rollout]*Round{}
	for i, list := range askers {
		for k, t := range list {
			got, err := r.read(requests[i].Prompt, answers[i][k])
			if err != nil {
				return nil, err
			}
			out[t] = got
		}
	}
	return out, nil
}

func (r *Roller) prompt(t *rollout) ([]int, error) {
	ids, err := r.Tokenizer.Chat([]tokens.Message{{Role: "user", Content: t.task.Prompt}})
	if err != nil {
		return nil, fmt.Errorf("the prompt of %s: %w", t.task.ID, err)
	}
	return ids, nil
}

// read turns an engine's sequence into a round that is not yet judged.
func (r *Roller) read(prompt []int, s engine.Sequence) (*Round, error) {
	said := s.Tokens
	if n := len(said); n > 0 && said[n-1] == r.EOS {
		said = said[:n-1]
	}
	reply, err := r.Tokenizer.Decode(said)
	if err != nil {
		return nil, err
	}
	return &Round{
		Parts: []grpo.Part{{Role: grpo.Context, Tokens: prompt}, {Role: grpo.Policy, Tokens: s.Tokens, Logprobs: s.Logprobs}},
		Reply: reply, Ended: s.Ended,
	}, nil
}

// look scores the answers of rollouts that have the same page before them.
func (r *Roller) look(ctx context.Context, b preview.Renderer, same []*rollout, sampled map[*rollout]*Round) (err error) {
	bench, err := OpenBench(ctx, b, same[0].page, r.Gate)
	if err != nil {
		return err
	}
	if bench == nil {
		return fmt.Errorf("the task %s renders no more as when it was made: make the tasks anew", same[0].task.ID)
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	bench.Ungated = r.Unforced
	if p := bench.Repair.Prompt(); p != same[0].task.Prompt {
		return fmt.Errorf("the page of task %s looks otherwise than when it was made: make the tasks anew", same[0].task.ID)
	}
	seen := map[string]*outcome{} // equal answers are looked at once
	for _, t := range same {
		got := sampled[t]
		key := fmt.Sprint(got.Ended, got.Reply)
		if seen[key] == nil {
			if seen[key], err = r.outcome(ctx, b, bench, t, got); err != nil {
				return err
			}
		}
		o := seen[key]
		got.Score, got.Accepted = o.score, o.accepted
		if o.accepted {
			t.page, t.Shots, t.over = o.page, o.shots, o.over
			t.task.Prompt = cmp.Or(o.prompt, t.task.Prompt)
		}
		t.Valid = o.score.Valid
		if err := r.tell(got); err != nil {
			return err
		}
	}
	return nil
}

// An outcome is what came of an answer.
type outcome struct {
	score    Score
	accepted bool
	page     preview.Page // with the answer
	shots    map[string]string
	prompt   string // of the page with the answer, if another round is told of it
	over     bool   // nothing is left to tell
}

// outcome admits an answer if the page is strictly better by it and renders
// afresh too.
func (r *Roller) outcome(ctx context.Context, b preview.Renderer, bench *Bench, t *rollout, got *Round) (*outcome, error) {
	s, err := bench.Score(ctx, got.Reply)
	if err != nil {
		return nil, err
	}
	o := &outcome{score: s}
	if !got.Ended { // cut off: what stands there is not all
		o.score.WellFormed, o.score.Reward, o.score.taken = false, 0, nil
	}
	if o.score.Reward <= 0 && !r.Unforced || len(o.score.taken) == 0 {
		return o, nil
	}
	texts, err := edit.ApplyAll(t.page.Read, o.score.taken)
	if err != nil {
		return nil, fmt.Errorf("applying an answer to %s: %w", t.task.ID, err)
	}
	o.page = preview.Page{FS: preview.Overlay(t.page.FS, texts), Entry: t.page.Entry}
	fresh, err := b.Render(ctx, o.page, preview.RenderOptions{NoCauses: true, Shots: preview.LastShots})
	if err != nil {
		return nil, fmt.Errorf("rendering an answer to %s: %w", t.task.ID, err)
	}
	if !fresh.Diagnosis.Valid { // it held in place, and does not when loaded
		o.score.Valid, o.score.Reward = false, 0
		return o, nil
	}
	o.shots = map[string]string{}
	for _, s := range fresh.Shots {
		sum := sha256.Sum256(s.PNG)
		o.shots[s.View.Name()] = hex.EncodeToString(sum[:8])
	}
	o.accepted = true
	return o, r.tellAnew(ctx, b, t, o)
}

// tellAnew makes the prompt of the page as it is now, if there is another round.
func (r *Roller) tellAnew(ctx context.Context, b preview.Renderer, t *rollout, o *outcome) error {
	if r.Rounds <= len(t.Rounds)+1 {
		return nil
	}
	bench, err := OpenBench(ctx, b, o.page, r.Gate)
	if err != nil || bench == nil {
		o.over = true
		return err
	}
	if o.over = bench.Repair.Empty(); !o.over {
		o.prompt = bench.Repair.Prompt()
	}
	return bench.Close()
}

// tell adds what was said of the answer.
func (r *Roller) tell(got *Round) error {
	if !r.Feedback {
		return nil
	}
	ids, err := r.Tokenizer.Encode(feedbackText(got.Score))
	if err != nil {
		return fmt.Errorf("the feedback: %w", err)
	}
	got.Parts = append(got.Parts, grpo.Part{Role: grpo.Feedback, Tokens: ids})
	return nil
}

// feedbackText says what the gate found, in the words that the policy learns to
// foresee.
func feedbackText(s Score) string {
	if !s.WellFormed {
		return "\nLooked at: not an answer."
	}
	var b strings.Builder
	b.WriteString("\nLooked at:")
	for i, e := range s.Edits {
		if e.Rule == "" {
			fmt.Fprintf(&b, " %d mends %.0f %%.", i+1, 100*e.Together)
		} else {
			fmt.Fprintf(&b, " %d rejected: %s.", i+1, e.Rule)
		}
	}
	return b.String()
}

func reasonOf(s Score) string {
	switch {
	case !s.WellFormed:
		return "not in the form of an answer"
	case !s.Valid:
		return "the page no longer renders"
	}
	for _, e := range s.Edits {
		if e.Rule != "" {
			return e.Reason
		}
	}
	return "it improves nothing"
}
