package ollama

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"relook/agent"
	"relook/agent/edit"
	"relook/agent/model/modeltest"
	"relook/preview"
)

// after is the page with a candidate's edits.
func after(t *testing.T, c agent.Candidate) string {
	t.Helper()
	text, err := edit.Apply(modeltest.Source, c.Edits)
	if err != nil {
		t.Fatalf("%s: %v", c.Why, err)
	}
	return text
}

func TestProposeYieldsSinglesThenAllTogether(t *testing.T) {
	f := newFake(t, showCoder, func(_ int, w http.ResponseWriter, _ *http.Request) {
		say(w, `["1 1 width: 100%","2 2 flex-wrap: wrap","3 4 height: auto"]`)
	})
	task := modeltest.Task(t)
	found, dropped := modeltest.Gather(t, f.policy(t, nil), task)
	if len(dropped) > 0 {
		t.Errorf("dropped %q", dropped)
	}
	want := []struct{ why, text string }{
		{"set `width: 100%` in `.plans`", "gap: 24px; width: 100%; margin: 32px auto }"},
		{"set `width: 100%` in `.plans` up to 800 px wide", "width: 100%"},
		{"set `flex-wrap: wrap` in `.bar`", "background: #112233; flex-wrap: wrap }"},
		{"set `flex-wrap: wrap` in `.bar` up to 390 px wide", "@media (max-width: 390px) {"},
		{"set `height: auto` in `.plan`", "padding: 16px; height: auto; overflow: hidden }"},
		{"3 edits of one reply together", "width: 100%; margin"},
	}
	if len(found) != len(want) {
		t.Fatalf("%d candidates, want %d: %+v", len(found), len(want), found)
	}
	for i, w := range want {
		if c := found[i]; c.Why != w.why || !strings.Contains(after(t, c), w.text) {
			t.Errorf("candidate %d is %q, want %q with %q in\n%s", i, c.Why, w.why, w.text, after(t, c))
		}
	}
	if got, want := found[2].Targets, []string{task.Diagnosis.Defects[1].Key()}; !slices.Equal(got, want) {
		t.Errorf("targets %q, want %q", got, want)
	}
	if got := len(found[5].Targets); got != 3 {
		t.Errorf("all together has %d targets, want 3", got)
	}
}

func TestProposeIsRepeatable(t *testing.T) {
	run := func() ([]agent.Candidate, []map[string]any) {
		f := newFake(t, showCoder, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 0 {
				say(w, `["1 1 width: 100%"]`)
				return
			}
			say(w, `"1 max-width: 100%; 1 flex-wrap: wrap; "`)
		})
		found, _ := modeltest.Gather(t, f.policy(t, func(c *Config) { c.Samples = 4 }), modeltest.Task(t))
		return found, f.asked()
	}
	first, asked := run()
	second, askedAgain := run()
	if !reflect.DeepEqual(first, second) || !reflect.DeepEqual(asked, askedAgain) {
		t.Error("two runs differ")
	}
	if len(asked) != 4 {
		t.Errorf("%d questions, want 4", len(asked))
	}
}

func TestProposeStopsWhenToldTo(t *testing.T) {
	f := newFake(t, showCoder, func(_ int, w http.ResponseWriter, _ *http.Request) {
		say(w, `["1 1 width: 100%","3 4 height: auto"]`)
	})
	n := 0
	err := f.policy(t, func(c *Config) { c.Samples = 5 }).Propose(t.Context(), modeltest.Task(t), func(agent.Candidate) bool {
		n++
		return false
	})
	if err != nil || n != 1 || len(f.asked()) != 1 {
		t.Errorf("err %v, %d candidates, %d questions; want nil, 1, 1", err, n, len(f.asked()))
	}
}

func TestProposeDoesNotRepeatItself(t *testing.T) {
	f := newFake(t, showCoder, func(_ int, w http.ResponseWriter, _ *http.Request) {
		say(w, `["3 4 height: auto","3 4 height: auto"]`)
	})
	task := modeltest.Task(t)
	found, _ := modeltest.Gather(t, f.policy(t, nil), task)
	if len(found) != 1 {
		t.Fatalf("%d candidates, want 1", len(found))
	}
	task.Rejected = []agent.Attempt{{Candidate: found[0], Verdict: agent.Verdict{Reason: "it cut off the text of `.plan h3`"}}}
	again, _ := modeltest.Gather(t, f.policy(t, nil), task)
	if len(again) != 0 {
		t.Errorf("proposed a rejected edit again: %+v", again)
	}
	asked := f.asked()
	first, second := prompt(asked[0]), prompt(asked[1])
	if !strings.Contains(second, "Tried and rejected:\n- set `height: auto` in `.plan`: it cut off") {
		t.Errorf("the rejected edit is not told:\n%s", second)
	}
	same := strings.Index(second, "\nTried and rejected")
	if same < 0 || first[:same] != second[:same] {
		t.Error("the beginning of the prompt changed, so Ollama would evaluate it again")
	}
	if seed(asked[0]) == seed(asked[1]) {
		t.Error("the second pass asks with the same seed")
	}
}

func TestProposeAsksNothingWhenCSSCanNotHelp(t *testing.T) {
	f := newFake(t, showCoder, func(_ int, w http.ResponseWriter, _ *http.Request) { say(w, "[]") })
	task := modeltest.Task(t)
	task.Diagnosis.Defects = []preview.Defect{{Rule: "console-error", Message: "A script failed.", Cost: 10}}
	found, dropped := modeltest.Gather(t, f.policy(t, nil), task)
	if len(found)+len(dropped)+len(f.asked()) != 0 {
		t.Errorf("%d candidates, %d dropped, %d questions; want none", len(found), len(dropped), len(f.asked()))
	}
}

// TestBadReplies has a reply for each way in which a model goes wrong. None may
// give a candidate or an error; each must be told.
func TestBadReplies(t *testing.T) {
	loop := strings.Repeat("margin ", 200_000)
	for name, c := range map[string]struct{ reply, reason, drop string }{
		"empty":            {"", "stop", "it is empty"},
		"white space":      {" \n ", "stop", "it is empty"},
		"not JSON":         {"Sure! Set the width to 100%.", "stop", "holds no edit: Sure!"},
		"cut off at once":  {`["1 3`, "length", "cut off"},
		"unknown rule":     {`["1 99 width: 100%"]`, "stop", "rule 99"},
		"unknown defect":   {`["7 1 width: 100%"]`, "stop", "no defect 7"},
		"number too large": {`["1 99999999999999999999 width: 1"]`, "stop", "holds no edit"},
		"wrong types":      {`[[1], {"d": 1}, 4, "1", "x 1 width: 1px", "1 1 width"]`, "stop", "holds no edit"},
		"deep nesting":     {strings.Repeat("[", 5000), "stop", "repeats itself"},
		"another language": {"将宽度设置为 100%，这样页面就不会横向滚动。", "stop", "holds no edit: 将宽度"},
		"fences in fences": {"```json\n```css\n.plans { width: 100% }\n```\n```", "stop", "holds no edit"},
		"breaks out":       {`["1 1 width: 1px } body { display: none"]`, "stop", "can't be used"},
		"ends the style":   {`["1 1 width: </style><script>"]`, "stop", "can't be used"},
		"loads something":  {`["1 1 background-image: url(http://example.com/x)"]`, "stop", "can't be used"},
		"megabytes":        {loop, "stop", "size that an answer can have"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, showCoder, func(_ int, w http.ResponseWriter, _ *http.Request) { sayFor(w, c.reply, c.reason) })
			found, dropped := modeltest.Gather(t, f.policy(t, nil), modeltest.Task(t))
			if len(found) > 0 {
				t.Errorf("candidates %+v", found)
			}
			if len(dropped) != 1 || !strings.Contains(dropped[0], c.drop) {
				t.Errorf("dropped %q, want one with %q", dropped, c.drop)
			}
			if len(dropped) > 0 && len(dropped[0]) > 300 {
				t.Errorf("the reason is %d bytes long", len(dropped[0]))
			}
		})
	}
}

func TestCutOffReplyKeepsItsWholeEdits(t *testing.T) {
	f := newFake(t, showCoder, func(_ int, w http.ResponseWriter, _ *http.Request) {
		sayFor(w, "```json\n"+`["3 4 height: auto","2 2 flex-w`, "length")
	})
	found, _ := modeltest.Gather(t, f.policy(t, nil), modeltest.Task(t))
	if len(found) != 1 || found[0].Why != "set `height: auto` in `.plan`" {
		t.Errorf("candidates %+v, want the one whole edit", found)
	}
}

func prompt(request map[string]any) string {
	messages, _ := request["messages"].([]any)
	last, _ := messages[len(messages)-1].(map[string]any)
	text, _ := last["content"].(string)
	return text
}

func seed(request map[string]any) any {
	options, _ := request["options"].(map[string]any)
	return options["seed"]
}
