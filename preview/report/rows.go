package report

import (
	"hash/maphash"
	"image"
	"slices"
	"sort"
)

// A band is a stretch of pixel rows that is not the same before and after.
// Either half may be empty.
type band struct {
	oldStart, oldEnd int
	newStart, newEnd int
}

// bands finds the rows that differ, knowing that rows move: it is a patience
// diff with a row of pixels for a line. Rows that occur once in each picture,
// such as those through a line of text, are its anchors; the many blank rows
// are matched only next to one. The diff libraries at hand give up after some
// hundred changed lines, which a picture has soon.
func bands(before, after *image.RGBA) []band {
	seed := maphash.MakeSeed()
	old, now := rowHashes(seed, before), rowHashes(seed, after)
	var list []band
	i, j := 0, 0 // all rows above are done
	for _, a := range append(anchors(old, now), [2]int{len(old), len(now)}) {
		if a[0] < i || a[1] < j {
			continue // matched already, next to an earlier anchor
		}
		for i < a[0] && j < a[1] && old[i] == now[j] {
			i, j = i+1, j+1
		}
		oldEnd, newEnd := a[0], a[1]
		for oldEnd > i && newEnd > j && old[oldEnd-1] == now[newEnd-1] {
			oldEnd, newEnd = oldEnd-1, newEnd-1
		}
		if oldEnd > i || newEnd > j {
			list = append(list, band{i, oldEnd, j, newEnd})
		}
		i, j = a[0], a[1]
	}
	return list
}

func rowHashes(seed maphash.Seed, m *image.RGBA) []uint64 {
	list := make([]uint64, m.Rect.Dy())
	for y := range list {
		list[y] = maphash.Bytes(seed, m.Pix[y*m.Stride:y*m.Stride+4*m.Rect.Dx()])
	}
	return list
}

// anchors are the pairs of rows that occur once on each side: the longest
// sequence of them that rises on both.
func anchors(old, now []uint64) [][2]int {
	const repeated = -1
	where := func(rows []uint64) map[uint64]int {
		at := make(map[uint64]int, len(rows))
		for y, h := range rows {
			if _, ok := at[h]; ok {
				at[h] = repeated
			} else {
				at[h] = y
			}
		}
		return at
	}
	inOld, inNow := where(old), where(now)
	var pairs [][2]int
	for y, h := range old {
		if to, ok := inNow[h]; ok && to != repeated && inOld[h] != repeated {
			pairs = append(pairs, [2]int{y, to})
		}
	}
	return rising(pairs)
}

// rising is the longest subsequence of pairs, sorted by their first number, in
// which the second rises too.
func rising(pairs [][2]int) [][2]int {
	var tails []int // tails[n] is the pair that ends the best sequence of n+1
	previous := make([]int, len(pairs))
	for i, p := range pairs {
		n := sort.Search(len(tails), func(n int) bool { return pairs[tails[n]][1] >= p[1] })
		previous[i] = -1
		if n > 0 {
			previous[i] = tails[n-1]
		}
		if n == len(tails) {
			tails = append(tails, i)
		} else {
			tails[n] = i
		}
	}
	var list [][2]int
	if len(tails) > 0 {
		for i := tails[len(tails)-1]; i >= 0; i = previous[i] {
			list = append(list, pairs[i])
		}
	}
	slices.Reverse(list)
	return list
}
