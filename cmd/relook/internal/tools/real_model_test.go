package tools

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"relook/agent"
	"relook/agent/ollama"
	"relook/agent/openai"
)

// short is realTask without the defects beyond n.
func short(n int) agent.Task {
	t := realTask()
	t.Diagnosis.Defects = t.Diagnosis.Defects[:n]
	return t
}

// A door leads to a server that may be exchanged: it stands for the fixed
// address of an Ollama that is started anew.
type door struct {
	*httptest.Server
	mu sync.Mutex
	to *url.URL
}

func newDoor(t *testing.T, to string) *door {
	t.Helper()
	d := &door{}
	d.lead(t, to)
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		d.mu.Lock()
		defer d.mu.Unlock()
		r.SetURL(d.to)
	}}
	d.Server = httptest.NewServer(proxy)
	t.Cleanup(d.Close)
	return d
}

func (d *door) lead(t *testing.T, to string) {
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.to = u
}

// The real Ollama is ended in the middle of a reply and started anew: the
// question is asked once more, and nobody hears of it but the trace.
func TestRealOllamaRestartedMidStream(t *testing.T) {
	first := openReal(t)
	d := newDoor(t, first.URL)
	restarted := false
	p, err := ollama.New(t.Context(), ollama.Config{Host: d.URL, Model: testModel, Samples: 1, Progress: func(tokens int) {
		if tokens == 3 && !restarted {
			restarted = true
			if err := first.Close(); err != nil {
				t.Error(err)
			}
			d.lead(t, openReal(t).URL)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	task := realTask()
	var told []agent.Exchange
	task.Asked = func(e agent.Exchange) { told = append(told, e) }
	found := 0
	if err := p.Propose(t.Context(), task, func(agent.Candidate) bool { found++; return true }); err != nil {
		t.Fatal(err)
	}
	if !restarted || len(told) != 2 || told[0].Problem == "" || told[1].Problem != "" || found == 0 {
		t.Errorf("restarted %v, %d candidates, exchanges %+v", restarted, found, told)
	}
}

// The real Ollama is ended for good: one retry, then an error that says what
// would help, soon.
func TestRealOllamaKilledMidStream(t *testing.T) {
	s := openReal(t)
	var at time.Time
	p, err := ollama.New(t.Context(), ollama.Config{Host: s.URL, Model: testModel, Samples: 1, Grace: 300 * time.Millisecond, Progress: func(tokens int) {
		if tokens == 3 {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			at = time.Now()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Draft(t.Context(), agent.DraftTask{Instruction: "a long page about every animal there is"})
	var down *ollama.DownError
	if !errors.As(err, &down) || time.Since(at) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(at), err)
	}
}

// A reply that would take long is cancelled: Propose returns within 100 ms, and
// Ollama, which answers one question at a time here, is free for the next long
// before the reply would have ended.
func TestRealModelStopsGenerating(t *testing.T) {
	s := openReal(t)
	ask := func() time.Duration {
		start := time.Now()
		if err := askReal(t, s.URL, 1).Propose(t.Context(), short(1), func(agent.Candidate) bool { return true }); err != nil {
			t.Fatal(err)
		}
		return time.Since(start)
	}
	ask() // loads the model
	usual := ask()
	least := time.Hour
	for range 3 { // what else the machine does can only make it slower
		least = min(least, cancelled(t, s.URL))
	}
	if least > 100*time.Millisecond {
		t.Errorf("Draft returned %v after the cancel", least)
	}
	next := ask()
	t.Logf("a short question takes %v, right after the cancel %v", usual, next)
	if next > 3*usual+3*time.Second {
		t.Errorf("the next question took %v, usually %v: the cancelled reply went on", next, usual)
	}
}

// cancelled has a long page written and cancels it at the second token; it
// returns how long that takes.
func cancelled(t *testing.T, host string) time.Duration {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var began time.Time
	p, err := ollama.New(t.Context(), ollama.Config{Host: host, Model: testModel, Progress: func(tokens int) {
		if tokens == 2 {
			began = time.Now()
			cancel()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Draft(ctx, agent.DraftTask{Instruction: "a long page about every animal there is"})
	took := time.Since(began)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	return took
}

// Ollama's own OpenAI-compatible interface, with the real model: repairs bound
// by a schema, and a draft.
func TestRealEndpoint(t *testing.T) {
	s := openReal(t)
	p, err := openai.New(t.Context(), openai.Config{Endpoint: s.URL + "/v1", Model: testModel, Samples: 1})
	if err != nil {
		t.Fatal(err)
	}
	task := realTask()
	var told []agent.Exchange
	task.Asked = func(e agent.Exchange) { told = append(told, e) }
	task.Drop = func(reason string) { t.Logf("dropped: %s", reason) }
	found := 0
	if err := p.Propose(t.Context(), task, func(c agent.Candidate) bool { found++; return true }); err != nil {
		t.Fatal(err)
	}
	if found == 0 || len(told) != 1 || told[0].Tokens == 0 || told[0].PromptTokens == 0 || !strings.HasPrefix(strings.TrimSpace(told[0].Reply), "[") {
		t.Errorf("%d candidates, exchanges %+v", found, told)
	}
	if _, err := openai.New(t.Context(), openai.Config{Endpoint: s.URL + "/v1", Model: "nobody/none:1b"}); err == nil || !strings.Contains(err.Error(), "has no model nobody/none:1b") {
		t.Errorf("an absent model gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pieces := 0
	_, err = p.Draft(ctx, agent.DraftTask{Instruction: "a page about the sea", Write: func(string) {
		if pieces++; pieces == 5 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || pieces < 5 {
		t.Errorf("%d pieces, %v", pieces, err)
	}
}
