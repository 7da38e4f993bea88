package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"relook/agent"
	"relook/agent/model"
	"relook/agent/model/modeltest"
)

// A fake speaks the interface as the servers do: llama.cpp (numbers in the last
// event), vLLM (an event for the numbers alone), LM Studio (no [DONE]).
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
	headers  []http.Header
}

const modelsOfVLLM = `{"object":"list","data":[{"id":"nomic-embed-text","object":"model"},{"id":"Qwen/Qwen2.5-Coder-1.5B-Instruct","object":"model","max_model_len":2048}]}`

func newFake(t *testing.T, models string, chat func(n int, w http.ResponseWriter, r request)) *fake {
	t.Helper()
	f := &fake{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, models) })
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		var req request
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			t.Errorf("request: %v", err)
		}
		f.mu.Lock()
		n := len(f.requests)
		f.requests, f.headers = append(f.requests, req), append(f.headers, r.Header)
		f.mu.Unlock()
		chat(n, w, req)
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) policy(t *testing.T, change func(*Config)) *Policy {
	t.Helper()
	cfg := Config{Endpoint: f.URL + "/v1/", Samples: 1}
	if change != nil {
		change(&cfg)
	}
	p, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (f *fake) asked() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

// piece streams a part of a reply.
func piece(w http.ResponseWriter, text, reason string) {
	b, _ := json.Marshal(text)
	end := "null"
	if reason != "" {
		end = `"` + reason + `"`
	}
	fmt.Fprintf(w, `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":%s},"finish_reason":%s}]}`+"\n\n", b, end)
	w.(http.Flusher).Flush()
}

func say(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, ": keep-alive\n\n", `data: {"choices":[{"delta":{"role":"assistant"}}]}`, "\n\n")
	piece(w, text[:len(text)/2], "")
	piece(w, text[len(text)/2:], "")
	piece(w, "", "stop")
	fmt.Fprint(w, `data: {"choices":[],"usage":{"prompt_tokens":321,"completion_tokens":17}}`, "\n\ndata: [DONE]\n\n")
}

func TestWireForm(t *testing.T) {
	f := newFake(t, modelsOfVLLM, func(_ int, w http.ResponseWriter, _ request) { say(w, `["3 4 height: auto"]`) })
	p := f.policy(t, func(c *Config) { c.Key = "secret" })
	task := modeltest.Task(t)
	var told []agent.Exchange
	task.Asked = func(e agent.Exchange) { told = append(told, e) }
	found, dropped := modeltest.Gather(t, p, task)
	if len(found) != 1 || len(dropped) != 0 || found[0].Why != "set `height: auto` in `.plan`" {
		t.Errorf("candidates %+v, dropped %q", found, dropped)
	}
	r := f.asked()[0]
	if r.Model != "Qwen/Qwen2.5-Coder-1.5B-Instruct" || !r.Stream || r.MaxTokens == 0 || len(r.Messages) != 2 || r.Messages[0].Role != "system" ||
		r.Format == nil || r.Format.Type != "json_schema" || !strings.Contains(string(r.Format.Schema.Schema), "pattern") {
		t.Errorf("asked %+v", r)
	}
	if got := f.headers[0].Get("Authorization"); got != "Bearer secret" {
		t.Errorf("Authorization %q", got)
	}
	if p.Name() != "openai:Qwen/Qwen2.5-Coder-1.5B-Instruct" || p.Profile().Context != 2048 || p.Profile().Rewrite != model.FormatFile {
		t.Errorf("%s is asked with %+v", p.Name(), p.Profile())
	}
	if len(told) != 1 || told[0].PromptTokens != 321 || told[0].Tokens != 17 || told[0].Reply != `["3 4 height: auto"]` {
		t.Errorf("told %+v", told)
	}
}

func TestServerWithoutSchemas(t *testing.T) {
	f := newFake(t, modelsOfVLLM, func(_ int, w http.ResponseWriter, r request) {
		if r.Format != nil {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":{"message":"'response_format.type' must be 'text'","type":"invalid_request_error"}}`)
			return
		}
		say(w, "```json\n[\"3 4 height: auto\"]\n```")
	})
	p := f.policy(t, nil)
	for range 2 {
		if found, dropped := modeltest.Gather(t, p, modeltest.Task(t)); len(found) != 1 || len(dropped) != 0 {
			t.Errorf("candidates %+v, dropped %q", found, dropped)
		}
	}
	if n := len(f.asked()); n != 3 {
		t.Errorf("asked %d times, want 3: once with a schema, then without", n)
	}
}

// A 400 that has nothing to do with the schema must not switch schemas off.
func TestBadRequestIsTold(t *testing.T) {
	f := newFake(t, modelsOfVLLM, func(_ int, w http.ResponseWriter, _ request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"object":"error","message":"This model's maximum context length is 2048 tokens","code":400}`)
	})
	p := f.policy(t, nil)
	for n := 2; n <= 4; n += 2 {
		modeltest.WantError(t, modeltest.Propose(t, p), "maximum context length")
		if got := len(f.asked()); got != n {
			t.Errorf("asked %d times, want %d", got, n)
		}
	}
}

func TestModelsThatServersTell(t *testing.T) {
	for name, c := range map[string]struct {
		list    string
		model   string
		want    string
		context int
	}{
		"llama.cpp":   {`{"data":[{"id":"/models/qwen2.5-coder-7b-instruct-q4_k_m.gguf","meta":{"n_ctx_train":32768,"n_params":7615616512}}]}`, "", "openai:/models/qwen2.5-coder-7b-instruct-q4_k_m.gguf", 16384},
		"llama.cpp 2": {`{"data":[{"id":"m","meta":{"n_ctx":8192,"n_ctx_train":32768,"n_params":7615616512}}]}`, "", "openai:m", 8192},
		"LM Studio":   {`{"data":[{"id":"text-embedding-nomic"},{"id":"qwen2.5-coder-1.5b-instruct"}]}`, "", "openai:qwen2.5-coder-1.5b-instruct", 4096},
		"by name":     {`{"data":[{"id":"a-7b"},{"id":"b-1b"}]}`, "b-1b", "openai:b-1b", 4096},
	} {
		f := newFake(t, c.list, nil)
		p := f.policy(t, func(cfg *Config) { cfg.Model = c.model })
		if p.Name() != c.want || p.Profile().Context != c.context {
			t.Errorf("%s: %s with a context of %d; want %s with %d", name, p.Name(), p.Profile().Context, c.want, c.context)
		}
	}
}

func TestNoModel(t *testing.T) {
	for list, c := range map[string]struct{ model, want string }{
		`{"data":[]}`:                     {"", "has no model: load one"},
		`{"data":[{"id":"a"}]}`:           {"b", "has no model b: it has a"},
		`<html>hello</html>`:              {"", "does the address end in /v1?"},
		`{"data":[{"id":"nomic-embed"}]}`: {"", "has no model"},
	} {
		f := newFake(t, list, nil)
		_, err := New(t.Context(), Config{Endpoint: f.URL + "/v1", Model: c.model})
		modeltest.WantError(t, err, c.want)
	}
	f := newFake(t, modelsOfVLLM, nil)
	_, err := New(t.Context(), Config{Endpoint: f.URL})
	modeltest.WantError(t, err, "ends in /v1")
	f.Close()
	_, err = New(t.Context(), Config{Endpoint: f.URL + "/v1"})
	modeltest.WantError(t, err, "no model's server answers at "+f.URL, "--endpoint")
	for _, bad := range []string{"", "127.0.0.1:8080", "ftp://x/v1", "http://a:b@x/v1", "http://x/v1?k=v", "http://%zz"} {
		_, err := New(t.Context(), Config{Endpoint: bad})
		modeltest.WantError(t, err, "is not of the form")
	}
}

// TestOneRetry has faults of the machine. Each is tried twice; if the second
// reply is good nobody hears of it, else it is an error.
func TestOneRetry(t *testing.T) {
	for name, c := range map[string]struct {
		bad  func(w http.ResponseWriter)
		want string
	}{
		"500":             {func(w http.ResponseWriter) { w.WriteHeader(500); fmt.Fprint(w, `{"error":"out of memory"}`) }, "out of memory"},
		"503 as a page":   {func(w http.ResponseWriter) { w.WriteHeader(503); fmt.Fprint(w, strings.Repeat("<p>busy ", 9999)) }, "busy"},
		"garbage":         {func(w http.ResponseWriter) { fmt.Fprint(w, "data: {not json\n\n") }, "is not JSON"},
		"nothing":         {func(http.ResponseWriter) {}, "broke off"},
		"no end":          {func(w http.ResponseWriter) { piece(w, `["3 4`, ""); fmt.Fprint(w, "data: [DONE]\n\n") }, "broke off"},
		"broken stream":   {func(w http.ResponseWriter) { piece(w, `["3 4`, ""); panic(http.ErrAbortHandler) }, "broke off"},
		"endless line":    {func(w http.ResponseWriter) { fmt.Fprint(w, "data: ", strings.Repeat("x", 3<<20)) }, "broke off"},
		"error in stream": {func(w http.ResponseWriter) { fmt.Fprint(w, `data: {"error":{"message":"slot gone"}}`, "\n\n") }, "slot gone"},
		"redirect":        {func(w http.ResponseWriter) { w.Header().Set("Location", "http://127.0.0.1:1/"); w.WriteHeader(307) }, "redirected"},
	} {
		t.Run(name, func(t *testing.T) {
			once := newFake(t, modelsOfVLLM, func(n int, w http.ResponseWriter, _ request) {
				if n == 0 {
					c.bad(w)
					return
				}
				say(w, `["3 4 height: auto"]`)
			})
			if found, dropped := modeltest.Gather(t, once.policy(t, nil), modeltest.Task(t)); len(found) != 1 || len(dropped) != 0 {
				t.Errorf("after one fault: %d candidates, dropped %q; want 1 and none", len(found), dropped)
			}
			always := newFake(t, modelsOfVLLM, func(_ int, w http.ResponseWriter, _ request) { c.bad(w) })
			modeltest.WantError(t, modeltest.Propose(t, always.policy(t, nil)), "twice", c.want)
		})
	}
}

func TestRefusals(t *testing.T) {
	for code, want := range map[int]string{401: "RELOOK_ENDPOINT_KEY", 404: "no such address or model"} {
		f := newFake(t, modelsOfVLLM, func(_ int, w http.ResponseWriter, _ request) { w.WriteHeader(code) })
		modeltest.WantError(t, modeltest.Propose(t, f.policy(t, nil)), want)
		if n := len(f.asked()); n != 1 {
			t.Errorf("%d: asked %d times", code, n)
		}
	}
}

func TestCutOffIsDropped(t *testing.T) {
	f := newFake(t, modelsOfVLLM, func(_ int, w http.ResponseWriter, _ request) {
		piece(w, `["3 4`, "")
		piece(w, "", "length") // and no [DONE]
	})
	found, dropped := modeltest.Gather(t, f.policy(t, nil), modeltest.Task(t))
	if len(found) != 0 || len(dropped) != 1 || !strings.Contains(dropped[0], "cut off") {
		t.Errorf("candidates %+v, dropped %q", found, dropped)
	}
}

func TestCancelStopsTheReply(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /models", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, modelsOfVLLM) })
	mux.HandleFunc("POST /chat/completions", func(w http.ResponseWriter, r *http.Request) {
		piece(w, "[", "")
		close(began)
		<-r.Context().Done()
		close(ended)
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	p, err := New(t.Context(), Config{Endpoint: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var at time.Time
	go func() {
		<-began
		at = time.Now()
		cancel()
	}()
	err = p.Propose(ctx, modeltest.Task(t), func(agent.Candidate) bool { return true })
	if took := time.Since(at); !errors.Is(err, context.Canceled) || took > 100*time.Millisecond {
		t.Errorf("%v after %v", err, took)
	}
	<-ended
}

// The environment must not choose where pages are sent, nor hand a key out.
func TestEnvironmentIsNotRead(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-own")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("OPENAI_BASE_URL", "http://"+l.Addr().String())
	t.Setenv("HTTP_PROXY", "http://"+l.Addr().String())
	f := newFake(t, modelsOfVLLM, func(_ int, w http.ResponseWriter, _ request) { say(w, `["3 4 height: auto"]`) })
	modeltest.Gather(t, f.policy(t, nil), modeltest.Task(t))
	if len(f.asked()) != 1 || f.headers[0].Get("Authorization") != "" {
		t.Errorf("asked %d times, with %q", len(f.asked()), f.headers[0].Get("Authorization"))
	}
}
