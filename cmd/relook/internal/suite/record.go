package suite

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// A Record is what one arm made of one item: a line of results.jsonl.
type Record struct {
	Suite string `json:"suite"`
	Item  string `json:"item"`
	Group string `json:"group,omitempty"`
	Arm   string `json:"arm"`
	Model string `json:"model,omitempty"` // that drafts and repairs; "" for none
	Main  string `json:"main"`            // name of the suite's main metric
	Task  string `json:"task"`            // hash of the item, to tell when it is another

	Valid   bool    `json:"valid"` // whether the page renders
	Invalid string  `json:"invalid,omitempty"`
	Cost    float64 `json:"cost"` // of its defects, if it is valid
	Score   Score   `json:"score"`
	// Curve is the page after each pass, the draft first; empty for a series.
	Curve []Point `json:"curve,omitempty"`
	// Steps are the turns and tries of a series.
	Steps []StepResult `json:"steps,omitempty"`

	Tokens int     `json:"tokens"` // that models wrote, drafts included
	Millis float64 `json:"ms"`     // wall time of drafting and improving, without scoring
	// Stopped says that time was up; what was verified by then counts.
	Stopped bool              `json:"stopped,omitempty"`
	Problem string            `json:"problem,omitempty"` // replies that could not be used
	Files   map[string]string `json:"files,omitempty"`   // the page
	// Error is why the machine failed; then nothing else counts and the item is run
	// again.
	Error string `json:"error,omitempty"`
}

// A Point is a page after a pass.
type Point struct {
	Valid  bool               `json:"valid"`
	Cost   float64            `json:"cost"`
	Values map[string]float64 `json:"values,omitempty"`
}

// A StepResult is one try at one turn.
type StepResult struct {
	Turn   int  `json:"turn"`
	Try    int  `json:"try"`
	Done   bool `json:"done"`
	Passed int  `json:"passed"`
	Run    int  `json:"run"`
}

// Key tells records apart.
func (r Record) Key() string { return strings.Join([]string{r.Item, r.Arm, r.Model, r.Task}, "\n") }

// Finished reports whether the item need not be run again.
func (r Record) Finished() bool { return r.Error == "" && !r.Score.Retry() }

// hash is that of the files and of what is asked.
func (i Item) hash() string {
	h := sha256.New()
	data, err := json.Marshal([]any{i.ID, i.Entry, i.Request, i.Files, i.Given})
	if err != nil {
		panic(err) // strings and maps of them
	}
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// A draftRecord is a draft, kept so that every arm begins with the same.
type draftRecord struct {
	Key     string            `json:"key"`
	Files   map[string]string `json:"files"`
	Tokens  int               `json:"tokens"`
	Millis  float64           `json:"ms"`
	Problem string            `json:"problem,omitempty"`
}
