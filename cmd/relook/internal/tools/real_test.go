package tools

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"relook/agent"
	"relook/agent/edit"
	"relook/agent/ollama"
	"relook/preview"
	"relook/preview/diagnose"
)

// testModel is the smallest model with real weights. Its repairs are nonsense:
// it shows that the way to a model and back works, not that the model is good.
const testModel = "smollm2:135m"

// openReal starts the Ollama that `make test` has set up.
func openReal(t *testing.T) *Server {
	t.Helper()
	tools, err := New(Config{FindBrowser: func(context.Context) (Browser, error) { return Browser{}, errors.New("not asked for") }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := tools.StartOllama(t.Context(), ServerConfig{})
	if err != nil {
		t.Fatalf("%v\nthe tests with a real model need Ollama and %s: `make test` gets both, as does `relook setup --ollama --model %s`", err, testModel, testModel)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func askReal(t *testing.T, host string, samples int) *ollama.Policy {
	t.Helper()
	p, err := ollama.New(t.Context(), ollama.Config{Host: host, Model: testModel, Samples: samples})
	if err != nil {
		t.Fatalf("%v\n`make test` gets the model, as does `relook setup --model %s`", err, testModel)
	}
	return p
}

const realPage = `<!doctype html>
<title>Plans</title>
<style>
.plans { display: flex; gap: 24px; width: 1100px; margin: 32px auto }
.plan { flex: 1; padding: 16px; height: 90px; overflow: hidden }
</style>
<section class="plans"><div class="plan"><h3>Small</h3><p>For one person.</p></div></section>
`

// realTask has one defect for each kind that can be repaired, so that every
// pattern that relook can make goes through Ollama's own grammar.
func realTask() agent.Task {
	body := func(begin string) preview.StyleRule {
		at := strings.Index(realPage, begin)
		end := at + strings.IndexByte(realPage[at:], '}')
		in := func(a, b int) preview.SourceSpan {
			return preview.SourceSpan{File: "page.html", Span: preview.Span{Start: a, End: b}}
		}
		return preview.StyleRule{Selector: begin[:strings.IndexByte(begin, ' ')], Whole: in(at, end+1), Body: in(at+len(begin), end)}
	}
	t := agent.Task{
		Page:      preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(realPage)}}, Entry: "page.html"},
		Views:     preview.DefaultViews(),
		Diagnosis: preview.Diagnosis{Path: "page.html", Valid: true},
	}
	for _, rule := range []string{diagnose.SidewaysScroll, diagnose.OutsideViewport, diagnose.ClippedText,
		diagnose.TextOverlap, diagnose.CoveredControl, diagnose.LowContrast} {
		t.Diagnosis.Defects = append(t.Diagnosis.Defects, preview.Defect{
			Rule: rule, Severity: preview.SeverityError, Message: "Something is wrong at 390 px.", Views: []string{"390x844"}, Cost: 10,
			Elements: []preview.Element{{Selector: ".plans", XPath: "/html[1]/body[1]/section[1]", View: "390x844"}},
			Evidence: &preview.Evidence{Subjects: []preview.Subject{{
				Role: "element", Rules: []preview.StyleRule{body(".plans {"), body(".plan {")},
				Computed: map[string]string{"display": "flex grid"},
			}}},
		})
	}
	return t
}

func TestRealModelProposesEdits(t *testing.T) {
	s := openReal(t)
	task := realTask()
	want := 1 + len(task.Diagnosis.Defects)
	run := func(samples int) (found []string, dropped []string) {
		task.Drop = func(reason string) { dropped = append(dropped, reason) }
		err := askReal(t, s.URL, samples).Propose(t.Context(), task, func(c agent.Candidate) bool {
			text, err := edit.Apply(realPage, c.Edits)
			if err != nil || text == realPage || len(c.Targets) == 0 {
				t.Errorf("%s: %v, targets %q", c.Why, err, c.Targets)
			}
			found = append(found, c.Why)
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		return found, dropped
	}
	found, dropped := run(want)
	t.Logf("candidates %q, dropped %q", found, dropped)
	if len(found) < want {
		t.Errorf("%d candidates from %d replies", len(found), want)
	}
	if again, _ := run(2); len(again) == 0 || len(again) > len(found) || !slices.Equal(again, found[:len(again)]) {
		t.Errorf("the first two replies of a second run give %q", again)
	}
}

func TestRealModelStopsAtOnce(t *testing.T) {
	s := openReal(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var began time.Time // Progress is called by Propose itself
	p, err := ollama.New(t.Context(), ollama.Config{Host: s.URL, Model: testModel, Format: ollama.FormatFile,
		Progress: func(tokens int) {
			if tokens == 2 {
				began = time.Now()
				cancel()
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	task := realTask()
	task.Instruction = "write a long page about every animal"
	err = p.Propose(ctx, task, func(agent.Candidate) bool { return true })
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("Propose ended %v after the cancel", took)
	}
}

func TestRealServerLacksAModel(t *testing.T) {
	s := openReal(t)
	_, err := ollama.New(t.Context(), ollama.Config{Host: s.URL, Model: "nobody/none:1b"})
	var missing *ollama.MissingModelError
	if !errors.As(err, &missing) {
		t.Errorf("error %v, want a MissingModelError", err)
	}
}

func TestRealOllamaPicksWhatIsInstalled(t *testing.T) {
	s := openReal(t)
	p, err := ollama.New(t.Context(), ollama.Config{Host: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	tools, err := New(Config{FindBrowser: func(context.Context) (Browser, error) { return Browser{}, os.ErrNotExist }})
	if err != nil {
		t.Fatal(err)
	}
	if names := installed(tools.ModelsDir()); !strings.Contains(strings.Join(names, " "), strings.TrimPrefix(p.Name(), "ollama:")) {
		t.Errorf("picked %s, which is not among the installed %q", p.Name(), names)
	}
}
