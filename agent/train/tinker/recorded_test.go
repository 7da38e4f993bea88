package tinker_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"relook/agent/train/engine"
	"relook/agent/train/tinker"
)

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
