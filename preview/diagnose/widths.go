package diagnose

import (
	"context"
	"maps"
	"math"
	"slices"

	"relook/preview"
)

// A trait is something that holds at some widths and at others not: a fault, or
// that a container is as wide as a query asks.
type trait struct {
	holds bool
	// size falls towards 0 at the edge of the range in which it holds, and may
	// be known below 0 where it doesn't hold.
	size float64
	// steady sizes change with the width px by px; others in steps, as lines
	// wrap, and tell nothing of where the edge is.
	steady bool
}

// A sweep searches the widths at which traits hold. It looks at chosen widths
// and then halves every gap in which a trait begins or ends, down to 1 px: so
// it takes it for granted that what holds at two neighbouring widths that were
// looked at, holds between them.
type sweep struct {
	// look tells the traits at a width. Those that it doesn't name don't hold.
	look func(ctx context.Context, width int) (map[string]trait, error)
	left int // looks that may still be made
	seen map[int]map[string]trait
}

// at looks at a width unless that was done; ok is false when no look was left.
func (s *sweep) at(ctx context.Context, width int) (ok bool, err error) {
	if s.seen[width] != nil {
		return true, nil
	}
	if s.left <= 0 {
		return false, nil
	}
	s.left--
	traits, err := s.look(ctx, width)
	if err != nil {
		return false, err
	}
	if traits == nil {
		traits = map[string]trait{}
	}
	s.seen[width] = traits
	return true, nil
}

// run looks at the widths and then finds all edges; whole is false when the
// looks did not suffice.
func (s *sweep) run(ctx context.Context, widths []int) (whole bool, err error) {
	s.seen = map[int]map[string]trait{}
	for _, w := range widths {
		if ok, err := s.at(ctx, w); !ok {
			return false, err
		}
	}
	for {
		key, a, b := s.gap()
		if key == "" {
			return true, nil
		}
		if ok, err := s.close(ctx, key, a, b); !ok {
			return false, err
		}
	}
}

// gap is the first trait, from narrow to wide, that begins or ends between two
// neighbouring widths with others between them; "" for none.
func (s *sweep) gap() (key string, a, b int) {
	widths := slices.Sorted(maps.Keys(s.seen))
	for i := 1; i < len(widths); i++ {
		if a, b := widths[i-1], widths[i]; b-a > 1 {
			if key := s.differing(a, b); key != "" {
				return key, a, b
			}
		}
	}
	return "", 0, 0
}

func (s *sweep) differing(a, b int) string {
	first := ""
	for _, pair := range [][2]int{{a, b}, {b, a}} {
		for key, t := range s.seen[pair[0]] {
			if t.holds != s.seen[pair[1]][key].holds && (first == "" || key < first) {
				first = key
			}
		}
	}
	return first
}

// edgeSlack is how far beyond an edge, in px, its prediction may be: a fault
// begins at a threshold of a few px.
const edgeSlack = 4

// close finds the edge of a trait between a and b. The edge of one with a steady
// size is first looked for where the sizes point to; from then on the gap is
// halved.
func (s *sweep) close(ctx context.Context, key string, a, b int) (ok bool, err error) {
	first := s.seen[a][key].holds
	guess, guessed := s.predict(key, a, b)
	for step := 0; b-a > 1; step++ {
		next := (a + b) / 2
		switch {
		case step > 1 || !guessed:
		case step == 0:
			next = guess
		case a == guess:
			next = guess + edgeSlack
		default:
			next = guess - edgeSlack
		}
		next = min(max(next, a+1), b-1)
		if ok, err := s.at(ctx, next); !ok {
			return false, err
		}
		if s.seen[next][key].holds == first {
			a = next
		} else {
			b = next
		}
	}
	return true, nil
}

// predict is where between a and b a trait's size would be 0.
func (s *sweep) predict(key string, a, b int) (guess int, ok bool) {
	in, out, side := a, b, 1 // the width at which it holds, and the other
	if !s.seen[a][key].holds {
		in, out, side = b, a, -1
	}
	at := s.seen[in][key]
	if !at.steady {
		return 0, false
	}
	fall := 1.0 // px of size that are lost on each px of width
	if t, known := s.seen[out][key]; known {
		fall = (at.size - t.size) / float64(b-a)
	} else if w, ok := s.beyond(in, -side); ok && s.seen[w][key].holds {
		fall = (s.seen[w][key].size - at.size) / math.Abs(float64(w-in))
	}
	if fall < 0.01 {
		return 0, false
	}
	return in + side*int(math.Min(at.size/fall, float64(b-a))), true
}

// beyond is the nearest width that was looked at on one side of w.
func (s *sweep) beyond(w, side int) (int, bool) {
	widths := slices.Sorted(maps.Keys(s.seen))
	i := slices.Index(widths, w) + side
	if i < 0 || i >= len(widths) {
		return 0, false
	}
	return widths[i], true
}

// ranges are the widths at which each trait holds.
func (s *sweep) ranges() map[string][]preview.WidthRange {
	out := map[string][]preview.WidthRange{}
	last := 0
	for _, w := range slices.Sorted(maps.Keys(s.seen)) {
		for key, t := range s.seen[w] {
			list := out[key]
			switch {
			case !t.holds:
			case len(list) > 0 && list[len(list)-1].To == last:
				list[len(list)-1].To = w
			default:
				out[key] = append(list, preview.WidthRange{From: w, To: w})
			}
		}
		last = w
	}
	return out
}
