package tinker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"relook/agent/train/engine"
	"relook/agent/train/tinker"
)

// answering is a server that answers each path as told.
func answering(t *testing.T, answer func(path string, n int) (status int, body string)) *tinker.Client {
	t.Helper()
	seen := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen[r.URL.Path]++
		status, body := answer(r.URL.Path, seen[r.URL.Path])
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return tinker.New(tinker.Config{URL: s.URL, Timeout: 5 * time.Second, Grace: time.Millisecond})
}

// What a server says when it can't go on is told by what a person can do.
func TestRefusals(t *testing.T) {
	for detail, want := range map[string]error{
		"RESOURCE_EXHAUSTED: Out of memory allocating 8 GB": engine.ErrMemory,
		"Model not found":             engine.ErrLost,
		"LoRA rank mismatch: 8 != 16": engine.ErrMismatch,
	} {
		c := answering(t, func(path string, _ int) (int, string) {
			if strings.HasSuffix(path, "retrieve_future") {
				b, _ := json.Marshal(map[string]string{"detail": detail})
				return http.StatusBadRequest, string(b)
			}
			return http.StatusOK, `{"request_id":"1","session_id":"s","model_id":"m"}`
		})
		if err := c.Create(t.Context(), engine.Spec{Base: "b", Rank: 8}); !errors.Is(err, want) {
			t.Errorf("%q became %v", detail, err)
		}
	}
}

// A result that takes long is asked for again and again.
func TestPatience(t *testing.T) {
	c := answering(t, func(path string, n int) (int, string) {
		if strings.HasSuffix(path, "retrieve_future") && n < 4 {
			return http.StatusRequestTimeout, `{"detail":"Timeout waiting for result"}`
		}
		return http.StatusOK, `{"request_id":"1","session_id":"s","model_id":"m"}`
	})
	if err := c.Create(t.Context(), engine.Spec{Base: "b", Rank: 8}); err != nil {
		t.Error(err)
	}
}

func TestDown(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	c := tinker.New(tinker.Config{URL: s.URL, Grace: 50 * time.Millisecond})
	if err := c.Create(t.Context(), engine.Spec{}); !errors.Is(err, engine.ErrDown) {
		t.Errorf("a server that is not there gave %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tinker.New(tinker.Config{URL: s.URL}).Create(ctx, engine.Spec{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was stopped gave %v", err)
	}
}

// Numbers that are none never leave.
func TestNaN(t *testing.T) {
	c := answering(t, func(string, int) (int, string) {
		t.Error("it was sent")
		return http.StatusOK, "{}"
	})
	nan := float32(0)
	nan /= nan
	d := engine.Datum{Tokens: []int{1}, Targets: []int{2}, Weights: []float32{1}, Advantages: []float32{nan}, Logprobs: []float32{0}}
	if _, err := c.ForwardBackward(t.Context(), engine.Loss{Name: engine.PPO}, []engine.Datum{d}); !errors.Is(err, engine.ErrNaN) {
		t.Errorf("a datum with no number gave %v", err)
	}
}

// Bytes that are no answer are told as such, and crash nothing.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{"", "\x0a\x03abc", "\x12\xff\xff\xff\xff\x0f", "\x0a\x08\x12\x04\x01\x00\x00\x00\x1a\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "retrieve_future") {
				_, _ = w.Write(b)
				return
			}
			fmt.Fprint(w, `{"request_id":"1"}`)
		}))
		defer s.Close()
		c := tinker.New(tinker.Config{URL: s.URL, Grace: time.Millisecond})
		d := engine.Datum{Tokens: []int{1}, Targets: []int{2}, Weights: []float32{1}}
		if r, err := c.ForwardBackward(t.Context(), engine.Loss{Name: engine.CrossEntropy}, []engine.Datum{d}); err == nil && len(r.Logprobs) != 1 {
			t.Error("an answer without log-probabilities was taken")
		}
		if list, err := c.Sample(t.Context(), []engine.Request{{Prompt: []int{1}, Samples: 1}}); err == nil && len(list[0]) != 1 {
			t.Error("an answer without a sequence was taken")
		}
	})
}
