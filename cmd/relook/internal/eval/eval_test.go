package main

import (
	"testing"

	"relook/cmd/relook/internal/suite"
)

func TestTokensAreCountedOverReplies(t *testing.T) {
	var m model
	for _, n := range []int{1, 2, 3, 1, 2, 5} { // a reply of 3, then one of 5
		m.count(n)
	}
	if m.tokens != 8 {
		t.Errorf("%d tokens, want 8", m.tokens)
	}
}

func TestStatistics(t *testing.T) {
	list := []record{{Before: 4, After: 1, Full: false}, {Before: 1, After: 0, Full: true}, {Before: 1, After: 2}, {Before: 2, After: 1}}
	if got := removed(list); got != 50 {
		t.Errorf("removed %v %%, want 50", got)
	}
	if got := share(full)(list); got != 25 {
		t.Errorf("full %v %%, want 25", got)
	}
	if got := suite.Median(list, func(r record) float64 { return float64(r.Before) }); got != 1.5 {
		t.Errorf("median %v, want 1.5", got)
	}
	from, to := suite.Interval(list, 1, share(full))
	again, _ := suite.Interval(list, 1, share(full))
	if from != again || from >= 25 || to <= 25 {
		t.Errorf("interval %v to %v around 25, then from %v", from, to, again)
	}
}

func TestArmsAreComparedOnTheSameItems(t *testing.T) {
	of := byArm([]record{
		{Item: "a", Arm: "model", Model: "m"}, {Item: "b", Arm: "model", Model: "m"}, {Item: "b", Arm: "naive", Model: "m"},
	})
	if got := commonItems(of); len(got) != 1 || got[0] != "b" {
		t.Errorf("common items %v, want [b]", got)
	}
}
