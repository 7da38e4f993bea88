package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"go.lsp.dev/uri"

	"relook/docs/rules"
)

//go:embed web
var webFiles embed.FS

// A web is relook's pages in a browser on this machine, for editors that can't
// show pictures: the rules' pages, and the preview of a page, which follows what
// is typed. They are served on a loopback port that is opened when the first
// address is asked for, under a path that can't be guessed.
type web struct {
	s *server

	mu     sync.Mutex
	base   string // "http://127.0.0.1:PORT/SECRET", "" before the first use
	failed bool
	server *http.Server
	views  map[*page]int // open previews by page
	change chan struct{} // closed at each change
}

// address is where the pages begin; "" if no port can be opened.
func (w *web) address() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.base != "" || w.failed {
		return w.base
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.failed = true
		w.s.log.Warn("no port can be opened for previews", "err", err)
		return ""
	}
	secret := "/" + rand.Text()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+secret+"/rules/{rule}", w.serveRule)
	mux.HandleFunc("GET "+secret+"/page", w.servePage)
	mux.HandleFunc("GET "+secret+"/files/{name}", w.serveFile)
	mux.HandleFunc("GET "+secret+"/preview", w.servePreview)
	w.change, w.views = make(chan struct{}), map[*page]int{}
	w.base = "http://" + l.Addr().String() + secret
	w.server = &http.Server{Handler: w.guard(mux), ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return w.s.ctx }}
	srv := w.server
	w.s.spawn(func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			w.s.log.Warn("serving previews", "err", err)
		}
	})
	return w.base
}

func (w *web) close() {
	w.mu.Lock()
	srv := w.server
	w.failed = true
	w.mu.Unlock()
	if srv != nil {
		_ = srv.Close() // nobody is to be told any more
	}
}

// guard answers only those who ask for this machine: a foreign name that leads to
// it is refused. The port may be another, as editors forward it from a machine
// that they are connected to.
func (w *web) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		if !loopback(r.Host) {
			http.Error(rw, "not here", http.StatusForbidden)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// rule is the address of a rule's page.
func (w *web) rule(id string) string {
	base := w.address()
	if base == "" || rules.Page(id) == "" {
		return ""
	}
	return base + "/rules/" + url.PathEscape(id)
}

// page is the address of a page's preview.
func (w *web) page(p *page) string {
	base := w.address()
	if base == "" {
		return ""
	}
	w.s.mu.Lock()
	at := w.s.uriOf(p)
	w.s.mu.Unlock()
	return base + "/page?" + url.Values{"uri": {string(at)}}.Encode()
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table))

func (w *web) serveRule(rw http.ResponseWriter, r *http.Request) {
	id := r.PathValue("rule")
	page := rules.Page(id)
	if page == "" {
		http.NotFound(rw, r)
		return
	}
	var b bytes.Buffer
	if err := markdown.Convert([]byte(page), &b); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(rw, "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width, initial-scale=1\"><title>%s</title><link rel=stylesheet href=../files/rule.css><main>%s</main></html>", html.EscapeString(id), b.String())
}

func (w *web) servePage(rw http.ResponseWriter, r *http.Request) { w.serve(rw, r, "preview.html") }

func (w *web) serveFile(rw http.ResponseWriter, r *http.Request) { w.serve(rw, r, r.PathValue("name")) }

func (w *web) serve(rw http.ResponseWriter, r *http.Request, name string) {
	if !fs.ValidPath(name) {
		http.NotFound(rw, r)
		return
	}
	http.ServeFileFS(rw, r, webFiles, "web/"+name)
}

// watches reports whether a preview of a page is open.
func (w *web) watches(p *page) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.views[p] > 0
}

func (w *web) changed(*page) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.change != nil {
		close(w.change)
		w.change = make(chan struct{})
	}
}

// servePreview sends the preview of a page, again at each change.
func (w *web) servePreview(rw http.ResponseWriter, r *http.Request) {
	p, err := w.s.target(r.Context(), uri.URI(r.URL.Query().Get("uri")))
	if err != nil {
		http.Error(rw, err.Error(), http.StatusNotFound)
		return
	}
	w.view(p, 1)
	defer w.view(p, -1)
	rw.Header().Set("Content-Type", "text/event-stream")
	v := &viewer{w: w, p: p, sent: map[string]bool{}}
	for {
		w.mu.Lock()
		change := w.change
		w.mu.Unlock()
		if err := w.s.pictured(r.Context(), p); err != nil && r.Context().Err() != nil {
			return
		}
		if err := v.send(rw); err != nil {
			return
		}
		select {
		case <-change:
		case <-r.Context().Done():
			return
		}
	}
}

// view notes that one more or less looks at a page.
func (w *web) view(p *page, by int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.views[p] += by; w.views[p] <= 0 {
		delete(w.views, p)
	}
}

// A viewer is one browser that follows a page.
type viewer struct {
	w    *web
	p    *page
	sent map[string]bool // pictures that it has
	last string          // what it was told, without pictures
}

// send sends what is known of the page if it is something new.
func (v *viewer) send(rw http.ResponseWriter) error {
	bare, err := json.Marshal(v.w.s.previewOf(v.p, nil))
	if err != nil || string(bare) == v.last {
		return err
	}
	v.last = string(bare)
	b, err := json.Marshal(v.w.s.previewOf(v.p, func(id string) bool {
		was := v.sent[id]
		v.sent[id] = true
		return !was
	}))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(rw, "data: %s\n\n", b); err != nil {
		return err
	}
	return http.NewResponseController(rw).Flush()
}
