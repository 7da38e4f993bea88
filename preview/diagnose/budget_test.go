package diagnose

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"relook/preview"
)

func TestSpend(t *testing.T) {
	waits := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	broken := errors.New("broken")
	tests := []struct {
		name   string
		budget time.Duration // 0 for none
		work   func(context.Context) error
		left   []string
		err    error
	}{
		{"in time", time.Minute, func(context.Context) error { return nil }, nil, nil},
		{"too slow", 20 * time.Millisecond, waits, []string{"It."}, nil},
		{"broken", time.Minute, func(context.Context) error { return broken }, nil, broken},
		{"no budget", 0, func(ctx context.Context) error {
			_, bounded := ctx.Deadline()
			return map[bool]error{true: broken}[bounded]
		}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := t.Context(), context.CancelFunc(func() {})
			if tt.budget > 0 {
				ctx, cancel = context.WithTimeout(ctx, tt.budget)
			}
			defer cancel()
			s := newSite(preview.Page{}, Options{})
			if err := s.spend(ctx, "It.", tt.work); err != tt.err || !slices.Equal(s.omitted(), tt.left) {
				t.Errorf("got %v, left out %q", err, s.omitted())
			}
		})
	}
	// When the whole is over, it is over.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newSite(preview.Page{}, Options{}).spend(ctx, "It.", waits); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
