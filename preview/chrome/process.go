package chrome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/launcher/flags"
	"github.com/go-rod/rod/lib/proto"
)

// startTimeout is the wall time that a browser gets to answer its first call.
// The slowest seen, on a cold disk with two busy cores, took 4 s.
const startTimeout = 30 * time.Second

// closeTimeout is how long a browser may take to end by itself before it is
// killed; Ctrl-C must be done within a second.
const closeTimeout = 400 * time.Millisecond

// A process is a running browser with its own user data folder.
type process struct {
	cmd     *exec.Cmd
	dir     string
	conn    *conn
	product string // such as "HeadlessChrome/140.0.7339.80"
	// control says that the browser draws frames when it is told to. Only
	// headless shells do, and not on macOS.
	control bool
	drawing chan struct{} // holds one token while a frame is drawn
	output  *tail         // the end of what the browser wrote to stderr
	ended   chan struct{} // closed when the process has ended
	drop    func()        // closes our ends of the connection
	end     sync.Once
	endErr  error
}

// startProcess starts the browser at path. The caller ends it with stop.
func startProcess(ctx context.Context, path string, sandbox, control bool) (*process, error) {
	dir, err := os.MkdirTemp("", "relook-browser-")
	if err != nil {
		return nil, fmt.Errorf("making the browser's data folder: %w", err)
	}
	p := &process{dir: dir, ended: make(chan struct{}), drawing: make(chan struct{}, 1), output: &tail{}}
	p.cmd = exec.Command(path)
	p.cmd.Stderr = p.output
	// A browser that outlives its stderr pipe must not keep Wait waiting.
	p.cmd.WaitDelay = closeTimeout
	ws, err := p.connect(browserFlags(dir, sandbox, control))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", path, err), os.RemoveAll(dir))
	}
	p.conn = newConn(ws, func(string, json.RawMessage) {})
	go p.wait()
	if err := p.greet(ctx, control); err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w%s", path, err, p.output.said()), p.stop())
	}
	return p, nil
}

// greet waits for the browser's first answer and learns what it can do.
func (p *process) greet(ctx context.Context, control bool) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	v, err := proto.BrowserGetVersion{}.Call(p.root(ctx))
	if err != nil {
		return err
	}
	p.product = v.Product
	p.control = control && strings.HasPrefix(v.Product, "HeadlessChrome/")
	return nil
}

// root makes calls to the browser itself.
func (p *process) root(ctx context.Context) caller {
	return (&session{conn: p.conn}).in(ctx)
}

// alive reports whether the browser still answers.
func (p *process) alive() bool {
	select {
	case <-p.conn.done:
		return false
	default:
		return true
	}
}

// browserFlags are the flags that every browser is started with.
func browserFlags(dir string, sandbox, control bool) *launcher.Launcher {
	l := launcher.New().Leakless(false).UserDataDir(dir).NoSandbox(!sandbox).Headless(true)
	l.Delete(flags.Bin)
	l.Delete("enable-features")
	l.Set("disable-features",
		// One session sees all frames of a page only when they share its process.
		"site-per-process", "IsolateOrigins",
		"Translate", "OptimizationHints", "MediaRouter", "DialMediaRouteProvider",
		"InterestFeedContentSuggestions", "AutofillServerCommunication", "HttpsUpgrades",
		"LocalNetworkAccessChecks", "SpareRendererForSitePerProcess", "PaintHolding",
		"BackForwardCache", "Prerender2", "SpeculationRules")
	for _, f := range []flags.Flag{
		"disable-component-update", "disable-quic", "disable-extensions", "disable-domain-reliability",
		"no-pings", "no-default-browser-check", "disable-gpu", "mute-audio", "disable-crash-reporter",
		"disable-search-engine-choice-screen", "deny-permission-prompts", "disable-notifications",
		"run-all-compositor-stages-before-draw", "disable-lcd-text", "disable-threaded-animation",
		"disable-threaded-scrolling", "disable-checker-imaging", "disable-image-animation-resync",
		"hide-scrollbars", "block-new-web-contents", "disable-webgl-image-chromium",
	} {
		l.Set(f)
	}
	if control {
		l.Set("enable-begin-frame-control")
	}
	l.Set("font-render-hinting", "none")
	l.Set("force-webrtc-ip-handling-policy", "disable_non_proxied_udp")
	// The second line behind request interception: no name resolves, and what
	// needs no name has a proxy that isn't there.
	l.Set("host-resolver-rules", "MAP * ~NOTFOUND")
	l.Set("lang", "en-US")
	// Pictures that wait for someone to scroll, and what is not painted beyond the
	// viewport, would be missing in a shot of the whole page.
	l.Set("blink-settings", "lazyLoadEnabled=false,mainFrameClipsContent=false")
	return l
}

// stop ends the browser and its children and removes its data folder. It is
// safe to call again and from several goroutines.
func (p *process) stop() error {
	p.end.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		// Asked to close, a browser reaps its own children; killed, it leaves
		// them to whoever is process 1.
		_, _ = p.conn.client.Call(ctx, "", "Browser.close", nil)
		select {
		case <-p.ended:
		case <-ctx.Done():
		}
		killGroup(p.cmd)
		<-p.ended
		p.drop()
		p.conn.wait()
		p.endErr = removeAll(p.dir)
	})
	return p.endErr
}

// wait reaps the process. It is run once, in a goroutine.
func (p *process) wait() {
	_ = p.cmd.Wait()
	close(p.ended)
}

// removeAll removes dir. A child of the browser that is just ending may still
// write into it, so it tries again for a moment.
func removeAll(dir string) error {
	var err error
	for range 50 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("removing the browser's data folder: %w", err)
}

// A tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if n := len(t.buf) - most; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(b), nil
}

// said is the last few lines, to be put behind an error; "" if there are none.
func (t *tail) said() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(t.buf))
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	return ": it said: " + strings.Join(lines[max(0, len(lines)-3):], "; ")
}
