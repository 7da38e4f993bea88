package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// rounds of a bootstrap: enough for intervals that hold to a percent.
const rounds = 2000

// interval is the 95 % bootstrap interval of a statistic over records.
func interval(list []record, seed uint64, of func([]record) float64) (from, to float64) {
	if len(list) == 0 {
		return 0, 0
	}
	rnd := rand.New(rand.NewPCG(seed, uint64(len(list))))
	values := make([]float64, rounds)
	again := make([]record, len(list))
	for i := range values {
		for j := range again {
			again[j] = list[rnd.IntN(len(list))]
		}
		values[i] = of(again)
	}
	slices.Sort(values)
	return values[rounds*25/1000], values[rounds*975/1000-1]
}

// share is the percentage of records for which is holds.
func share(is func(record) bool) func([]record) float64 {
	return func(list []record) float64 {
		n := 0
		for _, r := range list {
			if is(r) {
				n++
			}
		}
		return percent(float64(n), float64(len(list)))
	}
}

func percent(part, of float64) float64 {
	if of == 0 {
		return 0
	}
	return 100 * part / of
}

// removed is the percentage of all defects that are gone; defects that came in
// count against it.
func removed(list []record) float64 {
	was, is := 0, 0
	for _, r := range list {
		was, is = was+r.Before, is+r.After
	}
	return percent(float64(was-is), float64(was))
}

// median of what of gives, 0 for none.
func median(list []record, of func(record) float64) float64 {
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

// withInterval writes a percentage with its interval.
func withInterval(list []record, seed uint64, of func([]record) float64) string {
	if len(list) == 0 {
		return "-"
	}
	from, to := interval(list, seed, of)
	return fmt.Sprintf("%.0f %% (%.0f to %.0f)", of(list), from, to)
}
