package model

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"relook/agent"
	"relook/agent/model/modeltest"
)

// What the policy is shown is short, names every rule and defect by number, and
// its answers are those that the grammar admits.
func TestRepair(t *testing.T) {
	r := NewRepair(modeltest.Task(t))
	prompt := r.Prompt()
	if n := len(r.Defects()); n == 0 || n > repairDefects || len(r.Rules()) > repairRules || len(prompt) > 2500 {
		t.Fatalf("%d defects, %d rules in %d bytes", n, len(r.Rules()), len(prompt))
	}
	if !strings.HasPrefix(prompt, "Rules:\n1 ") || !strings.HasSuffix(prompt, "\nRepair:") || prompt != NewRepair(modeltest.Task(t)).Prompt() {
		t.Errorf("the prompt is %s", prompt)
	}
	var schema struct{ Pattern string }
	if err := json.Unmarshal(r.Format(), &schema); err != nil {
		t.Fatal(err)
	}
	re := regexp.MustCompile(schema.Pattern)
	if strings.ContainsAny(schema.Pattern, `\+*`) || strings.Contains(schema.Pattern, "(?") {
		t.Errorf("Ollama's runner does not survive %s", schema.Pattern)
	}
	choices := r.Choices()
	if len(choices) < 10 {
		t.Fatalf("only %d choices", len(choices))
	}
	for _, c := range choices {
		answer := r.Answer([]RepairEdit{c})
		edits, ok := r.Parse(answer)
		if !ok || len(edits) != 1 || edits[0] != c || !re.MatchString(c.String()) {
			t.Errorf("%s is read as %v, %v; the grammar takes it: %v", answer, edits, ok, re.MatchString(c.String()))
		}
	}
	both := r.Answer(choices[:2])
	if edits, ok := r.Parse(both); !ok || len(edits) != 2 {
		t.Errorf("%s is read as %v", both, edits)
	}
	if list, err := r.Candidates(choices[0]); err != nil || len(list) == 0 || len(list[0].Edits) != 1 || len(list[0].Targets) != 1 {
		t.Errorf("%v becomes %v: %v", choices[0], list, err)
	}
}

// A reply that is not wholly in the form has no edits.
func TestRepairRefuses(t *testing.T) {
	r := NewRepair(modeltest.Task(t))
	for _, reply := range []string{
		"", "null", `"`, `""`, `"1 1 width: auto"`, `1 1 width: auto; `, `"9 1 width: auto; "`, `"1 99 width: auto; "`, `"1 1 width auto; "`,
		`"1 1 : auto; "`, `"1 1 width: ; "`, `["1 1 width: auto; "]`, `"1 1 width: auto; 1 1 height: auto; 1 1 top: 0; 1 1 left: 0; "`, "\x00", `"x 1 width: auto; "`,
	} {
		if edits, ok := r.Parse(reply); ok || len(edits) > 0 {
			t.Errorf("%q is read as %v", reply, edits)
		}
	}
	if !NewRepair(agent.Task{}).Empty() {
		t.Error("a page without defects has something to repair")
	}
}
