package chrome

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/sourcegraph/conc"

	"relook/preview"
	"relook/preview/diagnose"
)

// Config says which browser is used and how.
type Config struct {
	// Path is the browser's executable; "" finds one (see Find).
	Path string
	// Log gets what happens to the browser and its tabs; nil for silence.
	Log *slog.Logger
	// MaxTabs is how many tabs are loaded at the same time, and kept warm when
	// they are not used; 0 is 3, the number of the default views.
	MaxTabs int
	// Diagnose runs the checks; nil is diagnose.Run.
	Diagnose func(context.Context, preview.Page, []diagnose.Tab, diagnose.Options) (preview.Diagnosis, []preview.Inventory, error)
}

// A Browser renders pages with one Chromium, which it starts when it is first
// needed and again when it has died. It is safe for use by several goroutines
// and implements preview.Renderer. The caller closes it.
type Browser struct {
	cfg Config
	// uncontrolled makes a headless shell draw by the real clock, as other
	// browsers do, for tests.
	uncontrolled bool

	start sync.Mutex // held while a browser is started or ended
	mu    sync.Mutex
	proc  *process
	idle  []*spare
	gone  bool
	off   string         // why the sandbox is off, "" while it is on
	wg    conc.WaitGroup // of tabs being opened and closed in the background
}

// A spare is a tab that is being made ready for its next page. tab is nil if that
// failed, and is not read before ready is closed.
type spare struct {
	ready chan struct{}
	tab   *Tab
}

// New returns a Browser. Nothing is started yet.
func New(cfg Config) *Browser {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxTabs <= 0 {
		cfg.MaxTabs = len(preview.DefaultViews())
	}
	if cfg.Diagnose == nil {
		cfg.Diagnose = diagnose.Run
	}
	b := &Browser{cfg: cfg}
	if runtime.GOOS == "linux" && os.Geteuid() == 0 {
		b.off = "relook runs as root, and Chromium's sandbox does not work for root"
	}
	return b
}

// SandboxOff reports whether the browser runs without its sandbox, and why. For
// a Browser that has not been used yet it tells only what is known beforehand.
func (b *Browser) SandboxOff() (off bool, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.off != "", b.off
}

// Close ends the browser and removes what it stored. Renders that still run
// fail.
func (b *Browser) Close() error {
	b.start.Lock()
	defer b.start.Unlock()
	b.mu.Lock()
	p := b.proc
	b.proc, b.gone, b.idle = nil, true, nil
	b.mu.Unlock()
	var err error
	if p != nil {
		err = p.stop()
	}
	b.wg.Wait()
	return err
}

var errClosed = errors.New("the browser has been closed")

// process gives the running browser, and starts one if there is none.
func (b *Browser) process(ctx context.Context) (*process, error) {
	b.start.Lock()
	defer b.start.Unlock()
	b.mu.Lock()
	old, gone, sandbox := b.proc, b.gone, b.off == ""
	b.mu.Unlock()
	if gone {
		return nil, errClosed
	}
	if old != nil {
		if old.alive() {
			return old, nil
		}
		b.cfg.Log.Warn("the browser ended unexpectedly; starting another", "output", old.output.said())
		if err := old.stop(); err != nil {
			b.cfg.Log.Warn("ending the old browser", "err", err)
		}
	}
	p, off, err := b.launch(ctx, sandbox)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proc, b.idle = p, nil
	if off != "" {
		b.off = off
	}
	return p, err
}

// launch starts a browser. One that can't have its sandbox, as in a container
// without user namespaces, is started without; off says so.
func (b *Browser) launch(ctx context.Context, sandbox bool) (p *process, off string, err error) {
	find := Find
	if b.cfg.Path != "" {
		find = func(ctx context.Context) (Found, error) { return At(ctx, b.cfg.Path) }
	}
	f, err := find(ctx)
	if err != nil {
		return nil, "", err
	}
	control := strings.Contains(f.Kind, "headless") && runtime.GOOS != "darwin" && !b.uncontrolled
	p, err = startProcess(ctx, f.Path, sandbox, control)
	if err != nil && sandbox && ctx.Err() == nil {
		var without error
		if p, without = startProcess(ctx, f.Path, false, control); without == nil {
			off = "the browser does not start with its sandbox: " + err.Error()
			err = nil
		}
	}
	if err != nil {
		return nil, "", err
	}
	b.cfg.Log.Debug("browser started", "path", f.Path, "product", p.product, "control", p.control, "sandbox", sandbox && off == "")
	return p, off, nil
}

// acquire gives a tab that is ready for its load.
func (b *Browser) acquire(ctx context.Context) (*Tab, error) {
	p, err := b.process(ctx)
	if err != nil {
		return nil, err
	}
	for {
		s := b.take(p)
		if s == nil {
			return newTab(ctx, p)
		}
		select {
		case <-s.ready:
		case <-ctx.Done():
			b.wg.Go(func() {
				<-s.ready
				b.discard(s.tab)
			})
			return nil, ctx.Err()
		}
		if s.tab != nil {
			return s.tab, nil
		}
	}
}

// take removes a spare of browser p, nil if there is none.
func (b *Browser) take(p *process) *spare {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.proc != p || len(b.idle) == 0 {
		return nil
	}
	s := b.idle[0]
	b.idle = b.idle[1:]
	return s
}

// release renews tabs for the next page, in the background. Those that are not
// needed or can't be renewed are thrown away.
func (b *Browser) release(tabs ...*Tab) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range tabs {
		if b.gone || b.proc != t.proc || len(b.idle) >= b.cfg.MaxTabs {
			b.wg.Go(func() { b.discard(t) })
			continue
		}
		s := &spare{ready: make(chan struct{})}
		b.idle = append(b.idle, s)
		b.wg.Go(func() {
			defer close(s.ready)
			ctx, cancel := context.WithTimeout(context.Background(), tidyTimeout)
			defer cancel()
			if err := t.renew(ctx); err != nil {
				b.cfg.Log.Debug("a tab is thrown away", "err", err)
				b.wg.Go(func() { b.discard(t) })
				return
			}
			s.tab = t
		})
	}
}

// drop throws tabs away, in the background.
func (b *Browser) drop(tabs ...*Tab) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range tabs {
		b.wg.Go(func() { b.discard(t) })
	}
}

// tidyTimeout is the wall time for opening or closing a tab.
const tidyTimeout = 5 * time.Second

// discard closes a tab; nil is allowed.
func (b *Browser) discard(t *Tab) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), tidyTimeout)
	defer cancel()
	if err := t.close(ctx); err != nil && t.proc.alive() {
		b.cfg.Log.Debug("closing a tab", "err", err)
	}
}

// OpenTabs loads the page at every view and stops it at the last moment, for
// tests of what works on a diagnose.Tab. The caller calls close once. A page
// that can't be rendered is an error here.
func (b *Browser) OpenTabs(ctx context.Context, page preview.Page, o preview.RenderOptions) (tabs []diagnose.Tab, close func(), err error) {
	v, err := b.view(ctx, page, o.Defaulted())
	if err != nil {
		return nil, nil, err
	}
	if v.invalid != "" {
		v.release()
		return nil, nil, fmt.Errorf("opening %s: %s", page.Entry, v.invalid)
	}
	return v.diagnosed(), v.release, nil
}
