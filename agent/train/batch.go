package train

import (
	"math"
	"strings"

	"relook/agent/train/engine"
	"relook/agent/train/grpo"
)

// A batch is trajectories in the form that the engine learns from: a datum for
// each round.
type batch struct {
	data          []engine.Datum
	parts         [][]grpo.Part // of each datum; written back to its round
	groups, equal int
}

// batchOf weighs the trajectories. A group of equal rewards gives no gradient;
// what was said of its answers is learnt all the same.
func (r *Run) batchOf(list []Trajectory) (batch, error) {
	c := r.Config.GRPO
	mix := grpo.Mix{Form: c.Form, Reduction: r.Engine.Reduction(), Lambda: c.Lambda, KL: c.KL, Length: c.MaxTokens}
	for _, t := range list {
		mix.Sequences += len(t.Rounds)
	}
	var b batch
	for start := 0; start < len(list); {
		end := start
		for end < len(list) && list[end].Task == list[start].Task {
			end++
		}
		if err := b.addGroup(r, mix, list[start:end]); err != nil {
			return b, err
		}
		start = end
	}
	return b, nil
}

func (b *batch) addGroup(r *Run, mix grpo.Mix, group []Trajectory) error {
	rewards := make([]float64, len(group))
	for i, t := range group {
		rewards[i] = t.Reward
	}
	advantages, ok := grpo.Advantages(mix.Form, rewards)
	b.groups++
	if !ok {
		b.equal++
	}
	var credits [][][]float64
	if r.Config.GRPO.Credit {
		credits = creditsOf(mix.Form, group)
	}
	for i := range group {
		for k := range group[i].Rounds {
			parts := group[i].Rounds[k].Parts
			for p := range parts {
				switch {
				case parts[p].Role == grpo.Feedback && parts[p].Logprobs == nil:
					parts[p].Logprobs = make([]float32, len(parts[p].Tokens)) // filled in by the engine
				case parts[p].Role == grpo.Policy && credits != nil:
					var err error
					if parts[p].Credit, err = spread(r.Tokenizer, parts[p].Tokens, credits[i][k], advantages[i]); err != nil {
						return err
					}
				}
			}
			d, err := mix.Datum(parts, advantages[i])
			if err != nil {
				return err
			}
			b.data, b.parts = append(b.data, d), append(b.parts, parts)
		}
	}
	return nil
}

// creditsOf are the advantages of single edits within a group: each edit is
// compared with all the others. An answer without an edit counts as one that did
// nothing.
func creditsOf(form grpo.Form, group []Trajectory) [][][]float64 {
	var flat []float64
	each := func(visit func(i, k int, s Score)) {
		for i, t := range group {
			for k, round := range t.Rounds {
				visit(i, k, round.Score)
			}
		}
	}
	each(func(_, _ int, s Score) {
		for _, e := range s.Edits {
			flat = append(flat, e.Credit())
		}
		if len(s.Edits) == 0 {
			flat = append(flat, 0)
		}
	})
	flat, _ = grpo.Advantages(form, flat)
	out := make([][][]float64, len(group))
	for i := range group {
		out[i] = make([][]float64, len(group[i].Rounds))
	}
	at := 0
	each(func(i, k int, s Score) {
		n := max(len(s.Edits), 1)
		out[i][k] = flat[at : at+n]
		at += n
	})
	return out
}

// spread gives each token the credit of the edit that it is part of; the quotes
// and the end get that of the whole.
func spread(tok Tokenizer, ids []int, credits []float64, whole float64) ([]float64, error) {
	out := make([]float64, len(ids))
	edit, text := 0, ""
	for i := range ids {
		piece, err := tok.Decode(ids[i : i+1])
		if err != nil {
			return nil, err
		}
		out[i] = whole
		if strings.Trim(text+piece, `" `) != "" && edit < len(credits) && i < len(ids)-1 {
			out[i] = credits[edit]
		}
		text += piece
		if n := strings.Count(text, ";"); n > edit {
			edit = n
		}
	}
	return out, nil
}

// fill puts the log-probabilities of now under the feedback's tokens, so that
// their ratio is 1, and measures the feedback and how far sampler and trainer
// are apart.
func (b *batch) fill(logprobs [][]float32, values map[string]float64) {
	var feedback, feedbackN, apart, policyN float64
	for i, parts := range b.parts {
		at := -1
		for p := range parts {
			for k := range parts[p].Tokens {
				if at >= 0 && parts[p].Role == grpo.Feedback {
					parts[p].Logprobs[k] = logprobs[i][at]
					b.data[i].Logprobs[at] = logprobs[i][at]
					feedback, feedbackN = feedback-float64(logprobs[i][at]), feedbackN+1
				}
				if at >= 0 && parts[p].Role == grpo.Policy {
					apart, policyN = apart+math.Abs(float64(logprobs[i][at]-parts[p].Logprobs[k])), policyN+1
				}
				at++
			}
		}
	}
	values[FeedbackCE], values[Mismatch] = feedback/max(feedbackN, 1), apart/max(policyN, 1)
}

// compare measures what the pass showed of the policy's tokens.
func (b *batch) compare(logprobs [][]float32, c GRPOConfig, values map[string]float64) {
	var entropy, clipped, n, loss float64
	for i, parts := range b.parts {
		at := -1
		for p := range parts {
			for k := range parts[p].Tokens {
				if at >= 0 && parts[p].Role == grpo.Policy {
					ratio := math.Exp(float64(logprobs[i][at] - parts[p].Logprobs[k]))
					if ratio < c.ClipLow || ratio > c.ClipHigh {
						clipped++
					}
					entropy -= float64(parts[p].Logprobs[k])
					a := float64(b.data[i].Advantages[at])
					loss -= min(ratio*a, min(max(ratio, c.ClipLow), c.ClipHigh)*a)
					n++
				}
				at++
			}
		}
	}
	values[Entropy], values[Clipped], values[Loss] = entropy/max(n, 1), clipped/max(n, 1), loss/max(n, 1)
}

// summary is what trajectories have in common.
func summary(list []Trajectory) map[string]float64 {
	v := map[string]float64{}
	rounds, n := 0.0, float64(max(len(list), 1))
	for _, t := range list {
		v[Reward] += t.Reward / n
		if t.Valid {
			v[ValidRate] += 1 / n
		}
		if t.repaired() {
			v[Full] += 1 / n
		}
		rounds += float64(len(t.Rounds))
	}
	for _, t := range list {
		for _, r := range t.Rounds {
			if r.Score.WellFormed {
				v[FormedRate] += 1 / rounds
			}
			if r.Accepted {
				v[AcceptedRate] += 1 / rounds
			}
			v[Resampled] += float64(len(r.Rejected)) / rounds
			for _, p := range r.Parts {
				if p.Role == grpo.Policy {
					v[Length] += float64(len(p.Tokens)) / rounds
				}
			}
		}
	}
	return v
}

// repaired reports whether nothing was left of what the page cost.
func (t Trajectory) repaired() bool {
	for _, r := range t.Rounds {
		if r.Accepted && r.Score.After < 1e-6 {
			return true
		}
	}
	return false
}
