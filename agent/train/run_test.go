package train_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"relook/agent"
	"relook/agent/model"
	"relook/agent/train"
	"relook/agent/train/engine"
	"relook/agent/train/enginetest"
	"relook/agent/train/grpo"
	"relook/agent/train/mutant"
	"relook/agent/train/tokens"
	"relook/preview"
	"relook/preview/previewtest"
)

// phrases is a tokenizer whose tokens are bytes and whole phrases, so that a
// small model can say something.
type phrases struct{ list []string }

const phraseEOS = 256

func (p *phrases) Encode(text string) ([]int, error) {
	var ids []int
	for text != "" {
		best := -1
		for i, s := range p.list {
			if strings.HasPrefix(text, s) && (best < 0 || len(s) > len(p.list[best])) {
				best = i
			}
		}
		if best < 0 {
			ids, text = append(ids, int(text[0])), text[1:]
			continue
		}
		ids, text = append(ids, phraseEOS+1+best), text[len(p.list[best]):]
	}
	return ids, nil
}

func (p *phrases) Decode(ids []int) (string, error) {
	var b strings.Builder
	for _, id := range ids {
		switch {
		case id < 256:
			b.WriteByte(byte(id))
		case id > phraseEOS && id-phraseEOS-1 < len(p.list):
			b.WriteString(p.list[id-phraseEOS-1])
		case id != phraseEOS:
			return "", fmt.Errorf("no token %d", id)
		}
	}
	return b.String(), nil
}

func (p *phrases) Chat(messages []tokens.Message) ([]int, error) {
	return p.Encode(messages[0].Content + "\n")
}

const scrolls = `<!doctype html><html lang=en><head><title>Wide</title><style>
.box { width: %dpx; background: #eee }
.row { max-width: %dpx; color: #111 }
</style></head><body style="margin: 0"><div class=box>a wide box</div><p class=row>text</p></body></html>
`

// A shop is what the runs of these tests learn from.
type shop struct {
	tasks   []train.Task
	sources []mutant.Source
	tok     *phrases
}

// workshop makes tasks with the fake browser: boxes too wide for the phone.
func workshop(t *testing.T) shop {
	t.Helper()
	var list []train.Task
	var sources []mutant.Source
	tok := &phrases{}
	for i := range 6 {
		page := fmt.Sprintf(scrolls, 700+40*i, 300+i)
		fsys, err := txtar.FS(txtar.Parse([]byte("-- index.html --\n" + page)))
		if err != nil {
			t.Fatal(err)
		}
		src := mutant.Source{Name: fmt.Sprint("page ", i), Page: preview.Page{FS: fsys, Entry: "index.html"}}
		sources = append(sources, src)
		task := train.Task{ID: fmt.Sprint("task-", i), Source: src.Name, Entry: "index.html", Operators: []string{"fixed-width"}, Level: 1, Unseen: i >= 4}
		bench, err := train.OpenBench(t.Context(), previewtest.Fake{}, src.Page, agent.DefaultGate())
		if err != nil || bench == nil {
			t.Fatalf("no bench: %v", err)
		}
		task.Prompt = bench.Repair.Prompt()
		if task.Answers, err = bench.Teach(t.Context(), nil, 40); err != nil || len(task.Answers) == 0 {
			t.Fatalf("no answer is known to\n%s\n%v", task.Prompt, err)
		}
		for _, c := range bench.Repair.Choices() {
			if answer := bench.Repair.Answer([]model.RepairEdit{c}); !slices.Contains(tok.list, answer) {
				tok.list = append(tok.list, answer)
			}
		}
		if err := bench.Close(); err != nil {
			t.Fatal(err)
		}
		list = append(list, task)
	}
	return shop{list, sources, tok}
}

// likely begins with an answer and ends after it, mostly.
func likely(before, token int) float64 {
	switch {
	case token < 256:
		return -8
	case token == phraseEOS && before > phraseEOS:
		return 6
	}
	return 0
}

// blind is the fake browser without shots, which take most of its time.
type blind struct{ previewtest.Fake }

func (b blind) Render(ctx context.Context, p preview.Page, o preview.RenderOptions) (*preview.Rendering, error) {
	o.Shots = preview.NoShots
	return b.Fake.Render(ctx, p, o)
}

// newRun is a short run with the small model.
func newRun(from shop, dir string, before func(string) error) *train.Run {
	tasks, sources, tok := from.tasks, from.sources, from.tok
	c := train.DefaultConfig()
	c.Warm.Steps, c.GRPO.Steps, c.GRPO.Tasks, c.GRPO.Rate = 2, 16, 4, 0.25
	c.Warm.Batch, c.Warm.Rate, c.GRPO.MaxTokens, c.Eval.Every, c.Eval.Save = 6, 0.01, 6, 10, 4
	return &train.Run{
		Config: c, Dir: dir, Engine: &brokenAt{enginetest.New(phraseEOS+1+len(tok.list), likely), before, dir}, BaseModel: c.Base,
		Tokenizer: tok, EOS: phraseEOS, Browsers: []preview.Renderer{blind{}, blind{}}, Sources: sources, Tasks: tasks,
	}
}

// brokenAt is the engine with a hook.
type brokenAt struct {
	*enginetest.Engine
	before func(string) error
	dir    string
}

func (b *brokenAt) Create(ctx context.Context, s engine.Spec) error {
	b.Dir, b.Before = b.dir, b.before
	return b.Engine.Create(ctx, s)
}

func read(t *testing.T, dir string) []train.Metrics {
	t.Helper()
	list, err := train.ReadMetrics(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		list[i].Seconds = nil
	}
	return list
}

func rewards(list []train.Metrics, phase, set string) []float64 {
	var out []float64
	for _, m := range list {
		if m.Phase == phase && m.Set == set {
			out = append(out, m.Values[train.Reward])
		}
	}
	return out
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v / float64(len(list))
	}
	return sum
}

// By GRPO alone, with the exact gradient of a softmax model, the reward of the
// gate rises.
func TestRewardRises(t *testing.T) {
	from, dir := workshop(t), t.TempDir()
	if err := newRun(from, dir, nil).Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := rewards(read(t, dir), "grpo", "")
	early, late := mean(list[:5]), mean(list[len(list)-5:])
	if late < early+0.2 {
		t.Errorf("the reward went from %.3f to %.3f: %.3v", early, late, list)
	}
}

// A run that is killed, at whatever work, and started again ends as one that
// was not: the same metrics and the same trajectories, number for number.
func TestResumesExactly(t *testing.T) {
	from, whole := workshop(t), t.TempDir()
	if err := newRun(from, whole, nil).Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, work := range []string{"sample", "train", "save"} {
		dir := t.TempDir()
		n, killed := 0, errors.New("killed")
		err := newRun(from, dir, func(w string) error {
			if w == work {
				n++
			}
			if n == 4 {
				return killed
			}
			return nil
		}).Do(t.Context())
		if !errors.Is(err, killed) {
			t.Fatalf("%s: the run was not killed: %v", work, err)
		}
		if err := newRun(from, dir, nil).Do(t.Context()); err != nil {
			t.Fatalf("%s: %v", work, err)
		}
		if a, b := read(t, whole), read(t, dir); !reflect.DeepEqual(a, b) {
			for i := range a {
				if i < len(b) && !reflect.DeepEqual(a[i], b[i]) {
					t.Fatalf("%s: resumed it has %v instead of %v", work, b[i], a[i])
				}
			}
			t.Fatalf("%s: %d lines of metrics instead of %d", work, len(b), len(a))
		}
		for step := 2; step < 18; step++ {
			a, err := os.ReadFile(filepath.Join(whole, "trajectories", fmt.Sprintf("step-%06d.jsonl", step)))
			if err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(filepath.Join(dir, "trajectories", fmt.Sprintf("step-%06d.jsonl", step)))
			if err != nil || string(a) != string(b) {
				t.Fatalf("%s: the trajectories of step %d differ: %v", work, step, err)
			}
		}
	}
}

// A checkpoint of another model is refused before anything is lost.
func TestOtherModel(t *testing.T) {
	from, dir := workshop(t), t.TempDir()
	r := newRun(from, dir, nil)
	r.Config.GRPO.Steps = 2
	if err := r.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := read(t, dir)
	r = newRun(from, dir, nil)
	r.Config.Rank = 8
	if err := r.Do(t.Context()); !errors.Is(err, engine.ErrMismatch) {
		t.Errorf("a checkpoint of another rank gave %v", err)
	}
	if !reflect.DeepEqual(before, read(t, dir)) {
		t.Error("the metrics were touched")
	}
}

// However it is drawn, a trajectory never gets worse from round to round.
func TestMonotone(t *testing.T) {
	from := workshop(t)
	tasks, sources, tok := from.tasks, from.sources, from.tok
	e := enginetest.New(phraseEOS+1+len(tok.list), likely)
	if err := errors.Join(e.Create(t.Context(), engine.Spec{}), e.Publish(t.Context())); err != nil {
		t.Fatal(err)
	}
	improved, resampled := 0, 0
	for seed := range 2 {
		r := &train.Roller{
			Engine: e, Tokenizer: tok, EOS: phraseEOS, Browsers: []preview.Renderer{previewtest.Fake{}}, Sources: sources,
			Gate: agent.DefaultGate(), Rounds: 3, Resamples: 10, MaxTokens: 6, Temperature: 1, Feedback: true,
		}
		list, err := r.Roll(t.Context(), 0, tasks[:4], 4, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range list {
			for i, round := range tr.Rounds {
				if len(round.Rejected) > train.MaxResamples {
					t.Errorf("%d draws were thrown away in one round", len(round.Rejected))
				}
				resampled += len(round.Rejected)
				if i > 0 && tr.Best[i] < tr.Best[i-1] || round.Accepted != (round.Score.Reward > 0) {
					t.Errorf("%s fell: %v, accepted %v at %.2f", tr.Task, tr.Best, round.Accepted, round.Score.Reward)
				}
				if round.Accepted {
					improved++
				}
				if last := round.Parts[len(round.Parts)-1]; last.Role != grpo.Feedback || len(last.Tokens) == 0 {
					t.Error("a round has no feedback")
				}
			}
			if tr.Reward != tr.Best[len(tr.Best)-1] {
				t.Errorf("the reward %v is not the best of %v", tr.Reward, tr.Best)
			}
		}
	}
	if improved == 0 || resampled == 0 {
		t.Errorf("%d rounds improved, %d draws thrown away: nothing was tested", improved, resampled)
	}
}
