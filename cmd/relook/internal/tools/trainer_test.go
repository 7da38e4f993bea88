//go:build trainer

package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"relook/agent/train/engine"
	"relook/agent/train/grpo"
	"relook/agent/train/tinker"
	"relook/agent/train/tokens"
	files "relook/agent/train/weights"
)

// make test-train runs these: they need the trainer, some gigabytes of memory and
// minutes.

var record = flag.String("record", "", "file to write what goes over the wire to")

// An exchange is a request and its answer, as package tinker's contract test
// plays them again.
type exchange struct {
	Path   string `json:"path"`
	Sent   []byte `json:"sent"`
	Status int    `json:"status"`
	Got    []byte `json:"got"`
}

// recorder stands between client and server. The name of the base model, a path
// of this machine, is written as BASE.
type recorder struct {
	to, base string
	list     []exchange
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	sent, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	out, err := http.NewRequestWithContext(req.Context(), req.Method, r.to+req.URL.Path, bytes.NewReader(sent))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	out.Header = req.Header
	res, err := http.DefaultClient.Do(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if !strings.HasSuffix(req.URL.Path, "/download") {
		r.list = append(r.list, exchange{req.URL.Path, bytes.ReplaceAll(sent, []byte(r.base), []byte("BASE")), res.StatusCode, got})
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(got)
}

// The whole contract with the real engine: what the arithmetic expects of it
// holds, what is saved comes back, and the adapter becomes a file for Ollama.
func TestRealTrainer(t *testing.T) {
	made, err := New(Config{FindBrowser: func(context.Context) (Browser, error) { return Browser{}, os.ErrNotExist }})
	if err != nil {
		t.Fatal(err)
	}
	file, err := made.BaseFile("smollm2:135m")
	if err != nil {
		t.Fatal(err)
	}
	base := made.BaseDir("smollm2:135m")
	if err := files.Unpack(t.Context(), file, base); err != nil {
		t.Fatal(err)
	}
	s, err := made.StartTrainer(t.Context(), TrainerConfig{Base: base, Dir: t.TempDir(), Batch: 4, Rank: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	rec := &recorder{to: s.URL, base: base}
	server := httptest.NewServer(rec)
	defer server.Close()
	e := tinker.New(tinker.Config{URL: server.URL})
	ctx, cancel := t.Context(), func() {}
	if end, ok := t.Deadline(); ok { // in time to put the engine away
		ctx, cancel = context.WithDeadline(ctx, end.Add(-20*time.Second))
	}
	defer cancel()
	if err := e.Create(ctx, engine.Spec{Base: base, Rank: 8, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	tok, err := tokens.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	prompt, err := tok.Chat([]tokens.Message{{Role: "user", Content: "Say yes."}})
	if err != nil {
		t.Fatal(err)
	}
	saved := checkLearning(ctx, t, e, tok, prompt)
	if *record != "" {
		write(t, *record, rec.list)
	}
	checkResume(ctx, t, s.URL, e, base, file, saved, prompt)
}

// checkLearning goes through a step and returns what was saved.
func checkLearning(ctx context.Context, t *testing.T, e *tinker.Client, tok *tokens.Tokenizer, prompt []int) string {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(e.Publish(ctx))
	said, err := e.Sample(ctx, []engine.Request{{Prompt: prompt, Samples: 2, MaxTokens: 6, Temperature: 1, Seed: 3, Stop: []int{tok.EOS}}})
	must(err)
	for _, q := range said[0] {
		text, err := tok.Decode(q.Tokens)
		must(err)
		t.Logf("said %q, ended %v", text, q.Ended)
	}
	answer, err := tok.Encode(`"1 1 width: auto; "`)
	must(err)
	example := grpo.Supervised(prompt, append(answer, tok.EOS), engine.Mean, 1)
	logprobs, err := e.Logprobs(ctx, []engine.Datum{example})
	must(err)
	first, err := e.ForwardBackward(ctx, engine.Loss{Name: engine.CrossEntropy}, []engine.Datum{example})
	must(err)
	plain, err := e.Step(ctx, engine.Adam{Beta1: 0.9, Beta2: 0.99}) // a rate of 0: the gradient is only measured
	must(err)
	mix := grpo.Mix{Form: grpo.Plain, Reduction: engine.Mean, Lambda: 0.1, Sequences: 1}
	feedback := grpo.Part{Role: grpo.Feedback, Tokens: append(answer, tok.EOS), Logprobs: logprobs[0][len(prompt)-1:]}
	d, err := mix.Datum([]grpo.Part{{Role: grpo.Context, Tokens: prompt}, feedback}, 0)
	must(err)
	_, err = e.ForwardBackward(ctx, engine.Loss{Name: engine.PPO, ClipLow: 0.8, ClipHigh: 1.2}, []engine.Datum{d})
	must(err)
	tenth, err := e.Step(ctx, engine.Adam{Beta1: 0.9, Beta2: 0.99})
	must(err)
	if math.Abs(tenth/plain-0.1) > 0.002 {
		t.Errorf("the gradient of the feedback is %.5f of that of the cross-entropy %.5f, not a tenth", tenth, plain)
	}
	last := first
	for range 4 {
		last, err = e.ForwardBackward(ctx, engine.Loss{Name: engine.CrossEntropy}, []engine.Datum{example})
		must(err)
		_, err = e.Step(ctx, engine.Adam{Rate: 2e-3, Beta1: 0.9, Beta2: 0.99})
		must(err)
	}
	t.Logf("loss %.3f, after four steps %.3f", first.Loss, last.Loss)
	if last.Loss > first.Loss-0.3 {
		t.Errorf("the loss went from %.3f to %.3f", first.Loss, last.Loss)
	}
	path, err := e.Save(ctx, "test")
	must(err)
	return path
}

// checkResume loads what was saved into another model, and compares what the
// engine and Ollama say greedily.
func checkResume(ctx context.Context, t *testing.T, url string, e *tinker.Client, base, file, saved string, prompt []int) {
	t.Helper()
	if err := e.Publish(ctx); err != nil {
		t.Fatal(err)
	}
	ask := []engine.Request{{Prompt: prompt, Samples: 1, MaxTokens: 6, Stop: []int{2}}}
	want, err := e.Sample(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := e.Export(ctx, "final", &archive); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(ctx); err != nil {
		t.Fatal(err)
	}
	again := tinker.New(tinker.Config{URL: url})
	if err := again.Create(ctx, engine.Spec{Base: base, Rank: 8, Seed: 1, Resume: saved}); err != nil {
		t.Fatal(err)
	}
	if err := again.Publish(ctx); err != nil {
		t.Fatal(err)
	}
	got, err := again.Sample(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := mustJSON(t, want), mustJSON(t, got); a != b {
		t.Errorf("resumed it says %s instead of %s", b, a)
	}
	adapter, err := files.ReadAdapter(&archive)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "adapter.gguf")
	if err := adapter.WriteGGUF(file, out); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(out); err != nil || info.Size() < 1e6 {
		t.Errorf("the adapter is %v: %v", info, err)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, name string, list []exchange) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, x := range list {
		if err := enc.Encode(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
