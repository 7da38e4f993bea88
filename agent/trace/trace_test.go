package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sourcegraph/conc"

	"relook/agent"
	"relook/preview"
)

var start = time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC)

func picture(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 40, 40))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for x := 10; x < 20; x++ {
		img.Set(x, 30, color.RGBA{shade, 0, 0, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// subject is a refinement of one pass: two replies, of which the second brought
// the repair.
func subject(t *testing.T) (Subject, *agent.Trace) {
	t.Helper()
	view := preview.View{Width: 40, Height: 40}
	rendering := func(shade uint8, defects ...preview.Defect) *preview.Rendering {
		return &preview.Rendering{
			Diagnosis: preview.Diagnosis{Path: "a.html", Valid: true, Defects: defects},
			Shots:     []preview.Shot{{View: view, At: 2 * time.Second, PNG: picture(t, shade), Width: 40, Height: 40}},
		}
	}
	edits := []preview.Edit{{File: "a.html", Span: preview.Span{Start: 3, End: 4}, NewText: "y"}}
	verdict := agent.Verdict{Rule: "not-better", Reason: "the page is not better"}
	return Subject{
			Kind: "refine", Path: "/site/a.html", Instruction: "say y", Err: errors.New("the model went away"),
			Page: preview.Page{FS: fstest.MapFS{"a.html": {Data: []byte("<p>x</p>\n")}}, Entry: "a.html"},
		}, &agent.Trace{
			Status: agent.Improved, Before: rendering(0, preview.Defect{Rule: "text-overlap", Severity: "error", Cost: 12}), After: rendering(200),
			Files: map[string]string{"a.html": "<p>y</p>\n"}, Edits: edits, Millis: 1500, PolicyMillis: 900,
			Passes: []agent.Pass{{
				Policy: "ollama:m", Cost: 12, Millis: 1400, Admitted: []int{1}, Dropped: []string{"it is empty"},
				Exchanges: []agent.Exchange{
					{Model: "ollama:m", System: "s", Prompt: "p", Reply: "\xff bad", Problem: "it is empty", Seed: 1},
					{Model: "ollama:m", System: "s", Prompt: "q", Reply: "y", Schema: "{}", PromptTokens: 7, Tokens: 3, Millis: 40},
				},
				Attempts: []agent.Attempt{
					{Candidate: agent.Candidate{Edits: edits, Why: "first", Reply: 2}, Policy: "ollama:m", Verdict: verdict},
					{Candidate: agent.Candidate{Edits: edits, Why: "second", Reply: 2}, Policy: "ollama:m", Verdict: agent.Verdict{Admitted: true, Reason: "better"}},
				},
			}},
		}
}

func put(t *testing.T, s *Store, at time.Time) *Document {
	t.Helper()
	about, tr := subject(t)
	d := New(about, tr, at)
	if err := s.Put(d); err != nil {
		t.Fatal(err)
	}
	return d
}

func all(t *testing.T, s *Store) (ids []string, bad []BadTrace) {
	t.Helper()
	bad, err := s.All(func(d *Document) bool { ids = append(ids, d.ID); return true })
	if err != nil {
		t.Fatal(err)
	}
	return ids, bad
}

func TestPutAndGet(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "traces")
	s := Open(Config{Dir: dir})
	d := put(t, s, start)
	got, err := s.Get("last")
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(d)
	b, _ := json.Marshal(got)
	if !bytes.Equal(a, b) {
		t.Errorf("kept\n%s\nread\n%s", a, b)
	}
	if !strings.Contains(d.Diff, "-<p>x</p>\n+<p>y</p>") || d.Error == "" || len(d.Shots) != 2 || !d.Passes[0].Candidates[1].Admitted {
		t.Errorf("the document is %s", a)
	}
	if c := d.Changes; len(c) != 1 || c[0].View != "40x40" || c[0].Box != (preview.Box{X: 10, Y: 30, Width: 10, Height: 1}) || c[0].Part != 10.0/1600 {
		t.Errorf("changes %+v", c)
	}
	if err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		info, _ := e.Info()
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if shot, err := os.ReadFile(s.File(d.ID, d.Shots[1].File)); err != nil || !bytes.Equal(shot, picture(t, 200)) {
		t.Errorf("the shot is not there: %v", err)
	}
	for _, id := range []string{"2026", d.ID} {
		if got, err := s.Get(id); err != nil || got.ID != d.ID {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, id := range []string{"", "2027", "../state", "/etc"} {
		if _, err := s.Get(id); err == nil {
			t.Errorf("%q names a trace", id)
		}
	}
}

func TestBounds(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(foreign, []byte("not a trace"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Open(Config{Dir: dir, Count: 3})
	var last *Document
	for i := range 6 {
		last = put(t, s, start.Add(time.Duration(i)*time.Hour))
	}
	ids, bad := all(t, s)
	if len(ids) != 3 || ids[0] != last.ID || len(bad) != 0 {
		t.Errorf("kept %q", ids)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	size := sizeOf(root, last.ID)
	s = Open(Config{Dir: dir, Bytes: 2*size + size/2})
	put(t, s, start.Add(9*time.Hour))
	if ids, _ := all(t, s); len(ids) != 2 {
		t.Errorf("kept %d of %d bytes each in %d", len(ids), size, 2*size+size/2)
	}
	about, tr := subject(t)
	if err := Open(Config{Dir: dir, Bytes: size / 2}).Put(New(about, tr, start)); err == nil {
		t.Error("a trace larger than all that may be kept was kept")
	}
	if ids, _ := all(t, s); len(ids) != 2 {
		t.Errorf("the refused one pushed others out: %d are left", len(ids))
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a file that is no trace was touched: %v", err)
	}
}

func TestLeftoversAreSwept(t *testing.T) {
	dir := t.TempDir()
	old, young := filepath.Join(dir, unfinished+newID(start)), filepath.Join(dir, unfinished+newID(time.Now()))
	for _, d := range []string{old, young} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Now(), time.Now().Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	put(t, Open(Config{Dir: dir}), start)
	if _, err := os.Stat(young); err != nil {
		t.Error("what another process writes now was removed")
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("what a process left long ago is still there")
	}
}

func TestCorruptTraces(t *testing.T) {
	dir := t.TempDir()
	s := Open(Config{Dir: dir})
	good := put(t, s, start)
	for i, text := range []string{"", "{", "[]", `{"schema":"relook/trace/9"}`, `{"schema":"relook/trace/1","id":"x"}`, "\x00\xff"} {
		at := filepath.Join(dir, newID(start.Add(time.Duration(i+1)*time.Minute)))
		if err := os.Mkdir(at, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	empty := newID(start.Add(time.Hour))
	if err := os.Mkdir(filepath.Join(dir, empty), 0o700); err != nil {
		t.Fatal(err)
	}
	ids, bad := all(t, s)
	if len(ids) != 1 || ids[0] != good.ID || len(bad) != 7 {
		t.Errorf("%d read, %d bad", len(ids), len(bad))
	}
	for _, b := range bad {
		if !strings.Contains(b.Error(), b.ID) || !strings.Contains(b.Error(), "remove its folder") {
			t.Errorf("it is told as %q", b.Error())
		}
	}
	if _, err := s.Get(empty); err == nil || !strings.Contains(err.Error(), "can't be read") {
		t.Errorf("the empty one: %v", err)
	}
	var b bytes.Buffer
	if bad, err := s.Export(&b); err != nil || len(bad) != 7 || strings.Count(b.String(), "\n") != 2 {
		t.Errorf("exported %d bytes, %d bad, %v", b.Len(), len(bad), err)
	}
}

func TestSamples(t *testing.T) {
	about, tr := subject(t)
	tr.Drafts = []agent.Draft{{Text: "<p>", Valid: true, Chosen: true, Exchanges: []agent.Exchange{{Prompt: "write"}}}}
	samples := New(about, tr, start).Samples()
	if len(samples) != 3 {
		t.Fatalf("%d samples", len(samples))
	}
	if s := samples[0]; s.Pass != 0 || !s.Accepted || s.Messages[1].Content != "write" {
		t.Errorf("the draft is %+v", s)
	}
	if s := samples[1]; s.Accepted || s.Problem == "" || len(s.Candidates) != 0 || s.Reply != "\ufffd bad" {
		t.Errorf("the first reply is %+v", s)
	}
	if s := samples[2]; !s.Accepted || len(s.Candidates) != 2 || s.Candidates[0].Admitted || s.Messages[0].Role != "system" || s.Cost != 12 {
		t.Errorf("the second reply is %+v", s)
	}
}

func TestSeveralAtOnce(t *testing.T) {
	s := Open(Config{Dir: t.TempDir(), Count: 4})
	about, tr := subject(t)
	var wg conc.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			if err := s.Put(New(about, tr, start.Add(time.Duration(i)*time.Second))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if ids, bad := all(t, s); len(ids) < 1 || len(ids) > 8 || len(bad) != 0 {
		t.Errorf("%d kept, %d bad", len(ids), len(bad))
	}
}

func TestFolderThatIsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	about, tr := subject(t)
	if err := Open(Config{Dir: file}).Put(New(about, tr, start)); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("keeping the trace in %s", file)) {
		t.Errorf("error %v", err)
	}
	if ids, _ := all(t, Open(Config{Dir: file + "-none"})); len(ids) != 0 {
		t.Errorf("found %q", ids)
	}
}
