package suite

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// rounds of a bootstrap, and of a test by permutation: enough for figures that
// hold to a percent.
const rounds = 2000

// Interval is the 95 % bootstrap interval of a statistic over a list; zeros for an
// empty one.
func Interval[T any](list []T, seed uint64, of func([]T) float64) (from, to float64) {
	if len(list) == 0 {
		return 0, 0
	}
	rnd := rand.New(rand.NewPCG(seed, uint64(len(list))))
	values := make([]float64, rounds)
	again := make([]T, len(list))
	for i := range values {
		for j := range again {
			again[j] = list[rnd.IntN(len(list))]
		}
		values[i] = of(again)
	}
	slices.Sort(values)
	return values[rounds*25/1000], values[rounds*975/1000-1]
}

// Mean of a list, 0 for none.
func Mean(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	return stat.Mean(list, nil)
}

// Median of what of gives, 0 for none.
func Median[T any](list []T, of func(T) float64) float64 {
	var v []float64
	for _, r := range list {
		v = append(v, of(r))
	}
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// exactUpTo is the number of pairs up to which every permutation is tried.
const exactUpTo = 12

// PairedTest is the two-sided probability of a mean difference at least as far
// from 0 as that of diffs if each might as well have had the other sign: a
// permutation test, exact for up to 12 differences that are not 0. It is 1 when
// there are none.
func PairedTest(diffs []float64, seed uint64) float64 {
	diffs = slices.DeleteFunc(slices.Clone(diffs), func(d float64) bool { return d == 0 })
	sum := 0.0
	for _, d := range diffs {
		sum += d
	}
	far := math.Abs(sum) * (1 - 1e-12)
	if len(diffs) == 0 {
		return 1
	}
	extreme, all := 0, 0
	try := func(negative func(i int) bool) {
		s := 0.0
		for i, d := range diffs {
			if negative(i) {
				d = -d
			}
			s += d
		}
		all++
		if math.Abs(s) >= far {
			extreme++
		}
	}
	if len(diffs) <= exactUpTo {
		for mask := range 1 << len(diffs) {
			try(func(i int) bool { return mask>>i&1 == 1 })
		}
		return float64(extreme) / float64(all)
	}
	rnd := rand.New(rand.NewPCG(seed, uint64(len(diffs))))
	for range 5 * rounds {
		try(func(int) bool { return rnd.IntN(2) == 1 })
	}
	return float64(extreme+1) / float64(all+1)
}

// Spearman is the rank correlation of two lists, equal values sharing the mean of
// their ranks; 0 when one of them is always the same.
func Spearman(x, y []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	r := stat.Correlation(ranks(x), ranks(y), nil)
	if math.IsNaN(r) {
		return 0
	}
	return r
}

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

// Kappa is Cohen's: how far two lists of classes agree beyond chance, -1 to 1; 0
// when both always say the same one.
func Kappa[C comparable](a, b []C) float64 {
	n := float64(len(a))
	if n == 0 {
		return 0
	}
	same, inA, inB := 0.0, map[C]float64{}, map[C]float64{}
	for i := range a {
		inA[a[i]]++
		inB[b[i]]++
		if a[i] == b[i] {
			same++
		}
	}
	chance := 0.0
	for c := range inA {
		chance += inA[c] / n * inB[c] / n
	}
	if chance == 1 {
		return 0
	}
	return (same/n - chance) / (1 - chance)
}
