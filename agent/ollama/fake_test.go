package ollama

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// fakeServer speaks Ollama's HTTP and answers chat request number n, from 0,
// with answer(n). It keeps the requests.
type fakeServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests []map[string]any
}

func newFake(t *testing.T, show string, chat func(n int, w http.ResponseWriter, r *http.Request)) *fakeServer {
	t.Helper()
	f := &fakeServer{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, r *http.Request) {
		var req struct{ Model string }
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil || req.Model != "qwen2.5-coder:1.5b" {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, `{"error":"model '%s' not found"}`, req.Model)
			return
		}
		fmt.Fprint(w, show)
	})
	mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"models":[
			{"name":"llama3:8b","details":{"family":"llama","parameter_size":"8.0B"}},
			{"name":"qwen2.5-coder:1.5b","details":{"family":"qwen2","parameter_size":"1.5B"}},
			{"name":"cloud-coder:480b","remote_host":"https://example.com","details":{"family":"qwen3"}}]}`)
	})
	mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) {
		var req map[string]any
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			t.Errorf("chat request: %v", err)
		}
		f.mu.Lock()
		n := len(f.requests)
		f.requests = append(f.requests, req)
		f.mu.Unlock()
		chat(n, w, r)
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

const showCoder = `{"details":{"family":"qwen2","parameter_size":"1.5B"},"capabilities":["completion"]}`

// say streams text in two chunks and ends it well.
func say(w http.ResponseWriter, text string) { sayFor(w, text, "stop") }

func sayFor(w http.ResponseWriter, text, reason string) {
	half := len(text) / 2
	for _, part := range []string{text[:half], text[half:]} {
		b, _ := json.Marshal(map[string]any{"message": map[string]string{"role": "assistant", "content": part}})
		fmt.Fprintf(w, "%s\n", b)
		w.(http.Flusher).Flush()
	}
	fmt.Fprintf(w, `{"message":{"role":"assistant","content":""},"done":true,"done_reason":%q}`+"\n", reason)
}

func (f *fakeServer) policy(t *testing.T, change func(*Config)) *Policy {
	t.Helper()
	cfg := Config{Host: f.URL, Model: "qwen2.5-coder:1.5b", Samples: 1}
	if change != nil {
		change(&cfg)
	}
	p, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (f *fakeServer) asked() []map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}
