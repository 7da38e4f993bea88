package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"relook/agent/trace"
)

const draftPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Plans</title>
<style>body { margin: 0 } .plans { width: 1100px; background: #eee; color: #222 }</style></head>
<body><div class="plans">Three plans</div></body></html>
`

// answering serves a model that answers in turn what it is given; the last
// answer again and again.
func answering(t *testing.T, replies ...string) *atomic.Int32 {
	t.Helper()
	var asked atomic.Int32
	startOllama(t, func(w http.ResponseWriter, _ *http.Request) {
		n := min(int(asked.Add(1)), len(replies))
		chunk(w, replies[n-1], "stop")
	})
	return &asked
}

func fenced(page string) string { return "Here it is:\n```html\n" + page + "```\n" }

func TestGenerate(t *testing.T) {
	broken := strings.Replace(draftPage, "</body>", "<script>for(;;);</script></body>", 1)
	asked := answering(t, fenced(broken), fenced(draftPage), "I can't do that.")
	c := newCall(t, nil)
	if code := c.run(t, "generate", "a pricing page", "-o", "new.html", "--drafts", "2", "--model", "test:1b", "--policy", "rules,ollama", "--timeout", "3s"); code != exitFine {
		t.Fatalf("exit code %d: %s", code, c.err.String())
	}
	if got := c.file(t, "new.html"); !strings.Contains(got, "Three plans") || strings.Contains(got, "{ width: 1100px") || strings.Contains(got, "<script>") {
		t.Errorf("the page is\n%s", got)
	}
	if !strings.Contains(c.err.String(), "1 repaired, 0 left") || !strings.Contains(c.err.String(), "Wrote new.html.") || c.out.Len() > 0 {
		t.Errorf("it says %q, prints %q", c.err.String(), c.out.String())
	}
	if n := asked.Load(); n != 3 {
		t.Errorf("asked %d times, want 3: a draft, the same again, another", n)
	}
	d := c.lastTrace(t)
	if d.Kind != "generate" || len(d.Drafts) != 3 || !d.Drafts[1].Chosen || d.Drafts[0].Problem == "" || d.Drafts[2].Problem == "" || d.Instruction != "a pricing page" {
		t.Errorf("the trace is %+v", d.Drafts)
	}
}

func (c *call) lastTrace(t *testing.T) *trace.Document {
	t.Helper()
	d, err := trace.Open(trace.Config{Dir: filepath.Join(c.parts.stateDir(), "relook", "traces")}).Get("last")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGeneratePrintsThePage(t *testing.T) {
	answering(t, fenced(strings.Replace(draftPage, "1100px", "90%", 1)))
	c := newCall(t, nil)
	if code := c.run(t, "generate", "a pricing page", "--model", "test:1b"); code != exitFine {
		t.Fatalf("exit code %d: %s", code, c.err.String())
	}
	if !strings.HasPrefix(c.out.String(), "<!doctype html>\n") || !strings.HasSuffix(c.out.String(), "</html>\n") {
		t.Errorf("it prints %q", c.out.String())
	}
	if entries, err := os.ReadDir(c.dir); err != nil || len(entries) != 0 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

// Nothing that is there is written over, whatever the model says; what the person
// must mend is said before the model is asked.
func TestGenerateNeverWritesOverText(t *testing.T) {
	asked := answering(t, fenced(draftPage))
	c := newCall(t, map[string]string{"a.html": wide})
	if err := os.Symlink(filepath.Join(c.dir, "none.html"), filepath.Join(c.dir, "link.html")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"a page", "-o", "a.html"}, {"a page", "-o", "."}, {"a page", "-o", "none/a.html"}, {"a page", "-o", "link.html"},
		{"a page", "-o", "link.html", "--force"}, {"", "-o", "b.html"}, {"a page", "--drafts", "0"}, {"a page", "--drafts", "11"},
		{"a", "b"}, {strings.Repeat("x", maxInstruction+1)}, {"a page", "--policy", "rules"},
	} {
		c.err.Reset()
		if code := c.run(t, append([]string{"generate", "--model", "test:1b"}, args...)...); code != exitFailed || !strings.HasPrefix(c.err.String(), "relook: ") {
			t.Errorf("%.60q: exit code %d, %q", args, code, c.err.String())
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the model was asked %d times", n)
	}
	if got := c.file(t, "a.html"); got != wide {
		t.Errorf("the file now reads %q", got)
	}
	// Text that comes while the model writes stays as well.
	startOllama(t, func(w http.ResponseWriter, _ *http.Request) {
		if err := os.WriteFile(filepath.Join(c.dir, "b.html"), []byte("typed meanwhile"), 0o644); err != nil {
			t.Error(err)
		}
		chunk(w, fenced(draftPage), "stop")
	})
	c.err.Reset()
	if code := c.run(t, "generate", "--model", "test:1b", "a page", "-o", "b.html"); code != exitFailed || !strings.Contains(c.err.String(), "is there already") {
		t.Errorf("exit code %d, %q", code, c.err.String())
	}
	if got := c.file(t, "b.html"); got != "typed meanwhile" {
		t.Errorf("the file now reads %q", got)
	}
	if code := c.run(t, "generate", "--model", "test:1b", "--force", "a page", "-o", "a.html"); code != exitFine || !strings.Contains(c.file(t, "a.html"), "Three plans") {
		t.Errorf("--force: exit code %d: %s", code, c.err.String())
	}
}

func TestGenerateWithoutADraft(t *testing.T) {
	answering(t, "No.", "```html\n<!doctype html>\n<html><body>cut", "")
	c := newCall(t, nil)
	if code := c.run(t, "generate", "a page", "-o", "new.html", "--drafts", "3", "--model", "test:1b"); code != exitFailed ||
		!strings.Contains(c.err.String(), "no draft of the page could be used, of 3 drafts") {
		t.Errorf("exit code %d, %q", code, c.err.String())
	}
	if d := c.lastTrace(t); d.Status != "failed" || len(d.Drafts) != 3 || d.Drafts[0].Problem == "" {
		t.Errorf("the trace is %+v", d)
	}
	if entries, err := os.ReadDir(c.dir); err != nil || len(entries) != 0 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestGenerateStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	startOllama(t, func(w http.ResponseWriter, r *http.Request) {
		chunk(w, "```html\n<!doctype html>", "")
		cancel()
		<-r.Context().Done()
	})
	c := newCall(t, nil)
	a := &app{out: &c.out, err: &c.err, cwd: c.dir, parts: c.parts}
	if code := a.run(ctx, []string{"generate", "--model", "test:1b", "a page", "-o", "new.html"}, strings.NewReader("")); code != exitFailed || c.err.String() != "relook: stopped\n" {
		t.Errorf("exit code %d, %q", code, c.err.String())
	}
	if entries, err := os.ReadDir(c.dir); err != nil || len(entries) != 0 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestTraceCommands(t *testing.T) {
	answering(t, `["1 1 max-width: 100%"]`, fmt.Sprintf("%q", "1 width: 100%; 1 max-width: 100%; "))
	c := newCall(t, map[string]string{"a.html": wide})
	if code := c.run(t, "refine", "--policy", "ollama", "--model", "test:1b", "a.html"); code == exitFailed {
		t.Fatalf("exit code %d: %s", code, c.err.String())
	}
	for _, k := range []struct {
		args []string
		want []string
	}{
		{[]string{"trace", "list"}, []string{"refine improved", "a.html"}},
		{[]string{"trace", "show", "last"}, []string{"pass 1 by ollama:test:1b", "  + set `", "pictures:", "-  .plans { width: 1100px", "reply 1 of ollama:test:1b"}},
		{[]string{"trace", "show", "--json", "last"}, []string{`"schema": "relook/trace/1"`}},
		{[]string{"trace", "export"}, []string{`{"schema":"relook/sample/1"`, `"accepted":true`}},
	} {
		c.out.Reset()
		if code := c.run(t, k.args...); code != exitFine {
			t.Errorf("%q: exit code %d: %s", k.args, code, c.err.String())
		}
		for _, part := range k.want {
			if !strings.Contains(c.out.String(), part) {
				t.Errorf("%q: %q lacks %q", k.args, c.out.String(), part)
			}
		}
	}
	c.valid(t, "trace", "trace", "show", "--json", "last")
	c.valid(t, "sample", "trace", "export")
	// Off keeps nothing more.
	before := c.lastTrace(t).ID
	if err := os.WriteFile(filepath.Join(c.dir, "relook.toml"), []byte("[traces]\noff = true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code := c.run(t, "refine", "a.html"); code == exitFailed || c.lastTrace(t).ID != before {
		t.Errorf("exit code %d, last %s: %s", code, c.lastTrace(t).ID, c.err.String())
	}
}

// valid checks what a command prints, a document or one a line, against a schema.
func (c *call) valid(t *testing.T, schema string, args ...string) {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", schema+".schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	c.out.Reset()
	if code := c.run(t, args...); code != exitFine {
		t.Fatalf("exit code %d: %s", code, c.err.String())
	}
	dec := json.NewDecoder(&c.out)
	dec.UseNumber()
	for n := 0; ; n++ {
		var doc any
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) && n > 0 {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Error(err)
		}
	}
}

func TestInstructionTellsWhatChanged(t *testing.T) {
	fine := strings.ReplaceAll(strings.Replace(wide, "1100px", "90%", 1), "\r\n", "\n")
	answering(t, "```html\n"+strings.Replace(fine, "#eee", "#cde", 1)+"\n```")
	c := newCall(t, map[string]string{"a.html": fine})
	if code := c.run(t, "refine", "--instruction", "paint the plans blue", "--model", "test:1b", "a.html"); code != exitFine {
		t.Fatalf("exit code %d: %s", code, c.err.String())
	}
	if !strings.Contains(c.err.String(), "% of the picture changed, from 0 to ") {
		t.Errorf("it says %q", c.err.String())
	}
	if d := c.lastTrace(t); len(d.Changes) != 3 || d.Changes[0].Part <= 0 || len(d.Passes[0].Exchanges) == 0 {
		t.Errorf("the trace has %+v", d.Changes)
	}
}

// An answer that forgets half of the page is rejected, though it has no defect.
func TestInstructionForgetsNothing(t *testing.T) {
	var rows strings.Builder
	for i := range 12 {
		fmt.Fprintf(&rows, "<p>Line number %d of the page.</p>\n", i)
	}
	page := strings.Replace(draftPage, "1100px", "90%", 1)
	whole := strings.Replace(page, "Three plans", rows.String(), 1)
	half := strings.Replace(page, "Three plans", rows.String()[:rows.Len()*2/3/33*33], 1)
	answering(t, fenced(strings.Replace(half, "#eee", "#cde", 1)))
	c := newCall(t, map[string]string{"a.html": whole})
	if code := c.run(t, "refine", "--write", "--instruction", "paint it blue", "--model", "test:1b", "a.html"); code != exitDefects || !strings.Contains(c.err.String(), "are gone, and that was not asked for") {
		t.Errorf("exit code %d, %q", code, c.err.String())
	}
	if c.file(t, "a.html") != whole {
		t.Error("the page was written")
	}
}

func TestBenchFormats(t *testing.T) {
	answering(t, "nothing of use")
	c := newCall(t, nil)
	if code := c.run(t, "bench", "formats", "--model", "test:1b", "--samples", "1"); code != exitFine {
		t.Fatalf("exit code %d: %s", code, c.err.String())
	}
	for _, want := range []string{"ollama:test:1b\n", "| patch | 4 | 4 | 0 | 0 | 0 of 4 |", "| blocks | 4 |", "| file | 4 |"} {
		if !strings.Contains(c.out.String(), want) {
			t.Errorf("%q lacks %q", c.out.String(), want)
		}
	}
}
