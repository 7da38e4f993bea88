package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"relook/agent/train/tokens"
)

// sets are the tasks by what they are for.
type sets struct {
	train []Task
	// known are of operators that are trained on, on pages that are not; heldOut
	// of operators that are never trained on.
	known, heldOut []Task
}

func setsOf(list []Task, c Config) sets {
	var s sets
	rnd := rand.New(rand.NewPCG(uint64(c.Seed), 1))
	for _, t := range list {
		switch {
		case t.Trains():
			s.train = append(s.train, t)
		case t.HeldOut:
			s.heldOut = append(s.heldOut, t)
		case t.Unseen:
			s.known = append(s.known, t)
		}
	}
	for _, l := range []*[]Task{&s.known, &s.heldOut} {
		rnd.Shuffle(len(*l), func(i, j int) { (*l)[i], (*l)[j] = (*l)[j], (*l)[i] })
		*l = (*l)[:min(len(*l), c.Eval.Tasks)]
	}
	return s
}

// kind is what the curriculum tells tasks apart by.
func (t Task) kind() string { return strings.Join(t.Operators, "+") }

// window is how many batches are sorted by length together, so that a batch
// holds sequences of like length.
const window = 8

// batch is the one of a supervised step: all examples in another order each
// time, so that it depends on the step alone.
func (s sets) batch(step, size, seed int) []Task {
	each := max(len(s.train)/size, 1) // batches in an epoch
	epoch, at := step/each, step%each
	rnd := rand.New(rand.NewPCG(uint64(seed), uint64(epoch)+100))
	list := slices.Clone(s.train)
	rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	from := at / window * window * size
	part := list[from:min(from+window*size, len(list))]
	slices.SortStableFunc(part, func(a, b Task) int { return len(a.Prompt) - len(b.Prompt) })
	order := rnd.Perm((len(part) + size - 1) / size)
	start := order[at%window%len(order)] * size
	out := slices.Clone(part[min(start, len(part)):min(start+size, len(part))])
	for len(out) < size { // the last one is filled up: a size of its own would be compiled
		out = append(out, list[rnd.IntN(len(list))])
	}
	return out
}

// pick chooses the tasks of a step. With the curriculum those are likelier that
// neither always nor never succeed: of the others nothing is learnt.
func (s sets) pick(step, n, seed int, success map[string]float64, curriculum bool) []Task {
	rnd := rand.New(rand.NewPCG(uint64(seed), uint64(step)+1_000_000))
	weights := make([]float64, len(s.train))
	for i, t := range s.train {
		weights[i] = 1
		if !curriculum {
			continue
		}
		p, known := success[t.kind()]
		if !known {
			p = 0.5
		}
		weights[i] = 0.05 + p*(1-p)
	}
	var out []Task
	for len(out) < min(n, len(s.train)) {
		total := 0.0
		for _, w := range weights {
			total += w
		}
		left, chosen := rnd.Float64()*total, len(weights)-1
		for i, w := range weights {
			if left -= w; left < 0 {
				chosen = i
				break
			}
		}
		if weights[chosen] > 0 {
			out = append(out, s.train[chosen])
		}
		weights[chosen] = 0
	}
	return out
}

// example is a known answer in tokens.
func (r *Run) example(t Task) (prompt, answer []int, err error) {
	if prompt, err = r.Tokenizer.Chat([]tokens.Message{{Role: "user", Content: t.Prompt}}); err != nil {
		return nil, nil, fmt.Errorf("the prompt of %s: %w", t.ID, err)
	}
	if answer, err = r.Tokenizer.Encode(t.Answers[0].Text); err != nil {
		return nil, nil, fmt.Errorf("the answer of %s: %w", t.ID, err)
	}
	return prompt, append(answer, r.EOS), nil
}

// evaluate measures the policy on tasks that it does not learn from, greedily.
func (r *Run) evaluate(ctx context.Context) error {
	if r.Config.Eval.Every == 0 {
		return nil
	}
	if err := r.Engine.Publish(ctx); err != nil {
		return err
	}
	for _, set := range []struct {
		name string
		list []Task
	}{{"known", r.sets.known}, {"held-out", r.sets.heldOut}} {
		if len(set.list) == 0 {
			continue
		}
		r.seconds = map[string]float64{}
		r.say("measuring on %d %s tasks", len(set.list), set.name)
		list, err := r.roller(0, false).Roll(ctx, r.state.Step, set.list, 1, 0)
		if err != nil {
			return err
		}
		m := Metrics{Step: r.state.Step - 1, Phase: "eval", Set: set.name, Values: summary(list), Seconds: r.seconds}
		if set.name == "known" && m.Values[Reward] > r.state.Best {
			r.state.Best = m.Values[Reward]
			if r.state.BestCheckpoint, err = r.Engine.Save(ctx, fmt.Sprintf("best-%06d", r.state.Step)); err != nil {
				return err
			}
		}
		if err := r.tell(m); err != nil {
			return err
		}
	}
	return nil
}
