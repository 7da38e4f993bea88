package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"relook/agent"
	"relook/agent/critic"
	"relook/agent/model"
	"relook/agent/ollama"
	"relook/agent/openai"
	"relook/cmd/relook/internal/tools/toolstest"
	"relook/preview"
	"relook/preview/chrome"
)

// lookOf renders a page with all shots, in a real browser.
func lookOf(t *testing.T, html string) agent.Look {
	t.Helper()
	b := chrome.New(chrome.Config{})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	page := preview.Page{FS: fstest.MapFS{"a.html": {Data: []byte(html)}}, Entry: "a.html"}
	r, err := b.Render(t.Context(), page, preview.RenderOptions{Shots: preview.AllShots})
	if err != nil {
		t.Fatal(err)
	}
	return agent.Look{Request: "a page with three plans", Page: page, Rendering: r, View: agent.WorstView(r)}
}

// sound checks that a judgement can only have come from the model by the way of
// the schema.
func sound(t *testing.T, j agent.Judgement, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	mean := 0.0
	for _, d := range agent.Dimensions() {
		n, ok := j.Dimensions[d]
		if !ok || n < 0 || n > 100 || n != float64(int(n)) {
			t.Errorf("%s is %v", d, n)
		}
		mean += n / 4
	}
	if j.Score != mean || len(j.Exchanges) == 0 || j.Exchanges[len(j.Exchanges)-1].Tokens == 0 {
		t.Errorf("the judgement is %+v", j)
	}
	t.Logf("%s: %.1f %v, %d remarks, prompt %d tokens, answer %d, %.1f s", j.Critic, j.Score, j.Dimensions, len(j.Remarks),
		j.Exchanges[0].PromptTokens, j.Exchanges[0].Tokens, j.Exchanges[0].Millis/1000)
}

// The whole way of the multimodal critic: a real browser's shots, marks drawn on
// them, a real Ollama with a model that takes pictures, answers under the schema.
// The model's weights are random: what it says is worth nothing, how it got there
// is what is tested.
func TestVisionCriticThroughOllama(t *testing.T) {
	host := toolstest.OpenVision(t)
	p, err := ollama.New(t.Context(), ollama.Config{Host: host, Model: toolstest.VisionModel, Vision: true, NumCtx: 16384})
	if err != nil {
		t.Fatal(err)
	}
	cache := critic.NewCache(t.TempDir(), 0)
	c, err := critic.New(critic.Config{Asker: p, Vision: true, Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	l := lookOf(t, wide)
	j, err := c.Judge(t.Context(), l)
	sound(t, j, err)
	again, err := c.Judge(t.Context(), l)
	if err != nil || len(again.Exchanges) > 0 || again.Score != j.Score {
		t.Errorf("asked again: %v, %+v", err, again)
	}
	// The model is really shown them: the same words have fewer tokens alone.
	tokens := func(images [][]byte) (n int) {
		q := model.Question{User: "What is it?", Images: images, MaxTokens: 2, MaxBytes: 1000}
		_, err := p.Ask(t.Context(), q, func(e agent.Exchange) { n = e.PromptTokens })
		if err != nil && !model.Unusable(err) {
			t.Fatal(err)
		}
		return n
	}
	shot := l.Rendering.Shots[0].PNG
	if alone, one, three := tokens(nil), tokens([][]byte{shot}), tokens([][]byte{shot, shot, shot}); one < alone+20 || three-alone != 3*(one-alone) {
		t.Errorf("%d tokens alone, %d with a picture, %d with three", alone, one, three)
	}
	said, err := c.Compare(t.Context(), l, lookOf(t, strings.Replace(wide, "1100px", "90%", 1)))
	if err != nil || said.Choice == "" || len(said.Exchanges) == 0 {
		t.Errorf("the comparison is %+v, %v", said, err)
	}
	e, err := openai.New(t.Context(), openai.Config{Endpoint: host + "/v1", Model: toolstest.VisionModel, Vision: true})
	if err != nil {
		t.Fatalf("through the OpenAI-compatible interface: %v", err)
	}
	if c, err = critic.New(critic.Config{Asker: e, Vision: true}); err != nil {
		t.Fatal(err)
	}
	j, err = c.Judge(t.Context(), l)
	sound(t, j, err)
}

// The text-only critic with the smallest real model. And a model that can't see is
// refused where pictures are wanted, by both ways to Ollama, before anything is
// asked.
func TestTextCriticThroughOllama(t *testing.T) {
	host := toolstest.Open(t)
	p, err := ollama.New(t.Context(), ollama.Config{Host: host, Model: toolstest.TextModel})
	if err != nil {
		t.Fatal(err)
	}
	c, err := critic.New(critic.Config{Asker: p})
	if err != nil {
		t.Fatal(err)
	}
	j, err := c.Judge(t.Context(), lookOf(t, wide))
	sound(t, j, err)

	_, err = ollama.New(t.Context(), ollama.Config{Host: host, Model: toolstest.TextModel, Vision: true})
	var blind *ollama.NoVisionError
	if !errors.As(err, &blind) || !strings.Contains(err.Error(), "can't see pictures") || !strings.Contains(err.Error(), "qwen2.5vl") {
		t.Errorf("Ollama's own interface: %v", err)
	}
	_, err = openai.New(t.Context(), openai.Config{Endpoint: host + "/v1", Model: toolstest.TextModel, Vision: true})
	var blindToo *openai.NoVisionError
	if !errors.As(err, &blindToo) || !strings.Contains(err.Error(), "--critic text:") {
		t.Errorf("the OpenAI-compatible interface: %v", err)
	}
}

// The model for tests is made anew from this repository, the same each time.
func TestVisionModelIsReproducible(t *testing.T) {
	dir := t.TempDir()
	var files [2][]byte
	for i, name := range []string{"a.gguf", "b.gguf"} {
		if err := toolstest.WriteVision(dir+"/"+name, 1); err != nil {
			t.Fatal(err)
		}
		c := call{dir: dir}
		files[i] = []byte(c.file(t, name))
	}
	if !bytes.Equal(files[0], files[1]) || len(files[0]) > 2<<20 {
		t.Errorf("%d and %d bytes, or they differ", len(files[0]), len(files[1]))
	}
}
