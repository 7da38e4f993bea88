package ollama

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"relook/agent"
	"relook/agent/model/modeltest"
)

func TestWireForm(t *testing.T) {
	f := newFake(t, `{"details":{"family":"qwen2","parameter_size":"1.5B"},"capabilities":["completion","thinking"]}`,
		func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 0 {
				say(w, `[]`)
				return
			}
			say(w, `"1 max-width: 100%; "`)
		})
	modeltest.Gather(t, f.policy(t, func(c *Config) { c.Samples = 5 }), modeltest.Task(t))
	asked := f.asked()
	if len(asked) != 5 {
		t.Fatalf("%d questions, want 5", len(asked))
	}
	first := prompt(asked[0])
	shared := first[:strings.Index(first, "\nWrite one edit")]
	for i, q := range asked {
		if q["model"] != "qwen2.5-coder:1.5b" || q["keep_alive"] != "10m0s" || q["think"] != false || q["stream"] == false {
			t.Errorf("question %d: model %v, keep_alive %v, think %v, stream %v", i, q["model"], q["keep_alive"], q["think"], q["stream"])
		}
		o, _ := q["options"].(map[string]any)
		if o["num_ctx"] != 4096.0 || o["num_predict"].(float64) > 400 || o["seed"] != float64(i+1) {
			t.Errorf("question %d: options %v", i, o)
		}
		if !strings.HasPrefix(prompt(q), shared) {
			t.Errorf("question %d does not begin like the first", i)
		}
		wantTemperature := 0.0
		if i > 3 {
			wantTemperature = 0.7
		}
		if o["temperature"] != wantTemperature {
			t.Errorf("question %d: temperature %v, want %v", i, o["temperature"], wantTemperature)
		}
	}
	for _, want := range []string{
		"[1] .plans { display: flex; gap: 24px; width: 1100px; margin: 32px auto }",
		"[2] .bar { display: flex; gap: 16px; padding: 12px 24px }\n",
		"[3] .bar a { white-space: nowrap }\n",
		"1. sideways-scroll in .plans (rules 1): The page scrolls sideways by 710 px. Computed: flex-wrap: nowrap Boxes: element 8,96 1100x122; parent 0,0 390x900\n",
		"2. sideways-scroll in .bar (rules 2, 3)",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the prompt lacks %q:\n%s", want, first)
		}
	}
}

const showBig = `{"details":{"family":"llama","parameter_size":"8B"},"capabilities":["completion"]}`

func TestInstructionInBlocks(t *testing.T) {
	f := newFake(t, showBig, func(_ int, w http.ResponseWriter, _ *http.Request) {
		say(w, "Here:\n<<<<<<< SEARCH\n<nav class=\"bar\"><a href=\"#a\">Home</a> <a href=\"#b\">Prices</a></nav>\n=======\n"+
			"<nav class=\"bar\" id=\"top\"><a href=\"#a\">Home</a> <a href=\"#b\">Prices</a></nav>\n>>>>>>> REPLACE\n")
	})
	task := modeltest.Task(t)
	task.Instruction = "give the bar the id top"
	found, dropped := modeltest.Gather(t, f.policy(t, nil), task)
	if len(found) != 1 || len(dropped) != 0 || !strings.Contains(after(t, found[0]), `<nav class="bar" id="top">`) {
		t.Fatalf("candidates %+v, dropped %q", found, dropped)
	}
	q := f.asked()[0]
	if q["format"] != nil || !strings.Contains(prompt(q), "What is asked for: give the bar the id top") || !strings.Contains(prompt(q), modeltest.Source) {
		t.Errorf("format %v, prompt:\n%s", q["format"], prompt(q))
	}
}

func TestInstructionInWholeFile(t *testing.T) {
	f := newFake(t, showCoder, func(n int, w http.ResponseWriter, _ *http.Request) {
		switch n {
		case 0:
			say(w, "```html\n"+strings.Replace(modeltest.Source, "Small", "Tiny", 1)+"```\n")
		case 1:
			say(w, "```html\n<!doctype html>\n<!-- rest of the code unchanged -->\n```\n")
		default:
			sayFor(w, "```html\n"+modeltest.Source[:300], "length")
		}
	})
	task := modeltest.Task(t)
	task.Instruction = "call the small plan Tiny"
	found, dropped := modeltest.Gather(t, f.policy(t, func(c *Config) { c.Samples = 3 }), task)
	if len(found) != 1 || !strings.Contains(after(t, found[0]), "<h3>Tiny</h3>") || len(found[0].Edits) != 1 {
		t.Errorf("candidates %+v", found)
	}
	if len(dropped) != 2 {
		t.Errorf("dropped %q, want the reply that leaves things out and the one that is cut off", dropped)
	}
}

func TestPageTooLongToRewrite(t *testing.T) {
	f := newFake(t, showCoder, nil)
	task := modeltest.Task(t)
	task.Page.FS = fstest.MapFS{"page.html": {Data: []byte(modeltest.Source + strings.Repeat("<p>text</p>\n", 2000))}}
	task.Instruction = "make it blue"
	found, dropped := modeltest.Gather(t, f.policy(t, nil), task)
	if len(found) != 0 || len(dropped) != 1 || !strings.Contains(dropped[0], "too long") || len(f.asked()) != 0 {
		t.Errorf("candidates %+v, dropped %q, asked %d", found, dropped, len(f.asked()))
	}
}

func TestLargeModelAlsoRewrites(t *testing.T) {
	f := newFake(t, showBig, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			say(w, `["3 4 height: auto"]`)
			return
		}
		say(w, "<<<<<<< SEARCH\n.plan { flex: 1; padding: 16px; height: 90px; overflow: hidden }\n=======\n.plan { flex: 1; padding: 16px; min-height: 90px }\n>>>>>>> REPLACE\n")
	})
	found, dropped := modeltest.Gather(t, f.policy(t, func(c *Config) { c.Samples = 2 }), modeltest.Task(t))
	if len(found) != 2 || len(dropped) != 0 || !strings.Contains(after(t, found[1]), "padding: 16px; min-height: 90px }") {
		t.Errorf("candidates %+v, dropped %q", found, dropped)
	}
}

// TestBadRewrites has the ways in which a model that writes blocks or files goes
// wrong: one reply of a kind, then a good one. The bad one is dropped with its
// reason, and the good one still gets its turn.
func TestBadRewrites(t *testing.T) {
	const good = "<<<<<<< SEARCH\n<title>Plans</title>\n=======\n<title>Our plans</title>\n>>>>>>> REPLACE\n"
	const block = "<<<<<<< SEARCH\n%s\n=======\n%s\n>>>>>>> REPLACE\n"
	for name, c := range map[string]struct{ reply, drop string }{
		"a place that is not there":   {fmt.Sprintf(block, "<title>Prices</title>", "<title>x</title>"), "can't be used"},
		"a place that is there twice": {fmt.Sprintf(block, "</a>", "</a >"), "can't be used"},
		"a generated file":            {fmt.Sprintf(block, "/* dist/app.min.css */ .x{color:red}", ".x{color:blue}"), "can't be used"},
		"half a block":                {"<<<<<<< SEARCH\n<title>Plans</title>\n=======\n<title>", "can't be used"},
		"nothing new":                 {fmt.Sprintf(block, "<title>Plans</title>", "<title>Plans</title>"), "can't be used"},
		"prose":                       {"Set the width of .plans to 100%.", "can't be used"},
		"another language":            {"标题已经更改。", "can't be used"},
		"a loop":                      {strings.Repeat("<<<<<<< SEARCH\n", 500), "repeats itself"},
		"megabytes":                   {strings.Repeat("Let me think about the page, then. ", 200_000), "can't be used"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, showBig, func(n int, w http.ResponseWriter, _ *http.Request) {
				if n == 0 {
					say(w, c.reply)
					return
				}
				say(w, good)
			})
			task := modeltest.Task(t)
			task.Instruction = "call it our plans"
			found, dropped := modeltest.Gather(t, f.policy(t, func(c *Config) { c.Samples = 2 }), task)
			if len(dropped) != 1 || !strings.Contains(dropped[0], c.drop) || len(dropped[0]) > 300 {
				t.Errorf("dropped %q, want one with %q", dropped, c.drop)
			}
			if len(found) != 1 || !strings.Contains(after(t, found[0]), "<title>Our plans</title>") || found[0].Reply != 2 {
				t.Errorf("candidates %+v, want the good one, from reply 2", found)
			}
		})
	}
}

// A file within fences within fences is taken as it is meant, and what it says
// comes out whole.
func TestFencesInFences(t *testing.T) {
	f := newFake(t, showCoder, func(_ int, w http.ResponseWriter, _ *http.Request) {
		say(w, "````markdown\n```html\n"+strings.Replace(modeltest.Source, "Small", "Tiny", 1)+"```\n````\n")
	})
	task := modeltest.Task(t)
	task.Instruction = "call the small plan Tiny"
	found, dropped := modeltest.Gather(t, f.policy(t, nil), task)
	if len(found) != 1 || len(dropped) != 0 || after(t, found[0]) != strings.Replace(modeltest.Source, "Small", "Tiny", 1) {
		t.Errorf("candidates %+v, dropped %q", found, dropped)
	}
}

// TestExchanges has the trace's record of what was asked and answered, the
// attempt that broke off included.
func TestExchanges(t *testing.T) {
	f := newFake(t, showCoder, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			fmt.Fprintln(w, `{"message":{"content":"[\"3 4 hei"}}`)
			return
		}
		say(w, `["3 4 height: auto"]`)
	})
	task := modeltest.Task(t)
	var told []agent.Exchange
	task.Asked = func(e agent.Exchange) { told = append(told, e) }
	found, _ := modeltest.Gather(t, f.policy(t, nil), task)
	if len(told) != 2 || len(found) != 1 || found[0].Reply != 2 {
		t.Fatalf("%d exchanges, candidates %+v", len(told), found)
	}
	if e := told[0]; e.Problem == "" || e.Reply != `["3 4 hei` {
		t.Errorf("the broken one is told as %+v", e)
	}
	e := told[1]
	if e.Model != "ollama:qwen2.5-coder:1.5b" || e.Problem != "" || e.Reply != `["3 4 height: auto"]` || e.Tokens == 0 || e.Millis <= 0 ||
		e.System == "" || !strings.Contains(e.Schema, "pattern") || e.Prompt != prompt(f.asked()[1]) {
		t.Errorf("told %+v", e)
	}
}

func TestUnknownModelIsAskedLikeASmallOne(t *testing.T) {
	f := newFake(t, `{}`, nil)
	if p := f.policy(t, func(c *Config) { c.Samples = 0 }).Profile(); p.Context != 4096 || p.Samples < 1 {
		t.Errorf("unknown model gets %+v", p)
	}
}
