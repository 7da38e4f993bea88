package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/sourcegraph/conc"
	"go.lsp.dev/jsonrpc2"
	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/preview"
	"relook/server/engine"
	"relook/server/protocol"
	"relook/server/workspace"
)

// A server is one connection to an editor.
type server struct {
	lsp.UnimplementedServer
	cfg    Config
	log    *slog.Logger
	client lsp.Client
	conn   jsonrpc2.Conn
	engine *engine.Engine
	docs   workspace.Documents
	// ctx ends with the connection: everything that runs in the background is
	// derived from it, as no request is there to carry a context.
	ctx  context.Context
	stop context.CancelFunc
	wg   conc.WaitGroup // of all that runs in the background

	looks  lane // pages are looked at one at a time: each uses the browser to the full
	mends  lane // so are repairs looked for
	dirty  *outbox
	said   *once
	tasks  *tasks
	web    *web
	status *statusSender

	mu       sync.Mutex
	life     life
	exitCode int
	client_  client
	trusted  bool
	model    string // the one that the person chose in this session
	given    settingsGiven
	folders  []*folder
	pages    map[pageKey]*page
	viewing  uint64 // counts what is looked at, so that the latest is known
	expected map[uri.URI]expectation
	orphans  map[uri.URI]bool // documents that no page was found for
	sent     map[string]bool  // pictures that the client has, by id
	offered  map[string]bool  // what was suggested already
	closing  bool
}

// Serve speaks with an editor over conn until it says goodbye, goes away, or ctx
// ends. code is the exit code of the process: 0 if the editor asked for a
// shutdown before, else 1.
func Serve(ctx context.Context, cfg Config, conn io.ReadWriteCloser) (code int, err error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := newServer(ctx, cfg)
	transport := protocol.NewTransport(conn, func(err error) {
		if !errors.Is(err, io.EOF) {
			cfg.Log.Debug("the connection ended", "err", err)
		}
		s.stop() // running requests can't be answered any more
	})
	s.conn = jsonrpc2.NewConn(jsonrpc2.NewStream(transport), jsonrpc2.WithCodec(protocol.Codec{}))
	s.client = lsp.ClientDispatcher(s.conn)
	router := &protocol.Router{
		Allow: s.allow, Custom: s.custom, Log: s.log,
		Handle: lsp.ServerHandler(s, jsonrpc2.MethodNotFoundHandler),
	}
	s.conn.Go(s.ctx, router.Handler)
	s.spawn(s.publish)
	s.spawn(s.status.run)
	select {
	case <-s.ctx.Done():
	case <-s.conn.Done():
	}
	s.end()
	return s.code(), nil
}

func newServer(ctx context.Context, cfg Config) *server {
	if cfg.Alive == nil {
		cfg.Alive = processRuns
	}
	s := &server{
		cfg: cfg, trusted: true,
		pages: map[pageKey]*page{}, expected: map[uri.URI]expectation{}, orphans: map[uri.URI]bool{}, offered: map[string]bool{},
		said: &once{}, tasks: &tasks{}, dirty: newOutbox(),
	}
	s.ctx, s.stop = context.WithCancel(ctx)
	s.log = slog.New(&clientLog{inner: cfg.Log.Handler(), s: s})
	s.engine = &engine.Engine{Log: s.log, Idle: cfg.Idle}
	s.status = &statusSender{s: s, wake: make(chan struct{}, 1)}
	s.web = &web{s: s}
	return s
}

// browse gives do the browser of the settings.
func (s *server) browse(ctx context.Context, set Settings, do func(preview.Renderer) error) error {
	return s.engine.With(ctx, set.BrowserKey, func() (Browser, error) { return s.cfg.Browser(set) }, do)
}

// spawn runs do in the background. Serve waits for it.
func (s *server) spawn(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return
	}
	s.wg.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				s.panicked(p)
			}
		}()
		do()
	})
}

// end lets go of everything. What runs is cancelled and waited for.
func (s *server) end() {
	s.stop()
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	// The connection waits for handlers, which were cancelled, to return.
	if err := s.conn.Close(); err != nil {
		s.log.Debug("closing the connection", "err", err)
	}
	s.web.close()
	s.wg.Wait()
	s.engine.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.folders {
		f.close(s.log)
	}
}

func (s *server) code() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life == lifeShutdown || s.life == lifeExited {
		return s.exitCode
	}
	return 1
}

// pause waits for d, or until ctx ends; false if it did.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func ptr[T any](v T) *T { return &v }

func yes(b *bool) bool { return b != nil && *b }
