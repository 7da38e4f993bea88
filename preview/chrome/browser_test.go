package chrome

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"relook/preview"
	"relook/preview/diagnose"
)

const plain = "-- index.html --\n<!doctype html><title>x</title><p>text"

// leftovers are the data folder and the processes of a browser.
func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	if _, err := os.Stat(dir); err == nil {
		list = append(list, dir)
	}
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if line, err := os.ReadFile(name); err == nil && strings.Contains(string(line), dir) {
			list = append(list, strings.ReplaceAll(string(line[:min(len(line), 80)]), "\x00", " "))
		}
	}
	return list
}

func TestCloseLeavesNothing(t *testing.T) {
	b := New(Config{})
	if _, err := b.Render(t.Context(), archive(t, plain), preview.RenderOptions{}); err != nil {
		t.Fatal(err)
	}
	dir := b.proc.dir
	if len(leftovers(t, dir)) < 2 {
		t.Fatal("the browser's folder and processes are not found while it runs")
	}
	start := time.Now()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("closing took %v", took)
	}
	if left := leftovers(t, dir); len(left) > 0 {
		t.Errorf("left over: %q", left)
	}
	if _, err := b.Render(t.Context(), archive(t, plain), preview.RenderOptions{}); !errors.Is(err, errClosed) {
		t.Errorf("rendering with a closed browser: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func TestCancelStopsAtOnce(t *testing.T) {
	for name, page := range map[string]string{
		"endless": "-- index.html --\n<p>x<script>for(;;);</script>",
		"frames":  "-- index.html --\n<p>x<script>requestAnimationFrame(() => { for(;;); })</script>",
	} {
		b := New(Config{})
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := b.Render(ctx, archive(t, plain), preview.RenderOptions{}); err != nil {
			t.Fatal(err)
		}
		dir := b.proc.dir
		stop := time.AfterFunc(300*time.Millisecond, cancel)
		_, err := b.Render(ctx, archive(t, page), preview.RenderOptions{Timeout: time.Minute})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
		stop.Stop()
		start := time.Now()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s: closing took %v after the cancel", name, took)
		}
		if left := leftovers(t, dir); len(left) > 0 {
			t.Errorf("%s: left over: %q", name, left)
		}
	}
}

func TestBrowserDies(t *testing.T) {
	var kills atomic.Int32
	b := New(Config{})
	defer b.Close()
	b.cfg.Diagnose = func(ctx context.Context, p preview.Page, tabs []diagnose.Tab, o diagnose.Options) (preview.Diagnosis, []preview.Inventory, error) {
		if kills.Add(-1) >= 0 {
			if err := syscall.Kill(-b.proc.cmd.Process.Pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
			<-b.proc.conn.done
		}
		return diagnose.Run(ctx, p, tabs, o)
	}
	kills.Store(1)
	r, err := b.Render(t.Context(), archive(t, plain), preview.RenderOptions{})
	if err != nil || !r.Diagnosis.Valid {
		t.Errorf("a browser that died once: %+v, error %v", r, err)
	}
	kills.Store(2)
	if _, err := b.Render(t.Context(), archive(t, plain), preview.RenderOptions{}); !errors.Is(err, errGone) {
		t.Errorf("a browser that died twice: error %v", err)
	}
	if _, err := b.Render(t.Context(), archive(t, plain), preview.RenderOptions{}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A page that hangs while it draws must not take others with it.
func TestHungFrameBesideOthers(t *testing.T) {
	b := New(Config{})
	defer b.Close()
	hung := make(chan error, 1)
	go func() {
		r, err := b.Render(t.Context(), archive(t, "-- index.html --\n<p>x<script>requestAnimationFrame(() => { for(;;); })</script>"),
			preview.RenderOptions{Timeout: 2 * time.Second})
		if err == nil && r.Diagnosis.Valid {
			err = errors.New("a page that hangs is valid")
		}
		hung <- err
	}()
	for range 3 {
		r, err := b.Render(t.Context(), archive(t, plain), preview.RenderOptions{})
		if err != nil || !r.Diagnosis.Valid {
			t.Errorf("beside a page that hangs: %+v, error %v", r, err)
		}
	}
	if err := <-hung; err != nil {
		t.Error(err)
	}
	if r, err := b.Render(t.Context(), archive(t, plain), preview.RenderOptions{}); err != nil || !r.Diagnosis.Valid {
		t.Errorf("after a page that hung: %+v, error %v", r, err)
	}
}

func TestNoBrowser(t *testing.T) {
	b := New(Config{Path: filepath.Join(t.TempDir(), "none")})
	defer b.Close()
	if _, err := b.Render(t.Context(), archive(t, plain), preview.RenderOptions{}); err == nil || !strings.Contains(err.Error(), "relook setup --browser") {
		t.Errorf("error %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	t.Setenv(EnvBrowser, "")
	if _, err := Find(t.Context()); err != nil && !errors.Is(err, ErrNoBrowser) {
		t.Errorf("error %v", err)
	}
	// A program that is no browser.
	b = New(Config{Path: "/bin/false"})
	defer b.Close()
	if _, err := b.Render(t.Context(), archive(t, plain), preview.RenderOptions{}); err == nil {
		t.Error("a program that is no browser renders")
	}
}

// Nothing that a page does may reach the network, this machine's own included.
func TestNetworkIsDenied(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var calls atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			_ = c.Close()
		}
	}()
	host := l.Addr().String()
	page := strings.ReplaceAll(`-- index.html --
<!doctype html><link rel=preconnect href=http://HOST><link rel=dns-prefetch href=http://HOST><link rel=prefetch href=http://HOST/p>
<link rel=stylesheet href=http://HOST/s.css><img src=http://HOST/i.png><iframe src=http://HOST/f></iframe><p id=p>text</p>
<script src=http://HOST/s.js></script>
<script>
fetch("http://HOST/fetch").catch(() => {}); navigator.sendBeacon("http://HOST/beacon", "x");
new WebSocket("ws://HOST/ws"); new EventSource("http://HOST/es");
const w = new Worker("worker.js"); w.onmessage = (e) => p.textContent = e.data;
const rtc = new RTCPeerConnection({iceServers: [{urls: "stun:HOST"}]}); rtc.createDataChannel("x"); rtc.createOffer().then((o) => rtc.setLocalDescription(o));
try { new WebTransport("https://HOST/wt").ready.catch(() => {}) } catch {}
location = "http://HOST/away";
</script>
-- worker.js --
fetch("http://HOST/worker").catch(() => postMessage("worker ran"));
new WebSocket("ws://HOST/worker");
`, "HOST", host)
	tab := load(t, archive(t, page), preview.RenderOptions{})
	if n := calls.Load(); n != 0 {
		t.Errorf("the page reached the network %d times", n)
	}
	refused := fmt.Sprint(tab.Events())
	for _, want := range []string{"/s.css", "/i.png", "/f", "/s.js", "/fetch", "/worker", "/away"} {
		if !strings.Contains(refused, host+want) {
			t.Errorf("%s is not reported as refused", want)
		}
	}
	if got := eval[string](t, tab, `() => p.textContent`); got != "worker ran" {
		t.Errorf("the page shows %q: its worker did not run", got)
	}
}

func TestServing(t *testing.T) {
	page := archive(t, `-- site/public/index.html --
<!doctype html><link rel=stylesheet href=/css/a.css><p id=p></p><script type=module src="./m%20x.js?v=1"></script>
<script src=https://cdn.jsdelivr.net/npm/@scope/lib@1.2/dist/lib.js></script><script src=https://unpkg.com/none@1/x.js></script>
<img src=../pics/ä.svg><img src=/nothing.png><iframe src=../sub></iframe>
-- site/public/css/a.css --
p { color: rgb(1, 2, 3) }
-- site/public/m x.js --
import { n } from "../lib.mjs"; const r = await fetch("../data.json"); const bad = await fetch("/../../../../etc/%2e%2e/passwd");
p.textContent = n + (await r.json()).v + lib + " " + bad.status;
-- site/lib.mjs --
export const n = "module ";
-- site/data.json --
{"v": "data "}
-- node_modules/@scope/lib/dist/lib.js --
window.lib = "lib";
-- site/pics/ä.svg --
<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>
-- site/sub/index.html --
<title>sub</title>
`)
	tab := load(t, page, preview.RenderOptions{})
	got := eval[string](t, tab, `() => [p.textContent, getComputedStyle(p).color, document.images[0].naturalWidth, frames[0].document.title].join("|")`)
	if want := "module data lib 404|rgb(1, 2, 3)|7|sub"; got != want {
		t.Errorf("the page shows %q, want %q", got, want)
	}
	var list []string
	for _, e := range tab.Events() {
		list = append(list, fmt.Sprintf("%s %s %d %s", e.Kind, e.File, e.Status, e.Resource))
	}
	all := strings.Join(list, "\n")
	for _, want := range []string{"failed nothing.png 404 Image", "refused  0 Script"} {
		if !strings.Contains(all, want) {
			t.Errorf("no event %q among\n%s", want, all)
		}
	}
}

func TestEvents(t *testing.T) {
	page := archive(t, `-- a/index.html --
<!doctype html><p>text</p>
<script>
  console.error("one", 2, {a: 1});
  Promise.reject(new Error("later"));
  const kept = Promise.reject(new Error("kept")); setTimeout(() => kept.catch(() => {}), 10);
  nope();
</script><script src=b.js></script>
-- a/b.js --

   throw new TypeError("in a file")`)
	tab := load(t, page, preview.RenderOptions{})
	var list []string
	for _, e := range tab.Events() {
		list = append(list, fmt.Sprintf("%s %s:%d:%d %s", e.Kind, e.File, e.Line, e.Column, firstLine(e.Text)))
	}
	want := []string{
		"console a/index.html:2:10 one 2 Object",
		"exception a/index.html:5:2 ReferenceError: nope is not defined",
		"exception a/b.js:1:9 TypeError: in a file",
		"exception a/index.html:3:17 Error: later",
	}
	for _, w := range want {
		if !strings.Contains(strings.Join(list, "\n"), w) {
			t.Errorf("no event %q among\n%s", w, strings.Join(list, "\n"))
		}
	}
	if strings.Contains(strings.Join(list, "\n"), "kept") {
		t.Error("a rejection that was handled after all is reported")
	}
}

func TestLargePage(t *testing.T) {
	page := archive(t, "-- index.html --\n<!doctype html>"+strings.Repeat("<div class=a><b>x</b></div>", 25_000))
	start := time.Now()
	if _, done, err := shared.OpenTabs(t.Context(), page, preview.RenderOptions{Views: phone}); err != nil {
		t.Errorf("50,000 elements: %v", err)
	} else {
		done()
	}
	t.Logf("50,000 elements in %v", time.Since(start))
}
