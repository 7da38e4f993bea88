package main

import (
	"fmt"

	"relook/cmd/relook/internal/suite"
)

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

// withInterval writes a percentage with its interval.
func withInterval(list []record, seed uint64, of func([]record) float64) string {
	if len(list) == 0 {
		return "-"
	}
	from, to := suite.Interval(list, seed, of)
	return fmt.Sprintf("%.0f %% (%.0f to %.0f)", of(list), from, to)
}
