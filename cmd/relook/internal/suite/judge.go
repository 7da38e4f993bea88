package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"time"

	"golang.org/x/image/draw"

	"relook/agent"
	"relook/agent/critic"
	"relook/agent/model"
)

// A Judge looks at pictures and says what a page is worth.
type Judge interface {
	// Name is such as "ollama:qwen2.5vl:7b".
	Name() string
	// Ask asks about pictures, PNG. use reads the reply and says why it can't be
	// used; then the judge is asked again, a few times. What no try could answer is
	// a Judgement with a Problem; an error is the machine's.
	Ask(ctx context.Context, q Question, use func(reply string) (score float64, parts []float64, err error)) (Judgement, error)
}

// judgeTries is how often the original of ArtifactsBench asks for an answer that
// it can read.
const judgeTries = 4

// maxSide is the longest side of a picture that is shown to a judge, in px. Larger
// ones crash some servers.
const maxSide = 1536

// A ModelJudge is a judge that is a model which sees.
type ModelJudge struct {
	Asker critic.Asker // required
}

// Name is the model's.
func (j ModelJudge) Name() string { return j.Asker.Name() }

// Ask implements Judge.
func (j ModelJudge) Ask(ctx context.Context, q Question, use func(string) (float64, []float64, error)) (Judgement, error) {
	out := Judgement{Judge: j.Name()}
	start := time.Now()
	defer func() { out.Millis = millis(time.Since(start)) }()
	var images [][]byte
	for _, img := range q.Images {
		small, err := shrunk(img)
		if err != nil {
			return out, fmt.Errorf("preparing a picture for the judge: %w", err)
		}
		images = append(images, small)
	}
	for out.Tries < judgeTries {
		mq := model.Question{
			System: q.System, User: q.Prompt, Images: images, Seed: out.Tries + 1, MaxTokens: 2048, MaxBytes: 64 << 10,
		}
		if out.Tries > 0 {
			mq.Temperature = 0.7
		}
		reply, err := j.Asker.Ask(ctx, mq, nil)
		out.Tries++
		if err != nil && !model.Unusable(err) {
			return out, fmt.Errorf("asking the judge %s: %w", j.Name(), err)
		}
		// What was cut off may hold the score all the same.
		if err == nil || errors.Is(err, model.ErrCutOff) {
			out.Score, out.Parts, err = use(reply)
		}
		if err == nil {
			out.Problem = ""
			return out, nil
		}
		out.Problem = err.Error()
	}
	return out, nil
}

// shrunk is a PNG with no side longer than maxSide, encoded by us.
func shrunk(data []byte) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	scale := min(1, maxSide/float64(max(w, h)))
	to := image.NewRGBA(image.Rect(0, 0, max(32, int(float64(w)*scale)), max(32, int(float64(h)*scale))))
	draw.ApproxBiLinear.Scale(to, to.Rect, img, img.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	err = png.Encode(&b, to)
	return b.Bytes(), err
}

// AskAll asks every judge and sums up: the mean of those that gave a score, under
// the metric's name, or why there is none.
func (k Kit) AskAll(ctx context.Context, metric string, q Question, use func(string) (float64, []float64, error), into *Score) error {
	sum, n := 0.0, 0.0
	for _, j := range k.Judges {
		said, err := j.Ask(ctx, q, use)
		if err != nil {
			return err
		}
		if said.Problem == "" {
			sum, n = sum+said.Score, n+1
		}
		into.Judgements = append(into.Judgements, said)
	}
	switch {
	case n > 0:
		into.Values = with(into.Values, metric, sum/n)
	case len(k.Judges) == 0:
		into.Missing = with(into.Missing, metric, "no judge was named: add --judge")
	default:
		into.Missing = with(into.Missing, metric, "no judge gave a score")
	}
	return nil
}

func with[V any](m map[string]V, key string, v V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = v
	return m
}

// Unusable is the error of a reply that is of no use.
func Unusable(format string, args ...any) error {
	return &agent.UnusableError{Reason: fmt.Sprintf(format, args...)}
}
