package tinker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
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

// exchange is one of what a real SkyRL 0.4.0 was heard to say; make test-train
// records it anew with -record.
type exchange struct {
	Path   string
	Sent   []byte
	Status int
	Got    []byte
}

// The client says byte for byte what it said to the real server, and reads what
// that answered.
func TestRecorded(t *testing.T) {
	file, err := os.ReadFile("testdata/skyrl-0.4.0.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var list []exchange
	for dec := json.NewDecoder(bytes.NewReader(file)); dec.More(); {
		var x exchange
		if err := dec.Decode(&x); err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	at := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent bytes.Buffer
		_, err := sent.ReadFrom(r.Body)
		if err != nil || at >= len(list) || r.URL.Path != list[at].Path || !bytes.Equal(sent.Bytes(), list[at].Sent) {
			t.Errorf("request %d to %s is %q (%v)", at, r.URL.Path, sent.Bytes(), err)
			w.WriteHeader(http.StatusTeapot)
			return
		}
		at++
		w.WriteHeader(list[at-1].Status)
		_, _ = w.Write(list[at-1].Got)
	}))
	defer s.Close()
	c := tinker.New(tinker.Config{URL: s.URL})
	if err := c.Create(t.Context(), engine.Spec{Base: "BASE", Rank: 8, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	// "Say yes." as a conversation.
	prompt := promptOf(t, list)
	said, err := c.Sample(t.Context(), []engine.Request{{Prompt: prompt, Samples: 2, MaxTokens: 6, Temperature: 1, Seed: 3, Stop: []int{2}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range said[0] {
		if len(q.Tokens) == 0 || len(q.Tokens) > 6 || q.Logprobs[0] > 0 {
			t.Errorf("a sequence is %+v", q)
		}
	}
	if at < 7 {
		t.Errorf("only %d of the recorded requests were made", at)
	}
}

// promptOf reads the prompt out of the recorded request.
func promptOf(t *testing.T, list []exchange) []int {
	t.Helper()
	for _, x := range list {
		if !strings.HasSuffix(x.Path, "asample") {
			continue
		}
		var sent struct {
			Prompt struct {
				Chunks []struct{ Tokens []int }
			}
		}
		if err := json.Unmarshal(x.Sent, &sent); err != nil {
			t.Fatal(err)
		}
		return sent.Prompt.Chunks[0].Tokens
	}
	t.Fatal("no sample was recorded")
	return nil
}
