package chrome

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"relook/preview/diagnose"
)

// A request is one that waits for an answer in the session that sent it.
type request struct {
	*session
	proto.FetchRequestPaused
}

// onRequest counts a request and has it answered.
func (t *Tab) onRequest(from *session, e proto.FetchRequestPaused) {
	r := request{from, e}
	frame := e.ResourceType == proto.NetworkResourceTypeDocument && !t.isPage(r)
	refused, leaves := "", false
	t.update(func(s *state) {
		leaves = s.still && t.site != nil && t.isPage(r)
		s.asked = append(s.asked, e.Request.URL)
		if frame {
			s.frames++
		}
		if len(s.asked) > maxRequests && s.ended == "" {
			s.ended = fmt.Sprintf("the page asks for more than %d files", maxRequests)
		}
		if frame && s.frames > maxFrames {
			refused = fmt.Sprintf("the page has more than %d frames", maxFrames)
		}
	})
	t.wg.Go(func() {
		select {
		case t.busy <- struct{}{}:
			defer func() { <-t.busy }()
		case <-t.base.Done():
			return
		}
		// An answer that fails belongs to a request that was cancelled.
		switch {
		case leaves:
			_ = r.stay(t.base)
		case refused != "":
			_ = t.refuse(t.base, r, refused)
		default:
			_ = t.answer(t.base, r)
		}
	})
}

// stay has the page stay where it is: what is measured, changed and pictured once
// page time stands still would be gone with it.
func (r request) stay(ctx context.Context) error {
	return proto.FetchFailRequest{RequestID: r.RequestID, ErrorReason: proto.NetworkErrorReasonAborted}.Call(r.session.in(ctx))
}

// isPage reports whether r asks for a main document.
func (t *Tab) isPage(r request) bool {
	return r.ResourceType == proto.NetworkResourceTypeDocument && r.FrameID == t.mainFrame()
}

// answer answers one request from the workspace, or refuses it.
func (t *Tab) answer(ctx context.Context, r request) error {
	if t.site == nil { // between two pages
		return r.fulfil(ctx, 200, nil, http.Header{"Content-Type": {"text/html"}})
	}
	u, err := url.Parse(r.Request.URL)
	if err != nil {
		return t.refuse(ctx, r, "the address can't be read")
	}
	switch u.Scheme {
	case "data", "blob", "about":
		return proto.FetchContinueRequest{RequestID: r.RequestID}.Call(r.in(ctx))
	}
	if name, dir, ok := t.site.file(r.Request.URL); ok {
		if dir {
			u.Path += "/"
			return r.fulfil(ctx, 302, nil, http.Header{"Location": {u.String()}})
		}
		return t.answerFile(ctx, r, name)
	}
	if slices.Contains(t.allow, u.Hostname()) {
		return t.answerNetwork(ctx, r)
	}
	return t.refuse(ctx, r, "relook does not go online")
}

func (t *Tab) answerFile(ctx context.Context, r request, name string) error {
	body, kind, err := t.site.read(name)
	if err != nil {
		status, text := why(err)
		if !strings.HasSuffix(name, "favicon.ico") {
			t.report(diagnose.Event{Kind: diagnose.EventFailed, Text: text, URL: r.Request.URL, File: name,
				Line: -1, Status: status, Resource: string(r.ResourceType)})
		}
		return r.fulfil(ctx, status, []byte(text), http.Header{"Content-Type": {"text/plain; charset=utf-8"}})
	}
	t.site.give(name)
	if r.ResourceType == proto.NetworkResourceTypeStylesheet && fickle.Match(body) {
		t.update(func(s *state) { s.fickle = true })
	}
	return r.fulfil(ctx, 200, body, http.Header{"Content-Type": {kind}})
}

// fulfil answers, with headers added: a page must not see a file of a former
// render, and may read its own files whichever address it used. The page is
// isolated from other origins because browsers tell only isolated pages the time
// finely; a coarse time makes animations differ from render to render.
func (r request) fulfil(ctx context.Context, status int, body []byte, h http.Header) error {
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if h.Get("Access-Control-Allow-Origin") == "" {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	var headers []*proto.FetchHeaderEntry
	for name, values := range h {
		for _, v := range values {
			headers = append(headers, &proto.FetchHeaderEntry{Name: name, Value: v})
		}
	}
	if body == nil {
		body = []byte{} // the browser takes no null
	}
	return proto.FetchFulfillRequest{
		RequestID: r.RequestID, ResponseCode: status, ResponseHeaders: headers, Body: body,
	}.Call(r.in(ctx))
}

// refuse fails a request and reports it. A main document is aborted instead:
// then the browser stays on the page that asked for it.
func (t *Tab) refuse(ctx context.Context, r request, text string) error {
	t.report(diagnose.Event{Kind: diagnose.EventRefused, Text: text, URL: r.Request.URL, Line: -1, Resource: string(r.ResourceType)})
	reason := proto.NetworkErrorReasonBlockedByClient
	if t.isPage(r) {
		reason = proto.NetworkErrorReasonAborted
	}
	return proto.FetchFailRequest{RequestID: r.RequestID, ErrorReason: reason}.Call(r.in(ctx))
}

// fetchTimeout is the wall time for one file from an allowed host.
const fetchTimeout = 10 * time.Second

// answerNetwork gets a file from a host that is let through. The browser itself
// never goes online, even then.
func (t *Tab) answerNetwork(ctx context.Context, r request) error {
	failed := diagnose.Event{Kind: diagnose.EventFailed, URL: r.Request.URL, Line: -1, Resource: string(r.ResourceType)}
	status, body, header, err := get(ctx, r.Request, t.allow)
	if err != nil {
		failed.Text = err.Error()
		t.report(failed)
		return proto.FetchFailRequest{RequestID: r.RequestID, ErrorReason: proto.NetworkErrorReasonFailed}.Call(r.in(ctx))
	}
	if status >= 400 {
		failed.Text, failed.Status = http.StatusText(status), status
		t.report(failed)
	}
	return r.fulfil(ctx, status, body, header)
}

func get(ctx context.Context, r *proto.NetworkRequest, allow []string) (int, []byte, http.Header, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return 0, nil, nil, fmt.Errorf("relook only fetches files: %s is not sent", r.Method)
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, nil)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("reading the address: %w", err)
	}
	for _, name := range []string{"Accept", "User-Agent", "Origin"} {
		if v, ok := r.Headers[name]; ok {
			req.Header.Set(name, v.String())
		}
	}
	// No connection outlives its request: nothing is left to be closed.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	client := http.Client{Transport: transport}
	client.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if len(via) > 5 || !slices.Contains(allow, next.URL.Hostname()) {
			return fmt.Errorf("redirected to %s, which is not let through", next.URL.Host)
		}
		return nil
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("fetching: %w", err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if n, err := io.Copy(&b, io.LimitReader(res.Body, maxFileBytes+1)); err != nil || n > maxFileBytes {
		return 0, nil, nil, fmt.Errorf("fetching: the answer broke off or is larger than %d MB", maxFileBytes>>20)
	}
	h := http.Header{"Content-Type": {res.Header.Get("Content-Type")}}
	if v := res.Header.Get("Access-Control-Allow-Origin"); v != "" {
		h.Set("Access-Control-Allow-Origin", v)
	}
	return res.StatusCode, b.Bytes(), h, nil
}
