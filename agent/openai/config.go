package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"relook/agent"
	"relook/agent/model"
)

// Config says which model is asked, where and how.
type Config struct {
	// Endpoint is the address of the interface, such as "http://127.0.0.1:8080/v1";
	// required. Pages are sent to it: whoever takes it from anywhere but the
	// person must check it with model.Loopback first.
	Endpoint string
	// Key is sent as a bearer token; "" sends none.
	Key string
	// Model is the name that the server knows it by; "" takes the only one that it
	// has, else the first that can write.
	Model string
	// Format, Samples and Temperature are as in model.Wishes; zero takes what suits
	// the model.
	Format      model.Format
	Samples     int
	Temperature float64
	// Vision says that the model will be shown pictures: it is an error when it
	// can't see. It costs two short questions.
	Vision bool
	// Timeout, Stall, Grace, Queue, Waiting, Progress and Log are as in
	// model.Config.
	Timeout, Stall, Grace time.Duration
	Queue                 *model.Queue
	Waiting               func()
	Progress              func(tokens int)
	Log                   *slog.Logger
}

// Policy asks one model. It is made by New and safe for use by several
// goroutines.
type Policy struct{ *model.Policy }

var (
	_ agent.Policy  = (*Policy)(nil)
	_ agent.Drafter = (*Policy)(nil)
)

// DownError says that the server does not answer.
type DownError struct {
	Endpoint string
	Err      error // what the attempt gave
}

func (e *DownError) Error() string {
	return fmt.Sprintf("no model's server answers at %s: start it, or name another with --endpoint", e.Endpoint)
}

// Unwrap returns what the attempt gave.
func (e *DownError) Unwrap() error { return e.Err }

// A client carries questions to one model.
type client struct {
	base    string // without a slash at its end
	key     string
	model   string
	http    *http.Client
	log     *slog.Logger
	unbound atomic.Bool // the server refuses schemas
}

// New reaches the server and looks the model up. It is an error when the server
// does not answer or has no such model; each says what would help.
func New(ctx context.Context, cfg Config) (*Policy, error) {
	wishes := model.Wishes{Format: cfg.Format, Samples: cfg.Samples, Temperature: cfg.Temperature}
	if err := wishes.Check(); err != nil {
		return nil, err
	}
	base, err := CheckEndpoint(cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &client{base: base, key: cfg.Key, model: cfg.Model, http: model.HTTPClient(), log: cfg.Log}
	patience := 20 * time.Second
	if cfg.Vision { // the model is loaded for it
		patience = 5 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := c.lookUp(ctx)
	if err != nil {
		return nil, err
	}
	c.model = found.ID
	if cfg.Vision {
		if err := c.look(ctx); err != nil {
			return nil, err
		}
	}
	profile := profileOf(found)
	if cfg.Vision && cmp.Or(found.MaxLen, found.Meta.Context, found.Meta.Trained) == 0 {
		profile.Context = max(profile.Context, visionContext) // as long as pictures take; the server does not say
	}
	return &Policy{model.New(model.Config{
		Client: c, Name: "openai:" + c.model, Model: c.model, Server: "the server", Address: base,
		Profile: profile.With(wishes), Timeout: cfg.Timeout, Stall: cfg.Stall, Grace: cfg.Grace,
		Queue: cfg.Queue, Progress: cfg.Progress, Waiting: cfg.Waiting, Log: cfg.Log,
	})}, nil
}

// visionContext is the context, in tokens, that a model which sees is taken to
// have when its server does not tell.
const visionContext = 16384

// CheckEndpoint returns the address without a slash at its end, or says what is
// wrong with it.
func CheckEndpoint(endpoint string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(endpoint))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("the endpoint %q is not of the form http://127.0.0.1:8080/v1", endpoint)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// An entry is a model as a server lists it.
type entry struct {
	ID string `json:"id"`
	// MaxLen is the longest context as vLLM tells it.
	MaxLen int `json:"max_model_len"`
	// Meta is what llama.cpp tells.
	Meta struct {
		Context int     `json:"n_ctx"`
		Trained int     `json:"n_ctx_train"`
		Params  float64 `json:"n_params"`
	} `json:"meta"`
}

// lookUp finds the model that is meant.
func (c *client) lookUp(ctx context.Context) (entry, error) {
	var list struct{ Data []entry }
	if err := c.get(ctx, "/models", &list); err != nil {
		return entry{}, err
	}
	usable := slices.DeleteFunc(list.Data, func(e entry) bool {
		return e.ID == "" || c.model == "" && strings.Contains(strings.ToLower(e.ID), "embed")
	})
	var names []string
	for _, e := range usable {
		if e.ID == c.model {
			return e, nil
		}
		names = append(names, e.ID)
	}
	switch {
	case len(names) == 0:
		return entry{}, fmt.Errorf("the server at %s has no model: load one into it", c.base)
	case c.model != "":
		return entry{}, fmt.Errorf("the server at %s has no model %s: it has %s", c.base, c.model, short(strings.Join(names, ", "), 200))
	}
	c.log.Info("no model was named", "taking", names[0])
	return usable[0], nil
}

var sizePattern = regexp.MustCompile(`(?i)(?:^|[-_:/ ])([0-9]{1,3}(?:\.[0-9])?)([bm])(?:$|[-_:. ])`)

// profileOf guesses family and size by the name where the server does not tell.
func profileOf(e entry) model.Profile {
	name := strings.ToLower(e.ID[strings.LastIndexByte(e.ID, '/')+1:])
	size := e.Meta.Params / 1e9
	if m := sizePattern.FindStringSubmatch(name); size == 0 && m != nil {
		if n, err := strconv.ParseFloat(m[1], 64); err == nil {
			size = n * map[string]float64{"b": 1, "m": 0.001}[m[2]]
		}
	}
	p := model.ProfileFor(name, size)
	if most := cmp.Or(e.MaxLen, e.Meta.Context, e.Meta.Trained); most > 0 {
		p.Context = min(p.Context, most)
		p.DraftTokens = min(p.DraftTokens, most*3/4)
	}
	return p
}

// maxAnswer is the most of a short answer, or of an error, that is read.
const maxAnswer = 1 << 20

// get reads a short JSON answer.
func (c *client) get(ctx context.Context, path string, into any) error {
	res, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(into); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("what answers at %s%s is no model's server: does the address end in /v1?", c.base, path)
	}
	return nil
}

// short cuts s to at most n bytes, at a character.
func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
