package service

import (
	"fmt"
	"io/fs"
	"testing/fstest"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relook/agent"
	"relook/agent/reward"
	"relook/preview"
)

// A Sample is a page to be scored: either html, or files with an entry.
type Sample struct {
	Request string            `json:"request,omitempty" maxLength:"8192" doc:"What was asked for, in words"`
	HTML    string            `json:"html,omitempty" maxLength:"4194304" doc:"The page"`
	Files   map[string]string `json:"files,omitempty" maxProperties:"64" doc:"The page and what it loads, by slash path, in place of html"`
	Entry   string            `json:"entry,omitempty" maxLength:"256" doc:"Which of the files is the page"`
	Tokens  int               `json:"tokens,omitempty" minimum:"0" maximum:"100000000" doc:"Length of the policy's answer in tokens, for the length term; 0 for unknown"`
}

const entryOfHTML = "index.html"

// sample is what is scored; the error is for whoever sent it.
func (s Sample) sample() (reward.Sample, error) {
	files, entry := s.Files, s.Entry
	switch {
	case len(files) > 0 && s.HTML != "":
		return reward.Sample{}, huma.Error400BadRequest("send html or files, not both")
	case len(files) == 0 && entry != "":
		return reward.Sample{}, huma.Error400BadRequest("entry names one of the files, and there are none")
	case len(files) == 0:
		files, entry = map[string]string{entryOfHTML: s.HTML}, entryOfHTML
	}
	tree := fstest.MapFS{}
	for name, text := range files {
		if !fs.ValidPath(name) || name == "." {
			return reward.Sample{}, huma.Error400BadRequest(fmt.Sprintf("%q is no slash path within the page's folder", name))
		}
		tree[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o444}
	}
	if _, ok := files[entry]; !ok {
		return reward.Sample{}, huma.Error400BadRequest(fmt.Sprintf("entry is %q, which is none of the files", entry))
	}
	return reward.Sample{Request: s.Request, Page: preview.Page{FS: tree, Entry: entry}, Tokens: s.Tokens}, nil
}

// A Score is what a page is worth.
type Score struct {
	Reward     float64            `json:"reward" minimum:"0" maximum:"1" doc:"visual times length; 0 if the page does not render"`
	Visual     float64            `json:"visual" minimum:"0" maximum:"1" doc:"The critic's score"`
	Length     float64            `json:"length" minimum:"0" maximum:"1" doc:"The length term"`
	Valid      bool               `json:"valid" doc:"Whether the page renders at every view and moment"`
	Reason     string             `json:"reason,omitempty" doc:"Why it does not"`
	Critic     string             `json:"critic,omitempty" doc:"Who judged"`
	Dimensions map[string]float64 `json:"dimensions,omitempty" doc:"The critic's scores by dimension, 0 to 100"`
	Remarks    []Remark           `json:"remarks,omitempty" nullable:"false" doc:"What to change"`
	Feedback   string             `json:"feedback,omitempty" doc:"The remarks in lines, for the policy's next turn"`
	Millis     float64            `json:"ms" minimum:"0" doc:"Wall time"`
}

// A Remark is what the critic says of one element.
type Remark struct {
	Element string `json:"element,omitempty" doc:"Empty for the page as a whole"`
	Problem string `json:"problem"`
	Change  string `json:"change,omitempty"`
}

func scoreOf(r reward.Reward, took time.Duration) Score {
	s := Score{
		Reward: r.Value, Visual: r.Visual, Length: r.Length, Valid: r.Valid, Reason: r.Reason,
		Millis: float64(took.Microseconds()) / 1000,
	}
	if j := r.Judgement; j != nil {
		s.Critic, s.Dimensions, s.Feedback = j.Critic, j.Dimensions, j.Feedback()
		s.Remarks = remarksOf(j.Remarks)
	}
	return s
}

func remarksOf(list []agent.Remark) []Remark {
	var out []Remark
	for _, r := range list {
		out = append(out, Remark{r.Element, r.Problem, r.Change})
	}
	return out
}

// An Outcome is a score, or why there is none.
type Outcome struct {
	Score *Score `json:"score,omitempty"`
	Error string `json:"error,omitempty" doc:"A machine's failure: ask again, and never take it for a score"`
}

// Scores are the outcomes of a batch.
type Scores struct {
	Results []Outcome `json:"results" nullable:"false" doc:"In the order of the items"`
}

// A Batch is many samples.
type Batch struct {
	Items []Sample `json:"items" minItems:"1" maxItems:"256" nullable:"false"`
}

// A Revision is a page and another version of it.
type Revision struct {
	Best Sample `json:"best" doc:"The best so far"`
	Next Sample `json:"next" doc:"What may take its place"`
}

// A Verdict says whether a revision takes the place of the best so far.
type Verdict struct {
	Accepted bool   `json:"accepted"`
	Reason   string `json:"reason"`
	Best     Score  `json:"best"`
	Next     Score  `json:"next"`
}

// Health is how the service is.
type Health struct {
	Status   string `json:"status" enum:"ok"`
	Version  string `json:"version"`
	Critic   string `json:"critic"`
	Browsers int    `json:"browsers"`
	Idle     int    `json:"idle" doc:"Browsers without work"`
	Pending  int    `json:"pending" doc:"Samples that are being scored or wait"`
}

type (
	scoreInput   struct{ Body Sample }
	scoreOutput  struct{ Body Score }
	batchInput   struct{ Body Batch }
	batchOutput  struct{ Body Scores }
	acceptInput  struct{ Body Revision }
	acceptOutput struct{ Body Verdict }
	healthOutput struct{ Body Health }
)
