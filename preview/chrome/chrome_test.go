package chrome

import (
	"flag"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sourcegraph/conc"
	"go.uber.org/goleak"
	"golang.org/x/tools/txtar"

	"relook/preview"
)

// shared is the browser of all tests that don't need one of their own: starting
// one for each would take longer than the tests.
var shared *Browser

func TestMain(m *testing.M) {
	flag.Parse()
	cfg := Config{}
	if testing.Verbose() {
		cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	shared = New(cfg)
	code := m.Run()
	if err := shared.Close(); err != nil {
		println("closing the browser:", err.Error())
		code = 1
	}
	if err := goleak.Find(); err != nil {
		println(err.Error())
		code = 1
	}
	os.Exit(code)
}

// archive makes a page of a txtar archive; the first file is the entry.
func archive(t testing.TB, text string) preview.Page {
	t.Helper()
	a := txtar.Parse([]byte(text))
	if len(a.Files) == 0 {
		t.Fatal("the archive holds no file")
	}
	f, err := txtar.FS(a)
	if err != nil {
		t.Fatal(err)
	}
	return preview.Page{FS: f, Entry: a.Files[0].Name}
}

var phone = []preview.View{{Width: 390, Height: 844}}

// load opens a page at one view.
func load(t *testing.T, page preview.Page, o preview.RenderOptions) *Tab {
	t.Helper()
	if o.Views == nil {
		o.Views = phone
	}
	tabs, done, err := shared.OpenTabs(t.Context(), page, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	return tabs[0].(*Tab)
}

// eval runs a function in the page's isolated world.
func eval[R any](t *testing.T, tab *Tab, fn string) R {
	t.Helper()
	var r R
	if err := tab.Eval(t.Context(), fn, nil, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

const moving = `-- index.html --
<!doctype html><title>x</title>
<style>@keyframes m{to{margin-left:400px}} #b{width:80px;height:80px;background:#36c;animation:m 2s linear forwards}
#c{opacity:0;transition:opacity 1s linear} #c.on{opacity:1}</style>
<div id=b></div><p id=t>start</p><p id=c>fades</p><p id=r>0</p>
<script>
setTimeout(() => t.textContent = 'after 1000', 1000);
setTimeout(() => c.className = 'on', 500);
let n = 0, beats = 0; setInterval(() => beats++, 10);
(function f(ts) { n++; r.textContent = [n, beats, ts, Date.now(), Math.random(), crypto.randomUUID(), performance.now()].join(' '); requestAnimationFrame(f) })()
</script>
`

// The browser tells a page the time to 5 microseconds: the last digits of an
// animated value are chance, and far below what can be painted.
func TestPageTime(t *testing.T) {
	read := `() => [t.textContent, r.textContent, b.getBoundingClientRect().x, (+getComputedStyle(c).opacity).toFixed(4)].join("|")`
	var first string
	for range 4 {
		tab := load(t, archive(t, moving), preview.RenderOptions{Moments: []time.Duration{0, time.Second}})
		got := eval[string](t, tab, read)
		if len(tab.Events()) > 0 {
			t.Errorf("events: %+v", tab.Events())
		}
		if !strings.HasPrefix(got, "after 1000|") {
			t.Errorf("after a second the page shows %q", got)
		}
		if first == "" {
			first = got
			t.Log(got)
		}
		if got != first {
			t.Errorf("two renders of the same page differ:\n%s\n%s", first, got)
		}
	}
}

func TestHostile(t *testing.T) {
	for _, c := range []struct {
		name, page string
		invalid    string // part of the reason; "" if the page must be valid
		text       string // of the page; "" if it must not be valid
	}{
		{"endless script", "-- a.html --\n<p>hi<script>for(;;);</script>", "a script never ends", ""},
		{"endless later", "-- a.html --\n<p>hi<script>setTimeout(() => { for(;;); }, 500)</script>", "a script never ends", ""},
		{"endless microtasks", "-- a.html --\n<p>hi<script>(function f(){Promise.resolve().then(f)})()</script>", "a script never ends", ""},
		{"endless reload", "-- a.html --\n<p>hi<script>location.reload()</script>", "again and again", ""},
		{"redirect loop", "-- a.html --\n<p>hi<script>location='a.html?'+Date.now()+Math.random()</script>", "again and again", ""},
		{"meta refresh", "-- a.html --\n<meta http-equiv=refresh content=0><p>hi", "again and again", ""},
		{"slow meta refresh", "-- a.html --\n<meta http-equiv=refresh content=1><p>hi", "", "hi"},
		{"two pages", "-- a.html --\n<p>hi<script>location='b.html'</script>\n-- b.html --\n<script>location='a.html'</script>", "again and again", ""},
		{"goes on", "-- a.html --\n<p>hi<script>location='b.html'</script>\n-- b.html --\n<p>there", "goes on to b.html", ""},
		{"goes away", "-- a.html --\n<p>hi<script>location='http://example.com/'</script>", "", "hi"},
		{"dialogs", "-- a.html --\n<p id=p>hi<script>alert(1);p.textContent=confirm(2)+'/'+prompt(3)</script>", "", "false/null"},
		{"dialog loop", "-- a.html --\n<p>hi<script>for(;;)alert(1)</script>", "did not finish", ""},
		{"beforeunload", "-- a.html --\n<p>hi<script>onbeforeunload=e=>{e.preventDefault();return 'no'};onunload=()=>alert(1)</script>", "", "hi"},
		{"close", "-- a.html --\n<p>hi<script>window.close();setTimeout(close,100)</script>", "", "hi"},
		{"print", "-- a.html --\n<p>hi<script>print();open('b.html')</script>", "", "hi"},
		{"popups", "-- a.html --\n<p>hi<a id=x target=_blank rel=noopener href=a.html></a><script>for(i=0;i<20;i++){open('about:blank');x.click()}</script>", "", "hi"},
		{"download", "-- a.html --\n<p>hi<a id=x download href=b.zip></a><script>x.click();location='b.bin'</script>\n-- b.zip --\nPK\n-- b.bin --\n\x00\x01", "", "hi"},
		{"service worker", "-- a.html --\n<p>hi<script>navigator.serviceWorker.register('sw.js').catch(e=>p.textContent=e)</script>\n-- sw.js --\n1", "", "hi"},
		{"animations", "-- a.html --\n<style>@keyframes m{to{margin-left:90px}}p{animation:m 1s infinite}</style><p>hi<script>(function f(){requestAnimationFrame(f)})();setInterval(()=>0,0)</script>", "", "hi"},
		{"messages", "-- a.html --\n<p>hi<script>let c=new MessageChannel;c.port1.onmessage=()=>c.port2.postMessage(1);c.port2.postMessage(1)</script>", "", "hi"},
		{"history", "-- a.html --\n<p>hi<script>for(i=0;i<500;i++)history.pushState(i,'','?'+i)</script>", "", "hi"},
		{"hash loop", "-- a.html --\n<p>hi<script>onhashchange=()=>location.hash=Math.random();location.hash=1</script>", "did not finish", "hi"}, // Chromium stops it after 200 turns, if there is the time
		{"logs", "-- a.html --\n<p>hi<script>for(i=0;i<4000;i++)console.error(i)</script>", "", "hi"},
		{"clobbered", "-- a.html --\n<p id=p>hi<form id=f><input name=children><input name=parentNode></form><img name=fonts><img name=body><img name=documentElement>", "", "hi"},
		{"overridden", "-- a.html --\n<p>hi<script>for(const o of [Array,Element,Node,Document,Object,String])for(const k of Object.getOwnPropertyNames(o.prototype))try{o.prototype[k]=()=>{throw 1}}catch{};JSON.stringify=Promise=requestAnimationFrame=null</script>", "", "hi"},
		{"frozen", "-- a.html --\n<p>hi<script>Object.freeze(document);Object.freeze(Element.prototype);Object.freeze(window.__proto__)</script>", "", "hi"},
		{"frames", "-- a.html --\n<p>hi<iframe src=b.html></iframe>\n-- b.html --\n<script>for(i=0;i<2;i++){f=document.createElement('iframe');f.src='b.html?'+Math.random();document.body.append(f)}</script>", "", "hi"},
		{"empty body", "-- a.html --\n<title>x</title>", "blank", ""},
		{"blank by script", "-- a.html --\n<body style='background:#eee'><div id=app></div><script>\nnope()</script>", "a script fails at a.html:2: ReferenceError", ""},
		{"blank by file", "-- a.html --\n<div id=app></div><script src=main.js></script>", "main.js could not be loaded", ""},
		{"document.open", "-- a.html --\n<p>hi<script>onload=()=>{document.open();document.write('<p>new');document.close()}</script>", "", "new"},
		{"crash", "-- a.html --\n<p>hi<script>location='chrome://crash'</script>", "", "hi"},
		{"no body", "-- a.html --\n<p>hi<script>document.documentElement.remove()</script>", "blank", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			tabs, done, err := shared.OpenTabs(t.Context(), archive(t, c.page), preview.RenderOptions{Views: phone, Timeout: 6 * time.Second})
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
			if err != nil {
				if c.invalid == "" || !strings.Contains(err.Error(), c.invalid) {
					t.Errorf("error %q, want %q", err, c.invalid)
				}
				return
			}
			defer done()
			got := eval[string](t, tabs[0].(*Tab), `() => document.querySelector("p").innerText.trim()`)
			if c.text == "" || got != c.text {
				t.Errorf("valid with text %q, want invalid %q, text %q", got, c.invalid, c.text)
			}
		})
	}
}

// A page that has ended while its script ran never answers the call that waits
// for it: the reason must be the end, not the time-out, and come at once.
func TestEndWhileAScriptRuns(t *testing.T) {
	b := New(Config{MaxTabs: 1})
	defer b.Close()
	o := preview.RenderOptions{Views: phone, Timeout: 20 * time.Second}
	if _, err := b.Render(t.Context(), archive(t, "-- index.html --\n<p>hi\n"), o); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	spare := b.idle[0]
	b.mu.Unlock()
	<-spare.ready
	var wg conc.WaitGroup
	wg.Go(func() {
		if spare.tab.await(t.Context(), func(s *state) bool { return s.commits > 0 }) == nil {
			spare.tab.fail("the page crashed its tab")
		}
	})
	start := time.Now()
	r, err := b.Render(t.Context(), archive(t, "-- index.html --\n<p>hi<script>for (;;);</script>\n"), o)
	wg.Wait()
	if err != nil || r.Diagnosis.InvalidReason != "the page crashed its tab" || time.Since(start) > 10*time.Second {
		t.Errorf("after %v: %+v, %v", time.Since(start), r, err)
	}
}
