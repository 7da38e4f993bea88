package model

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sourcegraph/conc"
)

// Two queues on one folder stand for two processes: the lock file is all that
// they share.
func TestQueueLetsOneInAtATime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "locks")
	queues := []*Queue{NewQueue(dir), NewQueue(dir)}
	var inside, waited atomic.Int32
	var wg conc.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			leave, err := queues[i%2].Enter(t.Context(), "http://127.0.0.1:1", func() { waited.Add(1) })
			if err != nil {
				t.Error(err)
				return
			}
			defer leave()
			if n := inside.Add(1); n != 1 {
				t.Errorf("%d are inside", n)
			}
			time.Sleep(5 * time.Millisecond) // work, so that the others meet it
			inside.Add(-1)
		})
	}
	wg.Wait()
	if waited.Load() == 0 {
		t.Error("nobody was told that it waits")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d lock files, %v", len(entries), err)
	}
}

func TestQueueLetsGoWhenCancelled(t *testing.T) {
	dir := t.TempDir()
	first, second := NewQueue(dir), NewQueue(dir)
	leave, err := first.Enter(t.Context(), "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]*Queue{"the same process": first, "another process": second} {
		ctx, cancel := context.WithCancel(t.Context())
		var at time.Time
		_, err := q.Enter(ctx, "a", func() { at = time.Now(); cancel() })
		if !errors.Is(err, context.Canceled) || time.Since(at) > 100*time.Millisecond {
			t.Errorf("%s: %v after %v", name, err, time.Since(at))
		}
	}
	leave()
	leave, err = second.Enter(t.Context(), "a", func() { t.Error("it waits for nobody") })
	if err != nil {
		t.Fatal(err)
	}
	other, err := first.Enter(t.Context(), "b", func() { t.Error("another server has a turn of its own") })
	if err != nil {
		t.Fatal(err)
	}
	other()
	leave()
}

// A folder that can't be made, and no queue at all, keep nobody from working.
func TestQueueWithoutAPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, q := range []*Queue{nil, NewQueue(""), NewQueue(filepath.Join(file, "below"))} {
		leave, err := q.Enter(t.Context(), "a", nil)
		if err != nil {
			t.Fatal(err)
		}
		leave()
	}
	if _, err := os.Stat("model-"); err == nil {
		t.Error("a lock file was left in the working directory")
	}
}
