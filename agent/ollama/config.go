package ollama

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"relook/agent"
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
	// KeepAlive is how long Ollama keeps the model in memory after a reply;
	// default 10 minutes.
	KeepAlive time.Duration
	// Timeout is how long one reply may take, the loading of the model
	// included; default 5 minutes.
	Timeout time.Duration
	// Stall is how long a reply that has begun may pause; default 30 s.
	Stall time.Duration
	// Progress, if set, is told the number of tokens of a reply as they come.
	Progress func(tokens int)
	// Log gets what happens; nil logs nothing.
	Log *slog.Logger
}

// Format is a way in which a model says what is to change.
type Format string

// The formats.
const (
	// FormatPatch chooses among numbered rules and properties, bound to a grammar.
	FormatPatch Format = "patch"
	// FormatBlocks writes SEARCH/REPLACE blocks.
	FormatBlocks Format = "blocks"
	// FormatFile writes the whole file anew.
	FormatFile Format = "file"
)

// Policy asks one model. It is made by New and safe for use by several
// goroutines, though Ollama answers one question at a time.
type Policy struct {
	cfg     Config
	host    string
	client  *api.Client
	model   string
	profile profile
	think   *api.ThinkValue // false for a model that would think aloud, else nil
}

var _ agent.Policy = (*Policy)(nil)

// New reaches Ollama and looks the model up. It is an error when Ollama does
// not answer, when the model is absent or when the model runs on another
// machine; each says what would help.
func New(ctx context.Context, cfg Config) (*Policy, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	base, err := hostURL(cfg.Host)
	if err != nil {
		return nil, err
	}
	cfg = cfg.defaulted()
	p := &Policy{cfg: cfg, host: base.String(), client: api.NewClient(base, httpClient())}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := p.lookUp(ctx); err != nil {
		return nil, err
	}
	cfg.Log.Debug("model", "name", p.model, "samples", p.profile.samples, "num_ctx", p.profile.numCtx)
	return p, nil
}

// Name is "ollama:MODEL".
func (p *Policy) Name() string { return "ollama:" + p.model }

func (c Config) check() error {
	switch {
	case c.Samples < 0 || c.Samples > 40:
		return fmt.Errorf("samples is %d, not 1 to 40", c.Samples)
	case c.Temperature < 0 || c.Temperature > 2:
		return fmt.Errorf("temperature is %g, not 0 to 2", c.Temperature)
	case c.NumCtx != 0 && (c.NumCtx < 1024 || c.NumCtx > 1<<20):
		return fmt.Errorf("num_ctx is %d, not 1024 to 1048576", c.NumCtx)
	}
	switch c.Format {
	case "", FormatPatch, FormatBlocks, FormatFile:
		return nil
	}
	return fmt.Errorf("format %q is not one of patch, blocks, file", c.Format)
}

func (c Config) defaulted() Config {
	if c.KeepAlive <= 0 {
		c.KeepAlive = 10 * time.Minute
	}
	if c.Timeout <= 0 {
		c.Timeout = 5 * time.Minute
	}
	if c.Stall <= 0 {
		c.Stall = 30 * time.Second
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
	if ip := net.ParseIP(name); !outright && name != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("OLLAMA_HOST is %s, another machine: pages are sent to it only if it is named in relook's own settings", name)
	}
	return &url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(name, port), Path: u.Path}, nil
}

// httpClient follows no redirects and uses no proxy: what is meant for Ollama
// must not end up elsewhere.
func httpClient() *http.Client {
	t := &http.Transport{
		DialContext:     (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		MaxIdleConns:    2,
		IdleConnTimeout: 10 * time.Second,
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("redirected, which Ollama never does: is another program listening there?")
	}}
}
