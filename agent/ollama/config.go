package ollama

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"relook/agent"
	"relook/agent/model"
)

// DefaultHost is where Ollama listens when nothing else is said.
const DefaultHost = "http://127.0.0.1:11434"

// Config says which model is asked, where and how. The zero value asks the best
// model that is installed in the Ollama of this machine.
type Config struct {
	// Host is the address of Ollama. "" means the environment variable
	// OLLAMA_HOST, else DefaultHost. A host on another machine is taken only
	// from here, never from the environment, because pages are sent to it.
	Host string
	// Model is a name such as "qwen2.5-coder:1.5b"; "" picks the best one that
	// is installed.
	Model string
	// Format is how the model answers; "" takes what suits the model.
	Format Format
	// Samples is the most replies that one call of Propose asks for, 1 to 40;
	// 0 takes what suits the model.
	Samples int
	// Temperature of all replies but the first of a refinement, which is
	// greedy; 0 takes what suits the model, at most 2.
	Temperature float64
	// NumCtx is the context length in tokens. Ollama loads the model anew when
	// it changes, so it is chosen once. 0 takes what suits the model.
	NumCtx int
	// Vision says that the model will be shown pictures: it is a *NoVisionError
	// when it can't see. It needs a Model.
	Vision bool
	// KeepAlive is how long Ollama keeps the model in memory after a reply;
	// default 10 minutes.
	KeepAlive time.Duration
	// Timeout is how long one reply may take, the loading of the model
	// included; default 5 minutes.
	Timeout time.Duration
	// Stall is how long a reply that has begun may pause; default 30 s.
	Stall time.Duration
	// Grace is how long is waited for a server that went away in the middle of a
	// reply, before it is asked once more; default 5 s.
	Grace time.Duration
	// Room is the memory that a model may take when none is named; nil means that
	// of this machine.
	Room *Room
	// Queue, if set, is where the policy waits for its turn at the server.
	Queue *model.Queue
	// Waiting, if set, is called when another client has the server.
	Waiting func()
	// Progress, if set, is told the number of tokens of a reply as they come.
	Progress func(tokens int)
	// Log gets what happens; nil logs nothing.
	Log *slog.Logger
}

// Format is a way in which a model says what is to change.
type Format = model.Format

// The formats; see package model.
const (
	FormatPatch  = model.FormatPatch
	FormatBlocks = model.FormatBlocks
	FormatFile   = model.FormatFile
)

// Policy asks one model. It is made by New and safe for use by several
// goroutines, though Ollama answers one question at a time.
type Policy struct {
	*model.Policy
	// Chosen says why this model is asked when none was named, such as "the best
	// of the 3 installed models that fit into 24 GB of memory"; "" when one was.
	Chosen string
}

var (
	_ agent.Policy  = (*Policy)(nil)
	_ agent.Drafter = (*Policy)(nil)
)

// A client carries questions to one model.
type client struct {
	host      string
	api       *api.Client
	model     string
	numCtx    int
	keepAlive time.Duration
	sees      bool            // it must be able to see pictures
	think     *api.ThinkValue // false for a model that would think aloud, else nil
}

// New reaches Ollama and looks the model up. It is an error when Ollama does
// not answer, when the model is absent or when the model runs on another
// machine; each says what would help.
func New(ctx context.Context, cfg Config) (*Policy, error) {
	wishes := model.Wishes{Format: cfg.Format, Samples: cfg.Samples, Temperature: cfg.Temperature, Context: cfg.NumCtx}
	if err := wishes.Check(); err != nil {
		return nil, err
	}
	base, err := hostURL(cfg.Host)
	if err != nil {
		return nil, err
	}
	cfg = cfg.defaulted()
	c := &client{host: base.String(), api: api.NewClient(base, model.HTTPClient()), model: cfg.Model, keepAlive: cfg.KeepAlive, sees: cfg.Vision}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	p := &Policy{}
	if c.model == "" {
		if c.model, p.Chosen, err = c.choose(ctx, cfg.Room); err != nil {
			return nil, err
		}
		cfg.Log.Info("no model was named", "taking", c.model, "because", p.Chosen)
	}
	profile, err := c.lookUp(ctx)
	if err != nil {
		return nil, err
	}
	profile = profile.With(wishes)
	c.numCtx = profile.Context
	cfg.Log.Debug("model", "name", c.model, "samples", profile.Samples, "num_ctx", profile.Context)
	p.Policy = model.New(model.Config{
		Client: c, Name: "ollama:" + c.model, Model: c.model, Server: "Ollama", Address: c.host,
		Profile: profile, Timeout: cfg.Timeout, Stall: cfg.Stall, Grace: cfg.Grace,
		Queue: cfg.Queue, Progress: cfg.Progress, Waiting: cfg.Waiting, Log: cfg.Log,
	})
	return p, nil
}

func (c Config) defaulted() Config {
	if c.KeepAlive <= 0 {
		c.KeepAlive = 10 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// HostAddress is the address of Ollama as a URL, for a Config.Host.
func HostAddress(host string) (string, error) {
	u, err := hostURL(host)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// hostURL reads an address in the forms that Ollama takes: a URL, host:port, a
// host or a port.
func hostURL(host string) (*url.URL, error) {
	outright := host != ""
	if !outright {
		host = os.Getenv("OLLAMA_HOST")
	}
	if host = strings.TrimSpace(host); host == "" {
		host = DefaultHost
	}
	if !strings.Contains(host, "://") {
		host = "http://" + host
	}
	u, err := url.Parse(host)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, fmt.Errorf("the address of Ollama %q is not of the form %s", host, DefaultHost)
	}
	name, port := u.Hostname(), u.Port()
	if port == "" {
		port = map[string]string{"http": "11434", "https": "443"}[u.Scheme]
	}
	switch name {
	case "", "0.0.0.0", "::": // where a server listens, not where one calls
		name = "127.0.0.1"
	}
	if !outright && !model.Loopback("http://"+net.JoinHostPort(name, port)) {
		return nil, fmt.Errorf("OLLAMA_HOST is %s, another machine: pages are sent to it only if it is named in relook's own settings", name)
	}
	return &url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(name, port), Path: u.Path}, nil
}
