package critic

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"relook/agent"
)

// A Pair is two renderings of a page of which one is known to be better.
type Pair struct {
	Name          string
	Better, Worse agent.Look
}

// A Vote is what one critic says of one pair.
type Vote struct {
	Better, Worse float64 // its scores
	// Compared is what it prefers when asked outright, in both orders: 1 for the
	// better page, -1 for the worse, 0 for neither. It is 0 unless asked.
	Compared int
	Problem  string // why there is no vote; "" if there is one
}

// choice is 1 when it scores the better page higher, -1 for the worse, else 0.
func (v Vote) choice() int { return cmp.Compare(v.Better, v.Worse) }

// Ask has a critic vote on a pair; with compare it is also asked outright. Replies
// of no use make a vote with a Problem; an error is the machine's.
func (p Pair) Ask(ctx context.Context, c agent.Critic, compare bool) (Vote, error) {
	var v Vote
	for _, side := range []struct {
		look  agent.Look
		score *float64
	}{{p.Better, &v.Better}, {p.Worse, &v.Worse}} {
		j, err := c.Judge(ctx, side.look)
		if vote, err := problem(err); vote != nil || err != nil {
			return or(vote), err
		}
		*side.score = j.Score
	}
	if !compare {
		return v, nil
	}
	said, err := agent.Prefer(ctx, c, p.Worse, p.Better)
	if vote, err := problem(err); vote != nil || err != nil {
		return or(vote), err
	}
	switch {
	case said.Preferred:
		v.Compared = 1
	case len(said.Orders) == 1 && said.Orders[0].Choice == agent.First:
		back, err := agent.Prefer(ctx, c, p.Better, p.Worse)
		if vote, err := problem(err); vote != nil || err != nil {
			return or(vote), err
		}
		if back.Preferred {
			v.Compared = -1
		}
	}
	return v, nil
}

// problem tells replies of no use, which make a vote, from the machine's failures.
func problem(err error) (*Vote, error) {
	var u *agent.UnusableError
	if errors.As(err, &u) {
		return &Vote{Problem: u.Reason}, nil
	}
	return nil, err
}

func or(v *Vote) Vote {
	if v == nil {
		return Vote{}
	}
	return *v
}

// An Agreement is how one critic does on labelled pairs.
type Agreement struct {
	Critic string `json:"critic"`
	Pairs  int    `json:"pairs"` // with a vote
	Failed int    `json:"failed"`
	// Right, Ties and Wrong count the pairs by the scores; Accuracy is the part
	// that is right, a tie being half, with its 95 % interval.
	Right    int     `json:"right"`
	Ties     int     `json:"ties"`
	Wrong    int     `json:"wrong"`
	Accuracy float64 `json:"accuracy"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	// Compared is the part of the pairs in which it prefers the better page when
	// asked outright in both orders; -1 unless asked.
	Compared float64 `json:"compared"`
	// Spread is the standard deviation of its scores: 0 for one that always says
	// the same.
	Spread float64 `json:"spread"`
}

// Agree sums a critic's votes up.
func Agree(name string, votes []Vote, compared bool) Agreement {
	a := Agreement{Critic: name, Compared: -1}
	var scores []float64
	outright := 0
	for _, v := range votes {
		if v.Problem != "" {
			a.Failed++
			continue
		}
		a.Pairs++
		scores = append(scores, v.Better, v.Worse)
		switch v.choice() {
		case 1:
			a.Right++
		case 0:
			a.Ties++
		default:
			a.Wrong++
		}
		outright += max(v.Compared, 0)
	}
	if a.Pairs == 0 {
		return a
	}
	n := float64(a.Pairs)
	a.Accuracy = (float64(a.Right) + float64(a.Ties)/2) / n
	a.Low, a.High = wilson(a.Accuracy, n)
	a.Spread = stat.StdDev(scores, nil)
	if compared {
		a.Compared = float64(outright) / n
	}
	return a
}

// wilson is the 95 % interval of a part p of n.
func wilson(p, n float64) (low, high float64) {
	const z = 1.959964
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, mid-half), min(1, mid+half)
}

// A Likeness is how far two critics agree with each other.
type Likeness struct {
	A     string `json:"a"`
	B     string `json:"b"`
	Pairs int    `json:"pairs"` // on which both have a vote
	// Spearman is the rank correlation of their scores of all pages, -1 to 1.
	Spearman float64 `json:"spearman"`
	// Kappa is Cohen's: how far they choose the same page beyond chance, -1 to 1.
	Kappa float64 `json:"kappa"`
}

// Compare says how far two critics agree on the same pairs. What can't be told, as
// when one always says the same, is 0.
func Compare(a, b string, votesA, votesB []Vote) Likeness {
	l := Likeness{A: a, B: b}
	var x, y []float64
	var choiceA, choiceB []int
	for i := range min(len(votesA), len(votesB)) {
		u, v := votesA[i], votesB[i]
		if u.Problem != "" || v.Problem != "" {
			continue
		}
		l.Pairs++
		x, y = append(x, u.Better, u.Worse), append(y, v.Better, v.Worse)
		choiceA, choiceB = append(choiceA, u.choice()), append(choiceB, v.choice())
	}
	if l.Pairs > 0 {
		l.Spearman = sane(stat.Correlation(ranks(x), ranks(y), nil))
		l.Kappa = kappa(choiceA, choiceB)
	}
	return l
}

func sane(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}

// ranks are the places of the values, equal ones sharing the mean of theirs.
func ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	out := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			out[i] = float64(from+to-1)/2 + 1
		}
		from = to
	}
	return out
}

// kappa is Cohen's over the three choices.
func kappa(a, b []int) float64 {
	n := float64(len(a))
	same, countA, countB := 0.0, map[int]float64{}, map[int]float64{}
	for i := range a {
		countA[a[i]]++
		countB[b[i]]++
		if a[i] == b[i] {
			same++
		}
	}
	chance := 0.0
	for _, choice := range []int{-1, 0, 1} {
		chance += countA[choice] / n * countB[choice] / n
	}
	if chance == 1 {
		return 0 // both always choose the same: nothing to tell from chance
	}
	return (same/n - chance) / (1 - chance)
}
