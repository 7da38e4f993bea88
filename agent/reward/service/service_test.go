package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"relook/agent/reward"
	"relook/preview"
	"relook/preview/previewtest"
)

// A running service, and the check of everything that passes through it against
// the description that it gives of itself.
type running struct {
	*httptest.Server
	description validator.Validator
}

func start(t *testing.T, renderer reward.Renderer, change func(*Config)) *running {
	t.Helper()
	pool := reward.NewPool(renderer, renderer)
	metrics := NewMetrics(pool)
	scorer, err := reward.New(reward.Config{Renderer: pool, Pause: time.Millisecond, Retried: metrics.Retried})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Scorer: scorer, Pool: pool, Metrics: metrics, Version: "1.2.3", Body: 1 << 20}
	if change != nil {
		change(&cfg)
	}
	s := &running{Server: httptest.NewServer(New(cfg))}
	t.Cleanup(s.Close)
	code, text := s.send(t, "GET", "/openapi.json", "", nil)
	doc, err := libopenapi.NewDocument([]byte(text))
	if code != http.StatusOK || err != nil || !strings.HasPrefix(doc.GetVersion(), "3.1") {
		t.Fatalf("the description: status %d, %v", code, err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, errs := v.ValidateDocument(); !ok {
		t.Fatalf("the description is no OpenAPI: %v", errs[0])
	}
	s.description = v
	return s
}

// send sends a request; once the description is known, the answer must be as it
// says.
func (s *running) send(t *testing.T, method, path, body string, header http.Header) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if s.description != nil && path != "/metrics" && res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusNotFound {
		res.Body = io.NopCloser(bytes.NewReader(text))
		req.Body = io.NopCloser(strings.NewReader(body))
		if ok, errs := s.description.ValidateHttpResponse(req, res); !ok {
			t.Errorf("%s %s: the answer is not as described: %s: %s\n%s", method, path, errs[0].Message, errs[0].Reason, text)
		}
	}
	return res.StatusCode, string(text)
}

func post[T any](t *testing.T, s *running, path string, body any) T {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	code, answer := s.send(t, "POST", path, string(text), nil)
	var out T
	if err := json.Unmarshal([]byte(answer), &out); err != nil || code != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", path, code, err, answer)
	}
	return out
}

const (
	fine  = "<!doctype html><title>x</title><p>text"
	wide  = "<!doctype html><title>x</title><style>.w { width: 2000px }</style><div class=w>text</div>"
	blank = "<!doctype html><title>x</title>"
)

func TestScoring(t *testing.T) {
	s := start(t, previewtest.Fake{}, nil)
	if got := post[Score](t, s, "/v1/score", Sample{HTML: fine}); got.Reward != 1 || !got.Valid || got.Critic != "measured" {
		t.Errorf("%+v", got)
	}
	bad := post[Score](t, s, "/v1/score", Sample{Files: map[string]string{"a/b.html": wide, "c.css": "p {}"}, Entry: "a/b.html", Tokens: 6144, Request: "plans"})
	if bad.Reward != bad.Visual*0.5 || bad.Visual <= 0 || bad.Visual >= 1 || len(bad.Remarks) != 1 || !strings.Contains(bad.Feedback, "sideways") {
		t.Errorf("%+v", bad)
	}
	if got := post[Score](t, s, "/v1/score", Sample{HTML: blank}); got.Reward != 0 || got.Valid || got.Reason == "" {
		t.Errorf("%+v", got)
	}
	batch := post[Scores](t, s, "/v1/score/batch", Batch{Items: []Sample{{HTML: blank}, {HTML: fine}, {HTML: wide}, {HTML: ""}}})
	if len(batch.Results) != 4 {
		t.Fatalf("%+v", batch)
	}
	for i, want := range []bool{false, true, true, false} {
		if r := batch.Results[i]; r.Score == nil || r.Error != "" || r.Score.Valid != want {
			t.Errorf("result %d is %+v", i, r)
		}
	}
	if v := post[Verdict](t, s, "/v1/accept", Revision{Best: Sample{HTML: wide}, Next: Sample{HTML: fine}}); !v.Accepted || v.Next.Reward != 1 {
		t.Errorf("%+v", v)
	}
	if v := post[Verdict](t, s, "/v1/accept", Revision{Best: Sample{HTML: fine}, Next: Sample{HTML: fine}}); v.Accepted || v.Reason == "" {
		t.Errorf("%+v", v)
	}
	code, text := s.send(t, "GET", "/healthz", "", nil)
	if code != http.StatusOK || !strings.Contains(text, `"browsers":2`) || !strings.Contains(text, `"pending":0`) || !strings.Contains(text, "1.2.3") {
		t.Errorf("health: %d %s", code, text)
	}
	_, text = s.send(t, "GET", "/metrics", "", nil)
	for _, line := range []string{
		`relook_reward_samples_total{outcome="valid"} 8`, `relook_reward_samples_total{outcome="invalid"} 3`, `relook_reward_samples_total{outcome="failed"} 0`,
		`relook_reward_requests_total{code="200",path="POST /v1/score"} 3`, "relook_reward_value_count 11", "relook_reward_browsers_idle 2",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics lack %s:\n%s", line, text)
		}
	}
}

// What bad requests get: a status and words that say what is wrong, as described.
func TestBadRequests(t *testing.T) {
	s := start(t, previewtest.Fake{}, nil)
	json := http.Header{"Content-Type": {"application/json"}}
	for _, c := range []struct {
		name, path, body string
		header           http.Header
		code             int
		want             string
	}{
		{"no JSON", "/v1/score", "{", json, 400, ""},
		{"another field", "/v1/score", `{"html":"x","score":1}`, json, 422, "unexpected property"},
		{"wrong type", "/v1/score", `{"html":5}`, json, 422, "expected string"},
		{"negative tokens", "/v1/score", `{"html":"x","tokens":-1}`, json, 422, "tokens"},
		{"both", "/v1/score", `{"html":"x","files":{"a":"b"},"entry":"a"}`, json, 400, "not both"},
		{"outside", "/v1/score", `{"files":{"../a":"b"},"entry":"../a"}`, json, 400, "slash path"},
		{"no such entry", "/v1/score", `{"files":{"a":"b"},"entry":"c"}`, json, 400, "none of the files"},
		{"entry alone", "/v1/score", `{"entry":"c"}`, json, 400, "there are none"},
		{"too large", "/v1/score", `{"html":"` + strings.Repeat("x", 1<<20) + `"}`, json, 413, ""},
		{"no items", "/v1/score/batch", `{"items":[]}`, json, 422, "items"},
		{"bad item", "/v1/score/batch", `{"items":[{"html":"x"},{"entry":"c"}]}`, json, 400, "items[1]"},
		{"too many items", "/v1/score/batch", `{"items":[` + strings.Repeat(`{"html":"x"},`, MaxBatch) + `{"html":"x"}]}`, json, 422, "items"},
		{"bad revision", "/v1/accept", `{"best":{"html":"x"},"next":{"entry":"c"}}`, json, 400, "next"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, text := s.send(t, "POST", c.path, c.body, c.header)
			if code != c.code || !strings.Contains(text, c.want) {
				t.Errorf("status %d, want %d: %s", code, c.code, text)
			}
		})
	}
	// A web page in a browser on this machine has no business here.
	if code, _ := s.send(t, "POST", "/v1/score", `{"html":"x"}`, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Content-Type": {"application/json"}}); code != http.StatusForbidden {
		t.Errorf("from another site: status %d", code)
	}
}

// A stuck renderer answers when it is let go of.
type stuck struct{ until chan struct{} }

func (s stuck) Render(ctx context.Context, _ preview.Page, _ preview.RenderOptions) (*preview.Rendering, error) {
	select {
	case <-s.until:
		return nil, errors.New("the browser is gone")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A machine's failure, a request that takes too long and too many at a time have a
// status each, and never a score.
func TestFailures(t *testing.T) {
	gone := stuck{make(chan struct{})}
	close(gone.until)
	s := start(t, gone, nil)
	if code, text := s.send(t, "POST", "/v1/score", `{"html":"<p>x"}`, nil); code != http.StatusBadGateway || !strings.Contains(text, "the browser is gone") || strings.Contains(text, "reward") {
		t.Errorf("status %d: %s", code, text)
	}
	batch := post[Scores](t, s, "/v1/score/batch", Batch{Items: []Sample{{HTML: fine}, {HTML: ""}}})
	if r := batch.Results; r[0].Score != nil || !strings.Contains(r[0].Error, "the browser is gone") || r[1].Score == nil {
		t.Errorf("%+v", r)
	}
	if _, text := s.send(t, "GET", "/metrics", "", nil); !strings.Contains(text, "relook_reward_retries_total 4\n") || !strings.Contains(text, `samples_total{outcome="failed"} 2`) {
		t.Errorf("metrics: %s", text)
	}
	slow := start(t, stuck{make(chan struct{})}, func(c *Config) { c.Time = 50 * time.Millisecond })
	if code, text := slow.send(t, "POST", "/v1/score", `{"html":"<p>x"}`, nil); code != http.StatusGatewayTimeout || !strings.Contains(text, "--request-time") {
		t.Errorf("status %d: %s", code, text)
	}
	full := start(t, previewtest.Fake{}, func(c *Config) { c.Waiting = 2 })
	items := fmt.Sprintf(`{"items":[%s]}`, strings.TrimSuffix(strings.Repeat(`{"html":"<p>x"},`, 3), ","))
	if code, text := full.send(t, "POST", "/v1/score/batch", items, nil); code != http.StatusServiceUnavailable || !strings.Contains(text, "ask again later") {
		t.Errorf("status %d: %s", code, text)
	}
	if got := post[Scores](t, full, "/v1/score/batch", Batch{Items: []Sample{{HTML: fine}, {HTML: fine}}}); len(got.Results) != 2 {
		t.Errorf("%+v", got)
	}
}
