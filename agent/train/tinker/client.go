// Package tinker speaks to a training engine over the Tinker contract, pinned to
// what SkyRL 0.4.0 puts on the wire: JSON, and protobuf for passes over data and
// for samples. The same client trains on two cores, on one GPU and on a cluster:
// only the server differs, and how it sums up a loss (Config.Reduction).
//
// http.go carries a request and waits for its result, wire.go holds the binary
// messages, client.go the calls. make test-train holds the contract against the
// real server.
package tinker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"relook/agent/train/engine"
)

// Config says where the server is.
type Config struct {
	URL string // such as http://127.0.0.1:8123; required
	Key string // of a hosted service; "" for none
	// Reduction is how the server sums up a loss; default engine.Mean (JAX).
	Reduction engine.Reduction
	// Shared says that others use the server, or used it before: then gradients
	// that a dead run left behind are cleared.
	Shared bool
	// Timeout is how long one exchange may take; default 6 minutes, more than the
	// server holds one.
	Timeout time.Duration
	// Patience is how long the server may work on one request; default 1 hour: the
	// first of each size is compiled.
	Patience time.Duration
	// Grace is how long is waited for a server that does not answer; default 30 s.
	Grace time.Duration
	Log   *slog.Logger // nil discards
}

// A Client is an engine.Engine. It is not safe for use by several goroutines.
type Client struct {
	cfg     Config
	http    *http.Client
	session string
	model   string
	sampler string
	seq     int // the last number of a request that changes the model
	shown   int // samplers published
	asked   int // samples asked for
}

var _ engine.Engine = (*Client)(nil)

// New returns a client. It calls nobody.
func New(cfg Config) *Client {
	cfg.URL = strings.TrimSuffix(cfg.URL, "/")
	cfg.Reduction = cmp.Or(cfg.Reduction, engine.Mean)
	cfg.Timeout = cmp.Or(cfg.Timeout, 6*time.Minute)
	cfg.Patience = cmp.Or(cfg.Patience, time.Hour)
	cfg.Grace = cmp.Or(cfg.Grace, 30*time.Second)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{cfg: cfg, http: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("redirected, which a training engine never does")
	}}}
}

// Reduction is as configured.
func (c *Client) Reduction() engine.Reduction { return c.cfg.Reduction }

// Healthy returns nil when the server answers.
func (c *Client) Healthy(ctx context.Context) error {
	_, err := c.postOnce(ctx, "/api/v1/healthz", jsonType, nil)
	return err
}

type object = map[string]any

// Create opens a session and makes the model in it.
func (c *Client) Create(ctx context.Context, s engine.Spec) error {
	var session struct {
		SessionID string `json:"session_id"`
	}
	if err := c.call(ctx, "/api/v1/create_session", object{"tags": []string{"relook"}, "sdk_version": "relook"}, &session); err != nil {
		return fmt.Errorf("opening a session: %w", err)
	}
	c.session = session.SessionID
	var made struct {
		future
		ModelID string `json:"model_id"`
	}
	err := c.call(ctx, "/api/v1/create_model", object{
		"session_id": c.session, "base_model": s.Base, "lora_config": object{"rank": s.Rank, "seed": s.Seed},
	}, &made)
	if err == nil {
		_, err = c.result(ctx, made.future)
	}
	if err != nil {
		return fmt.Errorf("making the model on %s: %w", s.Base, err)
	}
	c.model = made.ModelID
	switch {
	case s.Resume != "":
		var loaded object
		if err := c.ask(ctx, "/api/v1/load_weights", object{"model_id": c.model, "path": s.Resume, "optimizer": true}, &loaded); err != nil {
			return fmt.Errorf("loading the checkpoint: %w", err)
		}
	case c.cfg.Shared:
		if _, err := c.Step(ctx, engine.Adam{}); err != nil {
			return fmt.Errorf("clearing what an earlier run left: %w", err)
		}
	}
	return nil
}

func (c *Client) next() int { c.seq++; return c.seq }

// Publish makes a sampling session of the weights.
func (c *Client) Publish(ctx context.Context) error {
	c.shown++
	var made struct {
		ID string `json:"sampling_session_id"`
	}
	err := c.ask(ctx, "/api/v1/save_weights_for_sampler", object{
		"model_id": c.model, "sampling_session_seq_id": c.shown, "seq_id": c.shown,
	}, &made)
	if err != nil {
		return fmt.Errorf("publishing the weights: %w", err)
	}
	if made.ID == "" {
		return fmt.Errorf("publishing the weights: %w", engine.ErrWire)
	}
	c.sampler = made.ID
	return c.beat(ctx)
}

// beat tells the server that the session is alive.
func (c *Client) beat(ctx context.Context) error {
	var out object
	return c.call(ctx, "/api/v1/session_heartbeat", object{"session_id": c.session}, &out)
}

// Sample sends all requests before it waits for the first: the server works on
// those together that wait at the same time.
func (c *Client) Sample(ctx context.Context, list []engine.Request) ([][]engine.Sequence, error) {
	futures := make([]future, len(list))
	for i, r := range list {
		c.asked++
		err := c.call(ctx, "/api/v1/asample", object{
			"sampling_session_id": c.sampler, "seq_id": c.asked, "num_samples": r.Samples,
			"prompt":          object{"chunks": []object{{"type": "encoded_text", "tokens": r.Prompt}}},
			"sampling_params": object{"max_tokens": r.MaxTokens, "temperature": r.Temperature, "stop": r.Stop, "seed": r.Seed},
		}, &futures[i])
		if err != nil {
			return nil, fmt.Errorf("sampling: %w", err)
		}
	}
	out := make([][]engine.Sequence, len(list))
	for i, f := range futures {
		b, err := c.result(ctx, f)
		if err == nil {
			out[i], err = decodeSamples(b)
		}
		if err == nil && len(out[i]) != list[i].Samples {
			err = fmt.Errorf("%w (%d sequences instead of %d)", engine.ErrWire, len(out[i]), list[i].Samples)
		}
		if err != nil {
			return nil, fmt.Errorf("sampling: %w", err)
		}
	}
	return out, nil
}

// Logprobs makes a pass that learns nothing.
func (c *Client) Logprobs(ctx context.Context, data []engine.Datum) ([][]float32, error) {
	r, err := c.run(ctx, pass{loss: engine.Loss{Name: engine.CrossEntropy}, data: data, forward: true})
	return r.Logprobs, err
}

// ForwardBackward makes a pass that adds to the gradient.
func (c *Client) ForwardBackward(ctx context.Context, loss engine.Loss, data []engine.Datum) (engine.Result, error) {
	return c.run(ctx, pass{loss: loss, data: data})
}

func (c *Client) run(ctx context.Context, p pass) (engine.Result, error) {
	for _, d := range p.data {
		if err := d.Check(); err != nil {
			return engine.Result{}, err
		}
	}
	p.model, p.seq = c.model, c.next()
	b, err := c.post(ctx, "/api/v1/forward_backward", protobufType, p.encode())
	if err != nil {
		return engine.Result{}, fmt.Errorf("a pass over %d sequences: %w", len(p.data), err)
	}
	f, err := futureOf(b)
	if err != nil {
		return engine.Result{}, err
	}
	if b, err = c.result(ctx, f); err != nil {
		return engine.Result{}, fmt.Errorf("a pass over %d sequences: %w", len(p.data), err)
	}
	fields, err := decodePass(b)
	if err != nil {
		return engine.Result{}, err
	}
	return resultOf(fields, p.data)
}

// resultOf checks that there is a log-probability for each target.
func resultOf(fields map[string][][]float32, data []engine.Datum) (engine.Result, error) {
	r := engine.Result{Logprobs: fields["logprobs"]}
	if len(r.Logprobs) != len(data) {
		return r, fmt.Errorf("%w (log-probabilities of %d sequences instead of %d)", engine.ErrWire, len(r.Logprobs), len(data))
	}
	sum, n := 0.0, 0.0
	losses := fields["elementwise_loss"]
	for i, list := range r.Logprobs {
		if len(list) < len(data[i].Targets) {
			return r, fmt.Errorf("%w (%d log-probabilities of %d targets)", engine.ErrWire, len(list), len(data[i].Targets))
		}
		for k, w := range data[i].Weights {
			if w == 0 {
				continue
			}
			v := float64(list[k])
			if len(losses) == len(data) && k < len(losses[i]) {
				v = -float64(losses[i][k])
			}
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return r, engine.ErrNaN
			}
			sum, n = sum-v, n+1
		}
	}
	if n > 0 {
		r.Loss = sum / n
	}
	return r, nil
}

// Step moves the weights.
func (c *Client) Step(ctx context.Context, a engine.Adam) (float64, error) {
	var out struct {
		Metrics map[string]float64 `json:"metrics"`
	}
	err := c.ask(ctx, "/api/v1/optim_step", object{"model_id": c.model, "seq_id": c.next(), "adam_params": object{
		"learning_rate": a.Rate, "beta1": a.Beta1, "beta2": a.Beta2, "eps": cmp.Or(a.Epsilon, 1e-8), "weight_decay": a.Decay,
	}}, &out)
	if err != nil {
		return 0, fmt.Errorf("a step of the optimiser: %w", err)
	}
	norm := out.Metrics["skyrl.ai/grad_norm"]
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return norm, engine.ErrNaN
	}
	return norm, nil
}

// Save keeps the state under a name.
func (c *Client) Save(ctx context.Context, name string) (string, error) {
	var out struct{ Path string }
	if err := c.ask(ctx, "/api/v1/save_weights", object{"model_id": c.model, "path": name, "type": "save_weights"}, &out); err != nil {
		return "", fmt.Errorf("saving: %w", err)
	}
	if out.Path == "" {
		return "", fmt.Errorf("saving: %w", engine.ErrWire)
	}
	return out.Path, nil
}

// Export keeps the adapter under a name and downloads it.
func (c *Client) Export(ctx context.Context, name string, w io.Writer) error {
	var out object
	if err := c.ask(ctx, "/api/v1/save_weights_for_sampler", object{"model_id": c.model, "path": name}, &out); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	b, err := c.post(ctx, "/api/v1/training_runs/"+c.model+"/checkpoints/"+name+"/download", jsonType, nil)
	if err != nil {
		return fmt.Errorf("downloading the adapter: %w", err)
	}
	_, err = w.Write(b)
	return err
}

// Close gives the model's place on the server back.
func (c *Client) Close(ctx context.Context) error {
	if c.model == "" {
		return nil
	}
	var f future
	err := c.call(ctx, "/api/v1/unload_model", object{"model_id": c.model}, &f)
	c.model = ""
	if err != nil {
		return fmt.Errorf("letting go of the model: %w", err)
	}
	_, err = c.result(ctx, f)
	return err
}
