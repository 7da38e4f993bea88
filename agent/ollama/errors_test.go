package ollama

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"relook/agent"
	"relook/agent/model/modeltest"
)

func TestServerAbsent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	l.Close()
	_, err = New(t.Context(), Config{Host: host, Model: "m"})
	modeltest.WantError(t, err, "Ollama does not answer at http://"+host, "`ollama serve`", "`relook setup --ollama`")
	var down *DownError
	if !errors.As(err, &down) {
		t.Errorf("error is a %T", err)
	}
}

func TestServerGoesAway(t *testing.T) {
	f := newFake(t, showCoder, nil)
	p := f.policy(t, nil)
	f.Close()
	modeltest.WantError(t, modeltest.Propose(t, p), "Ollama does not answer at", "`ollama serve`")
}

func TestModelAbsent(t *testing.T) {
	f := newFake(t, showCoder, nil)
	_, err := New(t.Context(), Config{Host: f.URL, Model: "qwen2.5vl:7b"})
	modeltest.WantError(t, err, "model qwen2.5vl:7b is not installed", "`relook setup --model qwen2.5vl:7b`", "`ollama pull qwen2.5vl:7b`")
}

func TestModelPicked(t *testing.T) {
	f := newFake(t, showCoder, nil)
	p, err := New(t.Context(), Config{Host: f.URL})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Name(), "ollama:qwen2.5-coder:1.5b"; got != want {
		t.Errorf("picked %s, want %s: the one trained for code, and none that runs elsewhere", got, want)
	}
}

func TestModelElsewhere(t *testing.T) {
	f := newFake(t, `{"remote_host":"https://example.com","remote_model":"big"}`, nil)
	_, err := New(t.Context(), Config{Host: f.URL, Model: "qwen2.5-coder:1.5b"})
	modeltest.WantError(t, err, "runs on another machine")
}

func TestModelThatOnlyEmbeds(t *testing.T) {
	f := newFake(t, `{"capabilities":["embedding"]}`, nil)
	_, err := New(t.Context(), Config{Host: f.URL, Model: "qwen2.5-coder:1.5b"})
	modeltest.WantError(t, err, "can't write text")
}

func TestGarbageFromTheServer(t *testing.T) {
	f := newFake(t, "<html>not Ollama</html>", nil)
	_, err := New(t.Context(), Config{Host: f.URL, Model: "qwen2.5-coder:1.5b"})
	modeltest.WantError(t, err, "Ollama does not answer at")
}

// TestOneRetry has faults of the machine. Each is tried twice; if the second
// reply is good nobody hears of it, else it is an error.
func TestOneRetry(t *testing.T) {
	good := `["3 4 height: auto"]`
	for name, c := range map[string]struct {
		bad  func(w http.ResponseWriter, r *http.Request)
		want string
	}{
		"500": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, `{"error":"llama runner process has terminated"}`)
		}, "llama runner process has terminated"},
		"500 with garbage": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, strings.Repeat("garbage ", 10_000))
		}, "garbage"},
		"200 with garbage": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.Repeat("garbage ", 10_000))
		}, "broke off"},
		"200 with nothing": {func(http.ResponseWriter, *http.Request) {}, "broke off"},
		"error in the stream": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, `{"error":"an error was encountered while running the model"}`)
		}, "an error was encountered"},
		"broken stream": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, `{"message":{"content":"[{\"d\":3,\"r\":4"}}`)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, "broke off"},
		"endless line": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"message":{"content":"`)
			line := strings.Repeat("x", 1<<16)
			for range 200 {
				if _, err := fmt.Fprint(w, line); err != nil {
					return
				}
			}
		}, "broke off"},
		"stalled stream": {func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, `{"message":{"content":"[{"}}`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "stopped half way"},
		"never begins": {func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, "in time"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		}, "redirected"},
	} {
		t.Run(name, func(t *testing.T) {
			quick := func(c *Config) { c.Timeout, c.Stall = 600*time.Millisecond, 200*time.Millisecond }
			once := newFake(t, showCoder, func(n int, w http.ResponseWriter, r *http.Request) {
				if n == 0 {
					c.bad(w, r)
					return
				}
				say(w, good)
			})
			if found, dropped := modeltest.Gather(t, once.policy(t, quick), modeltest.Task(t)); len(found) != 1 || len(dropped) != 0 {
				t.Errorf("after one fault: %d candidates, dropped %q; want 1 and none", len(found), dropped)
			}
			always := newFake(t, showCoder, func(_ int, w http.ResponseWriter, r *http.Request) { c.bad(w, r) })
			modeltest.WantError(t, modeltest.Propose(t, always.policy(t, quick)), "twice", c.want)
			if n := len(always.asked()); n != 2 {
				t.Errorf("asked %d times, want 2", n)
			}
		})
	}
}

func TestNoRetryWhenTheRequestIsWrong(t *testing.T) {
	f := newFake(t, showCoder, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid format"}`)
	})
	modeltest.WantError(t, modeltest.Propose(t, f.policy(t, nil)), "invalid format")
	if n := len(f.asked()); n != 1 {
		t.Errorf("asked %d times, want 1", n)
	}
}

func TestModelRemovedMeanwhile(t *testing.T) {
	f := newFake(t, showCoder, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":"model not found"}`)
	})
	modeltest.WantError(t, modeltest.Propose(t, f.policy(t, nil)), "is not installed", "`ollama pull")
}

func TestCancelStopsTheReply(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	f := newFake(t, showCoder, func(_ int, w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, `{"message":{"content":"[{"}}`)
		w.(http.Flusher).Flush()
		close(began)
		<-r.Context().Done()
		close(ended)
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = f.policy(t, nil).Propose(ctx, modeltest.Task(t), func(agent.Candidate) bool { return true })
	}()
	<-began
	cancel()
	for name, c := range map[string]chan struct{}{"Propose": done, "the request": ended} {
		select {
		case <-c:
		case <-time.After(5 * time.Second):
			t.Fatalf("%s did not end within 5 s of the cancel", name)
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestHost(t *testing.T) {
	for _, c := range []struct{ set, env, want, err string }{
		{want: "http://127.0.0.1:11434"},
		{env: "0.0.0.0", want: "http://127.0.0.1:11434"},
		{env: ":8080", want: "http://127.0.0.1:8080"},
		{env: "localhost:9", want: "http://localhost:9"},
		{env: "http://[::1]:77", want: "http://[::1]:77"},
		{env: "gpu.example.com:11434", err: "another machine"},
		{env: "10.0.0.7", err: "another machine"},
		{set: "10.0.0.7", want: "http://10.0.0.7:11434"},
		{set: "https://gpu.example.com/ollama", want: "https://gpu.example.com:443/ollama"},
		{set: "ftp://x", err: "not of the form"},
		{set: "http://a:b@x", err: "not of the form"},
		{set: "http://%zz", err: "not of the form"},
	} {
		t.Setenv("OLLAMA_HOST", c.env)
		u, err := hostURL(c.set)
		switch {
		case c.err != "":
			modeltest.WantError(t, err, c.err)
		case err != nil:
			t.Errorf("%+v: %v", c, err)
		case u.String() != c.want:
			t.Errorf("%+v: got %s", c, u)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	for _, c := range []Config{{Samples: -1}, {Samples: 41}, {Temperature: 3}, {NumCtx: 10}, {Format: "poem"}} {
		if _, err := New(t.Context(), c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}
